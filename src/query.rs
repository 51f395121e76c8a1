//! What a reader asks.

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
}
