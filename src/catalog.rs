//! The books that the shop has.

mod by_id;

use std::sync::Arc;

use self::by_id::ById;
use crate::book::{Book, BookId};
use crate::category::Category;

/// The shop's books by id, all of them and those of each category.
///
/// A catalogue never changes: a change gives a new one, which shares all but a
/// few books with the old one. So whoever reads one, page by page or whole, waits
/// for nobody.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    books: ById,
    /// In the order of [`Category::ALL`].
    of_categories: [ById; Category::ALL.len()],
}

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
        self.remove(book.id);
        let book = Arc::new(book);
        for category in book.categories.iter() {
            self.of_categories[category.index()].insert(Arc::clone(&book));
        }
        self.books.insert(book);
    }

    /// Takes a book out; whether it was there.
    pub fn remove(&mut self, id: BookId) -> bool {
        let Some(categories) = self.get(id).map(|book| book.categories) else {
            return false;
        };
        for category in categories.iter() {
            self.of_categories[category.index()].remove(id);
        }
        self.books.remove(id);
        true
    }

    /// The book with that id.
    pub fn get(&self, id: BookId) -> Option<&Arc<Book>> {
        self.books.get(id)
    }

    /// The book with that id, if it is of that category.
    pub fn get_in(&self, category: Category, id: BookId) -> Option<&Arc<Book>> {
        self.of_categories[category.index()].get(id)
    }

    /// The books of a category, by ascending id.
    pub fn books_in(&self, category: Category) -> impl Iterator<Item = &Arc<Book>> {
        self.of_categories[category.index()].after(None)
    }

    /// Every book, by ascending id.
    pub fn books(&self) -> impl Iterator<Item = &Arc<Book>> {
        self.books.after(None)
    }

    /// The books of a category, or of all, by ascending id; only those with a larger
    /// id than `last`, if it is given.
    pub fn after(
        &self,
        category: Option<Category>,
        last: Option<BookId>,
    ) -> impl Iterator<Item = &Arc<Book>> {
        let books = match category {
            Some(category) => &self.of_categories[category.index()],
            None => &self.books,
        };
        books.after(last)
    }

    /// How many books there are.
    pub fn len(&self) -> usize {
        self.books.len()
    }

    /// Whether there is no book.
    pub fn is_empty(&self) -> bool {
        self.books.len() == 0
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
        let after = |last| ids(catalog.after(None, BookId::new(last)));
        assert_eq!(after(0), [3, 7, 9]);
        assert_eq!(after(3), [7, 9]);
        assert_eq!(after(4), [7, 9]);
        assert!(after(9).is_empty());
    }

    #[test]
    fn the_last_book_of_an_id_counts() {
        let catalog = Catalog::new([book(1, "A"), book(1, "B")]);
        assert_eq!(catalog.len(), 1);
        assert_eq!(catalog.get(BookId::new(1).unwrap()).unwrap().title, "B");
    }

    #[test]
    fn a_book_is_in_its_present_categories_alone() {
        let mut book = book(1, "A");
        book.categories = [Category::Mystery, Category::SelfHelp]
            .into_iter()
            .collect();
        let mut catalog = Catalog::new([book.clone()]);
        let categories = |catalog: &Catalog| {
            Category::ALL.map(|category| {
                let books = ids(catalog.books_in(category));
                assert_eq!(
                    catalog.get_in(category, BookId::new(1).unwrap()).is_some(),
                    books == [1]
                );
                books.len()
            })
        };
        assert_eq!(categories(&catalog), [1, 0, 1]);

        book.categories = [Category::ScienceFiction].into_iter().collect();
        catalog.insert(book);
        assert_eq!(categories(&catalog), [0, 1, 0]);

        catalog.remove(BookId::new(1).unwrap());
        assert_eq!(categories(&catalog), [0, 0, 0]);
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
