//! The books that a model knows.

use super::index::Index;
use super::indexes::Indexes;
use super::shelves::Shelves;
use crate::book::BookId;

/// The books of the catalogue and of the histories, by index: the most popular
/// first, those of one popularity by ascending id.
pub(super) struct Books {
    ids: Vec<BookId>,
    indexes: Indexes,
    shelves: Vec<Shelves>,
    popularities: Vec<f64>,
    /// Of each shelf, the books that anybody has, the most popular first.
    popular: Vec<Vec<Index>>,
}

impl Books {
    /// Those books, in the order of their indexes.
    pub(super) fn new(
        ordered: impl ExactSizeIterator<Item = (BookId, Shelves, f64)>,
        shelf_count: usize,
    ) -> Books {
        let mut books = Books {
            ids: Vec::with_capacity(ordered.len()),
            indexes: Indexes::new(&[]),
            shelves: Vec::with_capacity(ordered.len()),
            popularities: Vec::with_capacity(ordered.len()),
            popular: vec![Vec::new(); shelf_count],
        };
        for (place, (id, shelves, popularity)) in ordered.enumerate() {
            let index = Index::new(place);
            books.ids.push(id);
            books.shelves.push(shelves);
            books.popularities.push(popularity);
            if popularity > 0.0 {
                for shelf in shelves.iter() {
                    books.popular[shelf].push(index);
                }
            }
        }
        books.popular.iter_mut().for_each(Vec::shrink_to_fit);
        books.indexes = Indexes::new(&books.ids);
        books
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Every book, the most popular first.
    pub(super) fn indexes(&self) -> impl Iterator<Item = Index> {
        (0..self.ids.len()).map(Index::new)
    }

    pub(super) fn find(&self, id: BookId) -> Option<Index> {
        self.indexes.get(id)
    }

    pub(super) fn id(&self, book: Index) -> BookId {
        self.ids[book.place()]
    }

    pub(super) fn shelves(&self, book: Index) -> Shelves {
        self.shelves[book.place()]
    }

    pub(super) fn popularity(&self, book: Index) -> f64 {
        self.popularities[book.place()]
    }

    /// The books of a shelf that anybody has, the most popular first.
    pub(super) fn popular(&self, shelf: usize) -> &[Index] {
        &self.popular[shelf]
    }

    /// Whether a book is one of [`Books::popular`].
    pub(super) fn is_popular(&self, book: Index, shelf: usize) -> bool {
        self.shelves(book).contains(shelf) && self.popularity(book) > 0.0
    }

    /// The memory that they take, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let popular: usize = self.popular.iter().map(Vec::capacity).sum();
        self.ids.capacity() * size_of::<BookId>()
            + self.indexes.bytes()
            + self.shelves.capacity() * size_of::<Shelves>()
            + self.popularities.capacity() * size_of::<f64>()
            + popular * size_of::<Index>()
    }
}
