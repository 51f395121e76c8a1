//! The client's command line.

mod arguments;
mod import;
mod print;

use std::process::ExitCode;

use recommendations::client::{CallError, Client};
use recommendations::{logging, render, usage};

use self::arguments::{Arguments, Command};

const PROGRAM: &str = "recommendations-client";

fn main() -> ExitCode {
    logging::silence();
    let arguments: Arguments = match usage::arguments(PROGRAM) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    if let Command::Import(import) = &arguments.command
        && let Err(error) = import.sources.check(None)
    {
        return usage::wrong_usage(PROGRAM, error);
    }
    let timeout_option = match arguments.command {
        Command::Import(_) => "--import-timeout",
        _ => "--timeout",
    };
    let client = Client::connect(arguments.addr, arguments.timeout);
    match run(client, arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let advice = error
                .downcast_ref()
                .map(|error| advice(error, timeout_option));
            let advice = advice.unwrap_or_default();
            usage::failed(PROGRAM, format_args!("{error:#}{advice}"))
        }
    }
}

fn run(client: Client, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Recommend(asked) => {
            let (user, category) = (asked.reader.user, asked.category);
            let books = client.recommend(user, category, asked.max_results)?;
            print::list(&asked.output, "books", [Ok(books)])
        }
        Command::Similar(asked) => {
            let books = client.similar_books(asked.book.book, asked.category, asked.max_results)?;
            print::list(&asked.output, "similar books", [Ok(books)])
        }
        Command::Explain(asked) => {
            let explanation = client.explain(asked.reader.user, asked.book.book)?;
            print::written(&asked.output, |format, out| {
                render::write_explanation(&explanation, format, out)
            })
        }
        Command::ListBooks(asked) => {
            let pages = client.list_books(asked.category, asked.limit.unwrap_or(usize::MAX));
            print::list(&asked.output, "books", pages)
        }
        Command::GetBook(asked) => {
            let book = client.book(asked.book.book)?;
            print::written(&asked.output, |format, out| {
                render::write_one(&book, format, out)
            })
        }
        Command::Record(asked) => {
            let (user, book) = (asked.reader.user, asked.book.book);
            let recorded = client.record(user, book, asked.kind(), asked.time)?;
            print::written(&asked.output, |format, out| {
                render::write_one(&recorded, format, out)
            })
        }
        Command::History(asked) => {
            let limit = asked.limit.unwrap_or(usize::MAX);
            let pages = client.list_interactions(asked.reader.user, limit);
            print::list(&asked.output, "interactions", pages)
        }
        Command::Import(asked) => import::import(client, &asked),
        Command::DeleteBook(asked) => {
            let book = asked.book.book;
            client.delete_book(book)?;
            print::line(format_args!("deleted book {book}"))
        }
        Command::DeleteInteraction(asked) => {
            let (user, book) = (asked.reader.user, asked.book.book);
            client.delete_interaction(user, book)?;
            print::line(format_args!(
                "deleted the interaction of reader {user} with book {book}"
            ))
        }
        Command::DeleteReader(asked) => {
            let user = asked.reader.user;
            let interactions = match client.delete_reader(user)? {
                1 => "1 interaction".to_owned(),
                count => format!("{count} interactions"),
            };
            print::line(format_args!("deleted reader {user} with {interactions}"))
        }
    }
}

/// What to do about an error, where its message does not say so; `timeout_option`
/// sets the time that was over.
fn advice(error: &CallError, timeout_option: &str) -> String {
    match error {
        CallError::Unreachable { endpoint, .. } => format!(
            "; start a server there with `recommendations-server --listen {endpoint}`, \
             or name another address with --addr"
        ),
        CallError::TimedOut { .. } => {
            format!("; wait longer with {timeout_option}, or name another address with --addr")
        }
        CallError::Refused { .. } | CallError::Broken { .. } => String::new(),
    }
}
