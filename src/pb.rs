//! The generated messages, client and service trait.
//!
//! Fields and values are documented in `protobufs`.
//! `scripts/gen.sh` writes the folder; nothing else in this crate names it.

#[allow(missing_docs, clippy::all)]
#[path = "../generated/mod.rs"]
mod generated;

pub use generated::recommendations::{
    BookCategory, BookRecommendation, RecommendationRequest, RecommendationResponse,
    file_descriptor as recommendations_file,
};
pub use generated::recommendations_grpc::{
    METHOD_RECOMMENDATIONS_RECOMMEND, Recommendations, RecommendationsClient,
    create_recommendations,
};

/// The catalogue and the readers: `protobufs/bookshop/v1/bookshop.proto`.
pub mod bookshop {
    pub use super::generated::bookshop::v1::bookshop::*;
    pub use super::generated::bookshop::v1::bookshop_grpc::*;
}

/// gRPC's standard health check: `protobufs/grpc/health/v1/health.proto`.
pub mod health {
    pub use super::generated::grpc::health::v1::health::*;
    pub use super::generated::grpc::health::v1::health_grpc::*;
}

/// gRPC's standard reflection: `protobufs/grpc/reflection/v1/reflection.proto`.
pub mod reflection {
    pub use super::generated::grpc::reflection::v1::reflection::*;
    pub use super::generated::grpc::reflection::v1::reflection_grpc::*;
}

/// The same under the name that older clients ask for:
/// `protobufs/grpc/reflection/v1alpha/reflection.proto`.
pub mod reflection_v1alpha {
    pub use super::generated::grpc::reflection::v1alpha::reflection::*;
    pub use super::generated::grpc::reflection::v1alpha::reflection_grpc::*;
}
