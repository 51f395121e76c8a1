//! Calls to the service `Books`.

use super::pages::pages;
use super::{Book, BooksImported, CallError, Client, SimilarBook};
use crate::book;
use crate::category::Category;
use crate::pb::bookshop::{
    DeleteBookRequest, GetBookRequest, ImportBooksRequest, ListBooksRequest,
    ListSimilarBooksRequest,
};
use crate::wire;

impl Client {
    /// The book of that number.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there is no answer in time or the server refuses, NOT_FOUND
    /// where the catalogue does not have it.
    pub fn book(&self, book_id: i32) -> Result<Book, CallError> {
        let request = GetBookRequest {
            book_id,
            ..Default::default()
        };
        let book = self.answer(|option| self.books.get_book_opt(&request, option))?;
        Ok(Book::from(book))
    }

    /// The first `limit` books of a category, or of all, by ascending id, a page at
    /// a time. A page is fetched when it is asked for, each with a deadline of its
    /// own.
    ///
    /// # Errors
    ///
    /// Instead of a page, and then no more pages: [`CallError`] when there is no
    /// answer in time or the server refuses.
    pub fn list_books(
        &self,
        category: Option<Category>,
        limit: usize,
    ) -> impl Iterator<Item = Result<Vec<Book>, CallError>> + '_ {
        pages(limit, move |page_size, page_token| {
            let request = ListBooksRequest {
                page_size,
                page_token,
                category: category.map(|category| wire::book_category(category).into()),
                ..Default::default()
            };
            let page = self.answer(|option| self.books.list_books_opt(&request, option))?;
            let books = page.books.into_iter().map(Book::from);
            Ok((books.collect(), page.next_page_token))
        })
    }

    /// At most `max_results` books of a category, or of all, that are similar to
    /// one, the most similar first.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there is no answer in time or the server refuses, NOT_FOUND
    /// where it knows nothing of the book.
    pub fn similar_books(
        &self,
        book_id: i32,
        category: Option<Category>,
        max_results: i32,
    ) -> Result<Vec<SimilarBook>, CallError> {
        let request = ListSimilarBooksRequest {
            book_id,
            category: category.map(|category| wire::book_category(category).into()),
            max_results,
            ..Default::default()
        };
        let response = self.answer(|option| self.books.list_similar_books_opt(&request, option))?;
        let similar = response.similar_books.into_iter();
        Ok(similar.map(SimilarBook::from).collect())
    }

    /// Puts books into the catalogue, in place of those with their ids. They are
    /// taken from `books` as fast as the server records them.
    ///
    /// # Errors
    ///
    /// [`CallError`] when the server refuses or does not answer in time. Some books
    /// are in the catalogue then; importing all again does no harm.
    pub fn import_books(
        &self,
        books: impl IntoIterator<Item = book::Book>,
    ) -> Result<BooksImported, CallError> {
        let books = books.into_iter().map(|book| wire::books::message(&book));
        let request = |books| ImportBooksRequest {
            books,
            ..Default::default()
        };
        let response = self.import(|option| self.books.import_books_opt(option), books, request)?;
        Ok(BooksImported {
            created: response.created,
            replaced: response.replaced,
        })
    }

    /// Takes a book out of the catalogue.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there is no answer in time or the server refuses, NOT_FOUND
    /// where the catalogue does not have it.
    pub fn delete_book(&self, book_id: i32) -> Result<(), CallError> {
        let request = DeleteBookRequest {
            book_id,
            ..Default::default()
        };
        self.answer(|option| self.books.delete_book_opt(&request, option))?;
        Ok(())
    }
}
