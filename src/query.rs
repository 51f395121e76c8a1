//! What a reader asks.

use crate::book::BookId;
use crate::category::Category;
use crate::reader::ReaderId;

/// A question that is known to be valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query {
    /// Who asks.
    pub reader: ReaderId,
    /// What kind of books.
    pub category: Category,
    /// How many at most.
    pub limit: ResultLimit,
}

/// The largest number of books in an answer, from 0 to [`ResultLimit::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResultLimit(usize);

impl ResultLimit {
    /// The most books that one answer holds.
    pub const MAX: usize = 100;

    /// The limit that was asked for, [`ResultLimit::MAX`] if it was more; none
    /// if it was negative.
    pub fn new(requested: i32) -> Option<ResultLimit> {
        let books = usize::try_from(requested).ok()?;
        Some(ResultLimit(books.min(Self::MAX)))
    }

    /// The limit, a count of books.
    pub fn books(self) -> usize {
        self.0
    }
}

/// A question for the books that are similar to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SimilarQuery {
    /// To which book.
    pub book: BookId,
    /// Only books of this category; none for every category.
    pub category: Option<Category>,
    /// How many at most.
    pub limit: SimilarLimit,
}

/// The largest number of similar books in an answer, from 1 to
/// [`SimilarLimit::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SimilarLimit(usize);

impl SimilarLimit {
    /// How many where 0 is asked for.
    pub const DEFAULT: usize = 10;

    /// The most similar books that are known of a book.
    pub const MAX: usize = 50;

    /// The limit that was asked for, or as near as there is; none if it was
    /// negative.
    pub fn new(requested: i32) -> Option<SimilarLimit> {
        coerced(requested, Self::DEFAULT, Self::MAX).map(SimilarLimit)
    }

    /// The limit, a count of books.
    pub fn books(self) -> usize {
        self.0
    }
}

/// The largest number of items on a page, from 1 to [`PageSize::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(usize);

impl PageSize {
    /// How many where 0 is asked for.
    pub const DEFAULT: usize = 50;

    /// The most items that one page holds.
    pub const MAX: usize = 1000;

    /// The most bytes that the items of a page have, unless it is one item. A thousand
    /// usual books are a third of it, a thousand interactions a tenth. A caller who takes
    /// no replies makes the server hold as much for each call, so it is no more than
    /// what the other long replies can have, and a small part of the 4 MiB that every
    /// gRPC client takes.
    pub const MAX_BYTES: usize = 256 * 1024;

    /// The size that was asked for, or as near as there is; none if it was
    /// negative.
    pub fn new(requested: i32) -> Option<PageSize> {
        coerced(requested, Self::DEFAULT, Self::MAX).map(PageSize)
    }

    /// The size, a count of items.
    pub fn items(self) -> usize {
        self.0
    }
}

/// The count that was asked for, with `default` for 0 and no more than `most`;
/// none if it was negative.
fn coerced(requested: i32, default: usize, most: usize) -> Option<usize> {
    match usize::try_from(requested).ok()? {
        0 => Some(default),
        count => Some(count.min(most)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_coerced_to_the_most() {
        let books = |requested| ResultLimit::new(requested).map(ResultLimit::books);
        assert_eq!(books(0), Some(0));
        assert_eq!(books(100), Some(100));
        assert_eq!(books(101), Some(100));
        assert_eq!(books(i32::MAX), Some(100));
    }

    #[test]
    fn a_negative_limit_is_none() {
        assert_eq!(ResultLimit::new(-1), None);
        assert_eq!(ResultLimit::new(i32::MIN), None);
    }

    #[test]
    fn a_page_has_50_items_unless_told_otherwise_and_1000_at_most() {
        let items = |requested| PageSize::new(requested).map(PageSize::items);
        assert_eq!(items(0), Some(50));
        assert_eq!(items(1), Some(1));
        assert_eq!(items(1000), Some(1000));
        assert_eq!(items(1001), Some(1000));
        assert_eq!(items(i32::MAX), Some(1000));
        assert_eq!(items(-1), None);
        assert_eq!(items(i32::MIN), None);
    }

    #[test]
    fn similar_books_are_10_unless_told_otherwise_and_50_at_most() {
        let books = |requested| SimilarLimit::new(requested).map(SimilarLimit::books);
        assert_eq!(books(0), Some(10));
        assert_eq!(books(1), Some(1));
        assert_eq!(books(51), Some(50));
        assert_eq!(books(-1), None);
    }
}
