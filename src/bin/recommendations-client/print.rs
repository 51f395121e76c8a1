//! Answers on standard output.

use std::fmt::Display;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, StdoutLock, Write};

use anyhow::Context;
use recommendations::client::CallError;
use recommendations::render::{self, Format, List, Row};
use recommendations::usage;

use super::PROGRAM;
use super::arguments::Output;

/// Prints the pages of a list as they come, and notes beside a table that there
/// are no `rows`.
pub fn list<Each: Row>(
    output: &Output,
    rows: &str,
    pages: impl IntoIterator<Item = Result<Vec<Each>, CallError>>,
) -> anyhow::Result<()> {
    let format = format(output);
    let mut list = List::new(format, out());
    for page in pages {
        // Without the rows before an error, JSON and tables are not whole.
        let added = list.add(&page?);
        if !is_read(added)? {
            return Ok(());
        }
    }
    let mut count = 0;
    let ended = list.end().map(|rows| count = rows);
    if is_read(ended)? && count == 0 && format == Format::Table {
        usage::note(PROGRAM, format_args!("no {rows}"));
    }
    Ok(())
}

/// Prints what `write` writes.
pub fn written(
    output: &Output,
    write: impl FnOnce(Format, &mut BufWriter<StdoutLock<'static>>) -> io::Result<()>,
) -> anyhow::Result<()> {
    let mut out = out();
    is_read(write(format(output), &mut out).and_then(|()| out.flush()))?;
    Ok(())
}

/// Prints a line that says what was done.
pub fn done(done: impl Display) -> anyhow::Result<()> {
    line(done).map(drop)
}

/// Prints a line at once; whether somebody still reads.
pub fn line(line: impl Display) -> anyhow::Result<bool> {
    let mut out = out();
    is_read(writeln!(out, "{line}").and_then(|()| out.flush()))
}

/// Prints a row at once; whether somebody still reads.
pub fn row(row: &impl Row, format: Format) -> anyhow::Result<bool> {
    let mut out = out();
    is_read(render::write_one(row, format, &mut out).and_then(|()| out.flush()))
}

fn out() -> BufWriter<StdoutLock<'static>> {
    BufWriter::new(io::stdout().lock())
}

/// How to print where the output goes to.
pub fn format(output: &Output) -> Format {
    output.format.unwrap_or(if io::stdout().is_terminal() {
        Format::Table
    } else {
        Format::Tsv
    })
}

/// Whether somebody still reads what was written.
fn is_read(written: io::Result<()>) -> anyhow::Result<bool> {
    match written {
        // Whoever reads the pipe has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        written => {
            written.context("cannot write to standard output")?;
            Ok(true)
        }
    }
}
