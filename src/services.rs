//! The gRPC services that the server offers.

pub mod guard;
mod recommendations;

use std::sync::Arc;

use grpcio::Service;

pub use self::recommendations::RecommendationsService;
use crate::pb;
use crate::recommender::Recommender;

/// Every service, answering from `recommender`.
pub fn all(recommender: Arc<Recommender>) -> Vec<Service> {
    let recommendations = RecommendationsService::new(recommender);
    vec![pb::create_recommendations(recommendations)]
}
