//! `kill -9` at any moment loses nothing that was answered.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use futures::executor::block_on;
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use recommendations::shop::{Deadline, Settings, Shop};
use recommendations::store::{Database, StoreError};

use crate::process::{Other, tell, told_file};
use crate::support::{Place, book, book_id, history, interaction, location, reader, record};

/// So many threads write until they are killed,
const WRITERS: i32 = 4;

#[test]
fn kill_9_loses_no_answered_write() {
    const TEST: &str = "crash::kill_9_loses_no_answered_write";
    if let Some(file) = told_file() {
        return write_until_killed(file);
    }
    let place = Place::new();
    let mut moments = Moments::new();
    let mut answered = BTreeSet::new();
    for round in 0..40 {
        let mut other = Other::start(TEST, &place.file());
        // From here on it writes, so that every round counts.
        let first = other.next_line().expect("a write is answered");
        assert!(answered.insert(first), "{round}: it was answered before");
        thread::sleep(moments.next(Duration::from_millis(30)));
        answered.extend(other.kill());

        place.check();
        let shop = place.shop();
        for write in &answered {
            let numbers: Vec<i32> = write.split(' ').map(|word| word.parse().unwrap()).collect();
            match numbers[..] {
                [id] => assert!(
                    shop.catalog().get(book_id(id)).is_some(),
                    "{round}: {write}"
                ),
                [number, erased] if erased < 0 => {
                    let left = history(&shop, number);
                    assert!(left.iter().all(|book| *book > -erased), "{round}: {write}");
                }
                [number, book] => {
                    let history = shop.history(reader(number));
                    assert!(history.get(book_id(book)).is_some(), "{round}: {write}");
                }
                _ => panic!("{write}"),
            }
        }
    }
}

/// Records interactions and puts books, new ones for ever, and tells of each once
/// it is answered. Another thread records what it erases then, and tells of that
/// with a minus sign.
fn write_until_killed(file: PathBuf) {
    let database = Database::open(&location(file), &[]).unwrap();
    let shop = Shop::open(database, Settings::default()).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let (erased, counter) = (WRITERS, WRITERS + 1);
            let mut next = history(&shop, counter).len();
            loop {
                next += 1;
                let id = i32::try_from(next).unwrap();
                record(&shop, counter, id).unwrap();
                record(&shop, erased, id).unwrap();
                block_on(shop.delete_reader(reader(erased), Deadline::none())).unwrap();
                tell(&format!("{erased} -{id}"));
            }
        });
        for writer in 0..WRITERS {
            let shop = &shop;
            let mut next = history(shop, writer).len();
            scope.spawn(move || {
                loop {
                    next += 1;
                    let id = i32::try_from(next).unwrap();
                    record(shop, writer, id).unwrap();
                    tell(&format!("{writer} {id}"));
                    if id % 8 == 0 {
                        let id = id * WRITERS + writer;
                        block_on(shop.put_books(vec![book(id, "Gaudy Night")], Deadline::none()))
                            .unwrap();
                        tell(&format!("{id}"));
                    }
                }
            });
        }
    });
}

#[test]
fn kill_9_leaves_a_new_file_whole_or_empty() {
    const TEST: &str = "crash::kill_9_leaves_a_new_file_whole_or_empty";
    let first_books: Vec<_> = (1..=500).map(|id| book(id, "Gaudy Night")).collect();
    if let Some(file) = told_file() {
        tell("opening");
        drop(Database::open(&location(file), &first_books));
        tell("opened");
        thread::park();
    }
    let mut moments = Moments::new();
    for round in 0..30 {
        let place = Place::new();
        let mut other = Other::start(TEST, &place.file());
        assert_eq!(other.next_line().as_deref(), Some("opening"));
        thread::sleep(moments.next(Duration::from_millis(3)));
        let is_opened = other.kill() == ["opened"];

        let database = Database::open(&place.location(), &first_books).unwrap();
        let mut books = Vec::new();
        let look = |book| {
            books.push(book);
            Ok::<(), StoreError>(())
        };
        database.each_book(look).unwrap();
        assert_eq!(books, first_books, "{round}, {is_opened}");
    }
}

#[test]
fn kill_9_leaves_an_import_whole_or_undone() {
    const TEST: &str = "crash::kill_9_leaves_an_import_whole_or_undone";
    const READERS: i32 = 20_000;
    if let Some(file) = told_file() {
        let mut database = Database::open(&location(file), &[]).unwrap();
        let books = (1..=100).map(|id| book(id, "Gaudy Night")).collect();
        let interactions = (0..READERS)
            .map(|number| {
                (
                    reader(number),
                    interaction(5, recommendations::interaction::Kind::Read, 1),
                )
            })
            .collect();
        tell("importing");
        database
            .import(books, interactions, false, &mut |_| ())
            .unwrap();
        tell("imported");
        thread::park();
    }
    let mut moments = Moments::new();
    let mut undone = 0;
    for round in 0..20 {
        let place = Place::new();
        let mut other = Other::start(TEST, &place.file());
        assert_eq!(other.next_line().as_deref(), Some("importing"));
        thread::sleep(moments.next(Duration::from_millis(40)));
        let is_imported = other.kill() == ["imported"];

        place.check();
        let shop = place.shop();
        let readers = (0..READERS).filter(|number| !history(&shop, *number).is_empty());
        match (shop.catalog().len(), readers.count()) {
            (0, 0) if !is_imported => undone += 1,
            (100, 20_000) => (),
            found => panic!("{round}, {is_imported}: {found:?}"),
        }
    }
    assert!(undone > 0);
}

/// Moments that differ from round to round and are the same in every run.
struct Moments(TestRng);

impl Moments {
    fn new() -> Moments {
        Moments(TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]))
    }

    fn next(&mut self, below: Duration) -> Duration {
        below * (self.0.next_u32() % 1000) / 1000
    }
}
