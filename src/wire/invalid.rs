//! Fields of a request that hold what is not allowed.

use std::fmt::Display;

use super::{MAX_ITEMS, categories};
use crate::book::MAX_TEXT_BYTES;
use crate::category::Category;
use crate::excerpt::excerpt;

/// A field of a request that holds what is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} {value}")]
pub struct InvalidField {
    /// The way to the field from the request, such as `books[17].title`.
    path: String,
    value: InvalidValue,
}

/// What a field holds, and what it may hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidValue {
    /// The field must be set and is not.
    #[error("is not set; it must be")]
    Missing,
    /// A book's number is not 1 or more.
    #[error("is {0}; it must be 1 or more")]
    BelowOne(i32),
    /// A number is negative.
    #[error("is {0}; it must be 0 or more")]
    Negative(i32),
    /// A list has more than [`MAX_ITEMS`].
    #[error("has {0} items; it must have at most {MAX_ITEMS}")]
    TooMany(usize),
    /// A title is blank.
    #[error("is {}; it must not be blank", excerpt(.0))]
    Blank(String),
    /// A text has so many bytes, more than [`MAX_TEXT_BYTES`].
    #[error("has {0} bytes; it must have at most {MAX_TEXT_BYTES}")]
    TooLong(usize),
    /// A text holds U+0000, which no CSV file can be read with.
    #[error("is {}; it must not hold U+0000", excerpt(.0))]
    Nul(String),
    /// A year is out of range.
    #[error("is {0}; it must be from -9999 to 9999, or not set")]
    Year(i32),
    /// A category's number is not in the contract.
    #[error("is {0}; it must be one of {known}", known = categories())]
    UnknownCategory(i32),
    /// A category is there twice.
    #[error("is {0}, which is there already; it must be there once")]
    DuplicateCategory(Category),
    /// A kind's number is not in the contract, or stands for no kind.
    #[error("is {0}; it must be one of 1 (WANTED), 2 (BOUGHT), 3 (READ), 4 (RATED)")]
    UnknownKind(i32),
    /// A rating is out of range.
    #[error("is {0}; it must be from 1 to 5")]
    Rating(i32),
    /// What is rated has no rating.
    #[error("is not set; with RATED it must be from 1 to 5")]
    NoRating,
    /// What is not rated has a rating.
    #[error("is {rating}; with {kind} it must not be set")]
    UnwantedRating {
        /// The rating.
        rating: i32,
        /// The kind's name.
        kind: &'static str,
    },
    /// Seconds since 1970 are out of range.
    #[error("is {0}; it must be from 0 (in 1970) to 4294967295 (in 2106)")]
    Seconds(i64),
    /// Nanoseconds are out of range.
    #[error("is {0}; it must be from 0 to 999999999")]
    Nanos(i32),
    /// No page gave this token.
    #[error("is {}; it must be empty or a next_page_token of this method", excerpt(.0))]
    PageToken(String),
    /// The page that gave the token was asked for with another value of a field.
    #[error("is {}; it must be sent with the {field} of the page that gave it", excerpt(.token))]
    ForeignPageToken {
        /// The token.
        token: String,
        /// The field.
        field: &'static str,
    },
}

impl InvalidField {
    pub(super) fn new(field: impl Into<String>, value: InvalidValue) -> InvalidField {
        let path = field.into();
        InvalidField { path, value }
    }

    /// The same field, told from the message that has its message in `parent`.
    pub(super) fn within(self, parent: impl Display) -> InvalidField {
        let path = format!("{parent}.{}", self.path);
        InvalidField { path, ..self }
    }
}
