//! What is wrong with files and with their rows.

use std::fmt;
use std::io;
use std::sync::Arc;

use super::columns::HeaderError;
use super::row::RowError;
use super::table::{MAX_COLUMNS, MAX_ROW_BYTES};

/// How many problems are kept in full, besides those that [end a
/// file](Problem::ends_the_file); the others are counted.
pub const MAX_SHOWN: usize = 100;

/// Something wrong in a file. Its message is `file:line: reason`, without the line
/// where the file cannot be read.
#[derive(Debug)]
pub struct Problem {
    /// The file's name.
    pub file: Arc<str>,
    /// The line that it begins on, from 1.
    pub line: u64,
    /// What is wrong.
    pub reason: Reason,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// A row is not what it should be; those after it can still be read.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The file cannot be read any further.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Why a file cannot be read, or not any further.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system cannot read it.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It is compressed.
    #[error("the file is compressed with gzip; decompress it with gunzip first")]
    Gzip,
    /// It is a ZIP archive, as the files of spreadsheets are.
    #[error("the file is a ZIP archive or a spreadsheet; save it as CSV first")]
    Zip,
    /// It is text in UTF-16.
    #[error("the file is in UTF-16; save it as UTF-8")]
    Utf16,
    /// It holds nothing, or only blank lines.
    #[error("the file is empty; it must have a header and at least one row")]
    Empty,
    /// It holds nothing but a header.
    #[error("the file has a header and no row; it must have at least one")]
    NoRows,
    /// Its first row does not name the columns.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The file ends within a quoted field.
    #[error("a quote is opened in this row and never closed")]
    UnclosedQuote,
    /// A row has more bytes than [`MAX_ROW_BYTES`].
    #[error("the row is longer than {MAX_ROW_BYTES} bytes; a quote in it may not be closed")]
    RowTooLong,
    /// A row has more columns than [`MAX_COLUMNS`].
    #[error("the row has more than {MAX_COLUMNS} columns")]
    TooManyColumns,
}

impl Problem {
    /// The problem of a file that the system cannot read.
    pub fn unreadable(file: &str, error: io::Error) -> Problem {
        Problem {
            file: file.into(),
            line: 1,
            reason: FileError::Unreadable(error).into(),
        }
    }

    /// Whether the rows after it could not be read either.
    pub fn ends_the_file(&self) -> bool {
        matches!(self.reason, Reason::File(_))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { file, line, reason } = self;
        match reason {
            Reason::File(FileError::Unreadable(_)) => write!(formatter, "{file}: {reason}"),
            _ => write!(formatter, "{file}:{line}: {reason}"),
        }
    }
}

impl std::error::Error for Problem {}

/// The problems of one or more files, in the order that they were found in: at
/// least one where it is an error. Its message has a line for each that is
/// [shown](Problems::shown), and how many more there are.
#[derive(Debug, Default, thiserror::Error)]
pub struct Problems {
    shown: Vec<Problem>,
    count: u64,
    broken_files: u64,
}

impl Problems {
    /// Adds a problem.
    pub fn push(&mut self, problem: Problem) {
        self.count += 1;
        self.broken_files += u64::from(problem.ends_the_file());
        if problem.ends_the_file() || self.shown.len() < MAX_SHOWN {
            self.shown.push(problem);
        }
    }

    /// Adds the problems among rows; the others, without their lines.
    pub fn sift<Item>(
        &mut self,
        rows: impl IntoIterator<Item = Result<(u64, Item), Problem>>,
    ) -> Vec<Item> {
        let mut sound = Vec::new();
        for row in rows {
            match row {
                Ok((_, item)) => sound.push(item),
                Err(problem) => self.push(problem),
            }
        }
        sound
    }

    /// The first [`MAX_SHOWN`] problems, and later ones that end a file.
    pub fn shown(&self) -> &[Problem] {
        &self.shown
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many of them are rows that could be left out.
    pub fn bad_rows(&self) -> u64 {
        self.count - self.broken_files
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether a file could not be read to its end.
    pub fn end_a_file(&self) -> bool {
        self.broken_files > 0
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Problems {
        let mut problems = Problems::default();
        problems.push(problem);
        problems
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.shown.iter().enumerate() {
            let separator = if place == 0 { "" } else { "\n" };
            write!(formatter, "{separator}{problem}")?;
        }
        match self.count - u64::try_from(self.shown.len()).unwrap_or(self.count) {
            0 => Ok(()),
            more => write!(formatter, "\nand {more} more"),
        }
    }
}
