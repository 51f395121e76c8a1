//! The books that the shop has.

use std::ops::Bound;
use std::sync::Arc;

use rpds::RedBlackTreeMapSync;

use crate::book::{Book, BookId};

/// The shop's books by id.
///
/// A catalogue never changes: a change gives a new one, which shares all but a
/// few books with the old one. So whoever reads one, page by page or whole, waits
/// for nobody.
#[derive(Debug, Clone, Default)]
pub struct Catalog(RedBlackTreeMapSync<BookId, Arc<Book>>);

impl Catalog {
    /// The catalogue of these books; of those with one id the last counts.
    pub fn new(books: impl IntoIterator<Item = Book>) -> Catalog {
        let mut catalog = Catalog::default();
        for book in books {
            catalog.insert(book);
        }
        catalog
    }

    /// Adds a book, or replaces the one with its id.
    pub fn insert(&mut self, book: Book) {
        self.0.insert_mut(book.id, Arc::new(book));
    }

    /// Takes a book out; whether it was there.
    pub fn remove(&mut self, id: BookId) -> bool {
        self.0.remove_mut(&id)
    }

    /// The book with that id.
    pub fn get(&self, id: BookId) -> Option<&Arc<Book>> {
        self.0.get(&id)
    }

    /// Every book, by ascending id.
    pub fn books(&self) -> impl Iterator<Item = &Arc<Book>> {
        self.0.values()
    }

    /// The books with a larger id than `last`, by ascending id.
    pub fn after(&self, last: BookId) -> impl Iterator<Item = &Arc<Book>> {
        let range = (Bound::Excluded(last), Bound::Unbounded);
        self.0.range(range).map(|(_, book)| book)
    }

    /// How many books there are.
    pub fn len(&self) -> usize {
        self.0.size()
    }

    /// Whether there is no book.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::category::Categories;

    fn book(id: i32, title: &str) -> Book {
        Book {
            id: BookId::new(id).unwrap(),
            title: title.to_owned(),
            author: String::new(),
            year: None,
            categories: Categories::NONE,
        }
    }

    fn ids<'book>(books: impl Iterator<Item = &'book Arc<Book>>) -> Vec<i32> {
        books.map(|book| book.id.number()).collect()
    }

    #[test]
    fn books_are_in_the_order_of_their_ids() {
        let catalog = Catalog::new([book(9, "A"), book(3, "B"), book(7, "C")]);
        assert_eq!(ids(catalog.books()), [3, 7, 9]);
        assert_eq!(ids(catalog.after(BookId::new(3).unwrap())), [7, 9]);
        assert_eq!(ids(catalog.after(BookId::new(4).unwrap())), [7, 9]);
        assert!(ids(catalog.after(BookId::new(9).unwrap())).is_empty());
    }

    #[test]
    fn the_last_book_of_an_id_counts() {
        let catalog = Catalog::new([book(1, "A"), book(1, "B")]);
        assert_eq!(catalog.len(), 1);
        assert_eq!(catalog.get(BookId::new(1).unwrap()).unwrap().title, "B");
    }

    #[test]
    fn a_change_leaves_the_old_catalogue_alone() {
        let old = Catalog::new([book(1, "A")]);
        let mut new = old.clone();
        assert!(new.remove(BookId::new(1).unwrap()));
        assert!(!new.remove(BookId::new(1).unwrap()));
        assert!(new.is_empty());
        assert_eq!(ids(old.books()), [1]);
    }
}
