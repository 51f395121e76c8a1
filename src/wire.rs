//! Conversions between messages and the field's words.
//!
//! A request is validated here and nowhere else. Where several of its fields are
//! wrong, the first of them in the order of the contract is the one that is
//! refused.
//!
//! | request | answer |
//! | --- | --- |
//! | a field with a value that is not allowed | INVALID_ARGUMENT |
//! | `category` of `Recommend` not in the contract | NOT_FOUND |
//! | a book, an interaction or a service that there is not | NOT_FOUND |
//! | `max_results` of `Recommend` 0 | OK, no books |
//! | `max_results` or `page_size` over the most | OK, at most the most |
//! | a request that cannot be read, or none | INVALID_ARGUMENT |
//! | a call while too many others are in flight or begun | RESOURCE_EXHAUSTED |
//! | a write while too many others wait, or into a full history | RESOURCE_EXHAUSTED |
//! | a call or a write that is begun after its deadline | DEADLINE_EXCEEDED |
//! | a write by somebody who may only read | PERMISSION_DENIED |
//! | a request that does not come in time | DEADLINE_EXCEEDED |
//! | a call whose caller is gone before all of its requests have come | CANCELLED, which nobody reads |
//! | a write while the store cannot write | UNAVAILABLE |
//! | a stream that stays open, while the server stops | UNAVAILABLE |
//! | our own fault | INTERNAL, and the cause in the server's log |

pub mod books;
mod invalid;
mod page_token;
pub mod readers;
mod recommendations;

use std::time::Duration;

use grpcio::{RpcStatus, RpcStatusCode};
use protobuf::{Enum, EnumOrUnknown};

pub use self::invalid::{InvalidField, InvalidValue};
pub use self::recommendations::{RefusedQuery, query, response};
use crate::book::BookId;
use crate::category::Category;
use crate::excerpt::excerpt;
use crate::pb::BookCategory;
use crate::query::PageSize;
use crate::reader::ReaderId;
use crate::shop::WriteError;

/// The most items that one message of an import holds.
pub const MAX_ITEMS: usize = 1000;

/// Why a call gets a status instead of a reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A recommendation's request is not valid.
    #[error(transparent)]
    Query(#[from] RefusedQuery),
    /// A request holds what is not allowed.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// The catalogue does not have the book.
    #[error("book {0} is not in the catalogue")]
    NoBook(BookId),
    /// Nothing at all is known of the book.
    #[error("book {0} is neither in the catalogue nor in any history")]
    UnknownBook(BookId),
    /// The reader's history does not have the book.
    #[error("reader {reader} has no interaction with book {book}")]
    NoInteraction {
        /// The reader.
        reader: ReaderId,
        /// The book.
        book: BookId,
    },
    /// The server has no service of that name.
    #[error("the server has no service {}", excerpt(.0))]
    NoService(String),
    /// The server is about to stop, and a stream would hold it up.
    #[error("the server is stopping")]
    Stopping,
    /// No request came for so long.
    #[error("no request came for {0:?}")]
    Idle(Duration),
    /// A write was refused.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A request cannot be decoded.
    #[error("the request cannot be read: {0}")]
    Unreadable(String),
    /// The call ended before all of its requests had come, and nobody reads this. gRPC
    /// does not tell the server which of these it was.
    #[error(
        "the call was cut off: its caller cancelled it or is gone, \
         or gRPC refused a message of it as too large or compressed"
    )]
    Gone,
    /// A message of a stream was refused; those before it are recorded.
    #[error("message {number}, {refusal}")]
    InMessage {
        /// The message's number in the stream, from 1.
        number: usize,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// So many other calls are in flight.
    #[error("{0} calls are in flight, the most that may be; try again a little later")]
    Overloaded(u32),
    /// So many other calls are in flight on the same connection.
    #[error("{0} calls are in flight on this connection, the most that may be")]
    TooManyOnConnection(u32),
    /// So many other calls of its kind are open from the same host.
    #[error("{0} calls of this kind are open from this host, the most that may be")]
    TooManyFromHost(u32),
    /// The call's request did not come, while so many others waited for theirs.
    #[error("{0} calls wait for their request, the most that may; this one had waited longest")]
    CrowdedOut(u64),
    /// So many replies, in bytes, have not been taken by their callers.
    #[error("callers do not take their replies, of {0} bytes; try again a little later")]
    NotTaken(u64),
    /// The call ended without the request that it must have.
    #[error("the call ended without a request")]
    NoRequest,
    /// The call's deadline passed before the server could begin.
    #[error("the deadline passed before the call was begun")]
    Late,
    /// The caller, of whose certificate this is the name, may not write.
    #[error("{}", not_a_writer(.0.as_deref()))]
    NotAWriter(Option<String>),
    /// Our own fault: the handler panicked with this message.
    #[error("handler panicked: {0}")]
    Panicked(String),
}

