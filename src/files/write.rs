//! Books and interactions as rows of files.

use std::io::{self, Write};
use std::marker::PhantomData;

use crate::book::Book;
use crate::interaction::{Interaction, Time};
use crate::reader::ReaderId;

/// How many bytes are written at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// What a file can have as its rows.
pub trait Row {
    /// The names of the columns.
    const HEADER: [&'static str; 5];

    /// The text of each of the columns.
    fn fields(&self) -> [String; 5];
}

impl Row for Book {
    const HEADER: [&'static str; 5] = ["id", "title", "author", "year", "categories"];

    fn fields(&self) -> [String; 5] {
        [
            self.id.to_string(),
            self.title.clone(),
            self.author.clone(),
            self.year.map(|year| year.to_string()).unwrap_or_default(),
            self.categories.to_string(),
        ]
    }
}

impl Row for (ReaderId, Interaction) {
    const HEADER: [&'static str; 5] = ["reader_id", "book_id", "kind", "rating", "time"];

    fn fields(&self) -> [String; 5] {
        let (reader, Interaction { book, kind, time }) = self;
        let rating = kind.rating().map(|rating| rating.stars().to_string());
        let known = (*time != Time::UNKNOWN).then(|| time.to_string());
        [
            reader.to_string(),
            book.to_string(),
            kind.name().to_owned(),
            rating.unwrap_or_default(),
            known.unwrap_or_default(),
        ]
    }
}

/// Writes a file that [`Books`](super::Books) or
/// [`Interactions`](super::Interactions) read back as it was.
///
/// The one exception is a text with U+0000, which they refuse.
#[derive(Debug)]
pub struct Writer<Sink: Write, Item> {
    rows: csv::Writer<Sink>,
    items: PhantomData<fn(&Item)>,
}

impl<Sink: Write, Item: Row> Writer<Sink, Item> {
    /// A file with a header and no row yet.
    ///
    /// # Errors
    ///
    /// What the sink says.
    pub fn new(sink: Sink) -> io::Result<Self> {
        let mut rows = csv::WriterBuilder::new()
            .buffer_capacity(CHUNK_BYTES)
            .from_writer(sink);
        rows.write_record(Item::HEADER).map_err(io_error)?;
        let items = PhantomData;
        Ok(Writer { rows, items })
    }

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// What the sink says.
    pub fn write(&mut self, item: &Item) -> io::Result<()> {
        self.rows.write_record(item.fields()).map_err(io_error)
    }

    /// Writes what is left to write.
    ///
    /// # Errors
    ///
    /// What the sink says.
    pub fn finish(mut self) -> io::Result<()> {
        self.rows.flush()
    }
}

/// What the sink said, with its kind, which the library's own conversion loses.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}
