//! How many lines of the log the calls have that are refused or fail.

use std::time::Duration;

use grpcio::RpcStatusCode;

use crate::logging::allowance::Allowance;
use crate::server::limits::LOG_LINES_A_SECOND;

/// So many lines of each kind. Whoever may call can cause refusals, and must not hide
/// among them what should be seen.
#[derive(Debug)]
pub(super) struct Lines {
    denied: Allowance,
    failed: Allowance,
    other: Allowance,
}

impl Lines {
    pub(super) const fn new() -> Lines {
        Lines {
            denied: a_second(),
            failed: a_second(),
            other: a_second(),
        }
    }

    /// The kind of the lines of calls that end so, and how many of them there may be.
    pub(super) fn of(&self, code: RpcStatusCode) -> (&'static str, &Allowance) {
        match code {
            RpcStatusCode::PERMISSION_DENIED => ("denied", &self.denied),
            // The server's own fault.
            RpcStatusCode::INTERNAL | RpcStatusCode::UNAVAILABLE => ("failed", &self.failed),
            _ => ("refused", &self.other),
        }
    }
}

const fn a_second() -> Allowance {
    Allowance::new(LOG_LINES_A_SECOND, Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::logging::allowance::Admission;

    #[test]
    fn a_flood_of_refusals_leaves_lines_to_what_was_denied_and_what_failed() {
        let lines = Lines::new();
        let now = Instant::now();
        let is_left_out = |code| lines.of(code).1.admit(now) == Admission::LeftOut;
        while !is_left_out(RpcStatusCode::INVALID_ARGUMENT) {}
        assert!(is_left_out(RpcStatusCode::RESOURCE_EXHAUSTED));
        assert!(!is_left_out(RpcStatusCode::PERMISSION_DENIED));
        while !is_left_out(RpcStatusCode::PERMISSION_DENIED) {}
        assert!(!is_left_out(RpcStatusCode::INTERNAL));
        assert!(!is_left_out(RpcStatusCode::UNAVAILABLE));
    }
}
