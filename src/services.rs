//! The gRPC services that the server offers.

mod books;
pub mod guard;
mod readers;
mod recommendations;

use std::sync::Arc;

use grpcio::Service;

pub use self::books::BooksService;
pub use self::readers::ReadersService;
pub use self::recommendations::RecommendationsService;
use crate::pb::{self, bookshop};
use crate::shop::Shop;

/// Every service, answering from `shop`.
pub fn all(shop: Arc<Shop>) -> Vec<Service> {
    vec![
        pb::create_recommendations(RecommendationsService::new(Arc::clone(&shop))),
        bookshop::create_books(BooksService::new(Arc::clone(&shop))),
        bookshop::create_readers(ReadersService::new(shop)),
    ]
}
