//! The gRPC services that the server offers.

mod books;
pub mod calls;
pub mod health;
mod readers;
mod recommendations;
mod reflection;

use std::sync::Arc;

use grpcio::Service;
use prometheus_client::registry::Registry;

use self::calls::{Calls, Offered, Room, Settings};
use self::health::Health;
use self::reflection::ReflectionService;
use crate::pb::{self, bookshop, reflection_v1alpha};
use crate::shop::Shop;
use crate::threads::NoThread;

/// A service that the server offers, and how it is made.
struct Offer {
    service: Offered,
    create: fn(Parts) -> Service,
}

/// What services are made of.
#[derive(Clone)]
struct Parts {
    shop: Arc<Shop>,
    calls: Calls,
    health: Health,
    reflection: ReflectionService,
}

/// Every service. This is the one place where a service is added: its limits, its
/// figures, its health and its description come from here.
const OFFERS: [Offer; 6] = [
    Offer {
        service: Offered {
            name: "Recommendations",
            file: pb::recommendations_file,
            for_everybody: &["Recommend"],
            room: Room::Work,
            streams: Room::Import,
        },
        create: |parts| recommendations::service(parts.shop, parts.calls),
    },
    Offer {
        service: Offered {
            name: "bookshop.v1.Books",
            file: bookshop::file_descriptor,
            for_everybody: &["GetBook", "ListBooks", "ListSimilarBooks"],
            room: Room::Work,
            streams: Room::Import,
        },
        create: |parts| books::service(parts.shop, parts.calls),
    },
    Offer {
        service: Offered {
            name: "bookshop.v1.Readers",
            file: bookshop::file_descriptor,
            // What a reader did is nobody else's business, so it is not read by
            // everybody either.
            for_everybody: &[],
            room: Room::Work,
            streams: Room::Import,
        },
        create: |parts| readers::service(parts.shop, parts.calls),
    },
    Offer {
        service: Offered {
            name: "grpc.health.v1.Health",
            file: pb::health::file_descriptor,
            for_everybody: &["Check", "List", "Watch"],
            room: Room::Always,
            streams: Room::Watch,
        },
        create: |parts| health::service(parts.health, parts.calls),
    },
    Offer {
        service: Offered {
            name: "grpc.reflection.v1.ServerReflection",
            file: pb::reflection::file_descriptor,
            for_everybody: &["ServerReflectionInfo"],
            room: Room::Work,
            streams: Room::Conversation,
        },
        create: |parts| reflection::v1(parts.reflection, parts.calls),
    },
    Offer {
        service: Offered {
            name: "grpc.reflection.v1alpha.ServerReflection",
            file: reflection_v1alpha::file_descriptor,
            for_everybody: &["ServerReflectionInfo"],
            room: Room::Work,
            streams: Room::Conversation,
        },
        create: |parts| reflection::v1alpha(parts.reflection, parts.calls),
    },
];

/// Takes calls to every service, within `settings`; what they come to is counted
/// in `registry`.
///
/// # Errors
///
/// [`NoThread`].
pub fn calls(settings: Settings, registry: &mut Registry) -> Result<Calls, NoThread> {
    Calls::new(OFFERS.map(|offer| offer.service), settings, registry)
}

/// The health of a server of every service, which is not serving yet.
pub fn health() -> Health {
    Health::new(OFFERS.map(|offer| offer.service.name))
}

/// Every service, whose calls `calls` takes: the shop's answer from `shop`,
/// `Health` tells of `health`, and what stays open ends with the watches of
/// `health`.
pub fn all(shop: Arc<Shop>, calls: Calls, health: Health) -> Vec<Service> {
    let described = OFFERS.map(|offer| (offer.service.name, (offer.service.file)()));
    let reflection = ReflectionService::new(described, health.clone());
    let parts = Parts {
        shop,
        calls,
        health,
        reflection,
    };
    let created = OFFERS.iter().map(|offer| (offer.create)(parts.clone()));
    created.collect()
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
            for name in service.for_everybody {
                let is_there = methods.iter().any(|(method, _)| method == name);
                assert!(is_there, "{}: {name}", service.name);
            }
        }
    }

    #[test]
    fn a_method_that_is_not_named_as_one_for_everybody_is_for_writers() {
        let of_writers: Vec<String> = OFFERS
            .iter()
            .flat_map(|Offer { service, .. }| {
                let methods = service.methods().into_iter();
                let others = methods.filter(|(name, _)| !service.is_for_everybody(name));
                others.map(|(name, _)| format!("{}/{name}", service.name))
            })
            .collect();
        // Whatever is added to a service stands here, or is named in its offer.
        assert_eq!(
            of_writers,
            [
                "bookshop.v1.Books/ImportBooks",
                "bookshop.v1.Books/DeleteBook",
                "bookshop.v1.Readers/RecordInteraction",
                "bookshop.v1.Readers/ImportInteractions",
                "bookshop.v1.Readers/ListInteractions",
                "bookshop.v1.Readers/DeleteInteraction",
                "bookshop.v1.Readers/DeleteReader",
                "bookshop.v1.Readers/ExplainRecommendation",
            ]
        );
    }
}
