//! The gRPC services that the server offers.

mod books;
pub mod guard;
pub mod health;
mod readers;
mod recommendations;
pub mod reflection;

use std::sync::Arc;

use grpcio::Service;
use protobuf::reflect::FileDescriptor;

pub use self::books::BooksService;
use self::health::{Health, HealthService};
pub use self::readers::ReadersService;
pub use self::recommendations::RecommendationsService;
use self::reflection::ReflectionService;
use crate::pb::{self, bookshop, reflection_v1alpha};
use crate::shop::Shop;

/// A service that the server offers.
struct Offered {
    /// Its full name.
    name: &'static str,
    /// The file that declares it.
    file: fn() -> &'static FileDescriptor,
    create: fn(&Backing) -> Service,
}

/// What the services answer from.
struct Backing {
    shop: Arc<Shop>,
    health: Health,
    reflection: ReflectionService,
}

/// The one list of the services, of which health and reflection tell, too.
const OFFERED: [Offered; 6] = [
    Offered {
        name: "Recommendations",
        file: pb::recommendations_file,
        create: |backing| {
            let service = RecommendationsService::new(Arc::clone(&backing.shop));
            pb::create_recommendations(service)
        },
    },
    Offered {
        name: "bookshop.v1.Books",
        file: bookshop::file_descriptor,
        create: |backing| bookshop::create_books(BooksService::new(Arc::clone(&backing.shop))),
    },
    Offered {
        name: "bookshop.v1.Readers",
        file: bookshop::file_descriptor,
        create: |backing| bookshop::create_readers(ReadersService::new(Arc::clone(&backing.shop))),
    },
    Offered {
        name: "grpc.health.v1.Health",
        file: pb::health::file_descriptor,
        create: |backing| pb::health::create_health(HealthService::new(backing.health.clone())),
    },
    Offered {
        name: "grpc.reflection.v1.ServerReflection",
        file: pb::reflection::file_descriptor,
        create: |backing| pb::reflection::create_server_reflection(backing.reflection.clone()),
    },
    Offered {
        name: "grpc.reflection.v1alpha.ServerReflection",
        file: reflection_v1alpha::file_descriptor,
        create: |backing| reflection::create_v1alpha(backing.reflection.clone()),
    },
];

/// The health of a server of every service.
pub fn health() -> Health {
    Health::new(OFFERED.iter().map(|offered| offered.name))
}

/// Every service: the shop's answer from `shop`, `Health` tells of `health`, and
/// what stays open ends with the watches of `health`.
pub fn all(shop: Arc<Shop>, health: &Health) -> Vec<Service> {
    let described = OFFERED
        .iter()
        .map(|offered| (offered.name, (offered.file)()));
    let backing = Backing {
        shop,
        health: health.clone(),
        reflection: ReflectionService::new(described, health.clone()),
    };
    let created = OFFERED.iter().map(|offered| (offered.create)(&backing));
    created.collect()
}
