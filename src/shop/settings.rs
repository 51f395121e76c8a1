//! What a shop takes from outside: its clock, and how often the model is rebuilt.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::interaction::Time;

/// What a shop takes from outside.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The time of what is recorded without one.
    pub clock: Clock,
    /// When the model is rebuilt.
    pub rebuild: RebuildTimes,
    /// After something was forgotten, or the process that had the file before
    /// ended without closing it, the file is written anew once nothing has been
    /// written for so long, and at the latest when the shop is closed.
    pub rewrite_after: Duration,
}

impl Default for Settings {
    /// The system's clock, and ten seconds.
    fn default() -> Settings {
        Settings {
            clock: Clock::default(),
            rebuild: RebuildTimes::default(),
            rewrite_after: Duration::from_secs(10),
        }
    }
}

/// When the model is rebuilt after changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RebuildTimes {
    /// Once nothing has changed for so long,
    pub quiet: Duration,
    /// but at most so long after the first change,
    pub patience: Duration,
    /// and in any case only when so many times the time that the last build took
    /// has passed since.
    pub rest: u32,
}

impl Default for RebuildTimes {
    /// A second, a minute, and four times: under constant change a fifth of a
    /// core builds.
    fn default() -> RebuildTimes {
        RebuildTimes {
            quiet: Duration::from_secs(1),
            patience: Duration::from_secs(60),
            rest: 4,
        }
    }
}

/// Tells the time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Time + Send + Sync>);

impl Clock {
    /// The clock that asks `now`.
    pub fn new(now: impl Fn() -> Time + Send + Sync + 'static) -> Clock {
        Clock(Arc::new(now))
    }

    /// The time now.
    pub fn now(&self) -> Time {
        (self.0)()
    }
}

impl Default for Clock {
    /// The system's clock.
    fn default() -> Clock {
        Clock::new(|| {
            let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
            let seconds = since_1970.map_or(0, |passed| passed.as_secs());
            Time::from_seconds(u32::try_from(seconds).unwrap_or(u32::MAX))
        })
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Clock")
    }
}
