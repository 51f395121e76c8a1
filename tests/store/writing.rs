//! Writes: whole, in order, many together.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use futures::executor::block_on;
use futures::future::join_all;
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use recommendations::history::MAX_INTERACTIONS;
use recommendations::interaction::{Kind, Rating, Time};
use recommendations::shop::{
    BooksPut, Clock, Deadline, NewInteraction, RebuildTimes, Settings, Shop, WriteError,
};
use recommendations::store::Database;

use crate::support::{
    PATIENCE, Place, book, book_id, history, interaction, reader, record, wanted,
};

#[test]
fn fifty_writers_lose_nothing_and_see_their_own_writes() {
    let place = Place::new();
    let shop = place.shop();
    thread::scope(|scope| {
        for writer in 0..50 {
            let shop = &shop;
            scope.spawn(move || {
                for book in 1..=40 {
                    let recorded = record(shop, writer, book).unwrap();
                    assert_eq!(recorded.created, 1);
                    assert!(history(shop, writer).into_iter().eq(1..=book));
                }
            });
        }
    });
    shop.close().unwrap();
    let shop = place.shop();
    for writer in 0..50 {
        assert!(history(&shop, writer).into_iter().eq(1..=40));
    }
}

#[test]
fn writes_that_wait_are_committed_together() {
    let place = Place::new();
    let shop = place.shop();
    let writes = (1..=200).map(|book| shop.record(vec![wanted(1, book, 1)], Deadline::none()));
    let answers = block_on(join_all(writes.collect::<Vec<_>>()));
    assert!(answers.iter().all(Result::is_ok));
    let figures = shop.write_figures();
    assert_eq!(figures.writes, 200);
    assert!(figures.commits < 100, "{figures:?}");
    assert_eq!(figures.failed_commits, 0);
}

#[test]
fn writes_beyond_what_can_wait_are_refused_at_once() {
    let place = Place::new();
    let shop = place.shop();
    let writes: Vec<_> = (1..=20_000)
        .map(|book| shop.record(vec![wanted(1, book, 1)], Deadline::none()))
        .collect();
    let answers = block_on(join_all(writes));
    let refused = answers.iter().filter(|answer| answer.is_err()).count();
    assert!(refused > 0);
    for answer in &answers {
        assert!(
            matches!(answer, Ok(_) | Err(WriteError::Busy)),
            "{answer:?}"
        );
    }
    assert_eq!(history(&shop, 1).len(), answers.len() - refused);
}

#[test]
fn a_write_whose_future_is_dropped_is_still_done() {
    let place = Place::new();
    let shop = place.shop();
    drop(shop.record(vec![wanted(1, 5, 1)], Deadline::none()));
    shop.close().unwrap();
    assert_eq!(history(&place.shop(), 1), [5]);
}

#[test]
fn a_repeated_write_changes_nothing() {
    let place = Place::new();
    let shop = place.shop();
    for (created, replaced) in [(1, 0), (0, 1), (0, 1)] {
        let recorded = record(&shop, 1, 5).unwrap();
        assert_eq!((recorded.created, recorded.replaced), (created, replaced));
        assert_eq!(recorded.stored, [interaction(5, Kind::Wanted, 1)]);
    }
    for (created, replaced) in [(1, 0), (0, 1)] {
        let put = block_on(shop.put_books(vec![book(5, "Gaudy Night")], Deadline::none()));
        assert_eq!(put, Ok(BooksPut { created, replaced }));
    }
    assert_eq!(history(&shop, 1), [5]);
}

#[test]
fn an_older_interaction_does_not_replace_a_newer_one() {
    let place = Place::new();
    let shop = place.shop();
    let newer = interaction(5, Kind::Wanted, 9);
    block_on(shop.record(vec![wanted(1, 5, 9)], Deadline::none())).unwrap();
    let recorded = block_on(shop.record(vec![wanted(1, 5, 8)], Deadline::none())).unwrap();
    assert_eq!(
        (recorded.created, recorded.replaced, recorded.outdated),
        (0, 0, 1)
    );
    assert_eq!(recorded.stored, [newer]);
    shop.close().unwrap();
    assert_eq!(place.shop().history(reader(1)).interactions(), [newer]);
}

