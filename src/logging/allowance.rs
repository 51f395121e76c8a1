//! How many lines of a kind there may be: whoever can cause one must not fill the
//! disk with them.

use std::mem;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lets so many lines pass in each span.
#[derive(Debug)]
pub(crate) struct Allowance {
    most: u64,
    span: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    began: Option<Instant>,
    passed: u64,
    left_out: u64,
}

/// Whether a line passes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It does.
    Passes {
        /// So many before it did not, and nobody was told of them.
        left_out: u64,
        /// It is the last of its span.
        is_last: bool,
    },
    /// It does not.
    LeftOut,
}

impl Allowance {
    /// Lets `most` lines pass in each `span`.
    pub(crate) const fn new(most: u64, span: Duration) -> Allowance {
        let state = State {
            began: None,
            passed: 0,
            left_out: 0,
        };
        Allowance {
            most,
            span,
            state: Mutex::new(state),
        }
    }

    /// Asks for a line.
    pub(crate) fn admit(&self, now: Instant) -> Admission {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |began: Instant| now.saturating_duration_since(began) >= self.span;
        if state.began.is_none_or(is_over) {
            state.began = Some(now);
            state.passed = 0;
        }
        if state.passed == self.most {
            state.left_out += 1;
            return Admission::LeftOut;
        }
        state.passed += 1;
        Admission::Passes {
            left_out: mem::take(&mut state.left_out),
            is_last: state.passed == self.most,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Admission::{LeftOut, Passes};
    use super::*;

    #[test]
    fn what_is_too_much_in_a_span_is_left_out_and_told_in_the_next() {
        let allowance = Allowance::new(3, Duration::from_secs(60));
        let start = Instant::now();
        let admissions = [0, 1, 2, 3, 59, 60, 61, 180]
            .map(|seconds| allowance.admit(start + Duration::from_secs(seconds)));
        let passes = |left_out, is_last| Passes { left_out, is_last };
        assert_eq!(
            admissions,
            [
                passes(0, false),
                passes(0, false),
                passes(0, true),
                LeftOut,
                LeftOut,
                passes(2, false),
                passes(0, false),
                passes(0, false),
            ]
        );
    }
}
