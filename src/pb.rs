//! The generated messages, client and service trait.
//!
//! Fields and values are documented in `protobufs`.
//! `scripts/gen.sh` writes the folder; nothing else in this crate names it.

#[allow(missing_docs, clippy::all)]
#[path = "../generated/mod.rs"]
mod generated;

pub use generated::recommendations::{
    BookCategory, BookRecommendation, RecommendationRequest, RecommendationResponse,
};
pub use generated::recommendations_grpc::{
    Recommendations, RecommendationsClient, create_recommendations,
};

/// The catalogue and the readers: `protobufs/bookshop/v1/bookshop.proto`.
pub mod bookshop {
    pub use super::generated::bookshop::v1::bookshop::*;
    pub use super::generated::bookshop::v1::bookshop_grpc::*;
}
