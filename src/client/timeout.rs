//! How long a call may take.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::duration;
use crate::excerpt::excerpt;

/// The time that a call may take, from [`Timeout::MIN`] to [`Timeout::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeout(Duration);

/// The text is not a time that a call may take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("timeout {}; it must be from 1ms to 1h, such as 500ms, 5s, 1m, or a whole number of seconds", excerpt(.0))]
pub struct TimeoutError(String);

impl Timeout {
    /// The shortest, one millisecond.
    pub const MIN: Duration = Duration::from_millis(1);

    /// The longest, one hour: an answer that takes longer is none.
    pub const MAX: Duration = Duration::from_secs(60 * 60);

    /// What a call may take unless told otherwise: five seconds.
    pub const DEFAULT: Timeout = Timeout(Duration::from_secs(5));

    /// The timeout of [`Timeout::MAX`].
    pub const LONGEST: Timeout = Timeout(Self::MAX);

    /// The timeout of that length, if it is from [`Timeout::MIN`] to
    /// [`Timeout::MAX`].
    pub fn new(duration: Duration) -> Option<Timeout> {
        let range = Self::MIN..=Self::MAX;
        range.contains(&duration).then_some(Timeout(duration))
    }

    /// The length.
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl fmt::Display for Timeout {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(self.0).fmt(formatter)
    }
}

impl FromStr for Timeout {
    type Err = TimeoutError;

    /// Reads `500ms`, `5s`, `1m`, `1m 30s`, or a whole number of seconds.
    ///
    /// # Errors
    ///
    /// [`TimeoutError`] when it is no duration or out of range.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        duration::parse(text)
            .and_then(Timeout::new)
            .ok_or_else(|| TimeoutError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_plain_seconds_are_read() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("5s", 5_000),
            ("5", 5_000),
            ("1m", 60_000),
            ("1m 30s", 90_000),
            ("1ms", 1),
            ("1h", 3_600_000),
        ] {
            let expected = Timeout(Duration::from_millis(milliseconds));
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_timeout_is_refused() {
        for text in [
            "0",
            "0s",
            "0.2",
            "1us",
            "3601",
            "2h",
            "-1",
            "",
            "soon",
            "99999999999999999999",
            "18446744073709551615",
            "5 parsecs",
        ] {
            assert_eq!(
                text.parse::<Timeout>().unwrap_err().to_string(),
                format!(
                    "timeout {text:?}; it must be from 1ms to 1h, \
                     such as 500ms, 5s, 1m, or a whole number of seconds"
                )
            );
        }
    }

    #[test]
    fn a_timeout_is_printed_with_its_unit() {
        for text in ["500ms", "5s", "1m 30s"] {
            assert_eq!(text.parse::<Timeout>().unwrap().to_string(), text);
        }
    }
}
