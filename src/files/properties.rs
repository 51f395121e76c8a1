//! What holds for any file, any book and any interaction.

use std::collections::BTreeMap;
use std::io::{self, Read};

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;

use super::table::Table;
use super::*;
use crate::book::{Book, BookId, MAX_TEXT_BYTES};
use crate::category::Category;
use crate::interaction::{Interaction, Kind, Rating, Time};
use crate::reader::ReaderId;

/// Text as odd as it can be, without U+0000, at most [`MAX_TEXT_BYTES`].
fn text() -> impl Strategy<Value = String> {
    let odd = select(vec![
        ',', '"', '\n', '\r', '\t', ';', ' ', '|', '\'', '\u{feff}', '\\', '#', 'é', '書', '😀',
    ]);
    let any = prop_oneof![any::<char>(), proptest::char::range('\u{1}', '\u{a0}')];
    let any = any.prop_map(|character| if character == '\0' { 'x' } else { character });
    let characters = prop_oneof![4 => odd, 1 => any];
    vec(characters, 0..40).prop_map(|characters| {
        let text: String = characters.into_iter().collect();
        assert!(text.len() <= MAX_TEXT_BYTES);
        text
    })
}

fn book(id: i32) -> impl Strategy<Value = Book> {
    let title = text().prop_map(|text| match text.trim().is_empty() {
        true => format!("{text}x"),
        false => text,
    });
    let year = prop::option::of(-9999..=9999_i16);
    let categories = proptest::sample::subsequence(Category::ALL.to_vec(), 0..=3);
    (title, text(), year, categories).prop_map(move |(title, author, year, categories)| Book {
        id: BookId::new(id).unwrap(),
        title,
        author,
        year,
        categories: categories.into_iter().collect(),
    })
}

/// Books of different ids.
fn books() -> impl Strategy<Value = Vec<Book>> {
    let ids = proptest::collection::btree_set(1..=i32::MAX, 1..20);
    ids.prop_flat_map(|ids| ids.into_iter().map(book).collect::<Vec<_>>())
        .prop_shuffle()
}

fn kind() -> impl Strategy<Value = Kind> {
    let rated = (1..=5_u8).prop_map(|stars| Kind::Rated(Rating::new(stars).unwrap()));
    prop_oneof![select(vec![Kind::Wanted, Kind::Bought, Kind::Read]), rated]
}

/// Interactions by reader and book, none of a reader and book twice.
fn interactions() -> impl Strategy<Value = Vec<(ReaderId, Interaction)>> {
    let times = prop_oneof![1 => Just(0), 1 => Just(u32::MAX), 8 => any::<u32>()];
    let key = (0..=i32::MAX, 1..=i32::MAX);
    let all = btree_map(key, (kind(), times), 0..50);
    all.prop_map(|all: BTreeMap<(i32, i32), (Kind, u32)>| {
        let interaction = |((reader, book), (kind, time))| {
            let interaction = Interaction {
                book: BookId::new(book).unwrap(),
                kind,
                time: Time::from_seconds(time),
            };
            (ReaderId::new(reader).unwrap(), interaction)
        };
        all.into_iter().map(interaction).collect()
    })
}

fn written<Item: Row>(items: &[Item]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes).unwrap();
    for item in items {
        writer.write(item).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

/// Bytes of which a good part gets past the header.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let header = select(vec![
        "",
        "id,title\n",
        "id,title,author,year,categories\n",
        "user_id,book_id,rating\n",
        "reader_id,book_id,kind,rating,time\r\n",
    ]);
    let piece = prop_oneof![
        4 => select(vec![
            ",", "\"", "\n", "\r", "\r\n", "1", "0", "-", "x", "RATED", "read", "MYSTERY", "|",
            "2026-11-24T16:19:32Z", "\0", "é", "1,A\n", "1,2,3\n", "\"\"", "1,2,READ,,\n",
        ]).prop_map(|piece: &str| piece.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..8),
    ];
    (header, vec(piece, 0..60))
        .prop_map(|(header, pieces)| [header.as_bytes(), &pieces.concat()].concat())
}

/// Gives so many bytes at a time.
struct Drops<'bytes>(&'bytes [u8], usize);

