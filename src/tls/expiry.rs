//! Warnings of a certificate that expires.

const DAY: i64 = 24 * 60 * 60;

/// How long before its end there are warnings, in seconds.
const SOON: i64 = 14 * DAY;

/// When there was a warning. There is one a day.
#[derive(Debug, Default)]
pub(super) struct Expiry {
    warned: Option<i64>,
}

/// What there is to warn of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Warning {
    Soon,
    Expired,
}

impl Expiry {
    /// The warning that is due of a certificate that is valid until `not_after`. The
    /// moments are in seconds since 1970.
    pub(super) fn warning(&mut self, not_after: i64, now: i64) -> Option<Warning> {
        let warning = match now > not_after {
            true => Warning::Expired,
            false => Warning::Soon,
        };
        self.is_due(not_after, now).then_some(warning)
    }

    fn is_due(&mut self, not_after: i64, now: i64) -> bool {
        let is_soon = not_after.saturating_sub(now) < SOON;
        let is_warned = self
            .warned
            .is_some_and(|warned| (0..DAY).contains(&now.saturating_sub(warned)));
        if is_soon && !is_warned {
            self.warned = Some(now);
        }
        is_soon && !is_warned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_comes_once_a_day_in_the_last_14_days_and_after_them() {
        let mut expiry = Expiry::default();
        let not_after = 100 * DAY;
        let due: Vec<i64> = (80 * DAY..102 * DAY)
            .step_by(3600)
            .filter(|now| expiry.warning(not_after, *now).is_some())
            .collect();
        let first = 86 * DAY + 3600;
        let expected: Vec<i64> = (0..16).map(|day| first + day * DAY).collect();
        assert_eq!(due, expected);
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_silence_it() {
        let mut expiry = Expiry::default();
        let mut warning = |now| expiry.warning(100 * DAY, now);
        assert_eq!(warning(99 * DAY), Some(Warning::Soon));
        assert_eq!(warning(99 * DAY + 1), None);
        assert_eq!(warning(98 * DAY), Some(Warning::Soon));
        assert_eq!(warning(101 * DAY), Some(Warning::Expired));
    }
}
