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

/// So many readers, each of the average weight, a similarity's denominator has
/// beside the books' own.
const SHRINKAGE: f64 = 20.0;

/// What the divisor of a book's similarities has beside their sum.
const REST: f64 = 0.125;

/// How much a reader counts with that many books of evidence, in fixed point:
/// `1 / (log2(1 + books) * (1 + (books - 1) / 25))`. At most 1, so that the sum over
/// all readers fits.
pub(super) fn weight(books: u8) -> u64 {
    let books = f64::from(books);
    rounded(1.0 / ((1.0 + books).log2() * (1.0 + (books - 1.0) / MANY_BOOKS)))
}

/// What all similarities of a model have in their denominators: it follows from the
/// sum of the weights of the readers of each book, and how many marks these are.
pub(super) fn shrinkage(sums: &[u64], marks: usize) -> f64 {
    let sum: u128 = sums.iter().map(|&sum| u128::from(sum)).sum();
    let average = sum as f64 / ONE / marks.max(1) as f64;
    SHRINKAGE * average
}

/// How similar two books are, from the sum of the weights of their common readers,
/// the roots of the sums of each book's, and [`shrinkage`].
///
/// Below 1, since the common readers are no more than the readers of either.
pub(super) fn similarity(common: u64, roots: [f64; 2], shrinkage: f64) -> u32 {
    let cosine = float(common) / (roots[0] * roots[1] + shrinkage);
    let amplified = cosine * cosine.sqrt();
    u32::try_from(rounded(amplified)).unwrap_or(u32::MAX)
}

/// How much a book speaks for a similar one, from the sum of the similarities of
/// all that it speaks for.
pub(super) fn share(similarity: u32, sum: u64) -> u32 {
    let share = float(similarity.into()) / (float(sum) + REST);
    u32::try_from(rounded(share)).unwrap_or(u32::MAX)
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
        let sum = 20 * weight(1);
        let roots = [float(sum).sqrt(); 2];
        let similarity = similarity(sum, roots, shrinkage(&[sum, sum], 40));
        // (20 / (20 + 20)) ^ 1.5
        assert!((float(similarity.into()) - 0.353_553_391).abs() < 1e-9);
    }

    #[test]
    fn a_similarity_does_not_depend_on_the_unit_of_the_weights() {
        let of_readers = |books| {
            let sum = 12 * weight(books);
            let roots = [float(sum).sqrt(); 2];
            let similarity = similarity(sum / 2, roots, shrinkage(&[sum; 3], 36));
            float(similarity.into())
        };
        assert!((of_readers(1) - of_readers(200)).abs() < 1e-7);
    }

    #[test]
    fn a_similarity_is_below_1_however_many_readers_there_are() {
        let sum = u64::from(u32::MAX >> 1) * weight(1);
        let roots = [float(sum).sqrt(); 2];
        let similarity = similarity(sum, roots, shrinkage(&[sum], 1 << 31));
        assert!(similarity < u32::MAX);
    }

    #[test]
    fn a_share_is_below_1_also_where_it_is_the_only_one() {
        // 0.5 / (0.5 + 0.125)
        let half = 1 << 31;
        assert!((float(share(half, half.into()).into()) - 0.8).abs() < 1e-9);
        assert!(share(u32::MAX, u32::MAX.into()) < u32::MAX);
    }

    #[test]
    fn without_marks_there_is_no_shrinkage_and_nothing_is_divided_by_0() {
        assert_eq!(shrinkage(&[], 0), 0.0);
    }
}
