//! Which books answer a query.

use crate::book::Book;
use crate::catalog::Catalog;
use crate::query::Query;

/// Recommends books of a catalogue, the same ones to every reader.
#[derive(Debug)]
pub struct Recommender {
    catalog: Catalog,
}

impl Recommender {
    /// A recommender of the books of `catalog`.
    pub fn new(catalog: Catalog) -> Recommender {
        Recommender { catalog }
    }

    /// The books of the query's category in the order of the catalogue, at most
    /// as many as its limit.
    pub fn recommend(&self, query: &Query) -> impl Iterator<Item = &Book> {
        self.catalog
            .in_category(query.category)
            .take(query.limit.books())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::category::Category;
    use crate::query::{ReaderId, ResultLimit};

    fn ids(reader: i32, category: Category, max_results: i32) -> Vec<i32> {
        let text = "id,title,author,year,categories\n\
                    5,Dune,Frank Herbert,1965,SCIENCE_FICTION\n\
                    3,Caves of Steel,Isaac Asimov,1954,MYSTERY|SCIENCE_FICTION\n\
                    9,Neuromancer,William Gibson,1984,SCIENCE_FICTION\n";
        let catalog = Catalog::parse("books.csv", text.as_bytes()).unwrap();
        let query = Query {
            reader: ReaderId::new(reader).unwrap(),
            category,
            limit: ResultLimit::new(max_results).unwrap(),
        };
        let recommender = Recommender::new(catalog);
        let books = recommender.recommend(&query);
        books.map(|book| book.id.number()).collect()
    }

    #[test]
    fn books_come_in_the_order_of_the_catalogue() {
        assert_eq!(ids(1, Category::ScienceFiction, 10), [5, 3, 9]);
    }

    #[test]
    fn a_book_of_two_categories_is_found_in_both() {
        assert_eq!(ids(1, Category::Mystery, 10), [3]);
    }

    #[test]
    fn no_more_books_than_the_limit() {
        assert_eq!(ids(1, Category::ScienceFiction, 2), [5, 3]);
        assert!(ids(1, Category::ScienceFiction, 0).is_empty());
    }

    #[test]
    fn a_category_without_books_is_answered_with_none() {
        assert!(ids(1, Category::SelfHelp, 10).is_empty());
    }

    #[test]
    fn every_reader_gets_the_same_books() {
        assert_eq!(
            ids(0, Category::ScienceFiction, 3),
            ids(i32::MAX, Category::ScienceFiction, 3)
        );
    }
}
