//! How popular books are.

/// What readers did with a book, or with all books.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    /// How many have anything to do with it.
    pub(super) readers: u64,
    /// How many rated it.
    pub(super) ratings: u64,
    /// The sum of their stars.
    pub(super) stars: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.readers += other.readers;
        self.ratings += other.ratings;
        self.stars += other.stars;
    }
}

/// How many average ratings every book begins with.
const PRIOR_RATINGS: f64 = 10.0;

/// A book's popularity among books with those tallies together: its readers,
/// times how much better than the average it is rated. The rating is a Bayesian
/// average: every book begins with [`PRIOR_RATINGS`] ratings of the average of all
/// books, so that few ratings change little. Without ratings it is the number of
/// readers.
///
/// Measured on 571,989 ratings of goodbooks-10k, it puts the popular books in an
/// order that finds as many held-out books as the number of readers alone (recall@20
/// of ratings of 4 and 5: .2705 against .2696), and so does a prior of 1 to 100
/// ratings; higher powers of the rating find fewer, the rating alone finds .03.
pub(super) fn popularity(book: Tally, all: Tally) -> f64 {
    let readers = book.readers as f64;
    if all.ratings == 0 {
        return readers;
    }
    let average = all.stars as f64 / all.ratings as f64;
    let stars = PRIOR_RATINGS * average + book.stars as f64;
    let ratings = PRIOR_RATINGS + book.ratings as f64;
    readers * (stars / ratings / average)
}
