//! Shops for the benchmarks: made ones, and goodbooks-10k.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use recommendations::book::{Book, BookId};
use recommendations::catalog::Catalog;
use recommendations::category::{Categories, Category};
use recommendations::history::{Histories, History};
use recommendations::interaction::{Interaction, Kind, Time};
use recommendations::reader::ReaderId;

/// How large a shop is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub books: i32,
    pub readers: i32,
    pub interactions: u32,
}

pub struct Data {
    pub catalog: Catalog,
    pub histories: Histories,
}

/// So many books of one category are of one taste.
const BOOKS_OF_A_TASTE: i32 = 100;

/// A shop whose readers have one to three tastes each, and take four of five books
/// from them. Within a taste, and among all books, the chance of a book falls with
/// its place as Zipf's law has it. Every book has a category; a history is as long
/// as chance has it, half of them shorter than two thirds of the mean.
pub fn made(size: Size) -> Data {
    Data {
        catalog: made_catalog(size),
        histories: made_histories(size),
    }
}

/// The books of [`made`].
pub fn made_catalog(size: Size) -> Catalog {
    let tastes = tastes(size);
    Catalog::new((0..size.books).map(|book| {
        let taste = usize::try_from(book % tastes).unwrap();
        let category = Category::ALL[taste % Category::ALL.len()];
        named(book + 1, [category].into_iter().collect())
    }))
}

/// The histories of [`made`].
pub fn made_histories(size: Size) -> Histories {
    let tastes = tastes(size);
    let mean = f64::from(size.interactions) / f64::from(size.readers);
    let histories = Histories::default();
    let mut chance = Chance(1);
    for reader in 0..size.readers {
        let length = (-mean * (1.0 - chance.unit()).ln())
            .round()
            .clamp(1.0, f64::from(size.books / 2).min(1000.0));
        let own = [(); 3].map(|()| chance.below(tastes));
        let many = chance.below(3) + 1;
        let mut books = HashSet::new();
        while books.len() < length as usize {
            books.insert(if chance.below(5) == 0 {
                chance.zipf(size.books)
            } else {
                let taste = own[usize::try_from(chance.below(many)).unwrap()];
                taste + tastes * chance.zipf(size.books / tastes)
            });
        }
        let history = History::new(books.into_iter().map(|book| Interaction {
            book: BookId::new(book + 1).unwrap(),
            kind: Kind::Read,
            time: Time::UNKNOWN,
        }));
        histories.replace(ReaderId::new(reader).unwrap(), history);
    }
    histories
}

fn tastes(size: Size) -> i32 {
    (size.books / BOOKS_OF_A_TASTE).max(1)
}

/// The books and categories of goodbooks-10k in a folder.
pub fn goodbooks_catalog(folder: &Path) -> Catalog {
    let categories: HashMap<i32, Categories> = rows(folder, "goodbooks_categories.csv")
        .map(|row| {
            let names = row[5].split('|').map(|name| name.parse::<Category>());
            (row[0].parse().unwrap(), names.map(Result::unwrap).collect())
        })
        .collect();
    Catalog::new(rows(folder, "books.csv").map(|row| {
        let id = row[0].parse().unwrap();
        named(id, categories.get(&id).copied().unwrap_or_default())
    }))
}

/// The to-read marks of goodbooks-10k in a folder, by reader.
pub fn goodbooks_marks(folder: &Path) -> Vec<(ReaderId, BookId)> {
    let mut marks: Vec<(ReaderId, BookId)> = rows(folder, "to_read_subset.csv")
        .map(|row| {
            let [reader, book] = [0, 1].map(|column| row[column].parse().unwrap());
            (ReaderId::new(reader).unwrap(), BookId::new(book).unwrap())
        })
        .collect();
    marks.sort_unstable();
    marks
}

/// The histories of marks by reader.
pub fn histories(marks: &[(ReaderId, BookId)]) -> Histories {
    let histories = Histories::default();
    for marks in marks.chunk_by(|(one, _), (other, _)| one == other) {
        let history = History::new(marks.iter().map(|&(_, book)| Interaction {
            book,
            kind: Kind::Wanted,
            time: Time::UNKNOWN,
        }));
        histories.replace(marks[0].0, history);
    }
    histories
}

/// The rows of a file one by one: what many would leave free, the histories would
/// take, and their size could not be seen.
fn rows(folder: &Path, name: &str) -> impl Iterator<Item = csv::StringRecord> {
    let reader = csv::Reader::from_path(folder.join(name)).unwrap();
    reader.into_records().map(Result::unwrap)
}

fn named(number: i32, categories: Categories) -> Book {
    Book {
        id: BookId::new(number).unwrap(),
        title: format!("Book {number}"),
        author: String::new(),
        year: None,
        categories,
    }
}

/// Numbers that look like chance, the same in every run: SplitMix64.
pub struct Chance(pub u64);

impl Chance {
    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }

    /// A number from 0 to below 1.
    fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.number() >> 32).unwrap()) / 4_294_967_296.0
    }

    /// A whole number from 0 to below `end`.
    pub fn below(&mut self, end: i32) -> i32 {
        whole(self.unit() * f64::from(end)).min(end - 1)
    }

    /// A place from 0 to below `end`, with a chance of about one in its number.
    fn zipf(&mut self, end: i32) -> i32 {
        let place = f64::from(end + 1).powf(self.unit()) - 1.0;
        whole(place).min(end - 1)
    }
}

fn whole(number: f64) -> i32 {
    number as i32
}