#[test]
fn records_of_an_unknown_time_can_come_in_any_order() {
    let of = |kind| NewInteraction {
        kind,
        ..wanted(1, 5, 0)
    };
    let rated = Kind::Rated(Rating::new(2).unwrap());
    for kinds in [[Kind::Wanted, rated], [rated, Kind::Wanted]] {
        let place = Place::new();
        let shop = place.shop();
        for kind in kinds {
            block_on(shop.record(vec![of(kind)], Deadline::none())).unwrap();
        }
        let again = block_on(shop.record(vec![of(Kind::Read)], Deadline::none())).unwrap();
        assert_eq!((again.replaced, again.outdated), (0, 1));
        let expected = [interaction(5, rated, 0)];
        assert_eq!(again.stored, expected);
        shop.close().unwrap();
        assert_eq!(place.shop().history(reader(1)).interactions(), expected);
    }
}

#[test]
fn an_interaction_without_a_time_is_never_older_than_the_recorded_one() {
    let place = Place::new();
    let shop = place.shop();
    let timeless = NewInteraction {
        kind: Kind::Read,
        time: None,
        ..wanted(1, 5, 0)
    };
    block_on(shop.record(vec![wanted(1, 5, u32::MAX)], Deadline::none())).unwrap();
    let recorded = block_on(shop.record(vec![timeless], Deadline::none())).unwrap();
    assert_eq!(recorded.stored, [interaction(5, Kind::Read, u32::MAX)]);
    let recorded = block_on(shop.record(
        vec![NewInteraction {
            book: book_id(6),
            ..timeless
        }],
        Deadline::none(),
    ));
    // The clock is right, or at least after 2020.
    assert!(recorded.unwrap().stored[0].time > Time::from_seconds(1_577_836_800));
}

#[test]
fn a_panic_of_the_writer_is_unavailable_and_the_next_write_is_done() {
    let place = Place::new();
    let is_broken = Arc::new(AtomicBool::new(true));
    let of_clock = Arc::clone(&is_broken);
    let clock = Clock::new(move || {
        assert!(!of_clock.load(Ordering::SeqCst), "the clock is broken");
        Time::from_seconds(5)
    });
    let settings = Settings {
        clock,
        ..Settings::default()
    };
    let shop = Shop::open(place.open().unwrap(), settings).unwrap();
    block_on(shop.put_books(vec![book(1, "A")], Deadline::none())).unwrap();
    assert_eq!(record(&shop, 1, 5), Err(WriteError::Unavailable));
    assert!(history(&shop, 1).is_empty());
    is_broken.store(false, Ordering::SeqCst);
    record(&shop, 1, 6).unwrap();
    let figures = shop.write_figures();
    assert_eq!((figures.commits, figures.failed_commits), (2, 1));
    shop.close().unwrap();
    assert_eq!(history(&place.shop(), 1), [6]);
}

#[test]
fn the_model_is_rebuilt_after_a_change_and_only_then() {
    let place = Place::new();
    let rebuild = RebuildTimes {
        quiet: Duration::ZERO,
        patience: Duration::ZERO,
        rest: 0,
    };
    let settings = Settings {
        rebuild,
        ..Settings::default()
    };
    let shop = Shop::open(place.open().unwrap(), settings).unwrap();
    let first = shop.model();
    record(&shop, 1, 5).unwrap();
    assert!(shop.rebuilt(PATIENCE));
    let second = shop.model();
    assert!(!Arc::ptr_eq(&first, &second));
    // A repetition, and deletions of what is not there.
    record(&shop, 1, 5).unwrap();
    block_on(shop.delete_book(book_id(1), Deadline::none())).unwrap();
    block_on(shop.delete_reader(reader(2), Deadline::none())).unwrap();
    assert!(shop.rebuilt(Duration::ZERO));
    assert_eq!(shop.model_figures().builds, 2);
    assert!(Arc::ptr_eq(&second, &shop.model()));
    block_on(shop.delete_reader(reader(1), Deadline::none())).unwrap();
    assert!(shop.rebuilt(PATIENCE));
    assert_eq!(shop.model_figures().builds, 3);
}

