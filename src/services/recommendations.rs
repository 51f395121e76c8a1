//! The service of `recommendations.proto`.

use std::sync::Arc;

use grpcio::Service;

use super::calls::{Calls, Handlers};
use crate::pb::{METHOD_RECOMMENDATIONS_RECOMMEND, RecommendationRequest, RecommendationResponse};
use crate::shop::Shop;
use crate::wire::{self, Refusal};

/// Answers `Recommendations.Recommend`.
#[derive(Clone)]
struct RecommendationsService {
    shop: Arc<Shop>,
}

impl RecommendationsService {
    /// The books for a request.
    ///
    /// # Errors
    ///
    /// [`Refusal::Query`] when the request is not valid.
    fn answer(&self, request: &RecommendationRequest) -> Result<RecommendationResponse, Refusal> {
        let query = wire::query(request)?;
        Ok(wire::response(&self.shop.recommend(&query)))
    }
}

/// The service, answering from `shop`, whose calls `calls` takes.
pub fn service(shop: Arc<Shop>, calls: Calls) -> Service {
    Handlers::new(calls, RecommendationsService { shop })
        .unary(
            &METHOD_RECOMMENDATIONS_RECOMMEND,
            |service, request, _| async move { service.answer(&request) },
        )
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;
    use crate::pb::BookCategory;
    use crate::wire::RefusedQuery;

    fn answer(request: RecommendationRequest) -> Result<Vec<(i32, String)>, Refusal> {
        let text = "id,title,author,year,categories\n\
                    8,Gaudy Night,Dorothy L. Sayers,1935,MYSTERY\n\
                    2,The Moonstone,Wilkie Collins,1868,MYSTERY\n";
        let books = files::parse("books.csv", text.as_bytes()).unwrap();
        let shop = Arc::new(Shop::in_memory(books));
        let service = RecommendationsService { shop };
        let response = service.answer(&request)?;
        let books = response.recommendations.into_iter();
        Ok(books.map(|book| (book.id, book.title)).collect())
    }

    #[test]
    fn a_request_is_answered_with_ids_and_titles() {
        let request = RecommendationRequest {
            user_id: 1,
            category: BookCategory::MYSTERY.into(),
            max_results: 10,
            ..Default::default()
        };
        let expected = [
            (2, "The Moonstone".to_owned()),
            (8, "Gaudy Night".to_owned()),
        ];
        assert_eq!(answer(request).unwrap(), expected);
    }

    #[test]
    fn a_request_that_is_not_valid_is_refused() {
        let request = RecommendationRequest {
            max_results: -1,
            ..Default::default()
        };
        let refusal = Refusal::Query(RefusedQuery::NegativeMaxResults(-1));
        assert_eq!(answer(request), Err(refusal));
    }
}
