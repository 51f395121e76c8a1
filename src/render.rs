//! Answers for the eye, for a pipe, for a program.

mod escape;
mod rows;

use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;
use serde_json::Serializer;

use self::escape::Unseen;
pub use self::escape::escaped;
use crate::client::{Explanation, Interaction};

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A column for each field, with a header.
    Table,
    /// A line for each row, a tab between two fields, no header.
    Tsv,
    /// JSON on one line: an array of objects for a list, an object for one row.
    Json,
}

/// What stands on a line of its own.
pub trait Row: Serialize {
    /// The columns, from the left.
    const COLUMNS: &'static [Column];

    /// What stands in each column.
    fn cells(&self) -> Vec<String>;
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    name: &'static str,
    alignment: CellAlignment,
}

impl Column {
    /// A column of text, from the left.
    pub const fn text(name: &'static str) -> Column {
        let alignment = CellAlignment::Left;
        Column { name, alignment }
    }

    /// A column of numbers, to the right.
    pub const fn number(name: &'static str) -> Column {
        let alignment = CellAlignment::Right;
        Column { name, alignment }
    }
}

/// A list that is written while its rows come. A table alone waits for all of
/// them, since the longest cell decides the width of its column.
///
/// In a table and in TSV, a row is one line whatever its cells hold: see
/// [`escaped`]. No rows are no table at all, no line of TSV, and `[]`.
#[derive(Debug)]
pub struct List<Out> {
    format: Format,
    out: Out,
    rows: usize,
    table: Table,
}

impl<Out: Write> List<Out> {
    /// A list without rows.
    pub fn new(format: Format, out: Out) -> List<Out> {
        List {
            format,
            out,
            rows: 0,
            table: Table::new(),
        }
    }

    /// Adds rows after those before.
    ///
    /// # Errors
    ///
    /// What `out` says.
    pub fn add<Each: Row>(&mut self, rows: &[Each]) -> io::Result<()> {
        for row in rows {
            let is_first = self.rows == 0;
            self.rows += 1;
            match self.format {
                Format::Table => {
                    if is_first {
                        self.table = table(Each::COLUMNS);
                    }
                    self.table
                        .add_row(row.cells().iter().map(|cell| escaped(cell)));
                }
                Format::Tsv => {
                    let cells: Vec<String> = row.cells().iter().map(|cell| escaped(cell)).collect();
                    writeln!(self.out, "{}", cells.join("\t"))?;
                }
                Format::Json => {
                    self.out.write_all(if is_first { b"[" } else { b"," })?;
                    write_json(row, &mut self.out)?;
                }
            }
        }
        self.out.flush()
    }

    /// Writes what is left; how many rows there were.
    ///
    /// # Errors
    ///
    /// What `out` says.
    pub fn end(mut self) -> io::Result<usize> {
        match self.format {
            Format::Table if self.rows > 0 => write_table(&self.table, &mut self.out)?,
            Format::Table | Format::Tsv => {}
            Format::Json if self.rows > 0 => writeln!(self.out, "]")?,
            Format::Json => writeln!(self.out, "[]")?,
        }
        self.out.flush()?;
        Ok(self.rows)
    }
}

/// Writes a list of `rows` to `out`.
///
/// # Errors
///
/// What `out` says.
pub fn write<Each: Row>(rows: &[Each], format: Format, out: &mut impl Write) -> io::Result<()> {
    let mut list = List::new(format, out);
    list.add(rows)?;
    list.end()?;
    Ok(())
}

/// Writes one row to `out`: in JSON an object instead of a list.
///
/// # Errors
///
/// What `out` says.
pub fn write_one(row: &impl Row, format: Format, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Table | Format::Tsv => write(std::slice::from_ref(row), format, out),
        Format::Json => write_object(row, out),
    }
}

/// Writes what has no rows of one kind to `out`, as JSON on one line.
///
/// # Errors
///
/// What `out` says.
pub fn write_object(object: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    write_json(object, out)?;
    writeln!(out)
}

/// Writes an explanation to `out`: a list of the books that speak for it, and in a
/// table the rest of it below; in JSON one object with all of it.
///
/// # Errors
///
/// What `out` says.
pub fn write_explanation(
    explanation: &Explanation,
    format: Format,
    out: &mut impl Write,
) -> io::Result<()> {
    if format == Format::Json {
        return write_object(explanation, out);
    }
    write(&explanation.contributions, format, out)?;
    if format == Format::Tsv {
        return Ok(());
    }
    if !explanation.contributions.is_empty() {
        writeln!(out)?;
    }
    writeln!(out, "score       {}", rows::score(explanation.score))?;
    writeln!(
        out,
        "popularity  {}",
        rows::popularity(explanation.popularity)
    )?;
    match &explanation.interaction {
        Some(own) => writeln!(out, "not recommended: {}", escaped(&done(own))),
        None => Ok(()),
    }
}

/// What a reader did, such as `RATED 4 at 2026-11-24T16:19:32Z`.
fn done(interaction: &Interaction) -> String {
    let mut done = interaction.kind.clone();
    if let Some(stars) = interaction.rating {
        done += &format!(" {stars}");
    }
    if let Some(time) = &interaction.time {
        done += &format!(" at {time}");
    }
    done
}

fn table(columns: &[Column]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(columns.iter().map(|column| column.name));
    for (column, &Column { alignment, .. }) in table.column_iter_mut().zip(columns) {
        column.set_padding((0, 2)).set_cell_alignment(alignment);
    }
    table
}

fn write_table(table: &Table, out: &mut impl Write) -> io::Result<()> {
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn write_json(value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(out, Unseen);
    Ok(value.serialize(&mut serializer)?)
}

#[cfg(test)]
mod tests;
