//! What becomes of the certificates.

use prometheus_client::registry::Registry;

use super::{Reading, Readings};
use crate::tls::TlsCounts;

/// Shows in `registry` what became of the files of TLS.
pub fn show_tls(registry: &mut Registry, counts: TlsCounts) {
    registry.register_collector(Box::new(Readings(move || {
        let figures = counts.figures();
        let mut readings = vec![
            Reading::counter(
                "recommendations_tls_reloads",
                "Times that changed files of TLS were taken",
                figures.reloads,
            ),
            Reading::counter(
                "recommendations_tls_failed_reloads",
                "Times that changed files of TLS were not taken, and the old ones kept",
                figures.failed_reloads,
            ),
            Reading::gauge(
                "recommendations_tls_not_after_timestamp_seconds",
                "When the certificate in use expires, in seconds since 1970",
                figures.not_after as f64,
            ),
        ];
        readings.extend(figures.client_ca_not_after.map(|not_after| {
            Reading::gauge(
                "recommendations_tls_client_ca_not_after_timestamp_seconds",
                "When the last of the client authorities expires, in seconds since 1970",
                not_after as f64,
            )
        }));
        readings
    })));
}
