//! What is held out.

use std::collections::HashSet;

use crate::book::BookId;
use crate::history::History;
use crate::reader::ReaderId;

/// One reader's history in two parts.
pub(super) struct Split {
    /// What the model may know.
    pub(super) training: History,
    /// What it is to find, in no order that means anything.
    pub(super) held_out: Vec<BookId>,
}

impl Split {
    /// Holds out a fifth of the evidence, rounded down: of less than five books none.
    pub(super) fn new(seed: u64, reader: ReaderId, history: &History) -> Split {
        let interactions = history.interactions().iter();
        let evidence = interactions.filter(|interaction| interaction.kind.is_evidence());
        let mut held_out: Vec<BookId> = evidence.map(|interaction| interaction.book).collect();
        held_out.sort_unstable_by_key(|&book| (hash(seed, reader, book), book));
        held_out.truncate(held_out.len() / 5);

        let chosen: HashSet<BookId> = held_out.iter().copied().collect();
        let interactions = history.interactions().iter().copied();
        let others = interactions.filter(|interaction| !chosen.contains(&interaction.book));
        Split {
            training: History::new(others),
            held_out,
        }
    }
}

/// A number that looks like chance, by the finalizer of SplitMix64 (Steele, Lea and
/// Flood, "Fast Splittable Pseudorandom Number Generators", 2014), which maps no two
/// numbers to one.
fn hash(seed: u64, reader: ReaderId, book: BookId) -> u64 {
    let number = |id: i32| u64::from(id.unsigned_abs());
    mixed(mixed(seed) ^ (number(reader.number()) << 32 | number(book.number())))
}

fn mixed(mut number: u64) -> u64 {
    number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interaction::{Interaction, Kind, Rating, Time};

    fn history(books: i32, kind: Kind) -> History {
        History::new((1..=books).map(|book| Interaction {
            book: BookId::new(book).unwrap(),
            kind,
            time: Time::UNKNOWN,
        }))
    }

    fn split(seed: u64, reader: i32, history: &History) -> Split {
        Split::new(seed, ReaderId::new(reader).unwrap(), history)
    }

    #[test]
    fn a_fifth_rounded_down_is_held_out() {
        let held_out = |books| split(1, 1, &history(books, Kind::Read)).held_out.len();
        assert_eq!(
            [0, 1, 4, 5, 9, 10, 14, 100].map(held_out),
            [0, 0, 0, 1, 1, 2, 2, 20]
        );
    }

    #[test]
    fn every_book_is_in_one_of_the_two_parts() {
        let split = split(1, 1, &history(20, Kind::Read));
        let training = split.training.interactions().iter();
        let mut books: Vec<BookId> = training.map(|interaction| interaction.book).collect();
        books.extend(split.held_out);
        books.sort_unstable();
        assert!(books.into_iter().map(BookId::number).eq(1..=20));
    }

    #[test]
    fn the_seed_and_the_reader_choose_what_is_held_out() {
        let history = history(50, Kind::Read);
        let held_out = |seed, reader| split(seed, reader, &history).held_out;
        assert_eq!(held_out(1, 1), held_out(1, 1));
        assert_ne!(held_out(1, 1), held_out(2, 1));
        assert_ne!(held_out(1, 1), held_out(1, 2));
    }

    #[test]
    fn what_is_no_evidence_is_never_held_out() {
        let split = split(1, 1, &history(20, Kind::Rated(Rating::new(2).unwrap())));
        assert!(split.held_out.is_empty());
        assert_eq!(split.training.interactions().len(), 20);
    }
}
