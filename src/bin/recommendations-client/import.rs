//! The command `import`.

use std::io;

use recommendations::client::CallError;
use recommendations::client::blocking::Client;
use recommendations::import::Input;
use recommendations::interaction::Interaction;
use recommendations::progress::Progress;
use recommendations::reader::ReaderId;
use recommendations::render::{Column, Row};
use recommendations::shop::NewInteraction;
use serde::Serialize;

use super::arguments::Import;
use super::print;

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

/// Reads all files and sends them.
pub fn import(client: &Client, asked: &Import) -> anyhow::Result<()> {
    let input = asked.sources.read(io::stdin().lock(), &mut io::stderr())?;
    let mut imported = Vec::new();
    let sent = send(client, asked, input, &mut imported);
    // Of two files, the first may be imported where the second is refused.
    if !imported.is_empty() {
        print::list(&asked.output, "files", [Ok(imported)])?;
    }
    Ok(sent?)
}

/// Sends books, then interactions; what became of them goes to `imported`.
fn send(
    client: &Client,
    asked: &Import,
    input: Input,
    imported: &mut Vec<Imported>,
) -> Result<(), CallError> {
    if asked.sources.books.is_some() {
        let books = told("sending books", input.books);
        let sent = client.import_books(books)?;
        imported.push(Imported {
            imported: "books",
            created: sent.created,
            replaced: sent.replaced,
            outdated: 0,
        });
    }
    if asked.sources.interactions.is_some() {
        let interactions = told("sending interactions", input.interactions).map(new);
        let sent = client.import_interactions(interactions)?;
        imported.push(Imported {
            imported: "interactions",
            created: sent.created,
            replaced: sent.replaced,
            outdated: sent.outdated,
        });
    }
    Ok(())
}

/// The items, with a bar for those that were taken.
fn told<Item>(what: &'static str, items: Vec<Item>) -> impl Iterator<Item = Item> {
    // Counts fit: 64 bits are not less than those of a pointer.
    let rows = u64::try_from(items.len()).unwrap_or(u64::MAX);
    let progress = Progress::of_rows(what, rows);
    items.into_iter().inspect(move |_| progress.add_row())
}

/// The interaction with the time that the file has, also where that is unknown:
/// the server's clock would make it newer than all that is recorded.
fn new((reader, interaction): (ReaderId, Interaction)) -> NewInteraction {
    let Interaction { book, kind, time } = interaction;
    NewInteraction {
        reader,
        book,
        kind,
        time: Some(time),
    }
}
