//! What ranking books for a reader needs to write down, kept from call to call.

use std::cell::RefCell;
use std::collections::BinaryHeap;
use std::iter;

use super::index::Index;
use super::notes::{Notes, Scored};
use crate::book::BookId;

/// One thread's notes.
#[derive(Default)]
pub(super) struct Scratch {
    /// What is noted of each book.
    pub(super) notes: Notes,
    /// The best of the books with a score that are not excluded, the best first.
    best: Vec<Scored>,
    /// The reader's books that the model knows.
    pub(super) own: Vec<Index>,
    /// Those of them that are evidence.
    pub(super) evidence: Vec<Index>,
    /// The reader's books that the model does not know.
    pub(super) unknown: Vec<BookId>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Scratch {
    /// Lets `rank` use this thread's notes, empty, for that many books, of which a
    /// history has that many.
    pub(super) fn with<Outcome>(
        books: usize,
        own: usize,
        rank: impl FnOnce(&mut Scratch) -> Outcome,
    ) -> Outcome {
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.notes.begin(books, own);
            scratch.own.clear();
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
        // Nearly all are below it, and one comparison of numbers tells.
        let mut least = 0;
        for scored in notes.scored().filter(|_| most > 0) {
            if scored.score < least {
                continue;
            }
            let place = best.partition_point(|&better| better > scored);
            best.insert(place, scored);
            best.truncate(most);
            if best.len() == most {
                least = best[most - 1].score;
            }
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
