//! What ranking books for a reader needs to write down, kept from call to call.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::iter;

use super::fixed::MAX_EVIDENCE;
use super::index::Index;
use super::neighbours::Neighbour;
use crate::book::BookId;

/// One thread's notes.
#[derive(Default)]
pub(super) struct Scratch {
    /// What is noted of each book.
    pub(super) notes: Notes,
    /// The best of the books with a score that are not excluded, the best first.
    best: Vec<Scored>,
    /// The reader's books that are evidence.
    pub(super) evidence: Vec<Index>,
    /// The reader's books that the model does not know.
    pub(super) unknown: Vec<BookId>,
}

/// Which books have a score and which are excluded. Notes of earlier calls are told
/// from the present one's by the call's number, so that they need not be cleared.
#[derive(Default)]
pub(super) struct Notes {
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

/// A book and its score. The greater of two goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Scored {
    score: u64,
    book: Reverse<Index>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Scratch {
    /// Lets `rank` use this thread's notes, empty, for that many books.
    pub(super) fn with<Outcome>(
        books: usize,
        rank: impl FnOnce(&mut Scratch) -> Outcome,
    ) -> Outcome {
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.notes.begin(books);
            scratch.evidence.clear();
            scratch.unknown.clear();
            rank(scratch)
        })
    }

    /// The books with a score that are not excluded, the best first; and the notes.
    /// Only the first `most` are cheap: the others are put into order once one of
    /// them is asked for, which is where the catalogue has lost books since.
    pub(super) fn ranking(&mut self, most: usize) -> (impl Iterator<Item = Index>, &Notes) {
        let (notes, best) = (&self.notes, &mut self.best);
        best.clear();
        for scored in notes.scored() {
            if best.len() == most {
                match best.last() {
                    Some(&last) if last < scored => best.pop(),
                    _ => continue,
                };
            }
            let place = best.partition_point(|&better| better > scored);
            best.insert(place, scored);
        }
        let last = best.last().copied().filter(|_| best.len() == most);
        let others = iter::once_with(move || {
            let others = notes.scored().filter(|&other| Some(other) < last);
            let mut others: BinaryHeap<Scored> = others.collect();
            iter::from_fn(move || others.pop())
        });
        let ranked = best.iter().copied().chain(others.flatten());
        (ranked.map(|scored| scored.book.0), notes)
    }
}

impl Notes {
    fn begin(&mut self, books: usize) {
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

    fn scored(&self) -> impl Iterator<Item = Scored> {
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
        let mut notes = Notes::default();
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
