//! What the process itself comes to.

use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use tracing_appender::non_blocking::ErrorCounter;

use super::{Reading, Readings};

/// Shows in `registry` which version this is, since when it runs, and how many
/// lines the log has lost.
pub fn show_process(registry: &mut Registry, lost_lines: ErrorCounter) {
    let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("recommendations_build", "The server's version", version);
    let began = SystemTime::now().duration_since(UNIX_EPOCH);
    let began = began.unwrap_or_default().as_secs_f64();
    registry.register_collector(Box::new(Readings(move || {
        let lost = u64::try_from(lost_lines.dropped_lines()).unwrap_or(u64::MAX);
        vec![
            Reading::gauge(
                "process_start_time_seconds",
                "When the server was started, in seconds since 1970",
                began,
            ),
            Reading::counter(
                "recommendations_log_lost_lines",
                "Lines of the log that were lost, since they came faster than they were read",
                lost,
            ),
        ]
    })));
}