#[test]
fn a_full_history_refuses_the_whole_write_and_no_other() {
    let place = Place::new();
    let most = i32::try_from(MAX_INTERACTIONS).unwrap();
    let mut database = place.open().unwrap();
    let full = (1..most).map(|book| (reader(1), interaction(book, Kind::Read, 1)));
    database
        .import(Vec::new(), full.collect(), false, &mut |_| ())
        .unwrap();
    database.close().unwrap();

    let shop = place.shop();
    let too_many = vec![wanted(2, 1, 1), wanted(1, most, 1), wanted(1, most + 1, 1)];
    let [before, refused, last, after, full] = [
        vec![wanted(3, 1, 1)],
        too_many,
        vec![wanted(1, most, 1), wanted(1, 1, 1)],
        vec![wanted(4, 1, 1)],
        vec![wanted(1, most + 1, 1)],
    ]
    .map(|interactions| shop.record(interactions, Deadline::none()));
    assert!(block_on(before).is_ok());
    assert_eq!(block_on(refused), Err(WriteError::FullHistory(reader(1))));
    assert!(block_on(last).is_ok());
    assert!(block_on(after).is_ok());
    assert_eq!(
        block_on(full).unwrap_err().to_string(),
        "reader 1 has 10000 interactions; there can be no more"
    );
    assert!(history(&shop, 2).is_empty());
    shop.close().unwrap();
    let shop = place.shop();
    assert_eq!(history(&shop, 1).len(), MAX_INTERACTIONS);
    assert!(history(&shop, 2).is_empty());
    assert_eq!([history(&shop, 3), history(&shop, 4)], [[1], [1]]);
}

#[test]
fn what_is_deleted_is_gone_after_the_next_start() {
    let place = Place::new();
    let shop = place.shop();
    block_on(shop.put_books(vec![book(1, "A"), book(2, "B")], Deadline::none())).unwrap();
    for book in [1, 2, 3] {
        record(&shop, 1, book).unwrap();
        record(&shop, 2, book).unwrap();
    }
    assert_eq!(
        block_on(shop.delete_book(book_id(1), Deadline::none())),
        Ok(true)
    );
    assert_eq!(
        block_on(shop.delete_book(book_id(1), Deadline::none())),
        Ok(false)
    );
    assert_eq!(
        block_on(shop.delete_interaction(reader(1), book_id(2), Deadline::none())),
        Ok(true)
    );
    assert_eq!(
        block_on(shop.delete_interaction(reader(1), book_id(2), Deadline::none())),
        Ok(false)
    );
    assert_eq!(
        block_on(shop.delete_reader(reader(2), Deadline::none())),
        Ok(3)
    );
    assert_eq!(
        block_on(shop.delete_reader(reader(2), Deadline::none())),
        Ok(0)
    );
    let holds = |shop: &Shop| {
        let books: Vec<i32> = shop
            .catalog()
            .books()
            .map(|book| book.id.number())
            .collect();
        assert_eq!(books, [2]);
        assert_eq!(history(shop, 1), [1, 3]);
        assert!(history(shop, 2).is_empty());
    };
    holds(&shop);
    shop.close().unwrap();
    holds(&place.shop());
}

