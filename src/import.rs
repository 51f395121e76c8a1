//! The command `recommendations-server import`: books and interactions from files
//! into a shop's file.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::ArgGroup;
use clap::builder::BoolishValueParser;

use crate::book::Book;
use crate::category::Uncategorized;
use crate::data;
use crate::excerpt::excerpt;
use crate::files::{self, Books, Interactions, Place, Problem, Problems, SamePlace};
use crate::interaction::Interaction;
use crate::progress::Progress;
use crate::reader::ReaderId;

/// What standard input is called in messages.
const STANDARD_INPUT: &str = "<stdin>";

/// Reads books and interactions from CSV files into the shop's file.
///
/// The files have a header that names their columns, in any order; other columns
/// are ignored. A book has id (or book_id) and title, and may have author (or
/// authors), year (or original_publication_year) and categories (MYSTERY,
/// SCIENCE_FICTION, SELF_HELP, joined by |). An interaction has reader_id (or
/// user_id) and book_id, and may have kind (WANTED, BOUGHT, READ, RATED), rating
/// (1 to 5) and time (RFC 3339 or seconds since 1970). So the files of
/// goodbooks-10k can be read as they are.
///
/// A book without a category is never recommended: those of goodbooks-10k have none,
/// and where a book has others than these three, the column must be blank. A file of
/// books must have a row, one of interactions need not.
///
/// All is imported or nothing: every bad row is told as file:line: reason. Where a
/// reader and a book meet twice, the newest counts.
///
/// A shop's file that is not there yet is made once all is read: with the books that
/// were read, or with the built-in ones where only interactions were.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct Arguments {
    /// The shop's file [default: shop.db in the platform's folder for data]
    #[arg(long, value_name = "FILE", env = "RECOMMENDATIONS_DATA", value_parser = data::file_parser())]
    pub data: Option<PathBuf>,

    /// What is read.
    #[command(flatten)]
    pub sources: Sources,

    /// Take the books that are not read from the file out of the catalogue
    #[arg(long, requires = "books")]
    pub replace_books: bool,
}

/// The files that are read, and how.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
#[command(group = ArgGroup::new("inputs").args(["books", "interactions"]).required(true).multiple(true))]
pub struct Sources {
    /// Read books from this CSV file; - is standard input
    #[arg(long, value_name = "FILE")]
    pub books: Option<Place>,

    /// Read interactions from this CSV file; - is standard input
    #[arg(long, value_name = "FILE")]
    pub interactions: Option<Place>,

    /// Leave bad rows out and import the others
    #[arg(
        long,
        env = "RECOMMENDATIONS_SKIP_BAD_ROWS",
        value_parser = BoolishValueParser::new()
    )]
    pub skip_bad_rows: bool,
}

impl Sources {
    /// Sees to it that the files are different ones, also from the shop's where there is one.
    ///
    /// # Errors
    ///
    /// [`SamePlace`] if two are one, or both `-`.
    pub fn check(&self, shop: Option<&Path>) -> Result<(), SamePlace> {
        let (books, interactions) = (self.books.as_ref(), self.interactions.as_ref());
        files::different(books, interactions, shop, io::stdin())
    }

    /// Reads the files. Bad rows and notes go to `report`, a line each.
    ///
    /// # Errors
    ///
    /// [`ImportError`] when a file has bad rows, unless they are to be skipped, or
    /// cannot be read; all files are read before.
    pub fn read(
        &self,
        mut standard_input: impl Read,
        report: &mut impl Write,
    ) -> Result<Input, ImportError> {
        let mut problems = Problems::default();
        let mut input = Input::default();
        if let Some(place) = &self.books {
            let file = Opened::new(place, "reading books", &mut standard_input);
            let books = file.and_then(|file| file.books(&mut problems, report));
            input.books = books.unwrap_or_else(|problem| none(problem, &mut problems));
        }
        if let Some(place) = &self.interactions {
            let file = Opened::new(place, "reading interactions", &mut standard_input);
            let interactions = file.and_then(|file| file.interactions(&mut problems, report));
            input.interactions =
                interactions.unwrap_or_else(|problem| none(problem, &mut problems));
            input.repeated = files::newest(&mut input.interactions);
        }
        if !problems.is_empty() {
            tell(report, &problems);
        }
        if problems.end_a_file() {
            return Err(ImportError::BrokenFile);
        }
        if problems.bad_rows() > 0 && !self.skip_bad_rows {
            return Err(ImportError::BadRows(problems.bad_rows()));
        }
        if self.books.is_some() && input.books.is_empty() {
            return Err(ImportError::NoBooks);
        }
        if let Some(place) = &self.books {
            let categories = input.books.iter().map(|book| book.categories);
            if let Some(uncategorized) = Uncategorized::among(categories) {
                tell(report, format_args!("{}: {uncategorized}", named(place)));
            }
        }
        input.skipped = problems.bad_rows();
        Ok(input)
    }
}

