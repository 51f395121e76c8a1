//! The command `recommendations-server export`: books and interactions from a
//! shop's file into files that `import` reads back.

use std::io::{self, ErrorKind, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::ArgGroup;

use crate::book::Book;
use crate::data;
use crate::files::{self, Place, Replacement, Row, SamePlace, Writer};
use crate::interaction::Interaction;
use crate::reader::ReaderId;

/// What standard output is called in messages.
const STANDARD_OUTPUT: &str = "<stdout>";

/// Writes the shop's books and interactions as CSV files that import reads back.
///
/// Books are written as id,title,author,year,categories, interactions as
/// reader_id,book_id,kind,rating,time. A file that is there already is replaced
/// once the new one is complete.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
#[command(group = ArgGroup::new("outputs").args(["books", "interactions"]).required(true).multiple(true))]
pub struct Arguments {
    /// The shop's file [default: shop.db in the platform's folder for data]
    #[arg(long, value_name = "FILE", env = "RECOMMENDATIONS_DATA", value_parser = data::file_parser())]
    pub data: Option<PathBuf>,

    /// Write the books to this CSV file; - is standard output
    #[arg(long, value_name = "FILE")]
    pub books: Option<Place>,

    /// Write the interactions to this CSV file; - is standard output
    #[arg(long, value_name = "FILE")]
    pub interactions: Option<Place>,
}

impl Arguments {
    /// Sees to it that the files are different ones, also from the shop's.
    ///
    /// # Errors
    ///
    /// [`SamePlace`] if two are one, or both `-`.
    pub fn check(&self, shop: &Path) -> Result<(), SamePlace> {
        let (books, interactions) = (self.books.as_ref(), self.interactions.as_ref());
        files::different(books, interactions, Some(shop), io::stdout())
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exported {
    /// How many books.
    pub books: u64,
    /// How many interactions.
    pub interactions: u64,
}

/// Why nothing is exported: a file cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{file}: cannot be written")]
pub struct ExportError {
    /// The file's name.
    pub file: String,
    /// What the system says.
    pub source: io::Error,
}

/// Looks at one thing after the other, until it says to stop.
pub type Look<'look, Item> = &'look mut dyn FnMut(&Item) -> ControlFlow<()>;

/// Writes the files that the arguments name: what `each_book` and
/// `each_interaction` show, in that order. Files are replaced once all is written.
///
/// Whoever closes standard output early has read enough.
///
/// # Errors
///
/// [`ExportError`] when a file cannot be written; what `each_book` and
/// `each_interaction` say.
pub fn run<Error: From<ExportError>>(
    arguments: &Arguments,
    mut standard_output: impl Write,
    each_book: impl FnOnce(Look<'_, Book>) -> Result<(), Error>,
    each_interaction: impl FnOnce(Look<'_, (ReaderId, Interaction)>) -> Result<(), Error>,
) -> Result<Exported, Error> {
    let mut exported = Exported::default();
    let mut written = Vec::new();
    if let Some(place) = &arguments.books {
        let output = Output::of(place)?;
        let (rows, output) = output.write(&mut standard_output, each_book)?;
        exported.books = rows;
        written.push(output);
    }
    if let Some(place) = &arguments.interactions {
        let output = Output::of(place)?;
        let (rows, output) = output.write(&mut standard_output, each_interaction)?;
        exported.interactions = rows;
        written.push(output);
    }
    for output in written {
        output.complete()?;
    }
    Ok(exported)
}

/// What rows are written to.
enum Output {
    Standard,
    File(String, Replacement),
}

impl Output {
    fn of(place: &Place) -> Result<Output, ExportError> {
        let Place::Path(path) = place else {
            return Ok(Output::Standard);
        };
        let file = path.display().to_string();
        match Replacement::of(path) {
            Ok(replacement) => Ok(Output::File(file, replacement)),
            Err(source) => Err(ExportError { file, source }),
        }
    }

    /// Writes all that `each` shows; how many rows that is.
    fn write<Item: Row, Error: From<ExportError>>(
        mut self,
        standard_output: &mut impl Write,
        each: impl FnOnce(Look<'_, Item>) -> Result<(), Error>,
    ) -> Result<(u64, Output), Error> {
        let (rows, written) = match &mut self {
            Output::Standard => write(standard_output, each)?,
            Output::File(_, replacement) => write(replacement, each)?,
        };
        match (written, &self) {
            (Ok(()), _) => Ok((rows, self)),
            (Err(error), Output::Standard) if error.kind() == ErrorKind::BrokenPipe => {
                Ok((rows, self))
            }
            (Err(source), _) => Err(ExportError {
                file: self.name(),
                source,
            }
            .into()),
        }
    }

    fn name(&self) -> String {
        match self {
            Output::Standard => STANDARD_OUTPUT.to_owned(),
            Output::File(file, _) => file.clone(),
        }
    }

    fn complete(self) -> Result<(), ExportError> {
        match self {
            Output::Standard => Ok(()),
            Output::File(file, replacement) => replacement
                .take_place()
                .map_err(|source| ExportError { file, source }),
        }
    }
}

/// Writes all that `each` shows; how many rows that is, and what the sink says.
fn write<Item: Row, Error>(
    sink: &mut impl Write,
    each: impl FnOnce(Look<'_, Item>) -> Result<(), Error>,
) -> Result<(u64, io::Result<()>), Error> {
    let mut rows = 0;
    let mut writer = match Writer::new(sink) {
        Ok(writer) => writer,
        Err(error) => return Ok((rows, Err(error))),
    };
    let mut written = Ok(());
    each(&mut |item| {
        written = writer.write(item);
        match written {
            Ok(()) => {
                rows += 1;
                ControlFlow::Continue(())
            }
            Err(_) => ControlFlow::Break(()),
        }
    })?;
    Ok((rows, written.and_then(|()| writer.finish())))
}

#[cfg(test)]
mod tests;
