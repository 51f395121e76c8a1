//! What the histories tell, gathered for building a model.

use std::collections::HashMap;

use super::Model;
use super::books::Books;
use super::fixed::{self, MAX_EVIDENCE};
use super::index::Index;
use super::neighbours::Neighbours;
use super::popularity::{Tally, popularity};
use super::shelves::Shelves;
use crate::book::BookId;
use crate::history::History;
use crate::interaction::Interaction;

/// Books and histories, added in any order: the model does not depend on it.
#[derive(Default)]
pub(crate) struct Evidence {
    numbers: HashMap<BookId, Index>,
    /// By number, which is the order in which books were first seen.
    books: Vec<BookEvidence>,
    /// The books that each reader's evidence is, reader after reader.
    marks: Vec<Index>,
    /// How many of the marks are each reader's, none 0.
    lengths: Vec<u8>,
    readers: usize,
    interactions: usize,
}

struct BookEvidence {
    id: BookId,
    shelves: Shelves,
    tally: Tally,
}

/// The books that tell of a reader's taste, the latest first, at most
/// [`MAX_EVIDENCE`].
pub(super) fn latest(history: &History) -> impl Iterator<Item = BookId> {
    let interactions = history.interactions().iter().rev();
    interactions
        .filter(|interaction| interaction.kind.is_evidence())
        .map(|interaction| interaction.book)
        .take(MAX_EVIDENCE)
}

impl Evidence {
    /// Puts a book on shelves. Only what stands on one is ever recommended.
    pub(crate) fn shelve(&mut self, book: BookId, shelves: Shelves) {
        let number = self.number(book);
        self.books[number.place()].shelves = shelves;
    }

    /// Adds the history of a reader who was not added yet.
    pub(crate) fn add(&mut self, history: &History) {
        self.readers += 1;
        self.interactions += history.interactions().len();
        let mut length = 0;
        for interaction in history.interactions().iter().rev() {
            let number = self.number(interaction.book);
            self.books[number.place()].tally += Tally::from(*interaction);
            if usize::from(length) < MAX_EVIDENCE && interaction.kind.is_evidence() {
                self.marks.push(number);
                length += 1;
            }
        }
        if length > 0 {
            self.lengths.push(length);
        }
    }

    fn number(&mut self, id: BookId) -> Index {
        *self.numbers.entry(id).or_insert_with(|| {
            self.books.push(BookEvidence {
                id,
                shelves: Shelves::default(),
                tally: Tally::default(),
            });
            Index::new(self.books.len() - 1)
        })
    }

    /// The model of all that was added, with that many shelves.
    pub(crate) fn model(self, shelves: usize) -> Model {
        let (books, index_of_number) = self.books_by_popularity(shelves);
        let Evidence {
            mut marks,
            lengths,
            readers,
            interactions,
            ..
        } = self;
        for mark in &mut marks {
            *mark = index_of_number[mark.place()];
        }
        let marks = Marks::new(marks, lengths, &books);
        let neighbours = Neighbours::new(&marks, &books, shelves);
        Model {
            books,
            neighbours,
            readers,
            interactions,
        }
    }

    /// The books in the order of their indexes, and the index of each number.
    fn books_by_popularity(&self, shelves: usize) -> (Books, Vec<Index>) {
        let mut all = Tally::default();
        for book in &self.books {
            all += book.tally;
        }
        let mut order: Vec<(f64, BookId, usize)> = self
            .books
            .iter()
            .enumerate()
            .map(|(number, book)| (popularity(book.tally, all), book.id, number))
            .collect();
        order.sort_unstable_by(|(popularity, id, _), (other_popularity, other_id, _)| {
            let descending = other_popularity.total_cmp(popularity);
            descending.then(id.cmp(other_id))
        });
        let mut index_of_number = vec![Index::new(0); order.len()];
        for (place, (_, _, number)) in order.iter().enumerate() {
            index_of_number[*number] = Index::new(place);
        }
        let ordered = order
            .iter()
            .map(|(popularity, id, number)| (*id, self.books[*number].shelves, *popularity));
        (Books::new(ordered, shelves), index_of_number)
    }
}

impl From<Interaction> for Tally {
    fn from(interaction: Interaction) -> Tally {
        let rating = interaction.kind.rating();
        Tally {
            readers: 1,
            ratings: u64::from(rating.is_some()),
            stars: rating.map_or(0, |rating| rating.stars().into()),
        }
    }
}

/// Who has which book: both ways round, as flat arrays.
pub(super) struct Marks {
    /// Of each book, where its readers begin; and one more, where the last end.
    readers_begin: Vec<usize>,
    readers: Vec<Index>,
    /// Of each reader, where the books begin; and one more, where the last end.
    candidates_begin: Vec<usize>,
    candidates: Vec<Index>,
    /// Of each reader, how many books of evidence there are.
    lengths: Vec<u8>,
    /// How much a reader counts, by the number of books of evidence.
    weights: [u64; 256],
}

impl Marks {
    fn new(mut marks: Vec<Index>, lengths: Vec<u8>, books: &Books) -> Marks {
        let mut readers_begin = vec![0; books.len() + 1];
        for mark in &marks {
            readers_begin[mark.place() + 1] += 1;
        }
        for book in 1..readers_begin.len() {
            readers_begin[book] += readers_begin[book - 1];
        }
        let mut next = readers_begin.clone();
        let mut readers = vec![Index::new(0); marks.len()];
        let mut rest = marks.as_slice();
        for (reader, &length) in lengths.iter().enumerate() {
            let (own, others) = rest.split_at(length.into());
            for mark in own {
                readers[next[mark.place()]] = Index::new(reader);
                next[mark.place()] += 1;
            }
            rest = others;
        }

        // What stands on no shelf is evidence, but no candidate.
        let mut candidates_begin = Vec::with_capacity(lengths.len() + 1);
        candidates_begin.push(0);
        let (mut read, mut kept) = (0, 0);
        for &length in &lengths {
            let end = read + usize::from(length);
            while read < end {
                if !books.shelves(marks[read]).is_empty() {
                    marks[kept] = marks[read];
                    kept += 1;
                }
                read += 1;
            }
            candidates_begin.push(kept);
        }
        marks.truncate(kept);
        Marks {
            readers_begin,
            readers,
            candidates_begin,
            candidates: marks,
            lengths,
            weights: std::array::from_fn(|length| u8::try_from(length).map_or(0, fixed::weight)),
        }
    }

    /// How many there are: one for each reader and book of the evidence.
    pub(super) fn len(&self) -> usize {
        self.readers.len()
    }

    /// A book's readers and how much each counts.
    pub(super) fn readers_of(&self, book: Index) -> impl Iterator<Item = (Index, u64)> {
        let range = self.readers_begin[book.place()]..self.readers_begin[book.place() + 1];
        self.readers[range].iter().map(|&reader| {
            (
                reader,
                self.weights[usize::from(self.lengths[reader.place()])],
            )
        })
    }

    /// The books of a reader's evidence that stand on a shelf.
    pub(super) fn candidates_of(&self, reader: Index) -> &[Index] {
        let range =
            self.candidates_begin[reader.place()]..self.candidates_begin[reader.place() + 1];
        &self.candidates[range]
    }
}