#[test]
fn erased_readers_are_not_in_the_bytes_of_the_file() {
    let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut below = |limit: i32| {
        let random = i32::try_from(random.next_u32() >> 1).unwrap();
        random % limit
    };
    // When the shop is closed, and once nothing was written for some time.
    for rewrite_after in [PATIENCE, Duration::ZERO] {
        let place = Place::new();
        let settings = Settings {
            rewrite_after,
            ..Settings::default()
        };
        let shop = Shop::open(place.open().unwrap(), settings).unwrap();
        // Numbers that stand in the file as they are, in no order, so that pages
        // split and rows move from one to another.
        let first = 0x5eed_0000;
        for _ in 0..100 {
            let mut random = || wanted(first + below(500), 1_000_000 * (1 + below(200)), 1);
            let some = (0..200).map(|_| random()).collect();
            block_on(shop.record(some, Deadline::none())).unwrap();
        }
        let erased: Vec<i32> = (0..40).map(|_| first + below(500)).collect();
        assert!(place.holds(erased[0]));
        for number in &erased {
            block_on(shop.delete_reader(reader(*number), Deadline::none())).unwrap();
        }
        let is_left = || erased.iter().any(|number| place.holds(*number));
        if rewrite_after.is_zero() {
            let begun = Instant::now();
            for book in 1.. {
                record(&shop, 1, book).unwrap();
                if !is_left() {
                    break;
                }
                assert!(begun.elapsed() < PATIENCE);
            }
        } else {
            shop.close().unwrap();
            assert!(!is_left());
        }
    }
}

#[test]
fn a_file_that_was_left_open_is_written_anew() {
    let left = Place::new();
    let shop = left.shop();
    record(&shop, 1, 5).unwrap();
    let copy = Place::new();
    for file in left.files() {
        fs::copy(left.folder().join(&file), copy.folder().join(&file)).unwrap();
    }
    shop.close().unwrap();
    let settings = Settings {
        rewrite_after: Duration::ZERO,
        ..Settings::default()
    };
    let shop = Shop::open(copy.open().unwrap(), settings.clone()).unwrap();
    let begun = Instant::now();
    while shop.write_figures().rewrites == 0 {
        record(&shop, 1, 6).unwrap();
        assert!(begun.elapsed() < PATIENCE);
    }
    let shop = Shop::open(left.open().unwrap(), settings).unwrap();
    for book in 6..9 {
        record(&shop, 1, book).unwrap();
    }
    assert_eq!(shop.write_figures().rewrites, 0);
}

#[test]
fn what_was_erased_before_a_crash_is_gone_after_the_next_close() {
    const ERASED: i32 = 0x5eed_0001;
    // By a server, and by what only looks or imports.
    let closes: [fn(&Place); 2] = [
        |place| place.shop().close().unwrap(),
        |place| {
            let database = Database::open_existing(&place.location()).unwrap();
            database.close().unwrap();
        },
    ];
    for close in closes {
        let place = Place::new();
        place.open().unwrap().close().unwrap();
        let sqlite = place.sqlite();
        let leave_a_copy = format!(
            "PRAGMA secure_delete = OFF;
             INSERT INTO interactions VALUES ({ERASED}, 1, 'READ', NULL, 1);
             DELETE FROM interactions;"
        );
        sqlite.execute_batch(&leave_a_copy).unwrap();
        sqlite.close().unwrap();
        // The log was emptied when the reader was erased, and nothing came after.
        fs::write(place.folder().join("shop.db-wal"), "").unwrap();
        assert!(place.holds(ERASED));
        close(&place);
        assert!(!place.holds(ERASED));
        assert_eq!(place.files(), ["shop.db"]);
    }
}

#[test]
fn a_write_whose_deadline_has_passed_is_not_begun() {
    let shop = Shop::in_memory([book(5, "Gaudy Night")]);
    let passed = || Deadline::new(|| true);
    let recorded = block_on(shop.record(vec![wanted(1, 5, 1)], passed()));
    assert_eq!(recorded, Err(WriteError::Late));
    let put = block_on(shop.put_books(vec![book(6, "A")], passed()));
    assert_eq!(put, Err(WriteError::Late));
    assert_eq!(
        block_on(shop.delete_book(book_id(5), passed())),
        Err(WriteError::Late)
    );
    assert!(shop.history(reader(1)).interactions().is_empty());
    assert_eq!(shop.catalog().len(), 1);
}
