//! Moments in files.

use crate::interaction::Time;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A text is no moment that can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "it must be in RFC 3339, such as 2026-11-24T16:19:32Z, \
     or in seconds since 1970, from 0 to 4294967295"
)]
pub struct NoTime;

/// The moment in a text: in RFC 3339, to the second, or in seconds since 1970.
///
/// # Errors
///
/// [`NoTime`] where it is neither, or where no [`Time`] stands for it.
pub fn time(text: &[u8]) -> Result<Time, NoTime> {
    known(text).ok_or(NoTime)
}

fn known(text: &[u8]) -> Option<Time> {
    if text.iter().all(u8::is_ascii_digit) {
        let seconds = str::from_utf8(text).ok()?.parse().ok()?;
        return Some(Time::from_seconds(seconds));
    }
    let seconds = rfc_3339(text)?;
    u32::try_from(seconds).ok().map(Time::from_seconds)
}

/// The seconds since 1970 of a moment in RFC 3339, section 5.6. A fraction of a
/// second is left out; a leap second counts as the second after it.
fn rfc_3339(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let (time, rest) = rest.split_at_checked(9)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date else {
        return None;
    };
    let [b'T' | b't' | b' ', h1, h2, b':', n1, n2, b':', s1, s2] = *time else {
        return None;
    };
    let year = number(&[y1, y2, y3, y4], 0..=9999)?;
    let month = number(&[m1, m2], 1..=12)?;
    let day = number(&[d1, d2], 1..=days_of_month(year, month))?;
    let seconds = of_day([h1, h2], [n1, n2])? + number(&[s1, s2], 0..=60)?;
    let east = offset(without_fraction(rest)?)?;
    Some(days_since_1970(year, month, day) * DAY + seconds - east)
}

/// What follows a fraction of a second, if there is one.
fn without_fraction(text: &[u8]) -> Option<&[u8]> {
    let Some(fraction) = text.strip_prefix(b".") else {
        return Some(text);
    };
    let digits = fraction
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    (digits > 0).then(|| &fraction[digits..])
}

/// The seconds that a zone's clocks are ahead of UTC.
fn offset(text: &[u8]) -> Option<i64> {
    match *text {
        [b'Z' | b'z'] => Some(0),
        [b'+', h1, h2, b':', m1, m2] => of_day([h1, h2], [m1, m2]),
        [b'-', h1, h2, b':', m1, m2] => of_day([h1, h2], [m1, m2]).map(|ahead| -ahead),
        _ => None,
    }
}

fn of_day(hours: [u8; 2], minutes: [u8; 2]) -> Option<i64> {
    Some(number(&hours, 0..=23)? * HOUR + number(&minutes, 0..=59)? * MINUTE)
}

/// The number that these digits are, if it is in the range.
fn number(digits: &[u8], range: std::ops::RangeInclusive<i64>) -> Option<i64> {
    let number = digits.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + i64::from(byte - b'0'))
    })?;
    range.contains(&number).then_some(number)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from 1970-01-01 to a day of the Gregorian calendar.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let before_year = |year: i64| {
        let last = year - 1;
        last * 365 + last.div_euclid(4) - last.div_euclid(100) + last.div_euclid(400)
    };
    let before_month: i64 = (1..month).map(|month| days_of_month(year, month)).sum();
    before_year(year) - before_year(1970) + before_month + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<u32> {
        time(text.as_bytes()).ok().map(Time::seconds)
    }

    #[test]
    fn a_time_is_read_in_seconds() {
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds("4294967295"), Some(u32::MAX));
        for text in ["4294967296", "-1", "+1", "1.5", "", " 1", "1764001172000"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_is_read_in_rfc_3339() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:34:56Z", 951_827_696),
            ("2000-02-29t12:34:56z", 951_827_696),
            ("2000-02-29 12:34:56Z", 951_827_696),
            ("2000-02-29T12:34:56.999999999Z", 951_827_696),
            ("2000-02-29T14:34:56+02:00", 951_827_696),
            ("2000-02-29T07:04:56-05:30", 951_827_696),
            ("2016-12-31T23:59:60Z", 1_483_228_800),
            ("1969-12-31T23:00:00-01:00", 0),
            ("2106-02-07T06:28:15Z", u32::MAX),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_of_1970_to_2106_is_no_time() {
        for text in [
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+00:01",
            "2106-02-07T06:28:16Z",
            "2001-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2001-13-01T00:00:00Z",
            "2001-00-01T00:00:00Z",
            "2001-01-00T00:00:00Z",
            "2001-04-31T00:00:00Z",
            "2001-01-01T24:00:00Z",
            "2001-01-01T00:60:00Z",
            "2001-01-01T00:00:61Z",
            "2001-01-01T00:00:00",
            "2001-01-01T00:00:00.Z",
            "2001-01-01T00:00:00+24:00",
            "2001-01-01T00:00:00+0200",
            "2001-01-01T00:00:00Zx",
            "2001-01-01",
            "2001-1-1T00:00:00Z",
            "yesterday",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn a_written_time_is_read_back() {
        // A step that meets every second of a minute and every day of a year.
        for written in (0..=u32::MAX).step_by(86_399 * 7) {
            let text = Time::from_seconds(written).to_string();
            assert_eq!(seconds(&text), Some(written), "{text}");
        }
    }
}
