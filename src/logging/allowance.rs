//! How many messages there may be.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(60);

/// Lets so many messages a minute pass, so that whoever can cause one cannot fill
/// the disk.
pub(super) struct Allowance {
    a_minute: u64,
    minute: Mutex<Minute>,
}

struct Minute {
    began: Option<Instant>,
    messages: u64,
}

/// Whether a message passes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It does.
    Passes,
    /// It does, and those before it were more than could, by so many.
    PassesAfter(u64),
    /// It does, and is the last in its minute.
    Last,
    /// It does not.
    LeftOut,
}

impl Allowance {
    pub(super) const fn new(a_minute: u64) -> Allowance {
        let minute = Minute {
            began: None,
            messages: 0,
        };
        Allowance {
            a_minute,
            minute: Mutex::new(minute),
        }
    }

    pub(super) fn admit(&self, now: Instant) -> Admission {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let is_running = minute
            .began
            .is_some_and(|began| now.saturating_duration_since(began) < WINDOW);
        if !is_running {
            let left_out = minute.messages.saturating_sub(self.a_minute);
            *minute = Minute {
                began: Some(now),
                messages: 1,
            };
            return match left_out {
                0 => Admission::Passes,
                _ => Admission::PassesAfter(left_out),
            };
        }
        minute.messages += 1;
        match minute.messages.cmp(&self.a_minute) {
            std::cmp::Ordering::Less => Admission::Passes,
            std::cmp::Ordering::Equal => Admission::Last,
            std::cmp::Ordering::Greater => Admission::LeftOut,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_in_a_minute_is_left_out_and_told_in_the_next() {
        let allowance = Allowance::new(3);
        let start = Instant::now();
        let mut admissions = Vec::new();
        for seconds in [0, 1, 2, 3, 59, 60, 61, 180] {
            admissions.push(allowance.admit(start + Duration::from_secs(seconds)));
        }
        use Admission::*;
        assert_eq!(
            admissions,
            [
                Passes,
                Passes,
                Last,
                LeftOut,
                LeftOut,
                PassesAfter(2),
                Passes,
                Passes
            ]
        );
    }
}
