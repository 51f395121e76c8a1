//! Notes of few books, by index.

use std::cmp::Reverse;

use super::Scored;
use crate::model::fixed::MAX_EVIDENCE;
use crate::model::index::Index;
use crate::model::neighbours::Neighbour;

/// The notes of a call, one for each book. Notes of earlier calls are told from the
/// present one's by the call's number, so that they need not be cleared.
#[derive(Default)]
pub(super) struct Flat {
    call: u64,
    /// By index.
    notes: Vec<Note>,
    /// The books that have a score and are not excluded.
    scored: Vec<Index>,
}

/// The number of the call that the note is of, one more where the book is excluded
/// from that call, and in the lowest [`SCORE_BITS`] the score, in fixed point: small,
/// since the notes of many books fit no cache.
#[derive(Clone, Copy, Default)]
struct Note(u64);

/// How many bits a score has, which is the sum of [`MAX_EVIDENCE`] similarities at
/// most.
const SCORE_BITS: u32 = 40;
const _: () = assert!(MAX_EVIDENCE <= 1 << (SCORE_BITS - u32::BITS));

/// The greatest number of a call.
const MAX_CALL: u64 = u64::MAX >> SCORE_BITS;

impl Flat {
    /// Begins with empty notes of that many books.
    pub(super) fn begin(&mut self, books: usize) {
        self.call += 2;
        if self.call >= MAX_CALL {
            self.notes.fill(Note::default());
            self.call = 2;
        }
        self.scored.clear();
        if self.notes.len() < books {
            self.notes.resize(books, Note::default());
        }
    }

    /// Excludes a book, before it has a score.
    pub(super) fn exclude(&mut self, book: Index) {
        self.notes[book.place()] = Note::new(self.call + 1);
    }

    /// Adds the similarities of neighbours to their scores.
    pub(super) fn add(&mut self, neighbours: &[Neighbour]) {
        let empty = Note::new(self.call);
        let notes = self.notes.as_mut_slice();
        let mut count = self.scored.len();
        self.scored.resize(count + neighbours.len(), Index::new(0));
        let scored = self.scored.as_mut_slice();
        for neighbour in neighbours {
            let book = neighbour.book.0;
            let note = &mut notes[book.place()];
            // Without a branch, which nobody could foretell: so that notes come from
            // memory together.
            scored[count] = book;
            count += usize::from(note.0 < empty.0);
            note.0 = note.0.max(empty.0) + u64::from(neighbour.similarity);
        }
        self.scored.truncate(count);
    }

    /// Whether nothing is noted of a book: it has no score and is not excluded.
    pub(super) fn is_empty(&self, book: Index) -> bool {
        self.notes[book.place()].call() < self.call
    }

    /// Whether a book is excluded.
    pub(super) fn is_excluded(&self, book: Index) -> bool {
        self.notes[book.place()].call() > self.call
    }

    /// The books with a score that are not excluded, in no order.
    pub(super) fn scored(&self) -> impl Iterator<Item = Scored> {
        self.scored.iter().map(|&book| Scored {
            score: self.notes[book.place()].score(),
            book: Reverse(book),
        })
    }
}

impl Note {
    /// The note of a call, with a score of 0.
    fn new(call: u64) -> Note {
        Note(call << SCORE_BITS)
    }

    fn call(self) -> u64 {
        self.0 >> SCORE_BITS
    }

    fn score(self) -> u64 {
        self.0 & ((1 << SCORE_BITS) - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_of_old_calls_when_their_numbers_begin_again() {
        let [scored, excluded, empty] = [0, 1, 2].map(Index::new);
        let similar = Neighbour {
            similarity: u32::MAX,
            book: Reverse(scored),
        };
        let mut notes = Flat::default();
        let mut numbers = Vec::new();
        notes.begin(3);
        for call in [2, MAX_CALL - 3, MAX_CALL - 1, 2] {
            assert!(
                [scored, excluded, empty]
                    .iter()
                    .all(|&book| notes.is_empty(book))
            );
            notes.exclude(excluded);
            for _ in 0..MAX_EVIDENCE {
                notes.add(&[similar]);
            }
            let score = u64::from(u32::MAX) * u64::try_from(MAX_EVIDENCE).unwrap();
            assert!(notes.scored().eq([Scored {
                score,
                book: Reverse(scored)
            }]));
            assert!(notes.is_excluded(excluded) && !notes.is_excluded(scored));
            assert!(notes.is_empty(empty) && !notes.is_empty(scored));
            numbers.push(notes.call);
            if call == 2 {
                notes.call = MAX_CALL - 5;
            }
            notes.begin(3);
        }
        assert_eq!(numbers, [2, MAX_CALL - 3, MAX_CALL - 1, 2]);
    }
}
