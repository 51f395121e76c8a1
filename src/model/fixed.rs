//! The numbers of a model, in fixed point: sums of them do not depend on the
//! order of what is summed, so neither do the answers.

/// One, in fixed point.
const ONE: f64 = 4_294_967_296.0; // 2³²

/// The most books of one reader that count, the latest ones. It bounds what one
/// reader can cost, which is the square of it.
pub const MAX_EVIDENCE: usize = 200;

/// With that many books of evidence beside the first, a reader counts half of what
/// the logarithm alone would give.
const MANY_BOOKS: f64 = 25.0;

/// What a similarity's denominator has beside the readers.
const SHRINKAGE: f64 = 2.0;

/// How much a reader counts with that many books of evidence, in fixed point:
/// `1 / (log2(1 + books) * (1 + (books - 1) / 25))`. At most 1, so that the sum over
/// all readers fits.
pub(super) fn weight(books: u8) -> u64 {
    let books = f64::from(books);
    rounded(1.0 / ((1.0 + books).log2() * (1.0 + (books - 1.0) / MANY_BOOKS)))
}

/// What the readers of a book have to do with its similarities.
#[derive(Debug, Clone, Copy)]
pub(super) struct Readers {
    /// The sum of their weights to the power of 9/16, for where the book speaks for
    /// another.
    speaking: f64,
    /// To the power of 7/16, for where another speaks for the book.
    spoken_for: f64,
}

impl Readers {
    /// The readers of a book, whose weights have that sum.
    pub(super) fn new(sum: u64) -> Readers {
        // Of square roots alone, since these are exact on every machine.
        let half = float(sum).sqrt();
        let quarter = half.sqrt();
        let eighth = quarter.sqrt();
        let sixteenth = eighth.sqrt();
        Readers {
            speaking: half * sixteenth,
            spoken_for: quarter * eighth * sixteenth,
        }
    }
}

/// How much a book speaks for another, from the sum of the weights of their common
/// readers and the readers of each.
///
/// Below 1, since the common readers are no more than the readers of either.
pub(super) fn similarity(common: u64, speaking: Readers, spoken_for: Readers) -> u32 {
    let cosine = float(common) / (speaking.speaking * spoken_for.spoken_for + SHRINKAGE);
    let amplified = cosine * cosine.sqrt();
    u32::try_from(rounded(amplified)).unwrap_or(u32::MAX)
}

/// The number that is meant.
pub(super) fn float(fixed: u64) -> f64 {
    fixed as f64 / ONE
}

fn rounded(number: f64) -> u64 {
    (number * ONE).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_one_book_counts_whole() {
        assert_eq!(float(weight(1)), 1.0);
    }

    #[test]
    fn who_has_many_books_counts_less() {
        // 1 / (log2(4) * (1 + 2 / 25))
        assert!((float(weight(3)) - 0.462_962_963).abs() < 1e-9);
        let weights: Vec<u64> = (1..=200).map(weight).collect();
        assert!(weights.is_sorted_by(|more, less| more > less));
    }

    #[test]
    fn books_of_the_same_readers_are_not_fully_similar() {
        let sum = 6 * weight(1);
        let similarity = float(similarity(sum, Readers::new(sum), Readers::new(sum)).into());
        // (6 / (6 + 2)) ^ 1.5
        assert!((similarity - 0.649_519_052_8).abs() < 1e-9, "{similarity}");
    }

    #[test]
    fn a_rare_book_speaks_more_for_a_popular_one_than_the_other_way_round() {
        let common = 10 * weight(1);
        let (rare, popular) = (Readers::new(common), Readers::new(20 * common));
        assert!(similarity(common, rare, popular) > similarity(common, popular, rare));
    }

    #[test]
    fn a_similarity_is_below_1_however_many_readers_there_are() {
        let sum = u64::from(u32::MAX >> 1) * weight(1);
        let readers = Readers::new(sum);
        assert!(float(similarity(sum, readers, readers).into()) < 1.0);
    }
}
