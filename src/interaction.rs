//! What readers do with books.

use std::fmt;
use std::num::NonZeroU8;

use crate::book::BookId;

/// What a reader did with a book, and when. A reader has at most one interaction
/// with a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interaction {
    /// The book, which need not be in the catalogue.
    pub book: BookId,
    /// What was done.
    pub kind: Kind,
    /// When.
    pub time: Time,
}

/// What was done with a book, from the weakest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The reader means to read it.
    Wanted,
    /// The reader bought it.
    Bought,
    /// The reader read it.
    Read,
    /// The reader rated it.
    Rated(Rating),
}

impl Kind {
    /// Whether it tells of the reader's taste: everything but a rating of 1 or 2.
    pub fn is_evidence(self) -> bool {
        match self {
            Kind::Wanted | Kind::Bought | Kind::Read => true,
            Kind::Rated(rating) => rating.stars() > 2,
        }
    }

    /// The kind's name in the contract and in files.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Wanted => "WANTED",
            Kind::Bought => "BOUGHT",
            Kind::Read => "READ",
            Kind::Rated(_) => "RATED",
        }
    }

    /// The rating, where it is one.
    pub fn rating(self) -> Option<Rating> {
        match self {
            Kind::Rated(rating) => Some(rating),
            Kind::Wanted | Kind::Bought | Kind::Read => None,
        }
    }
}

/// A rating from 1 to 5 stars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rating(NonZeroU8);

impl Rating {
    /// The rating of that many stars, if they are 1 to 5.
    pub fn new(stars: u8) -> Option<Rating> {
        let stars = NonZeroU8::new(stars)?;
        (stars.get() <= 5).then_some(Rating(stars))
    }

    /// The stars, from 1 to 5.
    pub fn stars(self) -> u8 {
        self.0.get()
    }
}

/// A moment, to the second, from 1970-01-01T00:00:00Z to 2106-02-07T06:28:15Z.
///
/// The first second of all stands for a time that nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u32);

impl Time {
    /// The time of what has no time: older than any other.
    pub const UNKNOWN: Time = Time(0);

    /// The moment so many seconds after 1970-01-01T00:00:00Z.
    pub fn from_seconds(seconds: u32) -> Time {
        Time(seconds)
    }

    /// The seconds since 1970-01-01T00:00:00Z.
    pub fn seconds(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Time {
    /// Writes it in RFC 3339, such as `2026-11-24T16:19:32Z`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since_1970 = std::time::Duration::from_secs(self.0.into());
        let time = std::time::UNIX_EPOCH + since_1970;
        humantime::format_rfc3339_seconds(time).fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rating_has_1_to_5_stars() {
        let stars = |stars| Rating::new(stars).map(Rating::stars);
        assert_eq!(stars(0), None);
        assert_eq!(stars(1), Some(1));
        assert_eq!(stars(5), Some(5));
        assert_eq!(stars(6), None);
    }

    #[test]
    fn a_rating_of_1_or_2_is_no_evidence() {
        let rated = |stars| Kind::Rated(Rating::new(stars).unwrap()).is_evidence();
        assert_eq!([1, 2, 3, 4, 5].map(rated), [false, false, true, true, true]);
        for kind in [Kind::Wanted, Kind::Bought, Kind::Read] {
            assert!(kind.is_evidence());
        }
    }

    #[test]
    fn kinds_are_ordered_by_strength() {
        let rated = |stars| Kind::Rated(Rating::new(stars).unwrap());
        assert!(Kind::Wanted < Kind::Bought);
        assert!(Kind::Bought < Kind::Read);
        assert!(Kind::Read < rated(1));
        assert!(rated(1) < rated(5));
    }

    #[test]
    fn a_time_is_written_in_rfc_3339() {
        let text = |seconds| Time::from_seconds(seconds).to_string();
        assert_eq!(text(0), "1970-01-01T00:00:00Z");
        assert_eq!(text(u32::MAX), "2106-02-07T06:28:15Z");
    }

    #[test]
    fn an_interaction_takes_12_bytes() {
        assert_eq!(size_of::<Interaction>(), 12);
    }
}
