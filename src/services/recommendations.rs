//! The service of `recommendations.proto`.

use std::sync::Arc;

use grpcio::{RpcContext, UnarySink};

use super::calls::Calls;
use crate::pb::{RecommendationRequest, RecommendationResponse, Recommendations};
use crate::shop::Shop;
use crate::wire::{self, Refusal};

/// Answers `Recommendations.Recommend`.
#[derive(Clone)]
pub struct RecommendationsService {
    shop: Arc<Shop>,
    calls: Calls,
}

impl RecommendationsService {
    /// A service of `shop`, whose calls `calls` takes.
    pub fn new(shop: Arc<Shop>, calls: Calls) -> RecommendationsService {
        RecommendationsService { shop, calls }
    }

    /// The books for a request.
    ///
    /// # Errors
    ///
    /// [`Refusal::Query`] when the request is not valid.
    pub fn answer(
        &self,
        request: &RecommendationRequest,
    ) -> Result<RecommendationResponse, Refusal> {
        let query = wire::query(request)?;
        Ok(wire::response(&self.shop.recommend(&query)))
    }
}

impl Recommendations for RecommendationsService {
    fn recommend(
        &mut self,
        ctx: RpcContext<'_>,
        request: RecommendationRequest,
        sink: UnarySink<RecommendationResponse>,
    ) {
        let service = self.clone();
        self.calls
            .reply(&ctx, sink, async move { service.answer(&request) });
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::registry::Registry;

    use super::*;
    use crate::files;
    use crate::pb::BookCategory;
    use crate::services;
    use crate::services::calls::Settings;
    use crate::wire::RefusedQuery;

    fn answer(request: RecommendationRequest) -> Result<Vec<(i32, String)>, Refusal> {
        let text = "id,title,author,year,categories\n\
                    8,Gaudy Night,Dorothy L. Sayers,1935,MYSTERY\n\
                    2,The Moonstone,Wilkie Collins,1868,MYSTERY\n";
        let books = files::parse("books.csv", text.as_bytes()).unwrap();
        let calls = services::calls(Settings::default(), &mut Registry::default());
        let service = RecommendationsService::new(Arc::new(Shop::in_memory(books)), calls);
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
