//! The gRPC services that the server offers.

pub mod guard;
mod recommendations;

use std::sync::Arc;

use grpcio::Service;

pub use self::recommendations::RecommendationsService;
use crate::pb;
use crate::shop::Shop;

/// Every service, answering from `recommender`.
pub fn all(shop: Arc<Shop>) -> Vec<Service> {
    let recommendations = RecommendationsService::new(shop);
    vec![pb::create_recommendations(recommendations)]
}
