//! The gRPC services that the server offers.

mod books;
pub mod calls;
mod readers;
mod recommendations;

use std::sync::Arc;

use grpcio::Service;
use prometheus_client::registry::Registry;

pub use self::books::BooksService;
use self::calls::{Callers, Calls, Offered, Room, Settings};
pub use self::readers::ReadersService;
pub use self::recommendations::RecommendationsService;
use crate::pb::{self, bookshop};
use crate::shop::Shop;

/// A service that the server offers, and how it is made.
struct Offer {
    service: Offered,
    create: fn(&Parts) -> Service,
}

/// What services are made of.
#[derive(Clone)]
struct Parts {
    shop: Arc<Shop>,
    calls: Calls,
}

/// Every service. This is the one place where a service is added.
const OFFERS: [Offer; 3] = [
    Offer {
        service: Offered {
            name: "Recommendations",
            file: pb::recommendations_file,
            callers: Callers::Everybody,
            room: Room::Work,
        },
        create: |parts| {
            let Parts { shop, calls } = parts.clone();
            pb::create_recommendations(RecommendationsService::new(shop, calls))
        },
    },
    Offer {
        service: Offered {
            name: "bookshop.v1.Books",
            file: bookshop::file_descriptor,
            callers: Callers::WritersOf(&["ImportBooks", "DeleteBook"]),
            room: Room::Work,
        },
        create: |parts| {
            let Parts { shop, calls } = parts.clone();
            bookshop::create_books(BooksService::new(shop, calls))
        },
    },
    Offer {
        service: Offered {
            name: "bookshop.v1.Readers",
            file: bookshop::file_descriptor,
            // What a reader did is nobody else's business, so it is not read by
            // everybody either.
            callers: Callers::Writers,
            room: Room::Work,
        },
        create: |parts| {
            let Parts { shop, calls } = parts.clone();
            bookshop::create_readers(ReadersService::new(shop, calls))
        },
    },
];

/// Takes calls to every service, within `settings`; what they come to is counted
/// in `registry`.
pub fn calls(settings: Settings, registry: &mut Registry) -> Calls {
    let offered = OFFERS.map(|offer| offer.service);
    Calls::new(&offered, settings, registry)
}

/// Every service, answering from `shop`, with `calls` to take its calls.
pub fn all(shop: Arc<Shop>, calls: Calls) -> Vec<Service> {
    let parts = Parts { shop, calls };
    OFFERS.iter().map(|offer| (offer.create)(&parts)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offered_service_is_declared_in_its_file_with_the_methods_that_are_named() {
        for offer in &OFFERS {
            let service = offer.service;
            let methods = service.methods();
            assert!(!methods.is_empty(), "{}", service.name);
            if let Callers::WritersOf(names) = service.callers {
                for name in names {
                    let is_there = methods.iter().any(|(method, _)| method == name);
                    assert!(is_there, "{}: {name}", service.name);
                }
            }
        }
    }
}
