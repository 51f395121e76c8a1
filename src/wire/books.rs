//! The messages of the service `Books`.

use std::sync::Arc;

use protobuf::EnumOrUnknown;

use super::{
    InvalidField, InvalidValue, book_category, book_id, book_id_in, category_in, count, items,
    page_size, page_token,
};
use crate::book::{Book, BookId, MAX_TEXT_BYTES};
use crate::category::Categories;
use crate::pages::{CatalogPage, Page};
use crate::pb::{BookCategory, bookshop};
use crate::query::{SimilarLimit, SimilarQuery};
use crate::shop::BooksPut;

/// The book that is asked for.
///
/// # Errors
///
/// [`InvalidField`] when its number is not valid.
pub fn wanted(request: &bookshop::GetBookRequest) -> Result<BookId, InvalidField> {
    book_id(request.book_id)
}

/// The book that is to be deleted.
///
/// # Errors
///
/// [`InvalidField`] when its number is not valid.
pub fn unwanted(request: &bookshop::DeleteBookRequest) -> Result<BookId, InvalidField> {
    book_id(request.book_id)
}

/// The page of the catalogue that is asked for.
///
/// # Errors
///
/// [`InvalidField`] for the first field that is not valid: first size and
/// category, then the token, which depends on the category.
pub fn page(request: &bookshop::ListBooksRequest) -> Result<CatalogPage, InvalidField> {
    let size = page_size(request.page_size)?;
    let category = request
        .category
        .map(|number| category_in("category", number));
    let category = category.transpose()?;
    let after = page_token::last_book(&request.page_token, category)?;
    Ok(CatalogPage {
        category,
        after,
        size,
    })
}

/// The reply with a page of the catalogue.
pub fn page_response(
    asked: &CatalogPage,
    page: &Page<Arc<Book>, BookId>,
) -> bookshop::ListBooksResponse {
    let next = page
        .next
        .map(|last| page_token::after_book(asked.category, last));
    bookshop::ListBooksResponse {
        books: page.items.iter().map(|book| message(book)).collect(),
        next_page_token: next.unwrap_or_default(),
        ..Default::default()
    }
}

/// The books of an import's message.
///
/// # Errors
///
/// [`InvalidField`] for the first book that is not valid.
pub fn imported(request: &bookshop::ImportBooksRequest) -> Result<Vec<Book>, InvalidField> {
    items("books", &request.books, book)
}

/// The reply to an import.
pub fn import_response(put: BooksPut) -> bookshop::ImportBooksResponse {
    bookshop::ImportBooksResponse {
        created: count(put.created),
        replaced: count(put.replaced),
        ..Default::default()
    }
}

/// The question which books are similar.
///
/// # Errors
///
/// [`InvalidField`] for the first field that is not valid.
pub fn similar_query(
    request: &bookshop::ListSimilarBooksRequest,
) -> Result<SimilarQuery, InvalidField> {
    let book = book_id(request.book_id)?;
    let category = request
        .category
        .map(|number| category_in("category", number));
    let invalid = || InvalidField::new("max_results", InvalidValue::Negative(request.max_results));
    Ok(SimilarQuery {
        book,
        category: category.transpose()?,
        limit: SimilarLimit::new(request.max_results).ok_or_else(invalid)?,
    })
}

/// The reply with similar books, in their order.
pub fn similar_response(similar: &[(Arc<Book>, f64)]) -> bookshop::ListSimilarBooksResponse {
    let similar_books = similar
        .iter()
        .map(|(book, similarity)| bookshop::SimilarBook {
            book: Some(message(book)).into(),
            similarity: *similarity,
            ..Default::default()
        });
    bookshop::ListSimilarBooksResponse {
        similar_books: similar_books.collect(),
        ..Default::default()
    }
}

/// The book as a message.
pub fn message(book: &Book) -> bookshop::Book {
    let categories = book.categories.iter();
    bookshop::Book {
        id: book.id.number(),
        title: book.title.clone(),
        author: book.author.clone(),
        year: book.year.map(i32::from),
        categories: categories
            .map(|category| book_category(category).into())
            .collect(),
        ..Default::default()
    }
}

/// The book in a message.
fn book(message: &bookshop::Book) -> Result<Book, InvalidField> {
    Ok(Book {
        id: book_id_in("id", message.id)?,
        title: title(&message.title)?,
        author: text("author", &message.author)?,
        year: message.year.map(year).transpose()?,
        categories: categories(&message.categories)?,
    })
}

fn title(title: &str) -> Result<String, InvalidField> {
    if title.trim().is_empty() {
        return Err(InvalidField::new(
            "title",
            InvalidValue::Blank(title.to_owned()),
        ));
    }
    text("title", title)
}

fn text(field: &'static str, text: &str) -> Result<String, InvalidField> {
    let bytes = text.len();
    if bytes > MAX_TEXT_BYTES {
        return Err(InvalidField::new(field, InvalidValue::TooLong(bytes)));
    }
    if text.contains('\0') {
        let found = text.to_owned();
        return Err(InvalidField::new(field, InvalidValue::Nul(found)));
    }
    Ok(text.to_owned())
}

fn year(number: i32) -> Result<i16, InvalidField> {
    let year = i16::try_from(number).ok();
    year.filter(|year| (-9999..=9999).contains(year))
        .ok_or_else(|| InvalidField::new("year", InvalidValue::Year(number)))
}

fn categories(numbers: &[EnumOrUnknown<BookCategory>]) -> Result<Categories, InvalidField> {
    let mut categories = Categories::NONE;
    for (index, &number) in numbers.iter().enumerate() {
        let field = || format!("categories[{index}]");
        let category = category_in(field(), number)?;
        if !categories.insert(category) {
            return Err(InvalidField::new(
                field(),
                InvalidValue::DuplicateCategory(category),
            ));
        }
    }
    Ok(categories)
}

#[cfg(test)]
mod tests;
