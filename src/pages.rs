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
    /// The page of `catalog`. It has fewer books where they would be more than
    /// [`PageSize::MAX_BYTES`].
    pub fn of(&self, catalog: &Catalog) -> Page<Arc<Book>, BookId> {
        let mut items: Vec<Arc<Book>> = Vec::new();
        let mut bytes = 0;
        for book in catalog.after(self.category, self.after) {
            bytes += book_bytes(book);
            let is_full = items.len() == self.size.items() || bytes > PageSize::MAX_BYTES;
            if let Some(last) = items.last().filter(|_| is_full) {
                let next = Some(last.id);
                return Page { items, next };
            }
            items.push(Arc::clone(book));
        }
        Page { items, next: None }
    }
}

/// What a book adds to a page, in bytes: its texts, and at most so much for its
/// numbers, its categories and what tells where they are.
fn book_bytes(book: &Book) -> usize {
    book.title.len() + book.author.len() + 48
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
mod tests;
