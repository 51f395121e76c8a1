//! The command `import`.

use std::io::{self, Read};
use std::path::Path;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use recommendations::book::Book;
use recommendations::client::{CallError, Client};
use recommendations::files;
use recommendations::render::{Column, Row};
use recommendations::shop::NewInteraction;
use serde::Serialize;

use super::arguments::Import;
use super::{interactions, print};

/// What became of a file.
#[derive(Serialize)]
struct Imported {
    imported: &'static str,
    created: i64,
    replaced: i64,
    outdated: i64,
}

impl Row for Imported {
    const COLUMNS: &'static [Column] = &[
        Column::text("IMPORTED"),
        Column::number("CREATED"),
        Column::number("REPLACED"),
        Column::number("OUTDATED"),
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.imported.to_owned(),
            self.created.to_string(),
            self.replaced.to_string(),
            self.outdated.to_string(),
        ]
    }
}

impl Import {
    /// Whether both files are standard input.
    pub fn reads_standard_input_twice(&self) -> bool {
        let mut files = [&self.files.books, &self.files.interactions].into_iter();
        files.all(|file| file.as_deref().is_some_and(is_standard_input))
    }
}

/// Reads all files and sends them.
pub fn import(client: Client, asked: &Import) -> anyhow::Result<()> {
    let client = client.with_import_timeout(asked.import_timeout);
    let books = asked.files.books.as_deref().map(books).transpose()?;
    let interactions = asked.files.interactions.as_deref();
    let interactions = interactions.map(interactions::open).transpose()?;

    let mut imported = Vec::new();
    let sent = send(&client, books, interactions, &mut imported);
    // Of two files, the first may be imported where the second is refused.
    if !imported.is_empty() {
        print::list(&asked.output, "files", [Ok(imported)])?;
    }
    Ok(sent?)
}

/// Sends books, then interactions; what became of them goes to `imported`.
fn send(
    client: &Client,
    books: Option<Vec<Book>>,
    interactions: Option<Vec<NewInteraction>>,
    imported: &mut Vec<Imported>,
) -> Result<(), CallError> {
    if let Some(books) = books {
        let sent =
            client.import_books(progress("books", books.len()).wrap_iter(books.into_iter()))?;
        imported.push(Imported {
            imported: "books",
            created: sent.created,
            replaced: sent.replaced,
            outdated: 0,
        });
    }
    if let Some(interactions) = interactions {
        let progress = progress("interactions", interactions.len());
        let sent = client.import_interactions(progress.wrap_iter(interactions.into_iter()))?;
        imported.push(Imported {
            imported: "interactions",
            created: sent.created,
            replaced: sent.replaced,
            outdated: sent.outdated,
        });
    }
    Ok(())
}

/// A bar on standard error, where that is a terminal; it vanishes at the end.
fn progress(items: &'static str, count: usize) -> ProgressBar {
    const TEMPLATE: &str = "{msg} {wide_bar} {human_pos}/{human_len} {eta}";
    // Counts fit: 64 bits are not less than those of a pointer.
    let bar = ProgressBar::new(u64::try_from(count).unwrap_or(u64::MAX)).with_message(items);
    match ProgressStyle::with_template(TEMPLATE) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn books(path: &Path) -> anyhow::Result<Vec<Book>> {
    if !is_standard_input(path) {
        return Ok(files::open(path)?);
    }
    Ok(files::parse(STANDARD_INPUT, &standard_input()?)?)
}

/// The name of standard input in errors.
pub const STANDARD_INPUT: &str = "standard input";

/// Whether the path stands for standard input.
pub fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// All that standard input holds.
pub fn standard_input() -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut bytes);
    read.context("standard input cannot be read")?;
    Ok(bytes)
}
