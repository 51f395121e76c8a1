//! How many lines of the log the refused calls may have: a stranger who has
//! enough calls refused must not fill the disk with them.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many lines
const MOST: u32 = 100;

/// in so much time.
const SPAN: Duration = Duration::from_secs(1);

/// The lines of the refused calls.
#[derive(Debug, Default)]
pub(super) struct Lines(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    began: Option<Instant>,
    written: u32,
    left_out: u64,
}

/// Whether a line may be written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// It may; so many were left out before it.
    Write { left_out: u64 },
    /// There were too many.
    LeaveOut,
}

impl Lines {
    /// Asks for a line.
    pub(super) fn next(&self, now: Instant) -> Line {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |began: Instant| now.saturating_duration_since(began) >= SPAN;
        if state.began.is_none_or(is_over) {
            state.began = Some(now);
            state.written = 0;
        }
        if state.written == MOST {
            state.left_out += 1;
            return Line::LeaveOut;
        }
        state.written += 1;
        let left_out = std::mem::take(&mut state.left_out);
        Line::Write { left_out }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_told_in_the_next_span() {
        let lines = Lines::default();
        let now = Instant::now();
        for _ in 0..MOST {
            assert_eq!(lines.next(now), Line::Write { left_out: 0 });
        }
        assert_eq!(lines.next(now), Line::LeaveOut);
        assert_eq!(lines.next(now), Line::LeaveOut);
        assert_eq!(lines.next(now + SPAN), Line::Write { left_out: 2 });
        assert_eq!(lines.next(now + SPAN), Line::Write { left_out: 0 });
    }
}