/// What files hold.
#[derive(Debug, Default)]
pub struct Input {
    /// The books, in the order of the file.
    pub books: Vec<Book>,
    /// The interactions by reader and book, none of a reader and book twice.
    pub interactions: Vec<(ReaderId, Interaction)>,
    /// How many interactions were left out for a newer or a stronger one.
    pub repeated: usize,
    /// How many bad rows were left out.
    pub skipped: u64,
}

/// Why nothing is imported. What is wrong in detail is told before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Rows are bad.
    #[error("bad rows: {0}; nothing is imported; mend them or give --skip-bad-rows")]
    BadRows(u64),
    /// Every row of the books is bad, so that skipping them would leave none.
    #[error("every book is on a bad row; nothing is imported; mend them first")]
    NoBooks,
    /// A file cannot be read, or not as a whole: nothing can skip that.
    #[error("a file cannot be used as it is; nothing is imported; mend it first")]
    BrokenFile,
}

/// Reads the files and hands all that they hold to `store`, with a bar for the rows
/// that it says are stored. Bad rows and notes go to `report`, a line each.
///
/// # Errors
///
/// [`ImportError`], as [`Sources::read`] has it; what `store` says.
pub fn run<Stored, Error: From<ImportError>>(
    sources: &Sources,
    standard_input: impl Read,
    report: &mut impl Write,
    store: impl FnOnce(Input, &mut dyn FnMut(usize)) -> Result<Stored, Error>,
) -> Result<Stored, Error> {
    let input = sources.read(standard_input, report)?;
    let rows = input.books.len() + input.interactions.len();
    let progress = Progress::of_rows("storing", count(rows));
    store(input, &mut |rows| progress.set_rows(count(rows)))
}

impl fmt::Display for Input {
    /// Writes how much was read, in one line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (books, interactions) = (self.books.len(), self.interactions.len());
        write!(
            formatter,
            "read books: {books}, interactions: {interactions}"
        )?;
        if self.repeated > 0 {
            let repeated = self.repeated;
            write!(
                formatter,
                "; left out for a newer or stronger one: {repeated}"
            )?;
        }
        if self.skipped > 0 {
            write!(formatter, "; bad rows left out: {}", self.skipped)?;
        }
        Ok(())
    }
}

/// A file that is open, with its bar.
struct Opened<'input> {
    name: String,
    source: Box<dyn Read + 'input>,
    progress: Progress,
}

impl<'input> Opened<'input> {
    fn new(
        place: &Place,
        what: &'static str,
        standard_input: &'input mut impl Read,
    ) -> Result<Self, Problem> {
        let name = named(place);
        let path = match place {
            Place::Path(path) => path,
            Place::Standard => {
                return Ok(Opened {
                    name,
                    source: Box::new(standard_input),
                    progress: Progress::of_unknown_rows(what),
                });
            }
        };
        let (file, bytes) = open(path).map_err(|error| Problem::unreadable(&name, error))?;
        Ok(Opened {
            name,
            source: Box::new(file),
            progress: match bytes {
                Some(bytes) => Progress::of_bytes(what, bytes),
                None => Progress::of_unknown_rows(what),
            },
        })
    }

    fn books(self, problems: &mut Problems, report: &mut impl Write) -> Result<Vec<Book>, Problem> {
        let progress = &self.progress;
        let rows = Books::new(&self.name, progress.of_reading(self.source))?;
        tell_ignored(report, &self.name, rows.ignored_columns());
        Ok(problems.sift(rows.inspect(|_| progress.add_row())))
    }

    fn interactions(
        self,
        problems: &mut Problems,
        report: &mut impl Write,
    ) -> Result<Vec<(ReaderId, Interaction)>, Problem> {
        let progress = &self.progress;
        let rows = Interactions::new(&self.name, progress.of_reading(self.source))?;
        tell_ignored(report, &self.name, rows.ignored_columns());
        Ok(problems.sift(rows.inspect(|_| progress.add_row())))
    }
}

/// What a file is called in messages.
fn named(place: &Place) -> String {
    match place {
        Place::Path(path) => path.display().to_string(),
        Place::Standard => STANDARD_INPUT.to_owned(),
    }
}

/// The file, and its size in bytes unless it is a pipe or a device.
fn open(path: &Path) -> io::Result<(File, Option<u64>)> {
    let file = File::open(path)?;
    let known = file.metadata()?;
    let bytes = known.is_file().then_some(known.len());
    Ok((file, bytes))
}

fn none<Item>(problem: Problem, problems: &mut Problems) -> Vec<Item> {
    problems.push(problem);
    Vec::new()
}

fn tell_ignored(report: &mut impl Write, file: &str, columns: &[String]) {
    let named = columns.iter().filter(|column| !column.is_empty());
    let named: Vec<String> = named.map(|column| excerpt(column)).collect();
    if !named.is_empty() {
        let columns = named.join(", ");
        tell(
            report,
            format_args!("{file}: columns that are ignored: {columns}"),
        );
    }
}

fn tell(report: &mut impl Write, line: impl fmt::Display) {
    // There is nowhere to say that nobody reads the report.
    let _ = writeln!(report, "{line}");
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
