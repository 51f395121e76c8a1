//! Evaluating.

use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

use anyhow::Context;
use recommendations::data;
use recommendations::evaluate::{self, Options, Report};
use recommendations::shop;
use recommendations::store::{Database, Location};
use recommendations::usage::{self, Failure};

/// Tells how well the recommendations suit the shop's own readers.
///
/// A fifth of each reader's books is held out, and the lists that come from all
/// the others are compared with it: recall, NDCG and coverage, beside those of
/// plain popularity, of all books and of each category. The protocol is printed
/// with it. Where no reader has five books, not counting those rated 1 or 2, there
/// is nothing to hold out and no figure, - in the table and null in JSON. Nothing is
/// changed.
#[derive(clap::Args)]
pub struct Arguments {
    /// The shop's file [default: shop.db in the platform's folder for data]
    #[arg(long, value_name = "FILE", env = "RECOMMENDATIONS_DATA", value_parser = data::file_parser())]
    data: Option<PathBuf>,

    /// Chooses what is held out: the same number, the same books
    #[arg(
        long,
        value_name = "NUMBER",
        env = "RECOMMENDATIONS_SEED",
        default_value_t = 0,
        value_parser = usage::whole_number(0, u64::MAX)
    )]
    seed: u64,

    /// How to print the figures
    #[arg(long, value_enum, env = "RECOMMENDATIONS_FORMAT", default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table, with the protocol below it.
    Table,
    /// One JSON object on one line.
    Json,
}

/// Evaluates the shop's file.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    Ok(evaluate(arguments)?)
}

fn evaluate(arguments: Arguments) -> anyhow::Result<()> {
    let database = Database::open_existing(&Location::File(data::file(arguments.data)?))?;
    let (catalog, histories) = shop::load(&database)?;
    let seed = arguments.seed;
    let report = evaluate::evaluate(&catalog, &histories, &Options { seed });
    match print(&report, arguments.format) {
        // Whoever reads the pipe has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        printed => printed.context("cannot write to standard output")?,
    }
    Ok(database.close()?)
}

fn print(report: &Report, format: Format) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match format {
        Format::Table => writeln!(out, "{report}"),
        Format::Json => {
            serde_json::to_writer(&mut out, report)?;
            writeln!(out)
        }
    }
}
