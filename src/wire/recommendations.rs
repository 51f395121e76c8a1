//! The messages of `recommendations.proto`.

use std::sync::Arc;

use super::{categories, known_category};
use crate::book::Book;
use crate::pb::{BookRecommendation, RecommendationRequest, RecommendationResponse};
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

/// The query in a request.
///
/// # Errors
///
/// [`RefusedQuery`] for the first field, in the order of the contract, that is
/// not valid.
pub fn query(request: &RecommendationRequest) -> Result<Query, RefusedQuery> {
    let &RecommendationRequest {
        user_id,
        category,
        max_results,
        ..
    } = request;
    Ok(Query {
        reader: ReaderId::new(user_id).ok_or(RefusedQuery::NegativeUserId(user_id))?,
        category: known_category(category).map_err(RefusedQuery::UnknownCategory)?,
        limit: ResultLimit::new(max_results)
            .ok_or(RefusedQuery::NegativeMaxResults(max_results))?,
    })
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

#[cfg(test)]
mod tests;
