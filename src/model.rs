//! What is known of the books from their readers.

use std::sync::Arc;

use crate::book::{Book, BookId};
use crate::catalog::Catalog;
use crate::category::Category;
use crate::history::{Histories, History};
use crate::query::Query;

/// Which books are similar, and how popular each is. It never changes: a new one
/// is built and takes its place.
#[derive(Debug, Default)]
pub struct Model {}

/// Why a book is recommended.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The sum of all contributions.
    pub score: f64,
    /// How much each book of the history adds to the score, the most first; only
    /// those that add something.
    pub contributions: Vec<(BookId, f64)>,
    /// How popular the book is.
    pub popularity: f64,
}

impl Model {
    /// The model of these books and histories.
    pub fn build(_catalog: &Catalog, _histories: &Histories) -> Model {
        Model {}
    }

    /// The books of the query's category that suit a reader with that history.
    pub fn recommend(&self, catalog: &Catalog, history: &History, query: &Query) -> Vec<Arc<Book>> {
        let books = catalog.books().filter(|book| {
            book.categories.contains(query.category) && history.get(book.id).is_none()
        });
        books.take(query.limit.books()).cloned().collect()
    }

    /// The books of a category, or of all, that are similar to a book, the most
    /// similar first, with their similarities; none where nothing is known of it.
    pub fn similar(
        &self,
        _catalog: &Catalog,
        _book: BookId,
        _category: Option<Category>,
        _most: usize,
    ) -> Vec<(Arc<Book>, f64)> {
        Vec::new()
    }

    /// What speaks for a book for a reader with that history.
    pub fn explain(&self, _history: &History, _book: BookId) -> Explanation {
        Explanation {
            score: 0.0,
            contributions: Vec::new(),
            popularity: 0.0,
        }
    }
}
