//! What the shop comes to.

use std::sync::Arc;

use prometheus_client::registry::Registry;

use super::{Reading, Readings};
use crate::shop::Shop;

/// Shows in `registry` what the shop holds, what its model is like and what it
/// has written.
pub fn show_shop(registry: &mut Registry, shop: Arc<Shop>) {
    registry.register_collector(Box::new(Readings(move || readings(&shop))));
}

fn readings(shop: &Shop) -> Vec<Reading> {
    let model = shop.model();
    let built = shop.model_figures();
    let written = shop.write_figures();
    vec![
        Reading::gauge(
            "recommendations_catalog_books",
            "Books of the catalogue",
            number(shop.catalog().len()),
        ),
        Reading::gauge(
            "recommendations_model_books",
            "Books that the model tells of",
            number(model.books()),
        ),
        Reading::gauge(
            "recommendations_model_readers",
            "Readers whose histories made the model",
            number(model.readers()),
        ),
        Reading::gauge(
            "recommendations_model_interactions",
            "Interactions that made the model",
            number(model.interactions()),
        ),
        Reading::gauge(
            "recommendations_model_bytes",
            "Memory of the model",
            number(model.bytes()),
        ),
        Reading::gauge(
            "recommendations_model_age_seconds",
            "Time since the model came into use",
            built.age.as_secs_f64(),
        ),
        Reading::gauge(
            "recommendations_model_build_seconds",
            "Time that it took to build the model",
            built.build_time.as_secs_f64(),
        ),
        Reading::counter(
            "recommendations_model_builds",
            "Models that were built",
            built.builds,
        ),
        Reading::counter(
            "recommendations_model_failed_builds",
            "Models that could not be built",
            built.failed_builds,
        ),
        Reading::counter(
            "recommendations_store_writes",
            "Writes that were answered",
            written.writes,
        ),
        Reading::counter(
            "recommendations_store_commits",
            "Transactions that were committed",
            written.commits,
        ),
        Reading::counter(
            "recommendations_store_failed_commits",
            "Transactions that failed, each with all of its writes",
            written.failed_commits,
        ),
        Reading::counter(
            "recommendations_store_rewrites",
            "Times that the file was written anew after something was forgotten",
            written.rewrites,
        ),
    ]
}

/// The count as Prometheus has it. Beyond 2^53 the last digits are lost.
fn number(count: usize) -> f64 {
    count as f64
}