fn not_a_writer(name: Option<&str>) -> String {
    match name {
        Some(name) => format!(
            "the caller with the certificate of {} may only read; \
             the server's --writer names who may write",
            excerpt(name)
        ),
        None => "a caller without a client certificate may only read".to_owned(),
    }
}

impl Refusal {
    /// The refusal of a stream's message with that number, from 1.
    pub fn in_message(self, number: usize) -> Refusal {
        let refusal = Box::new(self);
        Refusal::InMessage { number, refusal }
    }
}

impl From<grpcio::Error> for Refusal {
    /// Why a stream's next message could not be had.
    fn from(error: grpcio::Error) -> Refusal {
        match error {
            grpcio::Error::Codec(source) => Refusal::Unreadable(source.to_string()),
            _ => Refusal::Gone,
        }
    }
}

/// The status that tells the caller of `refusal`: in detail what is the caller's
/// to mend, plainly what is ours.
pub fn status(refusal: &Refusal) -> RpcStatus {
    let message = match refusal {
        Refusal::Panicked(_) => "internal error; the cause is in the server's log".to_owned(),
        _ => refusal.to_string(),
    };
    RpcStatus::with_message(code(refusal), message)
}

fn code(refusal: &Refusal) -> RpcStatusCode {
    match refusal {
        Refusal::Query(RefusedQuery::UnknownCategory(_))
        | Refusal::NoBook(_)
        | Refusal::UnknownBook(_)
        | Refusal::NoService(_)
        | Refusal::NoInteraction { .. } => RpcStatusCode::NOT_FOUND,
        Refusal::Query(RefusedQuery::NegativeUserId(_) | RefusedQuery::NegativeMaxResults(_))
        | Refusal::Invalid(_)
        | Refusal::NoRequest
        | Refusal::Unreadable(_) => RpcStatusCode::INVALID_ARGUMENT,
        Refusal::Overloaded(_)
        | Refusal::TooManyOnConnection(_)
        | Refusal::TooManyFromHost(_)
        | Refusal::CrowdedOut(_)
        | Refusal::NotTaken(_)
        | Refusal::Write(WriteError::Busy | WriteError::FullHistory(_)) => {
            RpcStatusCode::RESOURCE_EXHAUSTED
        }
        Refusal::Late | Refusal::Idle(_) | Refusal::Write(WriteError::Late) => {
            RpcStatusCode::DEADLINE_EXCEEDED
        }
        Refusal::NotAWriter(_) => RpcStatusCode::PERMISSION_DENIED,
        Refusal::Write(WriteError::Unavailable) | Refusal::Stopping => RpcStatusCode::UNAVAILABLE,
        Refusal::Gone => RpcStatusCode::CANCELLED,
        Refusal::InMessage { refusal, .. } => code(refusal),
        Refusal::Panicked(_) => RpcStatusCode::INTERNAL,
    }
}

