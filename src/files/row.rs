//! What is wrong with rows, and what rows of all files have in common.

use crate::book::{BookId, MAX_TEXT_BYTES};
use crate::category::{Category, UnknownCategory};
use crate::excerpt::excerpt;

use super::columns::Field;
use super::time::NoTime;

/// Why a row is not a book or not an interaction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// The number of columns is wrong.
    #[error("number of columns is {found}; it must be {expected}, as in the header")]
    Columns {
        /// How many the row has.
        found: usize,
        /// How many the header has.
        expected: usize,
    },
    /// A column holds bytes that are not UTF-8.
    #[error("{column} is {found}, which is not UTF-8; save the file as UTF-8")]
    NotUtf8 {
        /// The column's name.
        column: &'static str,
        /// The column, with U+FFFD for what cannot be read.
        found: String,
    },
    /// A column holds U+0000, which ends a text for many programs.
    #[error("{column} is {found}; it must not have a NUL character")]
    Nul {
        /// The column's name.
        column: &'static str,
        /// What it holds.
        found: String,
    },
    /// A book's or a reader's number is none that one can have.
    #[error("{column} is {found}; it must be a whole number from {least} to 2147483647")]
    Number {
        /// The column's name.
        column: &'static str,
        /// What it holds.
        found: String,
        /// The smallest number that is allowed.
        least: i32,
    },
    /// Another row has the same id.
    #[error("{column} {id} is taken by line {first}; every book must have its own")]
    DuplicateId {
        /// The column's name.
        column: &'static str,
        /// The id.
        id: BookId,
        /// The line, from 1, of the first row that has it.
        first: u64,
    },
    /// The title is blank.
    #[error("title is {0}; it must not be blank")]
    BlankTitle(String),
    /// The title or the author is longer than [`MAX_TEXT_BYTES`].
    #[error("{column} has {bytes} bytes; it must have at most {MAX_TEXT_BYTES}")]
    TooLong {
        /// The column's name.
        column: &'static str,
        /// The column's length in bytes.
        bytes: usize,
    },
    /// The year is not a number that a book can have.
    #[error("{column} is {found}; it must be a whole number from -9999 to 9999")]
    Year {
        /// The column's name.
        column: &'static str,
        /// What it holds.
        found: String,
    },
    /// One of the categories does not exist.
    #[error("{0}, several of them joined by |")]
    Category(#[from] UnknownCategory),
    /// One of the categories is named twice.
    #[error("category {0} is named twice; once is enough")]
    DuplicateCategory(Category),
    /// The kind of an interaction does not exist.
    #[error("kind is {0}; it must be one of WANTED, BOUGHT, READ, RATED")]
    Kind(String),
    /// The rating is not a number of stars.
    #[error("rating is {0}; it must be a whole number from 1 to 5")]
    Rating(String),
    /// What is rated has no rating.
    #[error("kind is RATED without a rating; it must have one from 1 to 5")]
    MissingRating,
    /// What is not rated has a rating.
    #[error("kind is {kind} with the rating {rating}; only RATED has one")]
    NeedlessRating {
        /// The kind's name.
        kind: &'static str,
        /// What the column `rating` holds.
        rating: String,
    },
    /// The time is no moment that we can keep.
    #[error("time is {0}; {NoTime}")]
    Time(String),
}

impl<'row> Field<'row> {
    /// A whole number from `least`.
    pub(super) fn number<Id>(
        self,
        least: i32,
        id: impl FnOnce(i32) -> Option<Id>,
    ) -> Result<Id, RowError> {
        let number = str::from_utf8(self.bytes)
            .ok()
            .and_then(|text| text.parse().ok());
        number.and_then(id).ok_or_else(|| RowError::Number {
            column: self.column,
            found: self.excerpt(),
            least,
        })
    }

    /// Text in UTF-8 without NUL.
    pub(super) fn text(self) -> Result<&'row str, RowError> {
        let column = self.column;
        let Ok(text) = str::from_utf8(self.bytes) else {
            let found = self.excerpt();
            return Err(RowError::NotUtf8 { column, found });
        };
        if self.bytes.contains(&0) {
            let found = self.excerpt();
            return Err(RowError::Nul { column, found });
        }
        Ok(text)
    }

    /// The field in quotes, as messages show it.
    pub(super) fn excerpt(self) -> String {
        excerpt(&String::from_utf8_lossy(self.bytes))
    }
}
