//! Notes of few of many books, by hash.

use super::Scored;
use crate::model::index::Index;
use crate::model::neighbours::Neighbour;

/// The notes of a call, in a table with a few times as many places. The place of a book
/// is the first free one from where the lowest bits of its index say.
#[derive(Default)]
pub(super) struct Table {
    /// One less than how many places the present call has, a power of 2.
    mask: usize,
    /// Those of the present call, and maybe more.
    places: Vec<Place>,
    /// Of the present call, one after the other, the books with a score; before them
    /// [`EXCLUDED`], and behind them what is left of earlier calls.
    scored: Vec<Scored>,
    /// Where in `scored` the next book comes.
    end: u32,
}

/// What is known of a place's book.
#[derive(Clone, Copy, Default)]
struct Place {
    /// The book's [`key`], or 0 where the place is free.
    key: u32,
    /// Where in `scored` the book is.
    scored: u32,
}

/// Where in `scored` all excluded books are: what they get is looked at by nobody.
const EXCLUDED: u32 = 0;

fn key(book: Index) -> u32 {
    book.number() + 1
}

impl Table {
    /// Begins with empty notes, of that many books at most.
    pub(super) fn begin(&mut self, most: usize) {
        // So many that few books meet another's: which do, nobody could foretell.
        let places = (3 * most + 2).next_power_of_two();
        self.mask = places - 1;
        if self.places.len() < places {
            self.places.resize(places, Place::default());
        }
        // Cleared and not told apart by the call's number: what one call in a hundred
        // needs would come from memory place by place, this comes in a row.
        self.places[..places].fill(Place::default());
        // One more for the excluded ones, and one to write to before it is known
        // whether there is a book for it.
        if self.scored.len() < most + 2 {
            self.scored.resize(most + 2, Scored::default());
        }
        self.scored[wide(EXCLUDED)] = Scored::default();
        self.end = EXCLUDED + 1;
    }

    /// Excludes a book, before it has a score.
    pub(super) fn exclude(&mut self, book: Index) {
        let place = place(&self.places[..=self.mask], book);
        self.places[place] = Place {
            key: key(book),
            scored: EXCLUDED,
        };
    }

    /// Adds the similarities of neighbours to their scores.
    pub(super) fn add(&mut self, neighbours: &[Neighbour]) {
        let places = &mut self.places[..=self.mask];
        for neighbour in neighbours {
            let book = neighbour.book.0;
            let place = &mut places[place(places, book)];
            // Without a branch, which nobody could foretell.
            let is_new = place.key == 0;
            self.scored[wide(self.end)] = Scored {
                score: 0,
                book: neighbour.book,
            };
            let scored = if is_new { self.end } else { place.scored };
            *place = Place {
                key: key(book),
                scored,
            };
            self.end += u32::from(is_new);
            self.scored[wide(scored)].score += u64::from(neighbour.similarity);
        }
    }

    /// Whether nothing is noted of a book: it has no score and is not excluded.
    pub(super) fn is_empty(&self, book: Index) -> bool {
        self.place(book).key == 0
    }

    /// Whether a book is excluded.
    pub(super) fn is_excluded(&self, book: Index) -> bool {
        let place = self.place(book);
        place.key != 0 && place.scored == EXCLUDED
    }

    /// The books with a score that are not excluded, in no order.
    pub(super) fn scored(&self) -> &[Scored] {
        let present = wide(EXCLUDED + 1)..wide(self.end);
        self.scored.get(present).unwrap_or_default()
    }

    fn place(&self, book: Index) -> Place {
        self.places[place(&self.places[..=self.mask], book)]
    }
}

/// The place that a book has, or can have, among a power of 2 of them.
fn place(places: &[Place], book: Index) -> usize {
    let key = key(book);
    let mask = places.len() - 1;
    let mut place = book.place() & mask;
    // The product is 0 where the place is free and where it is the book's: one branch
    // for both, since nobody could foretell which it is.
    while u64::from(places[place].key) * u64::from(places[place].key ^ key) != 0 {
        place = (place + 1) & mask;
    }
    place
}

fn wide(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