/// The code's name in gRPC's documentation.
pub fn code_name(code: RpcStatusCode) -> &'static str {
    match code {
        RpcStatusCode::OK => "OK",
        RpcStatusCode::CANCELLED => "CANCELLED",
        RpcStatusCode::INVALID_ARGUMENT => "INVALID_ARGUMENT",
        RpcStatusCode::DEADLINE_EXCEEDED => "DEADLINE_EXCEEDED",
        RpcStatusCode::NOT_FOUND => "NOT_FOUND",
        RpcStatusCode::ALREADY_EXISTS => "ALREADY_EXISTS",
        RpcStatusCode::PERMISSION_DENIED => "PERMISSION_DENIED",
        RpcStatusCode::RESOURCE_EXHAUSTED => "RESOURCE_EXHAUSTED",
        RpcStatusCode::FAILED_PRECONDITION => "FAILED_PRECONDITION",
        RpcStatusCode::ABORTED => "ABORTED",
        RpcStatusCode::OUT_OF_RANGE => "OUT_OF_RANGE",
        RpcStatusCode::UNIMPLEMENTED => "UNIMPLEMENTED",
        RpcStatusCode::INTERNAL => "INTERNAL",
        RpcStatusCode::UNAVAILABLE => "UNAVAILABLE",
        RpcStatusCode::DATA_LOSS => "DATA_LOSS",
        RpcStatusCode::UNAUTHENTICATED => "UNAUTHENTICATED",
        _ => "UNKNOWN",
    }
}

/// The category as a message has it.
pub fn book_category(category: Category) -> BookCategory {
    match category {
        Category::Mystery => BookCategory::MYSTERY,
        Category::ScienceFiction => BookCategory::SCIENCE_FICTION,
        Category::SelfHelp => BookCategory::SELF_HELP,
    }
}

/// The category of a message's number, or the number if the contract has no such.
fn known_category(number: EnumOrUnknown<BookCategory>) -> Result<Category, i32> {
    number.enum_value().map(|category| match category {
        BookCategory::MYSTERY => Category::Mystery,
        BookCategory::SCIENCE_FICTION => Category::ScienceFiction,
        BookCategory::SELF_HELP => Category::SelfHelp,
    })
}

/// The category that a field names.
fn category_in(
    field: impl Into<String>,
    number: EnumOrUnknown<BookCategory>,
) -> Result<Category, InvalidField> {
    known_category(number)
        .map_err(|unknown| InvalidField::new(field, InvalidValue::UnknownCategory(unknown)))
}

/// The categories with their numbers, for the caller to pick one.
fn categories() -> String {
    let named = Category::ALL.map(|category| {
        let number = book_category(category).value();
        format!("{number} ({category})")
    });
    named.join(", ")
}

/// The book's id in the field `book_id`.
fn book_id(number: i32) -> Result<BookId, InvalidField> {
    book_id_in("book_id", number)
}

fn book_id_in(field: &'static str, number: i32) -> Result<BookId, InvalidField> {
    BookId::new(number).ok_or_else(|| InvalidField::new(field, InvalidValue::BelowOne(number)))
}

/// The reader's id in the field `reader_id`.
fn reader_id(number: i32) -> Result<ReaderId, InvalidField> {
    let invalid = || InvalidField::new("reader_id", InvalidValue::Negative(number));
    ReaderId::new(number).ok_or_else(invalid)
}

/// The size in the field `page_size`.
fn page_size(requested: i32) -> Result<PageSize, InvalidField> {
    let invalid = || InvalidField::new("page_size", InvalidValue::Negative(requested));
    PageSize::new(requested).ok_or_else(invalid)
}

/// The items of an import's message, each converted by `convert`.
fn items<Message, Item>(
    field: &'static str,
    messages: &[Message],
    convert: impl Fn(&Message) -> Result<Item, InvalidField>,
) -> Result<Vec<Item>, InvalidField> {
    let count = messages.len();
    if count > MAX_ITEMS {
        return Err(InvalidField::new(field, InvalidValue::TooMany(count)));
    }
    let numbered = messages.iter().enumerate();
    let converted = numbered.map(|(index, message)| {
        convert(message).map_err(|invalid| invalid.within(format_args!("{field}[{index}]")))
    });
    converted.collect()
}

/// The count as a message has it.
fn count(items: usize) -> i64 {
    // No count of what is in memory comes near.
    i64::try_from(items).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
