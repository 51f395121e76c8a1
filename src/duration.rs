//! Durations as people write them: `500ms`, `1m 30s`, or a whole number of seconds.

use std::time::Duration;

/// The duration that a text says; none if it says none.
pub fn parse(text: &str) -> Option<Duration> {
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => humantime::parse_duration(text).ok(),
    }
}

/// The duration that a text says, if it is not longer than an hour.
///
/// # Errors
///
/// What is allowed.
pub fn parse_up_to_an_hour(text: &str) -> Result<Duration, &'static str> {
    let hour = Duration::from_secs(60 * 60);
    parse(text)
        .filter(|duration| *duration <= hour)
        .ok_or("it must be from 0s to 1h, such as 500ms, 25s, 1m, or a whole number of seconds")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_plain_seconds_are_read() {
        for (text, milliseconds) in [("0", 0), ("0s", 0), ("5", 5_000), ("1m 30s", 90_000)] {
            let expected = Duration::from_millis(milliseconds);
            assert_eq!(parse_up_to_an_hour(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_or_too_long_is_refused() {
        for text in ["", "-1", "soon", "0.2", "5 parsecs", "3601", "2h"] {
            let refused = parse_up_to_an_hour(text).unwrap_err();
            assert_eq!(
                refused,
                "it must be from 0s to 1h, such as 500ms, 25s, 1m, or a whole number of seconds"
            );
        }
    }
}
