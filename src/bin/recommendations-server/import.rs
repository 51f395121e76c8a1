//! Importing.

use std::io;
use std::path::PathBuf;

use anyhow::Context;
use recommendations::import::{self, Arguments};
use recommendations::store::{Database, ImportSummary, Location};
use recommendations::usage::Failure;
use recommendations::{data, usage};

use crate::PROGRAM;

/// Imports files into the shop's file, and says what became of them.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let data = data::file(arguments.data.clone()).map_err(anyhow::Error::from)?;
    let checked = arguments.sources.check(Some(&data));
    checked.map_err(Failure::wrong_usage)?;
    Ok(run_checked(arguments, data)?)
}

fn run_checked(arguments: &Arguments, data: PathBuf) -> anyhow::Result<()> {
    // Before the files are read: who cannot write need not wait for that.
    let mut database = Database::open(&Location::File(data), &[])?;
    let stdin = io::stdin().lock();
    let mut report = io::stderr();
    let summary = import::run(&arguments.sources, stdin, &mut report, |input, progress| {
        usage::note(PROGRAM, &input);
        let (books, interactions) = (input.books, input.interactions);
        let imported = database.import(books, interactions, arguments.replace_books, progress);
        imported.context("nothing is imported")
    })?;
    usage::note(PROGRAM, told(&summary));
    Ok(database.close()?)
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
