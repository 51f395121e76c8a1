//! The numbers of a model, in fixed point: sums of them do not depend on the
//! order of what is summed, so neither do the answers.

/// One, in fixed point.
const ONE: f64 = 4_294_967_296.0; // 2³²

/// The most books of one reader that count, the latest ones. It bounds what one
/// reader can cost, which is the square of it.
pub const MAX_EVIDENCE: usize = 200;

/// How much a reader counts with that many books of evidence, in fixed point:
/// `1 / log2(1 + books)`. At most 1, so that the sum over all readers fits.
pub(super) fn weight(books: u8) -> u64 {
    rounded(1.0 / (1.0 + f64::from(books)).log2())
}

/// How similar two books are, from the sum of the weights of their common readers
/// and the square root of the sum of each one's: the cosine, shrunk by 1.
///
/// Below 1, since the common readers are no more than the geometric mean.
pub(super) fn similarity(common: u64, root: f64, other_root: f64) -> u32 {
    let cosine = float(common) / (root * other_root + 1.0);
    u32::try_from(rounded(cosine)).unwrap_or(u32::MAX)
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
        assert_eq!(float(weight(3)), 0.5);
        let weights: Vec<u64> = (1..=200).map(weight).collect();
        assert!(weights.is_sorted_by(|more, less| more > less));
    }

    #[test]
    fn books_of_the_same_readers_are_not_fully_similar() {
        let three_readers = 3 * weight(1);
        assert_eq!(float(similarity(three_readers, 3.0, 1.0).into()), 0.75);
    }

    #[test]
    fn a_similarity_is_below_1_however_many_readers_there_are() {
        let readers = u64::from(u32::MAX >> 1);
        let root = float(readers * weight(1)).sqrt();
        assert!(float(similarity(readers * weight(1), root, root).into()) < 1.0);
    }
}
