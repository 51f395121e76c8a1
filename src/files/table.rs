//! Rows of a CSV file, one at a time, with the lines that they begin on.

use std::io::{self, ErrorKind, Read};

use csv_core::ReadRecordResult;

use super::problem::FileError;

/// The longest row, in bytes without commas and quotes round fields (1 MiB).
pub const MAX_ROW_BYTES: usize = 1024 * 1024;

/// The most columns of a row.
pub const MAX_COLUMNS: usize = 1000;

/// How many bytes are read at a time.
const CHUNK_BYTES: usize = 64 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A CSV file that is being read. However long the file, it takes a chunk and the
/// longest row.
#[derive(Debug)]
pub(super) struct Table<Source> {
    source: Source,
    parser: csv_core::Reader,
    chunk: Box<[u8]>,
    /// Where in the chunk the bytes begin that are not parsed yet.
    start: usize,
    /// Where in the chunk they end.
    end: usize,
    /// The line, from 1, that the next byte stands on.
    line: u64,
    /// Whether the byte before it was a carriage return.
    after_return: bool,
    /// The fields of the row, one after the other.
    text: Vec<u8>,
    /// Where in the text each of the fields ends.
    ends: Vec<usize>,
}

/// A row of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'table> {
    /// The line that it begins on, from 1.
    pub(super) line: u64,
    text: &'table [u8],
    ends: &'table [usize],
}

impl<'table> Row<'table> {
    /// How many columns it has.
    pub(super) fn width(&self) -> usize {
        self.ends.len()
    }

    /// The field of a column, from 0; empty where the row does not reach.
    pub(super) fn field(&self, column: usize) -> &'table [u8] {
        let Some(&end) = self.ends.get(column) else {
            return &[];
        };
        let start = match column {
            0 => 0,
            _ => self.ends[column - 1],
        };
        &self.text[start..end]
    }

    /// All the fields.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'table [u8]> {
        let row = *self;
        (0..row.width()).map(move |column| row.field(column))
    }
}

impl<Source: Read> Table<Source> {
    /// The table that begins where `source` does.
    ///
    /// # Errors
    ///
    /// [`FileError`] where its first bytes cannot be read or are no CSV file's.
    pub(super) fn new(source: Source) -> Result<Self, FileError> {
        let mut table = Table {
            source,
            parser: csv_core::Reader::new(),
            chunk: vec![0; CHUNK_BYTES].into_boxed_slice(),
            start: 0,
            end: 0,
            line: 1,
            after_return: false,
            text: vec![0; 1024],
            ends: vec![0; MAX_COLUMNS],
        };
        // As many bytes as the longest of the marks has.
        while table.end < 4 && table.read()? > 0 {}
        let begun = &table.chunk[..table.end];
        if let Some(foreign) = foreign(begun) {
            return Err(foreign);
        }
        if begun.starts_with(BYTE_ORDER_MARK) {
            table.start = BYTE_ORDER_MARK.len();
        }
        Ok(table)
    }

    /// The next row; none at the end.
    ///
    /// # Errors
    ///
    /// The line that the row begins on, and a [`FileError`] that tells why nobody
    /// knows where the next one begins.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, (u64, FileError)> {
        let is_there = self.skip_blank_lines().map_err(|error| (self.line, error));
        if !is_there? {
            return Ok(None);
        }
        let line = self.line;
        let (text, ends) = self.parse().map_err(|error| (line, error))?;
        Ok(Some(Row {
            line,
            text: &self.text[..text],
            ends: &self.ends[..ends],
        }))
    }

    /// Goes to the next row; whether there is one. The parser would skip blank
    /// lines itself, without telling how many.
    fn skip_blank_lines(&mut self) -> Result<bool, FileError> {
        loop {
            let rest = &self.chunk[self.start..self.end];
            let breaks = rest
                .iter()
                .take_while(|&&byte| matches!(byte, b'\r' | b'\n'))
                .count();
            let is_row = breaks < rest.len();
            self.pass(breaks);
            if is_row {
                return Ok(true);
            }
            if self.refill()? == 0 {
                return Ok(false);
            }
        }
    }

    /// Parses a row; the length of its text and the number of its fields.
    fn parse(&mut self) -> Result<(usize, usize), FileError> {
        let (mut text, mut ends) = (0, 0);
        loop {
            if self.start == self.end && self.refill()? == 0 {
                return self.parse_end(text, ends);
            }
            let (result, read, written, ended) = self.parser.read_record(
                &self.chunk[self.start..self.end],
                &mut self.text[text..],
                &mut self.ends[ends..],
            );
            self.pass(read);
            text += written;
            ends += ended;
            match result {
                ReadRecordResult::Record | ReadRecordResult::End => return Ok((text, ends)),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.make_room()?,
                ReadRecordResult::OutputEndsFull => return Err(FileError::TooManyColumns),
            }
        }
    }

    /// Parses the end of a file that ends within a row.
    fn parse_end(&mut self, text: usize, ends: usize) -> Result<(usize, usize), FileError> {
        loop {
            // The parser takes the end of the file for a closing quote. A line
            // break ends a row too, except where it is part of a quoted field.
            let (result, _, written, ended) =
                self.parser
                    .read_record(b"\n", &mut self.text[text..], &mut self.ends[ends..]);
            match result {
                ReadRecordResult::OutputFull if written == 0 => self.make_room()?,
                ReadRecordResult::OutputEndsFull => return Err(FileError::TooManyColumns),
                _ if written > 0 => return Err(FileError::UnclosedQuote),
                _ => return Ok((text, ends + ended)),
            }
        }
    }

    fn make_room(&mut self) -> Result<(), FileError> {
        let length = self.text.len();
        // The parser wants room for a byte more than there is.
        if length > MAX_ROW_BYTES {
            return Err(FileError::RowTooLong);
        }
        self.text.resize((length * 2).min(MAX_ROW_BYTES + 1), 0);
        Ok(())
    }

    /// Passes parsed bytes and counts their lines. A break is a line feed, a
    /// carriage return, or the one after the other.
    fn pass(&mut self, bytes: usize) {
        for &byte in &self.chunk[self.start..self.start + bytes] {
            let is_break = byte == b'\r' || (byte == b'\n' && !self.after_return);
            self.line += u64::from(is_break);
            self.after_return = byte == b'\r';
        }
        self.start += bytes;
    }

    /// Reads a chunk in place of the one that is parsed; how many bytes it has, 0
    /// at the end.
    fn refill(&mut self) -> Result<usize, FileError> {
        (self.start, self.end) = (0, 0);
        self.read()
    }

    fn read(&mut self) -> Result<usize, FileError> {
        let read = read_once(&mut self.source, &mut self.chunk[self.end..])?;
        self.end += read;
        Ok(read)
    }
}

fn read_once(source: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(into) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// Why a file that begins with these bytes is no CSV file in UTF-8, if it is not.
fn foreign(begun: &[u8]) -> Option<FileError> {
    let starts_with = |mark: &[u8]| begun.starts_with(mark);
    if starts_with(b"\x1f\x8b") {
        Some(FileError::Gzip)
    } else if starts_with(b"PK\x03\x04") {
        Some(FileError::Zip)
    } else if starts_with(b"\xff\xfe") || starts_with(b"\xfe\xff") {
        Some(FileError::Utf16)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
