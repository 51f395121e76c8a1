//! How well the recommendations suit the readers that a shop has.
//!
//! A part of every reader's books is held out, a model is built of the rest, and
//! what it recommends to each reader is compared with what was held out. The same
//! is done with the popular books alone, which a shop can have without any model.
//! [`PROTOCOL`] says how, to the last rule.

mod quality;
mod split;
mod table;

use serde::Serialize;

pub use self::quality::Quality;
use self::quality::Sum;
use self::split::Split;
use crate::book::BookId;
use crate::catalog::Catalog;
use crate::category::Category;
use crate::history::{Histories, History};
use crate::model::{Evidence, Model, Shelves};
use crate::reader::ReaderId;

/// How an evaluation goes, a rule a line.
pub const PROTOCOL: [&str; 6] = [
    "evidence is everything but ratings of 1 and 2; of each reader's evidence a fifth, \
     rounded down, is held out, chosen by a hash of seed, reader and book",
    "the model and the popularity are built of everything else; a list has no book of that in it",
    "part ALL ranks all books of the catalogue and of the histories together, the other parts \
     the category's books of the catalogue",
    "every reader with held-out books in a part counts once in it, and each figure is the mean \
     over these readers; nothing is sampled",
    "recall@k: the held-out books among the first k, of all held-out books; NDCG@k: the sum of \
     1/log2(1 + place) over the held-out books among the first k, of the most that it could be",
    "coverage: the books that are among the first 20 of any reader, of all books of the part",
];

/// What can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Chooses what is held out: the same seed, the same books.
    pub seed: u64,
}

/// What came out. Its `Display` is a table with the protocol below it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// How it was done: [`PROTOCOL`].
    pub protocol: [&'static str; PROTOCOL.len()],
    /// The seed that was given.
    pub seed: u64,
    /// How many readers have a history.
    pub readers: usize,
    /// How many interactions the model was built of.
    pub training_interactions: usize,
    /// How many were held out.
    pub held_out_interactions: usize,
    /// All books together, then each category.
    pub parts: Vec<Part>,
}

/// What came out for the books that are ranked together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// `ALL` or the category's name.
    pub name: &'static str,
    /// How many books are ranked.
    pub books: usize,
    /// How many readers have held-out books among them.
    pub readers: usize,
    /// How many held-out books these are, counted once for each reader.
    pub held_out_books: usize,
    /// The model's lists; none where no reader has held-out books.
    pub model: Option<Quality>,
    /// The most popular books that the reader does not have; none as for the model.
    pub popularity: Option<Quality>,
}

/// Evaluates a model of these books and histories. It takes some seconds for a
/// million interactions, on the calling thread.
pub fn evaluate(catalog: &Catalog, histories: &Histories, options: &Options) -> Report {
    let mut readers: Vec<(ReaderId, History)> = Vec::new();
    histories.for_each(|reader, history| readers.push((reader, history.clone())));
    // The order of summation must not depend on the order of the readers.
    readers.sort_unstable_by_key(|(reader, _)| *reader);
    let splits: Vec<Split> = readers
        .iter()
        .map(|(reader, history)| Split::new(options.seed, *reader, history))
        .collect();

    let mut parts = Vec::with_capacity(1 + Category::ALL.len());
    let model = model_of_one_shelf(catalog, &splits);
    let books = model.books();
    parts.push(part("ALL", books, &model, 0, &splits, |_| true));
    drop(model);

    let model = model_of_categories(catalog, &splits);
    for category in Category::ALL {
        let books = catalog.books_in(category).count();
        let counts = |book| catalog.get_in(category, book).is_some();
        let (name, shelf) = (category.name(), category.index());
        parts.push(part(name, books, &model, shelf, &splits, counts));
    }
    Report {
        protocol: PROTOCOL,
        seed: options.seed,
        readers: readers.len(),
        training_interactions: model.interactions(),
        held_out_interactions: splits.iter().map(|split| split.held_out.len()).sum(),
        parts,
    }
}

fn model_of_one_shelf(catalog: &Catalog, splits: &[Split]) -> Model {
    let mut evidence = Evidence::default();
    for book in catalog.books() {
        evidence.shelve(book.id, Shelves::FIRST);
    }
    for split in splits {
        for &book in &split.held_out {
            evidence.shelve(book, Shelves::FIRST);
        }
        for interaction in split.training.interactions() {
            evidence.shelve(interaction.book, Shelves::FIRST);
        }
        evidence.add(&split.training);
    }
    evidence.model(1)
}

fn model_of_categories(catalog: &Catalog, splits: &[Split]) -> Model {
    let mut evidence = Evidence::default();
    for book in catalog.books() {
        evidence.shelve(book.id, book.categories.into());
    }
    for split in splits {
        evidence.add(&split.training);
    }
    evidence.model(Shelves::OF_A_SHOP)
}

/// The quality of the lists of one shelf, whose books `counts` tells.
fn part(
    name: &'static str,
    books: usize,
    model: &Model,
    shelf: usize,
    splits: &[Split],
    counts: impl Fn(BookId) -> bool,
) -> Part {
    let mut sum = Sum::default();
    let mut popularity = Sum::default();
    let mut held_out_books = 0;
    for split in splits {
        let held_out = split.held_out.iter().copied();
        let wanted: Vec<BookId> = held_out.filter(|&book| counts(book)).collect();
        if wanted.is_empty() {
            continue;
        }
        held_out_books += wanted.len();
        let first = model.first(shelf, &split.training, quality::LONGEST_LIST);
        sum.add(&first, &wanted);
        let first = model.first_by_popularity(shelf, &split.training, quality::LONGEST_LIST);
        popularity.add(&first, &wanted);
    }
    Part {
        name,
        books,
        readers: sum.lists(),
        held_out_books,
        model: sum.mean(books),
        popularity: popularity.mean(books),
    }
}

#[cfg(test)]
mod tests;
