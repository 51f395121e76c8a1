//! Calls that gRPC begins and hands over to nobody here.
//!
//! grpcio answers a call to a method that there is not without a hook, and a call whose
//! headers name no method never gets as far. But the core counts them, and what it has
//! begun more than was taken here is theirs, or still under way. Where a flood lets calls
//! wait for long, as many as wait are taken for refused, and as many that are refused
//! afterwards are not counted.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use grpcio::channelz;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use serde_json::Value;

use crate::metrics::{Reading, Readings};

/// So often the core is asked.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// So many looks in a row a call has to be handed over: what is missing in all of them
/// was not merely under way.
const LOOKS: usize = 5;

/// There is at most one line of the log in this time.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// What is known of such calls.
#[derive(Debug)]
pub(super) struct Unclaimed {
    refused: Counter,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    asked: Option<Instant>,
    /// How many calls were missing at the last looks.
    missing: [u64; LOOKS],
    told: u64,
    told_at: Option<Instant>,
}

impl Unclaimed {
    /// What `registry` shows.
    pub(super) fn new(registry: &mut Registry) -> Unclaimed {
        registry.register_collector(Box::new(Readings(|| {
            vec![Reading::counter(
                "recommendations_core_calls_started",
                "Calls that gRPC has begun, also those that it refuses by itself",
                calls_begun(),
            )]
        })));
        let refused = Counter::default();
        registry.register(
            "recommendations_core_calls_refused",
            "Calls that gRPC has begun and, for some seconds, not handed over: those that it refuses by itself",
            refused.clone(),
        );
        Unclaimed {
            refused,
            state: Mutex::default(),
        }
    }

    /// Counts and tells what is new, if it is time to ask; `taken` is how many calls
    /// were handed over.
    pub(super) fn look(&self, now: Instant, taken: impl FnOnce() -> u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_over(state.asked, ASK_EVERY, now) {
            return;
        }
        state.asked = Some(now);
        // In this order, so that a call that comes in between is not missing.
        let begun = calls_begun();
        let missing = state.missing_for_long(begun.saturating_sub(taken()));
        let new = missing.saturating_sub(self.refused.get());
        self.refused.inc_by(new);
        if let Some(refused) = state.untold(self.refused.get(), now) {
            tracing::warn!(
                refused,
                "gRPC refused calls by itself: their methods are unknown, their headers are no \
                 call's, or they came while the server stopped"
            );
        }
    }
}

impl State {
    /// How many calls are missing for good, where so many are at the moment.
    fn missing_for_long(&mut self, missing: u64) -> u64 {
        self.missing.rotate_left(1);
        self.missing[LOOKS - 1] = missing;
        self.missing.iter().copied().min().unwrap_or_default()
    }

    /// How many of those that were refused are to be told of now, if any.
    fn untold(&mut self, refused: u64, now: Instant) -> Option<u64> {
        let new = refused - self.told;
        if new == 0 || !is_over(self.told_at, TELL_EVERY, now) {
            return None;
        }
        self.told = refused;
        self.told_at = Some(now);
        Some(new)
    }
}

/// Whether that long has passed since then, which may be never.
fn is_over(since: Option<Instant>, span: Duration, now: Instant) -> bool {
    since.is_none_or(|since| now.saturating_duration_since(since) >= span)
}

/// The calls that gRPC has begun on the servers of this process.
fn calls_begun() -> u64 {
    channelz::get_servers(0, calls_started)
}

/// The calls in what channelz tells of the servers, as gRFC A14 has it.
fn calls_started(servers: &str) -> u64 {
    let told: Value = serde_json::from_str(servers).unwrap_or_default();
    let servers = told["server"].as_array().into_iter().flatten();
    let started =
        servers.filter_map(|server| server["data"]["callsStarted"].as_str()?.parse().ok());
    started.fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calls_of_all_servers_are_counted() {
        let told = r#"{"end":true,"server":[
            {"data":{"callsStarted":"3","callsFailed":"1"},"ref":{"serverId":"1"}},
            {"data":{},"ref":{"serverId":"7"}},
            {"data":{"callsStarted":"4"},"ref":{"serverId":"9"}}]}"#;
        assert_eq!(calls_started(told), 7);
        assert_eq!(calls_started(r#"{"end":true}"#), 0);
        assert_eq!(calls_started(""), 0);
    }

    #[test]
    fn calls_that_are_merely_under_way_are_not_missing_for_long() {
        let mut state = State::default();
        let missing = [9, 7, 0, 8, 9, 7, 6, 9, 12, 6].map(|now| state.missing_for_long(now));
        assert_eq!(missing, [0, 0, 0, 0, 0, 0, 0, 6, 6, 6]);
    }

    #[test]
    fn what_was_refused_is_told_once_and_seldom() {
        let mut state = State::default();
        let start = Instant::now();
        let told = [(0, 0), (1, 3), (2, 5), (11, 6), (12, 6), (30, 6), (31, 7)]
            .map(|(second, refused)| state.untold(refused, start + Duration::from_secs(second)));
        assert_eq!(told, [None, Some(3), None, Some(3), None, None, Some(1)]);
    }
}
