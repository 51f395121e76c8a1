//! The client's command line.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use recommendations::category::Category;
use recommendations::client::{CallError, Client, Recommendation, Timeout};
use recommendations::endpoint::{self, Endpoint};
use recommendations::render::{self, Format};
use recommendations::{logging, usage};

const PROGRAM: &str = "recommendations-client";

/// Asks a recommendations server for books.
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage. An error is one line on standard
/// error.
#[derive(Parser)]
#[command(name = PROGRAM, version, arg_required_else_help = false)]
struct Arguments {
    /// The server's address
    #[arg(long, global = true, value_name = "HOST:PORT", env = "RECOMMENDATIONS_ADDR", default_value = endpoint::DEFAULT)]
    addr: Endpoint,

    /// How long the call may take: 500ms, 5s, 1m or a number of seconds; at most 1h
    #[arg(long, global = true, value_name = "DURATION", default_value = "5s")]
    timeout: Timeout,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print books of a category for a reader
    ///
    /// Formats: `table`, the default on a terminal. `tsv`, the default in a pipe:
    /// a line for each book, its id, a tab, its title; no header, and nothing
    /// where there are no books. `json`: one array of objects on one line, such
    /// as [{"id":4,"title":"The Hitchhiker's Guide to the Galaxy"}], and [] where
    /// there are no books.
    ///
    /// In a table and in TSV a book is always one line: \t, \n, \r and \\ stand
    /// for a tab, line breaks and a backslash in a title, \u{1b} and its like for
    /// other control characters.
    Recommend(Recommend),
}

#[derive(Args)]
struct Recommend {
    /// The reader's number, 0 or more
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    user: i32,

    /// mystery, science-fiction or self-help; also as SCIENCE_FICTION
    #[arg(long)]
    category: Category,

    /// How many books at most; the server gives no more than 100
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 10,
        allow_negative_numbers = true
    )]
    max_results: i32,

    /// How to print the books [default: table on a terminal, tsv in a pipe]
    #[arg(long, value_enum)]
    format: Option<Format>,
}

fn main() -> ExitCode {
    logging::silence();
    let arguments: Arguments = match usage::arguments(PROGRAM) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let Command::Recommend(recommend) = arguments.command;
    let client = Client::connect(arguments.addr, arguments.timeout);
    let books = match client.recommend(recommend.user, recommend.category, recommend.max_results) {
        Ok(books) => books,
        Err(error) => return usage::failed(PROGRAM, format_args!("{error}{}", advice(&error))),
    };
    match print(&books, recommend.format) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => usage::failed(PROGRAM, format_args!("{error:#}")),
    }
}

/// What to do about an error, where its message does not say so.
fn advice(error: &CallError) -> String {
    match error {
        CallError::Unreachable { endpoint, .. } => format!(
            "; start a server there with `recommendations-server --listen {endpoint}`, \
             or name another address with --addr"
        ),
        CallError::TimedOut { .. } => {
            "; wait longer with --timeout, or name another address with --addr".to_owned()
        }
        CallError::Refused { .. } | CallError::Broken { .. } => String::new(),
    }
}

fn print(books: &[Recommendation], format: Option<Format>) -> anyhow::Result<()> {
    let stdout = io::stdout();
    let format = format.unwrap_or(if stdout.is_terminal() {
        Format::Table
    } else {
        Format::Tsv
    });
    let mut out = BufWriter::new(stdout.lock());
    match render::write(books, format, &mut out).and_then(|()| out.flush()) {
        // Whoever reads the pipe has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
        written => written.context("cannot write to standard output")?,
    }
    if books.is_empty() && format == Format::Table {
        usage::note(PROGRAM, "no books");
    }
    Ok(())
}
