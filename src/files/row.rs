//! Rows of a catalogue file.

use std::io;

use csv::ByteRecord;

use crate::book::{Book, BookId, MAX_TEXT_BYTES};
use crate::category::{Categories, Category, UnknownCategory};
use crate::excerpt::excerpt;

const COLUMNS: [&str; 5] = ["id", "title", "author", "year", "categories"];

/// Why a row is not a book.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// The number of columns is wrong.
    #[error("number of columns is {0}; it must be 5: id,title,author,year,categories")]
    Columns(usize),
    /// A column holds bytes that are not UTF-8.
    #[error("{column} is {found}, which is not UTF-8; save the file as UTF-8")]
    NotUtf8 {
        /// The column's name.
        column: &'static str,
        /// The column, with U+FFFD for what cannot be read.
        found: String,
    },
    /// The id is not a number that a book can have.
    #[error("id is {0}; it must be a whole number from 1 to 2147483647")]
    Id(String),
    /// Another row has the same id.
    #[error("id {id} is taken by line {first}; every book must have its own")]
    DuplicateId {
        /// The id.
        id: BookId,
        /// The line, from 1, of the first row that has it.
        first: usize,
    },
    /// The title is blank.
    #[error("title is {0}; it must not be blank")]
    BlankTitle(String),
    /// The title or the author is longer than [`MAX_TEXT_BYTES`].
    #[error("{column} has {bytes} bytes; it must have at most {MAX_TEXT_BYTES}")]
    TooLong {
        /// The column's name.
        column: &'static str,
        /// The column's length in bytes.
        bytes: usize,
    },
    /// The year is not a number that a book can have.
    #[error("year is {0}; it must be a whole number from -9999 to 9999")]
    Year(String),
    /// One of the categories does not exist.
    #[error(transparent)]
    Category(#[from] UnknownCategory),
    /// One of the categories is named twice.
    #[error("category {0} is named twice; once is enough")]
    DuplicateCategory(Category),
}

/// The rows of a file with the lines that they begin on.
pub(super) struct Rows<'bytes> {
    bytes: &'bytes [u8],
    reader: csv::Reader<&'bytes [u8]>,
    /// The offset up to which lines are counted.
    counted: usize,
    /// The line, from 1, that the offset stands on.
    line: usize,
}

impl<'bytes> Rows<'bytes> {
    pub(super) fn new(bytes: &'bytes [u8]) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes);
        Rows {
            bytes,
            reader,
            counted: 0,
            line: 1,
        }
    }

    /// The next row and its line, from 1; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<(usize, ByteRecord)>> {
        let start = self.reader.position().byte();
        let start = usize::try_from(start).map_err(io::Error::other)?;
        let mut fields = ByteRecord::new();
        if !self.reader.read_byte_record(&mut fields)? {
            return Ok(None);
        }
        Ok(Some((self.line_at(start), fields)))
    }

    /// The line of the row that the reader found when it read on from `start`.
    ///
    /// The reader's own position is where the row before it ended: it may still
    /// have that row's line break and blank lines ahead of it.
    fn line_at(&mut self, start: usize) -> usize {
        let breaks = self.bytes[start..]
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let row = start + breaks;
        let passed = &self.bytes[self.counted..row];
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count();
        self.counted = row;
        self.line
    }
}

/// The fields with commas between them, to compare with the header.
pub(super) fn joined(fields: &ByteRecord) -> String {
    let fields: Vec<_> = fields.iter().map(String::from_utf8_lossy).collect();
    fields.join(",")
}

/// The book in a row.
pub(super) fn book(fields: &ByteRecord) -> Result<Book, RowError> {
    if fields.len() != COLUMNS.len() {
        return Err(RowError::Columns(fields.len()));
    }
    let mut texts = [""; COLUMNS.len()];
    for ((text, field), column) in texts.iter_mut().zip(fields).zip(COLUMNS) {
        *text = str::from_utf8(field).map_err(|_| {
            let found = excerpt(&String::from_utf8_lossy(field));
            RowError::NotUtf8 { column, found }
        })?;
    }
    let [number, title, author, year, names] = texts;
    let id = number.parse().ok().and_then(BookId::new);
    let id = id.ok_or_else(|| RowError::Id(excerpt(number)))?;
    if title.trim().is_empty() {
        return Err(RowError::BlankTitle(excerpt(title)));
    }
    Ok(Book {
        id,
        title: text("title", title)?,
        author: text("author", author)?,
        year: self::year(year)?,
        categories: categories(names)?,
    })
}

/// The year, or none where it is not known.
fn year(text: &str) -> Result<Option<i16>, RowError> {
    if text.is_empty() {
        return Ok(None);
    }
    let year = text.parse().ok();
    let year = year.filter(|number| (-9999..=9999).contains(number));
    year.map(Some).ok_or_else(|| RowError::Year(excerpt(text)))
}

fn text(column: &'static str, text: &str) -> Result<String, RowError> {
    let bytes = text.len();
    if bytes > MAX_TEXT_BYTES {
        return Err(RowError::TooLong { column, bytes });
    }
    Ok(text.to_owned())
}

fn categories(names: &str) -> Result<Categories, RowError> {
    let mut categories = Categories::NONE;
    if names.is_empty() {
        return Ok(categories);
    }
    for name in names.split('|') {
        let category = name.parse()?;
        if !categories.insert(category) {
            return Err(RowError::DuplicateCategory(category));
        }
    }
    Ok(categories)
}