impl Read for Drops<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(self.1);
        self.0.read(&mut into[..most])
    }
}

/// What the rows are, as text to compare.
fn told<Item: std::fmt::Debug>(
    rows: Result<impl Iterator<Item = Result<(u64, Item), Problem>>, Problem>,
) -> Vec<Result<String, String>> {
    match rows {
        Ok(rows) => rows
            .map(|row| {
                row.map(|row| format!("{row:?}"))
                    .map_err(|error| error.to_string())
            })
            .collect(),
        Err(error) => vec![Err(error.to_string())],
    }
}

/// Whether a message is `file:line: reason` in one line, with a line of the text.
fn has_a_line(message: &str, bytes: &[u8]) -> bool {
    let last = 1 + bytes
        .iter()
        .filter(|byte| matches!(byte, b'\n' | b'\r'))
        .count();
    let line = message
        .strip_prefix("f:")
        .and_then(|rest| rest.split_once(": "));
    line.is_some_and(|(line, reason)| {
        let is_there = line
            .parse()
            .is_ok_and(|line: usize| (1..=last).contains(&line));
        is_there && !reason.is_empty() && !message.contains(['\n', '\r', '\0'])
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn written_books_are_read_back_as_they_were(books in books()) {
        let bytes = written(&books);
        prop_assert_eq!(parse("f", &bytes).unwrap(), books);
    }

    #[test]
    fn written_interactions_are_read_back_as_they_were(given in interactions()) {
        let bytes = written(&given);
        let mut problems = Problems::default();
        let mut read = problems.sift(Interactions::new("f", &bytes[..]).unwrap());
        prop_assert!(problems.is_empty());
        prop_assert_eq!(&read, &given);
        prop_assert_eq!(newest(&mut read), 0);
        prop_assert_eq!(&read, &given);
    }

    #[test]
    fn any_bytes_are_rows_or_problems_with_lines(bytes in file(), drop in 1..9_usize) {
        let books = told(Books::new("f", &bytes[..]));
        let interactions = told(Interactions::new("f", &bytes[..]));
        for message in books.iter().chain(&interactions).filter_map(|row| row.as_ref().err()) {
            prop_assert!(has_a_line(message, &bytes), "{:?}", message);
        }
        // Nothing depends on how the bytes come.
        prop_assert_eq!(told(Books::new("f", Drops(&bytes, drop))), books);
        prop_assert_eq!(told(Interactions::new("f", Drops(&bytes, drop))), interactions);
    }

    #[test]
    fn rows_are_named_by_the_line_that_they_begin_on(
        rows in vec((0..4_usize, vec(text(), 1..4)), 1..10),
        line_break in select(vec!["\n", "\r\n", "\r"]),
    ) {
        let mut file = String::new();
        let mut expected = Vec::new();
        for (blank_lines, fields) in rows {
            file += &line_break.repeat(blank_lines);
            let breaks = file.replace("\r\n", "\n").matches(['\n', '\r']).count();
            expected.push((u64::try_from(breaks).unwrap() + 1, fields.clone()));
            let quoted = fields.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\"")));
            file += &quoted.collect::<Vec<_>>().join(",");
            file += line_break;
        }
        let mut table = Table::new(Drops(file.as_bytes(), 7)).unwrap();
        let mut read = Vec::new();
        while let Some(row) = table.next().unwrap() {
            let fields = row.fields().map(|field| String::from_utf8(field.to_vec()).unwrap());
            read.push((row.line, fields.collect::<Vec<_>>()));
        }
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn what_counts_does_not_depend_on_the_order_of_the_rows(
        (given, shuffled) in vec((0..3_i32, 1..3_i32, kind(), 0..3_u32), 0..30)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        let newest = |rows: Vec<(i32, i32, Kind, u32)>| {
            let mut rows: Vec<_> = rows
                .into_iter()
                .map(|(reader, book, kind, time)| {
                    let (book, time) = (BookId::new(book).unwrap(), Time::from_seconds(time));
                    (ReaderId::new(reader).unwrap(), Interaction { book, kind, time })
                })
                .collect();
            (super::newest(&mut rows), rows)
        };
        prop_assert_eq!(newest(given), newest(shuffled));
    }
}
