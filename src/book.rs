//! Books.

use std::fmt;

use crate::category::Categories;

/// A book of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// The book's number, which no other book of the catalogue has.
    pub id: BookId,
    /// The title, never blank and at most [`MAX_TEXT_BYTES`] long.
    pub title: String,
    /// Who wrote it, empty where nobody knows; at most [`MAX_TEXT_BYTES`] long.
    pub author: String,
    /// The year of the first edition, negative before the common era; none where
    /// nobody knows.
    pub year: Option<i16>,
    /// The categories that it can be recommended in.
    pub categories: Categories,
}

/// The length of the longest title and of the longest author, in bytes.
///
/// It keeps the largest reply far below the 4 MiB that every gRPC client takes.
pub const MAX_TEXT_BYTES: usize = 1000;

/// A book's number, 1 or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BookId(i32);

impl BookId {
    /// The id of that number, if it is 1 or more.
    pub fn new(number: i32) -> Option<BookId> {
        (number >= 1).then_some(BookId(number))
    }

    /// The number, 1 or more.
    pub fn number(self) -> i32 {
        self.0
    }
}

impl fmt::Display for BookId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_id_is_1_or_more() {
        assert_eq!(BookId::new(i32::MIN), None);
        assert_eq!(BookId::new(0), None);
        assert_eq!(BookId::new(1).map(BookId::number), Some(1));
        assert_eq!(BookId::new(i32::MAX).map(BookId::number), Some(i32::MAX));
    }
}
