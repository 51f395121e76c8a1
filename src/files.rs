//! Books and interactions in files.
//!
//! A file is CSV in UTF-8, with a comma as separator. Its first row, the header,
//! names the columns; they stand in any order, and those that are not listed here
//! are ignored. A field with a comma, a quote or a line break stands in double
//! quotes, and a quote in it is doubled. Blank lines are skipped, a byte order
//! mark too. A row has at most [`MAX_ROW_BYTES`] and [`MAX_COLUMNS`].
//!
//! # Books
//!
//! ```csv
//! id,title,author,year,categories
//! 4,The Hitchhiker's Guide to the Galaxy,Douglas Adams,1979,SCIENCE_FICTION
//! 10,The Caves of Steel,Isaac Asimov,1954,MYSTERY|SCIENCE_FICTION
//! ```
//!
//! | column | what it may be |
//! | --- | --- |
//! | `id` or `book_id` | a whole number from 1 to 2147483647 that no other row has |
//! | `title` | text that is not blank, at most [`MAX_TEXT_BYTES`](crate::book::MAX_TEXT_BYTES) |
//! | `author` or `authors`, if there is one | text, empty where nobody knows, at most [`MAX_TEXT_BYTES`](crate::book::MAX_TEXT_BYTES) |
//! | `year` or `original_publication_year`, if there is one | of the first edition, a whole number from -9999 to 9999 (also with `.0`), empty where nobody knows |
//! | `categories`, if there is one | [`Category`](crate::category::Category)'s names, joined by a vertical bar, none twice |
//!
//! # Interactions
//!
//! ```csv
//! reader_id,book_id,kind,rating,time
//! 7,4,RATED,5,2026-11-24T16:19:32Z
//! 7,10,WANTED,,
//! ```
//!
//! | column | what it may be |
//! | --- | --- |
//! | `reader_id` or `user_id` | a whole number from 0 to 2147483647 |
//! | `book_id` | a whole number from 1 to 2147483647 |
//! | `kind`, if there is one | `WANTED`, `BOUGHT`, `READ` or `RATED` in any case; where it is empty, what has a rating is rated and the rest is wanted |
//! | `rating`, if there is one | with `RATED` a whole number from 1 to 5, otherwise empty |
//! | `time`, if there is one | in RFC 3339 or in seconds since 1970, empty where nobody knows |

mod books;
mod columns;
mod interactions;
mod place;
mod problem;
mod replacement;
mod row;
mod rows;
mod table;
mod time;
mod write;

pub use self::books::Books;
pub use self::columns::HeaderError;
pub use self::interactions::{Interactions, newest};
pub use self::place::{Place, SamePlace, different};
pub use self::problem::{FileError, MAX_SHOWN, Problem, Problems, Reason};
pub use self::replacement::Replacement;
pub use self::row::RowError;
pub use self::table::{MAX_COLUMNS, MAX_ROW_BYTES};
pub use self::time::{NoTime, time};
pub use self::write::{Row, Writer};
use crate::book::Book;

/// The books that are compiled in, the tutorial's nine with their ids among them.
///
/// # Errors
///
/// None in a build whose tests pass: one of them reads all of it.
pub fn built_in() -> Result<Vec<Book>, Problems> {
    const BOOKS: &str = include_str!("files/built_in_books.csv");
    parse("src/files/built_in_books.csv", BOOKS.as_bytes())
}

/// The books in `bytes`, the text of a file that problems call `file`.
///
/// # Errors
///
/// [`Problems`] when there is no book or a row is not a book.
pub fn parse(file: &str, bytes: &[u8]) -> Result<Vec<Book>, Problems> {
    let mut problems = Problems::default();
    let books = problems.sift(Books::new(file, bytes)?);
    match problems.is_empty() {
        true => Ok(books),
        false => Err(problems),
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
