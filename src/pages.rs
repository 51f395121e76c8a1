//! The catalogue and the histories, a page at a time.
//!
//! A page goes on after the last item of the one before it, wherever that item
//! would stand now. So an item that is there all the time is on one page and no
//! more, whatever is added and deleted between two pages.

use std::sync::Arc;

use crate::book::{Book, BookId};
use crate::catalog::Catalog;
use crate::category::Category;
use crate::history::History;
use crate::interaction::{Interaction, Time};
use crate::query::PageSize;
use crate::reader::ReaderId;

/// The most books that are looked at for one page of a category, so that a rare
/// category in a large catalogue holds up nobody else: about a millisecond.
pub const MOST_LOOKED_AT: usize = 20_000;

/// Some items of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<Item, Key> {
    /// The items, in the list's order.
    pub items: Vec<Item>,
    /// What the next page goes on after; none on the last page.
    pub next: Option<Key>,
}

/// Which books of the catalogue are asked for, by ascending id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogPage {
    /// Only books of this category; none for all books.
    pub category: Option<Category>,
    /// Only books after this one; none for the first page.
    pub after: Option<BookId>,
    /// How many at most.
    pub size: PageSize,
}

impl CatalogPage {
    /// The page of `catalog`. It holds fewer books than asked for also where
    /// [`MOST_LOOKED_AT`] of them have been looked at.
    pub fn of(&self, catalog: &Catalog) -> Page<Arc<Book>, BookId> {
        match self.after {
            Some(last) => self.first_of(catalog.after(last)),
            None => self.first_of(catalog.books()),
        }
    }

    fn first_of<'catalog>(
        &self,
        books: impl Iterator<Item = &'catalog Arc<Book>>,
    ) -> Page<Arc<Book>, BookId> {
        let mut items: Vec<Arc<Book>> = Vec::new();
        let mut last_looked_at = None;
        for (looked_at, book) in books.enumerate() {
            if looked_at == MOST_LOOKED_AT {
                let next = last_looked_at;
                return Page { items, next };
            }
            last_looked_at = Some(book.id);
            let is_wanted = |category| book.categories.contains(category);
            if !self.category.is_none_or(is_wanted) {
                continue;
            }
            if items.len() == self.size.items() {
                let next = items.last().map(|last| last.id);
                return Page { items, next };
            }
            items.push(Arc::clone(book));
        }
        Page { items, next: None }
    }
}

/// Which of a reader's interactions are asked for, the newest first, those of one
/// second by descending book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryPage {
    /// Whose.
    pub reader: ReaderId,
    /// Only those after the one with this time and book; none for the first page.
    pub after: Option<(Time, BookId)>,
    /// How many at most.
    pub size: PageSize,
}

impl HistoryPage {
    /// The page of `history`, which is the reader's.
    pub fn of(&self, history: &History) -> Page<Interaction, (Time, BookId)> {
        let key = |interaction: &Interaction| (interaction.time, interaction.book);
        let all = history.interactions();
        let end = match self.after {
            Some(last) => all.partition_point(|interaction| key(interaction) < last),
            None => all.len(),
        };
        let start = end.saturating_sub(self.size.items());
        let items: Vec<Interaction> = all[start..end].iter().rev().copied().collect();
        let next = items.last().map(key).filter(|_| start > 0);
        Page { items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::category::Categories;
    use crate::interaction::Kind;

    fn id(number: i32) -> BookId {
        BookId::new(number).unwrap()
    }

    fn book(number: i32, categories: Categories) -> Book {
        Book {
            id: id(number),
            title: format!("Book {number}"),
            author: String::new(),
            year: None,
            categories,
        }
    }

    fn mystery() -> Categories {
        Categories::from_iter([Category::Mystery])
    }

    fn page(after: Option<i32>, size: i32, category: Option<Category>) -> CatalogPage {
        CatalogPage {
            category,
            after: after.map(id),
            size: PageSize::new(size).unwrap(),
        }
    }

    #[track_caller]
    fn gives(page: CatalogPage, catalog: &Catalog, expected: &[i32], next: Option<i32>) {
        let found = page.of(catalog);
        let ids: Vec<i32> = found.items.iter().map(|book| book.id.number()).collect();
        assert_eq!((ids.as_slice(), found.next), (expected, next.map(id)));
    }

    #[test]
    fn a_page_goes_on_after_the_last_book() {
        let catalog = Catalog::new([1, 4, 6, 9].map(|number| book(number, mystery())));
        gives(page(None, 2, None), &catalog, &[1, 4], Some(4));
        gives(page(Some(4), 2, None), &catalog, &[6, 9], None);
        gives(page(Some(5), 1, None), &catalog, &[6], Some(6));
        gives(page(Some(9), 2, None), &catalog, &[], None);
    }

    #[test]
    fn a_page_of_a_category_has_its_books_only() {
        let categories = [1, 2, 3, 4, 5].map(|number| match number {
            2 | 5 => book(number, Categories::NONE),
            _ => book(number, mystery()),
        });
        let catalog = Catalog::new(categories);
        let mysteries = Some(Category::Mystery);
        gives(page(None, 2, mysteries), &catalog, &[1, 3], Some(3));
        gives(page(Some(3), 2, mysteries), &catalog, &[4], None);
        gives(page(None, 3, mysteries), &catalog, &[1, 3, 4], None);
        gives(page(None, 3, Some(Category::SelfHelp)), &catalog, &[], None);
    }

    #[test]
    fn a_rare_category_gives_short_pages() {
        let last = i32::try_from(2 * MOST_LOOKED_AT).unwrap();
        let first_page = i32::try_from(MOST_LOOKED_AT).unwrap();
        let books = (1..=last).map(|number| match number == last {
            true => book(number, mystery()),
            false => book(number, Categories::NONE),
        });
        let catalog = Catalog::new(books);
        let mysteries = Some(Category::Mystery);
        gives(page(None, 2, mysteries), &catalog, &[], Some(first_page));
        gives(
            page(Some(first_page), 2, mysteries),
            &catalog,
            &[last],
            None,
        );
    }

    #[test]
    fn a_history_is_paged_from_the_newest() {
        let interactions = [(1, 100), (2, 200), (3, 200), (4, 300)];
        let history = History::new(interactions.map(|(book, seconds)| Interaction {
            book: id(book),
            kind: Kind::Read,
            time: Time::from_seconds(seconds),
        }));
        let page = |after: Option<(u32, i32)>, size| {
            let page = HistoryPage {
                reader: ReaderId::new(0).unwrap(),
                after: after.map(|(seconds, book)| (Time::from_seconds(seconds), id(book))),
                size: PageSize::new(size).unwrap(),
            };
            let found = page.of(&history);
            let books: Vec<i32> = found.items.iter().map(|each| each.book.number()).collect();
            let next = found
                .next
                .map(|(time, book)| (time.seconds(), book.number()));
            (books, next)
        };
        assert_eq!(page(None, 2), (vec![4, 3], Some((200, 3))));
        assert_eq!(page(Some((200, 3)), 1), (vec![2], Some((200, 2))));
        assert_eq!(page(Some((200, 3)), 2), (vec![2, 1], None));
        assert_eq!(page(Some((250, 9)), 9), (vec![3, 2, 1], None));
        assert_eq!(page(Some((100, 1)), 9), (vec![], None));
    }
}
