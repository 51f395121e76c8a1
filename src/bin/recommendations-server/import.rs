//! Importing.

use std::path::Path;
use std::{fs, io, mem};

use anyhow::Context;
use recommendations::import::{self, Arguments};
use recommendations::store::{Database, ImportSummary, Location};
use recommendations::usage::Failure;
use recommendations::{data, files, usage};

use crate::PROGRAM;

/// Imports files into the shop's file, and says what became of them.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let data = data::file(arguments.data.clone()).map_err(anyhow::Error::from)?;
    let checked = arguments.sources.check(Some(&data));
    checked.map_err(Failure::wrong_usage)?;
    Ok(run_checked(arguments, &data)?)
}

fn run_checked(arguments: &Arguments, data: &Path) -> anyhow::Result<()> {
    let location = Location::File(data.to_owned());
    // Before the files are read: who cannot write need not wait for that. A new
    // file is made after, with the built-in books, so that one is never left
    // without any where the import fails.
    let existing = match is_there(data) {
        true => Some(Database::open(&location, &[])?),
        false => None,
    };
    let stdin = io::stdin().lock();
    let mut report = io::stderr();
    let done = import::run(&arguments.sources, stdin, &mut report, |input, progress| {
        usage::note(PROGRAM, &input);
        let is_new = existing.is_none() && !is_there(data);
        let mut database = match existing {
            Some(database) => database,
            None => Database::open(&location, &files::built_in()?)?,
        };
        let (books, interactions) = (input.books, input.interactions);
        let replace_books = match is_new {
            true => arguments.sources.books.is_some(),
            false => arguments.replace_books,
        };
        let imported = database.import(books, interactions, replace_books, progress);
        let mut summary = imported.context("nothing is imported")?;
        if is_new {
            // Nobody has seen the built-in books that they took the place of.
            summary.books_created += mem::take(&mut summary.books_replaced);
            summary.books_deleted = 0;
        }
        anyhow::Ok((database, summary))
    });
    let (database, summary) = done?;
    usage::note(PROGRAM, told(&summary));
    Ok(database.close()?)
}

/// Whether there is something at that path. An empty file is as good as none.
fn is_there(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|known| known.len() > 0)
}

fn told(summary: &ImportSummary) -> String {
    let ImportSummary {
        books_created,
        books_replaced,
        books_deleted,
        created,
        replaced,
        outdated,
        ..
    } = summary;
    format!(
        "books: {books_created} new, {books_replaced} replaced, {books_deleted} deleted; \
         interactions: {created} new, {replaced} replaced, {outdated} older than what is recorded"
    )
}
