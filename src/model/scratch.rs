//! What ranking books for a reader needs to write down, kept from call to call.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::iter;

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
/// from the present one's by the call's number, so that nothing is ever cleared.
#[derive(Default)]
pub(super) struct Notes {
    call: u64,
    /// By index.
    notes: Vec<Note>,
    /// The books that have a score and are not excluded.
    scored: Vec<Index>,
}

#[derive(Clone, Copy, Default)]
struct Note {
    /// The number of the call that the score belongs to; one more where the book is
    /// excluded from that call.
    call: u64,
    /// In fixed point.
    score: u64,
}

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
        self.scored.clear();
        if self.notes.len() < books {
            self.notes.resize(books, Note::default());
        }
    }

    /// Excludes a book, before it has a score.
    pub(super) fn exclude(&mut self, book: Index) {
        self.notes[book.place()].call = self.call + 1;
    }

    /// Adds the similarities of neighbours to their scores.
    pub(super) fn add(&mut self, neighbours: &[Neighbour]) {
        let call = self.call;
        let notes = self.notes.as_mut_slice();
        self.scored.reserve(neighbours.len());
        for neighbour in neighbours {
            let book = neighbour.book.0;
            let note = &mut notes[book.place()];
            if note.call < call {
                *note = Note { call, score: 0 };
                self.scored.push(book);
            }
            note.score += u64::from(neighbour.similarity);
        }
    }

    /// Whether nothing is noted of a book: it has no score and is not excluded.
    pub(super) fn is_empty(&self, book: Index) -> bool {
        self.notes[book.place()].call < self.call
    }

    /// Whether a book is excluded.
    pub(super) fn is_excluded(&self, book: Index) -> bool {
        self.notes[book.place()].call > self.call
    }

    fn scored(&self) -> impl Iterator<Item = Scored> {
        self.scored.iter().map(|&book| Scored {
            score: self.notes[book.place()].score,
            book: Reverse(book),
        })
    }
}
