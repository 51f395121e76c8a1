//! Books in files.
//!
//! A file of books is a CSV file in UTF-8 with this header:
//!
//! ```csv
//! id,title,author,year,categories
//! 4,The Hitchhiker's Guide to the Galaxy,Douglas Adams,1979,SCIENCE_FICTION
//! 10,The Caves of Steel,Isaac Asimov,1954,MYSTERY|SCIENCE_FICTION
//! ```
//!
//! | column | what it may be |
//! | --- | --- |
//! | `id` | a whole number from 1 to 2147483647 that no other row has |
//! | `title` | text that is not blank, at most [`MAX_TEXT_BYTES`](crate::book::MAX_TEXT_BYTES) |
//! | `author` | text, empty where nobody knows, at most [`MAX_TEXT_BYTES`](crate::book::MAX_TEXT_BYTES) |
//! | `year` | of the first edition, a whole number from -9999 to 9999 |
//! | `categories` | one or more of [`Category`](crate::category::Category)'s names, joined by a vertical bar, none twice |
//!
//! A field with a comma, a quote or a line break stands in double quotes, and a
//! quote in it is doubled. Blank lines are skipped, a byte order mark too. The
//! file holds at most [`MAX_FILE_BYTES`] and at least one book.

mod row;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub use self::row::RowError;
use crate::book::{Book, BookId};
use crate::excerpt::excerpt;

/// The header of a catalogue file.
pub const HEADER: &str = "id,title,author,year,categories";

/// The size of the largest file that is read, in bytes (256 MiB): some three
/// million books. All of them are kept in memory, some 220 bytes for each.
pub const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;

/// Why a file gives no books.
#[derive(Debug, thiserror::Error)]
pub enum BooksError {
    /// The file cannot be read.
    #[error("{file}: cannot be read")]
    Unreadable {
        /// The file's name.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// The file is larger than [`MAX_FILE_BYTES`].
    #[error("{file}: larger than {MAX_FILE_BYTES} bytes; split it or leave books out")]
    TooLarge {
        /// The file's name.
        file: String,
    },
    /// The file holds no book.
    #[error("{file}: no books; it must have the header {HEADER} and at least one row")]
    Empty {
        /// The file's name.
        file: String,
    },
    /// The first row is not [`HEADER`].
    #[error("{file}:{line}: header is {}; it must be {HEADER}", excerpt(.found))]
    WrongHeader {
        /// The file's name.
        file: String,
        /// The line that the header stands on, from 1.
        line: usize,
        /// The row that is there.
        found: String,
    },
    /// A row is not a book.
    #[error("{file}:{line}: {reason}")]
    BadRow {
        /// The file's name.
        file: String,
        /// The line that the row begins on, from 1.
        line: usize,
        /// What is wrong with it.
        reason: RowError,
    },
}

/// The books that are compiled in, the tutorial's nine with their ids among them.
///
/// # Errors
///
/// None in a build whose tests pass: one of them reads all of it.
pub fn built_in() -> Result<Vec<Book>, BooksError> {
    const BOOKS: &str = include_str!("files/built_in_books.csv");
    parse("src/files/built_in_books.csv", BOOKS.as_bytes())
}

/// The books of the file at `path`.
///
/// # Errors
///
/// [`BooksError`] when the file cannot be read, is too large, is empty or has a
/// row that is not a book. Its message begins with the file's name.
pub fn open(path: &Path) -> Result<Vec<Book>, BooksError> {
    let file = path.display().to_string();
    match read_at_most(path, MAX_FILE_BYTES) {
        Ok(Some(bytes)) => parse(&file, &bytes),
        Ok(None) => Err(BooksError::TooLarge { file }),
        Err(source) => Err(BooksError::Unreadable { file, source }),
    }
}

/// The books in `bytes`, the text of a file that errors call `file`.
///
/// # Errors
///
/// [`BooksError`] when there is no book or a row is not a book.
pub fn parse(file: &str, bytes: &[u8]) -> Result<Vec<Book>, BooksError> {
    let mut books = Vec::new();
    let mut lines_of_ids: HashMap<BookId, usize> = HashMap::new();
    let mut rows = row::Rows::new(bytes);
    let unreadable = |source| BooksError::Unreadable {
        file: file.to_owned(),
        source,
    };

    if let Some((line, header)) = rows.next().map_err(unreadable)? {
        let found = row::joined(&header);
        if found != HEADER {
            let file = file.to_owned();
            return Err(BooksError::WrongHeader { file, line, found });
        }
    }
    while let Some((line, fields)) = rows.next().map_err(unreadable)? {
        let bad_row = |reason| BooksError::BadRow {
            file: file.to_owned(),
            line,
            reason,
        };
        let book = row::book(&fields).map_err(bad_row)?;
        if let Some(first) = lines_of_ids.insert(book.id, line) {
            let id = book.id;
            return Err(bad_row(RowError::DuplicateId { id, first }));
        }
        books.push(book);
    }
    if books.is_empty() {
        let file = file.to_owned();
        return Err(BooksError::Empty { file });
    }
    Ok(books)
}

/// The file's bytes, or none if there are more than `most`.
fn read_at_most(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    file.by_ref().take(most).read_to_end(&mut bytes)?;
    let more = io::copy(&mut file.take(1), &mut io::sink())?;
    Ok((more == 0).then_some(bytes))
}

#[cfg(test)]
mod tests;
