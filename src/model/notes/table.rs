//! Notes of few of many books, by hash.

use std::cmp::Reverse;

use super::Scored;
use crate::model::index::Index;
use crate::model::neighbours::Neighbour;

/// The notes of a call, in a table that is little larger than they are. The place of
/// a book is the first free one from where the lowest bits of its index say.
#[derive(Default)]
pub(super) struct Table {
    /// One less than how many places the present call has, a power of 2.
    mask: usize,
    /// Of each place the book's [`key`], or 0.
    keys: Vec<u32>,
    /// Of each place the score, in fixed point, and [`EXCLUDED`] where the book is.
    scores: Vec<u64>,
    /// The places of books that have a score and are not excluded.
    scored: Vec<usize>,
}

/// No score is as much.
const EXCLUDED: u64 = 1 << 63;

fn key(book: Index) -> u32 {
    book.number() + 1
}

impl Table {
    /// Begins with empty notes, of that many books at most.
    pub(super) fn begin(&mut self, most: usize) {
        let places = (most + most / 2 + 1).next_power_of_two();
        self.mask = places - 1;
        // Cleared and not told apart by the call's number: what one call in a hundred
        // needs would come from memory place by place, this comes in a row.
        for_all(&mut self.keys, places);
        for_all(&mut self.scores, places);
        self.scored.clear();
    }

    /// Excludes a book, before it has a score.
    pub(super) fn exclude(&mut self, book: Index) {
        let place = self.place(book);
        self.keys[place] = key(book);
        self.scores[place] = EXCLUDED;
    }

    /// Adds the similarities of neighbours to their scores.
    pub(super) fn add(&mut self, neighbours: &[Neighbour]) {
        let mut count = self.scored.len();
        self.scored.resize(count + neighbours.len(), 0);
        let (keys, scores) = (self.keys.as_mut_slice(), self.scores.as_mut_slice());
        for neighbour in neighbours {
            let book = neighbour.book.0;
            let place = place(keys, self.mask, book);
            // Without a branch, which nobody could foretell.
            self.scored[count] = place;
            count += usize::from(keys[place] == 0);
            keys[place] = key(book);
            scores[place] += u64::from(neighbour.similarity);
        }
        self.scored.truncate(count);
    }

    /// Whether nothing is noted of a book: it has no score and is not excluded.
    pub(super) fn is_empty(&self, book: Index) -> bool {
        self.keys[self.place(book)] == 0
    }

    /// Whether a book is excluded.
    pub(super) fn is_excluded(&self, book: Index) -> bool {
        self.scores[self.place(book)] >= EXCLUDED
    }

    /// The books with a score that are not excluded, in no order.
    pub(super) fn scored(&self) -> impl Iterator<Item = Scored> {
        self.scored.iter().map(|&place| Scored {
            score: self.scores[place],
            book: Reverse(Index::of_number(self.keys[place] - 1)),
        })
    }

    fn place(&self, book: Index) -> usize {
        place(&self.keys, self.mask, book)
    }
}

/// The place that a book has, or can have.
fn place(keys: &[u32], mask: usize, book: Index) -> usize {
    let key = key(book);
    let mut place = book.place() & mask;
    // The product is 0 where the place is free and where it is the book's: one branch
    // for both, since nobody could foretell which it is.
    while u64::from(keys[place]) * u64::from(keys[place] ^ key) != 0 {
        place = (place + 1) & mask;
    }
    place
}

/// Makes the first places 0.
fn for_all<Content: Copy + Default>(contents: &mut Vec<Content>, places: usize) {
    if contents.len() < places {
        contents.resize(places, Content::default());
    }
    contents[..places].fill(Content::default());
}
