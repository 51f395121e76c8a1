//! Any writes, in any order and grouped in any way, are what a plain map says.

use std::collections::{BTreeMap, BTreeSet};

use futures::executor::block_on;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use recommendations::interaction::{Interaction, Kind, Rating, Time};
use recommendations::shop::{BooksPut, Clock, Deadline, NewInteraction, Recorded, Settings, Shop};

use crate::support::{Place, book, book_id, reader};

const READERS: i32 = 3;
const BOOKS: i32 = 6;
/// What the clock says.
const NOW: u32 = 3;

#[derive(Debug, Clone)]
enum Write {
    PutBooks(Vec<i32>),
    DeleteBook(i32),
    Record(Vec<NewInteraction>),
    DeleteInteraction(i32, i32),
    DeleteReader(i32),
}

#[derive(Default)]
struct Reference {
    books: BTreeSet<i32>,
    interactions: BTreeMap<(i32, i32), Interaction>,
}

impl Reference {
    fn put_books(&mut self, books: &[i32]) -> BooksPut {
        let mut put = BooksPut::default();
        for book in books {
            match self.books.insert(*book) {
                true => put.created += 1,
                false => put.replaced += 1,
            }
        }
        put
    }

    fn record(&mut self, interactions: &[NewInteraction]) -> Recorded {
        let mut recorded = Recorded::default();
        for new in interactions {
            let key = (new.reader.number(), new.book.number());
            let known = self.interactions.get(&key).copied();
            let oldest = known.map_or(0, |known| known.time.seconds());
            let interaction = Interaction {
                book: new.book,
                kind: new.kind,
                time: new.time.unwrap_or(Time::from_seconds(NOW.max(oldest))),
            };
            // Of those without a time a weaker kind does not count, whatever the stars.
            let is_weaker = known.is_some_and(|known| {
                interaction.time == Time::UNKNOWN
                    && new.kind.rating().is_none()
                    && new.kind < known.kind
            });
            if interaction.time.seconds() < oldest || oldest == 0 && is_weaker {
                recorded.outdated += 1;
            } else {
                self.interactions.insert(key, interaction);
                match known {
                    Some(_) => recorded.replaced += 1,
                    None => recorded.created += 1,
                }
            }
            recorded.stored.push(self.interactions[&key]);
        }
        recorded
    }

    fn delete_reader(&mut self, number: i32) -> usize {
        let before = self.interactions.len();
        self.interactions.retain(|key, _| key.0 != number);
        before - self.interactions.len()
    }

    fn assert_is(&self, shop: &Shop) {
        let catalog = shop.catalog();
        let books = catalog.books().map(|book| book.id.number());
        assert!(books.eq(self.books.iter().copied()));
        for number in 0..READERS {
            let of_reader = self.interactions.iter().filter(|(key, _)| key.0 == number);
            let mut expected: Vec<Interaction> = of_reader.map(|(_, each)| *each).collect();
            expected.sort_by_key(|each| (each.time, each.book));
            assert_eq!(shop.history(reader(number)).interactions(), expected);
        }
    }
}

fn writes() -> impl Strategy<Value = Vec<Write>> {
    let kind = prop_oneof![
        Just(Kind::Wanted),
        Just(Kind::Bought),
        Just(Kind::Read),
        (1..=5_u8).prop_map(|stars| Kind::Rated(Rating::new(stars).unwrap())),
    ];
    // Often none is known, so that kinds compete.
    let seconds = prop_oneof![Just(0), 0..6_u32];
    let time = proptest::option::of(seconds.prop_map(Time::from_seconds));
    let new =
        (0..READERS, 1..=BOOKS, kind, time).prop_map(|(number, book, kind, time)| NewInteraction {
            reader: reader(number),
            book: book_id(book),
            kind,
            time,
        });
    let write = prop_oneof![
        2 => vec(1..=BOOKS, 0..4).prop_map(Write::PutBooks),
        1 => (1..=BOOKS).prop_map(Write::DeleteBook),
        6 => vec(new, 0..6).prop_map(Write::Record),
        1 => (0..READERS, 1..=BOOKS).prop_map(|(reader, book)| Write::DeleteInteraction(reader, book)),
        1 => (0..READERS).prop_map(Write::DeleteReader),
    ];
    vec(write, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_writes_are_answered_kept_and_read_as_a_map_says(writes in writes()) {
        let place = Place::new();
        let settings = Settings {
            clock: Clock::new(|| Time::from_seconds(NOW)),
            ..Settings::default()
        };
        let shop = Shop::open(place.open().unwrap(), settings).unwrap();
        let mut reference = Reference::default();
        // All of them wait at once, so that groups form; then each is compared.
        let mut answers: Vec<Box<dyn FnOnce()>> = Vec::new();
        for write in writes {
            answers.push(match write {
                Write::PutBooks(books) => {
                    let expected = reference.put_books(&books);
                    let books = books.into_iter().map(|id| book(id, "Gaudy Night"));
                    let put = shop.put_books(books.collect(), Deadline::none());
                    Box::new(move || assert_eq!(block_on(put), Ok(expected)))
                }
                Write::DeleteBook(book) => {
                    let expected = reference.books.remove(&book);
                    let deleted = shop.delete_book(book_id(book), Deadline::none());
                    Box::new(move || assert_eq!(block_on(deleted), Ok(expected)))
                }
                Write::Record(interactions) => {
                    let expected = reference.record(&interactions);
                    let recorded = shop.record(interactions, Deadline::none());
                    Box::new(move || assert_eq!(block_on(recorded), Ok(expected)))
                }
                Write::DeleteInteraction(number, book) => {
                    let expected = reference.interactions.remove(&(number, book)).is_some();
                    let deleted = shop.delete_interaction(reader(number), book_id(book), Deadline::none());
                    Box::new(move || assert_eq!(block_on(deleted), Ok(expected)))
                }
                Write::DeleteReader(number) => {
                    let expected = reference.delete_reader(number);
                    let deleted = shop.delete_reader(reader(number), Deadline::none());
                    Box::new(move || assert_eq!(block_on(deleted), Ok(expected)))
                }
            });
        }
        for answer in answers {
            answer();
        }
        reference.assert_is(&shop);
        shop.close().unwrap();
        reference.assert_is(&place.shop());
    }
}
