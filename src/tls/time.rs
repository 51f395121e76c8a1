//! Moments of certificates: seconds since 1970 in UTC.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The moment now.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs());
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// The moment as RFC 3339 has it. What certificates can say is from 1950 to 9999;
/// before 1970 it is 1970.
pub(super) fn rfc3339(seconds: i64) -> String {
    let since = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    humantime::format_rfc3339_seconds(UNIX_EPOCH + since).to_string()
}
