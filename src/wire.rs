//! Conversions between messages and the field's words.
//!
//! A request is validated here and nowhere else. Where several of its fields are
//! wrong, the first of them in the order of the contract is the one that is
//! refused: `user_id`, then `category`, then `max_results`.
//!
//! | request | answer |
//! | --- | --- |
//! | `user_id` negative | INVALID_ARGUMENT |
//! | `category` not in the contract | NOT_FOUND |
//! | `max_results` negative | INVALID_ARGUMENT |
//! | `max_results` 0 | OK, no books |
//! | `max_results` over [`ResultLimit::MAX`] | OK, at most [`ResultLimit::MAX`] books |
//! | our own fault | INTERNAL, and the cause in the server's log |

use std::sync::Arc;

use grpcio::{RpcStatus, RpcStatusCode};
use protobuf::{Enum, EnumOrUnknown};

use crate::book::Book;
use crate::category::Category;
use crate::pb::{BookCategory, BookRecommendation, RecommendationRequest, RecommendationResponse};
use crate::query::{Query, ResultLimit};
use crate::reader::ReaderId;

/// Why a request was refused. Every variant is the caller's to mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusedQuery {
    /// `user_id` is negative.
    #[error("user_id is {0}; it must be 0 or more")]
    NegativeUserId(i32),
    /// The category's number is not in the contract.
    #[error("category {0} is not known; it must be one of {known}", known = categories())]
    UnknownCategory(i32),
    /// `max_results`, a count of books, is negative.
    #[error("max_results is {0}; it must be 0 or more")]
    NegativeMaxResults(i32),
}

/// Why a call gets a status instead of a reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request is not valid.
    #[error(transparent)]
    Query(#[from] RefusedQuery),
    /// Our own fault: the handler panicked with this message.
    #[error("handler panicked: {0}")]
    Panicked(String),
}

/// The status that tells the caller of `refusal`: in detail what is the caller's
/// to mend, plainly what is ours.
pub fn status(refusal: &Refusal) -> RpcStatus {
    let code = match refusal {
        Refusal::Query(RefusedQuery::UnknownCategory(_)) => RpcStatusCode::NOT_FOUND,
        Refusal::Query(RefusedQuery::NegativeUserId(_) | RefusedQuery::NegativeMaxResults(_)) => {
            RpcStatusCode::INVALID_ARGUMENT
        }
        Refusal::Panicked(_) => {
            let message = "internal error; the cause is in the server's log";
            return RpcStatus::with_message(RpcStatusCode::INTERNAL, message.to_owned());
        }
    };
    RpcStatus::with_message(code, refusal.to_string())
}

/// The query in a request.
///
/// # Errors
///
/// [`RefusedQuery`] for the first field, in the order of the contract, that is
/// not valid.
pub fn query(request: &RecommendationRequest) -> Result<Query, RefusedQuery> {
    let &RecommendationRequest {
        user_id,
        category: number,
        max_results,
        ..
    } = request;
    Ok(Query {
        reader: ReaderId::new(user_id).ok_or(RefusedQuery::NegativeUserId(user_id))?,
        category: category(number)?,
        limit: ResultLimit::new(max_results)
            .ok_or(RefusedQuery::NegativeMaxResults(max_results))?,
    })
}

/// The category in a message.
///
/// # Errors
///
/// [`RefusedQuery::UnknownCategory`] when the contract has no such number.
pub fn category(number: EnumOrUnknown<BookCategory>) -> Result<Category, RefusedQuery> {
    match number.enum_value() {
        Ok(BookCategory::MYSTERY) => Ok(Category::Mystery),
        Ok(BookCategory::SCIENCE_FICTION) => Ok(Category::ScienceFiction),
        Ok(BookCategory::SELF_HELP) => Ok(Category::SelfHelp),
        Err(unknown) => Err(RefusedQuery::UnknownCategory(unknown)),
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

/// The reply that recommends `books`, in their order.
pub fn response(books: &[Arc<Book>]) -> RecommendationResponse {
    let recommendations = books.iter().map(|book| BookRecommendation {
        id: book.id.number(),
        title: book.title.clone(),
        ..Default::default()
    });
    RecommendationResponse {
        recommendations: recommendations.collect(),
        ..Default::default()
    }
}

/// The categories with their numbers, for the caller to pick one.
fn categories() -> String {
    let named = Category::ALL.map(|category| {
        let number = book_category(category).value();
        format!("{number} ({category})")
    });
    named.join(", ")
}

#[cfg(test)]
mod tests;
