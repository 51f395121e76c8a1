//! Readers.

use std::fmt;

/// A reader's number, 0 or more. A reader need not be known to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReaderId(i32);

impl ReaderId {
    /// The id of that number, if it is 0 or more.
    pub fn new(number: i32) -> Option<ReaderId> {
        (number >= 0).then_some(ReaderId(number))
    }

    /// The number, 0 or more.
    pub fn number(self) -> i32 {
        self.0
    }
}

impl fmt::Display for ReaderId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_id_is_0_or_more() {
        assert_eq!(ReaderId::new(i32::MIN), None);
        assert_eq!(ReaderId::new(-1), None);
        assert_eq!(ReaderId::new(0).map(ReaderId::number), Some(0));
        assert_eq!(
            ReaderId::new(i32::MAX).map(ReaderId::number),
            Some(i32::MAX)
        );
    }
}
