//! The model again, written down from the formulas without a thought for speed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use recommendations::book::{Book, BookId};
use recommendations::catalog::Catalog;
use recommendations::category::{Categories, Category};
use recommendations::history::History;
use recommendations::interaction::Kind;

const KEPT_NEIGHBOURS: usize = 50;
const MOST_EVIDENCE: usize = 200;
const PRIOR_RATINGS: f64 = 10.0;
const SHRINKAGE: f64 = 20.0;
const REST: f64 = 0.125;

/// How exact the numbers are.
#[derive(Clone, Copy)]
pub enum Numbers {
    /// As exact as floating point is.
    Plain,
    /// Weights and similarities rounded to 32 binary places.
    Rounded,
}

pub struct Reference<'a> {
    catalog: &'a Catalog,
    histories: &'a [History],
    numbers: Numbers,
    /// Of every reader, the evidence and how much the reader counts.
    readers: Vec<(BTreeSet<BookId>, f64)>,
    /// How much the reader of a mark counts, on average over all marks.
    average_weight: f64,
}

/// A book's sort key: the smallest goes first.
type Place = (Reverse<Total>, Reverse<Total>, BookId);

#[derive(Clone, Copy, PartialEq)]
struct Total(f64);

impl Eq for Total {}

impl Ord for Total {
    fn cmp(&self, other: &Total) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Total {
    fn partial_cmp(&self, other: &Total) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

pub fn evidence(history: &History) -> BTreeSet<BookId> {
    let all = history.interactions().iter();
    let telling: Vec<BookId> = all
        .filter(|interaction| match interaction.kind {
            Kind::Rated(rating) => rating.stars() >= 3,
            Kind::Wanted | Kind::Bought | Kind::Read => true,
        })
        .map(|interaction| interaction.book)
        .collect();
    let oldest = telling.len().saturating_sub(MOST_EVIDENCE);
    telling[oldest..].iter().copied().collect()
}

impl Reference<'_> {
    pub fn new<'a>(
        catalog: &'a Catalog,
        histories: &'a [History],
        numbers: Numbers,
    ) -> Reference<'a> {
        let mut reference = Reference {
            catalog,
            histories,
            numbers,
            readers: Vec::new(),
            average_weight: 0.0,
        };
        let (mut marks, mut weights) = (0.0, 0.0);
        for evidence in histories.iter().map(evidence) {
            let books = f64::from(u16::try_from(evidence.len()).unwrap());
            let many = 1.0 + (books - 1.0) / 25.0;
            let weight = reference.round(1.0 / ((1.0 + books).log2() * many));
            reference.readers.push((evidence, weight));
            if books > 0.0 {
                marks += books;
                weights += books * weight;
            }
        }
        if marks > 0.0 {
            reference.average_weight = weights / marks;
        }
        reference
    }

    fn round(&self, number: f64) -> f64 {
        let one = 2_f64.powi(32);
        match self.numbers {
            Numbers::Plain => number,
            Numbers::Rounded => (number * one).round() / one,
        }
    }

    /// The sum of the weights of the readers who have all of these books.
    fn readers(&self, books: &[BookId]) -> f64 {
        let with_books = self
            .readers
            .iter()
            .filter(|(evidence, _)| books.iter().all(|book| evidence.contains(book)));
        with_books.map(|(_, weight)| weight).sum()
    }

    /// How similar two books are.
    fn similarity(&self, one: BookId, other: BookId) -> f64 {
        let root = |book| self.readers(&[book]).sqrt();
        let shrinkage = SHRINKAGE * self.average_weight;
        let cosine = self.readers(&[one, other]) / (root(one) * root(other) + shrinkage);
        self.round(cosine * cosine.sqrt())
    }

    pub fn popularity(&self, book: BookId) -> f64 {
        let (mut readers, mut ratings, mut stars) = (0.0, 0.0, 0.0);
        let (mut all_ratings, mut all_stars) = (0.0, 0.0);
        for interaction in self.histories.iter().flat_map(History::interactions) {
            let rating = interaction.kind.rating();
            all_ratings += f64::from(u8::from(rating.is_some()));
            all_stars += rating.map_or(0.0, |rating| rating.stars().into());
            if interaction.book == book {
                readers += 1.0;
                ratings += f64::from(u8::from(rating.is_some()));
                stars += rating.map_or(0.0, |rating| rating.stars().into());
            }
        }
        if all_ratings == 0.0 {
            return readers;
        }
        let average = all_stars / all_ratings;
        let rating = (PRIOR_RATINGS * average + stars) / (PRIOR_RATINGS + ratings);
        readers * (rating / average)
    }

    fn place(&self, score: f64, book: BookId) -> Place {
        let popularity = Total(self.popularity(book));
        (Reverse(Total(score)), Reverse(popularity), book)
    }

    /// The most similar of some books and how similar each is, in their order.
    fn most_similar(&self, book: BookId, among: impl Fn(&Book) -> bool) -> Vec<(BookId, f64)> {
        let others = self.catalog.books().filter(|other| among(other));
        let similar = others
            .filter(|other| other.id != book)
            .map(|other| (other.id, self.similarity(book, other.id)));
        self.best_first(similar)
    }

    /// Those of a category, and how much the book speaks for each.
    pub fn neighbours(&self, book: BookId, category: Category) -> Vec<(BookId, f64)> {
        let in_any = self.most_similar(book, |other| other.categories != Categories::NONE);
        let all: f64 = in_any.iter().map(|(_, similarity)| similarity).sum();
        let shares = self
            .most_similar(book, |other| other.categories.contains(category))
            .into_iter()
            .map(|(other, similarity)| (other, self.round(similarity / (all + REST))));
        self.best_first(shares)
    }

    fn best_first(&self, books: impl Iterator<Item = (BookId, f64)>) -> Vec<(BookId, f64)> {
        let mut books: Vec<(BookId, f64)> = books.filter(|&(_, weight)| weight > 0.0).collect();
        books.sort_by_cached_key(|&(book, weight)| self.place(weight, book));
        books.truncate(KEPT_NEIGHBOURS);
        books
    }

    pub fn scores(&self, history: &History, category: Category) -> BTreeMap<BookId, f64> {
        let mut scores = BTreeMap::new();
        for book in evidence(history) {
            for (other, similarity) in self.neighbours(book, category) {
                *scores.entry(other).or_default() += similarity;
            }
        }
        scores
    }

    /// The whole list for a reader, from a catalogue that may have changed since.
    pub fn list(&self, now: &Catalog, history: &History, category: Category) -> Vec<BookId> {
        let scores = self.scores(history, category);
        let mut eligible: Vec<BookId> = now
            .books()
            .filter(|book| book.categories.contains(category))
            .map(|book| book.id)
            .filter(|&book| {
                history
                    .interactions()
                    .iter()
                    .all(|known| known.book != book)
            })
            .collect();
        let was_there = |book| {
            let before = self.catalog.get(book);
            before.is_some_and(|before| before.categories.contains(category))
        };
        eligible.sort_by_cached_key(|&book| match was_there(book) {
            true => self.place(scores.get(&book).copied().unwrap_or_default(), book),
            false => (Reverse(Total(0.0)), Reverse(Total(0.0)), book),
        });
        eligible
    }
}
