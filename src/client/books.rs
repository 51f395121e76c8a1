//! Calls to the service `Books`.

use std::pin::pin;

use futures::{Stream, StreamExt};

use super::import::Import;
use super::pages::pages;
use super::{Book, BooksImported, CallError, Client, SimilarBook};
use crate::book;
use crate::category::Category;
use crate::pb::bookshop::{
    self, DeleteBookRequest, GetBookRequest, ImportBooksRequest, ImportBooksResponse,
    ListBooksRequest, ListSimilarBooksRequest,
};
use crate::wire;

impl Client {
    /// The book of that number.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there is no answer in time or the server refuses, NOT_FOUND
    /// where the catalogue does not have it.
    pub async fn book(&self, book_id: i32) -> Result<Book, CallError> {
        let request = GetBookRequest {
            book_id,
            ..Default::default()
        };
        let book = self
            .answer(|option| self.books.get_book_async_opt(&request, option))
            .await?;
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
    ) -> impl Stream<Item = Result<Vec<Book>, CallError>> + Send {
        pages(limit, move |page_size, page_token| async move {
            let request = ListBooksRequest {
                page_size,
                page_token,
                category: category.map(|category| wire::book_category(category).into()),
                ..Default::default()
            };
            let page = self
                .answer(|option| self.books.list_books_async_opt(&request, option))
                .await?;
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
    pub async fn similar_books(
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
        let response = self
            .answer(|option| self.books.list_similar_books_async_opt(&request, option))
            .await?;
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
    pub async fn import_books(
        &self,
        books: impl Stream<Item = book::Book>,
    ) -> Result<BooksImported, CallError> {
        let mut import = self.begin_books()?;
        let mut books = pin!(books);
        while let Some(book) = books.next().await {
            import.add(wire::books::message(&book)).await?;
        }
        Ok(import.end().await?.into())
    }

    pub(super) fn begin_books(
        &self,
    ) -> Result<Import<'_, bookshop::Book, ImportBooksRequest, ImportBooksResponse>, CallError>
    {
        Import::begin(
            &self.connection,
            self.import_timeout,
            |option| self.books.import_books_opt(option),
            |books| ImportBooksRequest {
                books,
                ..Default::default()
            },
        )
    }

    /// Takes a book out of the catalogue. Nothing of it is repeated, unless no server
    /// has seen it: the second attempt would not find the book.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there is no answer in time or the server refuses, NOT_FOUND
    /// where the catalogue does not have it.
    pub async fn delete_book(&self, book_id: i32) -> Result<(), CallError> {
        let request = DeleteBookRequest {
            book_id,
            ..Default::default()
        };
        self.answer(|option| self.books.delete_book_async_opt(&request, option))
            .await?;
        Ok(())
    }
}
