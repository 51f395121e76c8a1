//! How fast files are read and written: rows in a second, on one core.

use std::fmt::Write as _;
use std::hint::black_box;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use recommendations::book::Book;
use recommendations::files::{Books, Interactions, Problem, Problems, Writer, newest};
use recommendations::interaction::Interaction;
use recommendations::reader::ReaderId;

const BOOKS: u64 = 100_000;
const INTERACTIONS: u64 = 1_000_000;

fn main() {
    divan::main();
}

/// Numbers that look random and are the same in every run.
fn scattered(number: u64) -> u64 {
    let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 32
}

fn books() -> String {
    let mut text = String::from("id,title,author,year,categories\n");
    for id in 1..=BOOKS {
        let year = 1900 + scattered(id) % 125;
        writeln!(
            text,
            "{id},\"The {}th Case, or \"\"So\"\"\",An Author of Middling Length,{year},MYSTERY|SELF_HELP",
            scattered(id),
        )
        .unwrap();
    }
    text
}

/// goodbooks-10k's own columns, as many rows as it is given.
fn marks() -> String {
    let mut text = String::from("user_id,book_id\n");
    for row in 0..INTERACTIONS {
        let reader = scattered(row) % 47_000;
        let book = 1 + scattered(row + INTERACTIONS) % 10_000;
        writeln!(text, "{reader},{book}").unwrap();
    }
    text
}

/// All the columns.
fn interactions() -> String {
    let mut text = String::from("reader_id,book_id,kind,rating,time\n");
    for row in 0..INTERACTIONS {
        let reader = scattered(row) % 47_000;
        let book = 1 + scattered(row + INTERACTIONS) % 10_000;
        let stars = 1 + row % 5;
        let second = row % 60;
        writeln!(
            text,
            "{reader},{book},RATED,{stars},2026-11-24T16:19:{second:02}Z"
        )
        .unwrap();
    }
    text
}

fn all<Item>(rows: impl Iterator<Item = Result<(u64, Item), Problem>>) -> Vec<Item> {
    let mut problems = Problems::default();
    let items = problems.sift(rows);
    assert!(problems.is_empty(), "{problems}");
    items
}

fn read_books_of(text: &str) -> Vec<Book> {
    all(Books::new("books.csv", text.as_bytes()).unwrap())
}

fn read_interactions_of(text: &str) -> Vec<(ReaderId, Interaction)> {
    all(Interactions::new("interactions.csv", text.as_bytes()).unwrap())
}

#[divan::bench]
fn read_books(bencher: Bencher<'_, '_>) {
    let text = books();
    bencher
        .counter(ItemsCount::new(BOOKS))
        .counter(BytesCount::of_str(&text))
        .bench_local(|| read_books_of(black_box(&text)));
}

#[divan::bench]
fn read_marks(bencher: Bencher<'_, '_>) {
    let text = marks();
    bencher
        .counter(ItemsCount::new(INTERACTIONS))
        .counter(BytesCount::of_str(&text))
        .bench_local(|| read_interactions_of(black_box(&text)));
}

#[divan::bench]
fn read_interactions(bencher: Bencher<'_, '_>) {
    let text = interactions();
    bencher
        .counter(ItemsCount::new(INTERACTIONS))
        .counter(BytesCount::of_str(&text))
        .bench_local(|| read_interactions_of(black_box(&text)));
}

#[divan::bench]
fn newest_of_each_reader_and_book(bencher: Bencher<'_, '_>) {
    let interactions = read_interactions_of(&interactions());
    bencher
        .counter(ItemsCount::new(INTERACTIONS))
        .with_inputs(|| interactions.clone())
        .bench_local_refs(newest);
}

#[divan::bench]
fn write_interactions(bencher: Bencher<'_, '_>) {
    let interactions = read_interactions_of(&interactions());
    bencher
        .counter(ItemsCount::new(INTERACTIONS))
        .bench_local(|| {
            let mut writer = Writer::new(std::io::sink()).unwrap();
            for interaction in &interactions {
                writer.write(interaction).unwrap();
            }
            writer.finish().unwrap();
        });
}
