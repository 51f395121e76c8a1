//! The client's command line.

mod advice;
mod arguments;
mod connection;
mod health;
mod import;
mod ping;
mod print;

use std::env;
use std::process::ExitCode;

use recommendations::client::blocking::Client;
use recommendations::client::{ConnectError, RequestId, Settings};
use recommendations::usage::Failure;
use recommendations::{logging, render, usage};

use self::arguments::{Arguments, Command};

const PROGRAM: &str = "recommendations-client";

fn main() -> ExitCode {
    ask_the_system_for_addresses();
    logging::silence();
    let arguments: Arguments = match usage::arguments(PROGRAM) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    match called(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::WrongUsage(error)) => usage::wrong_usage(PROGRAM, format_args!("{error:#}")),
        Err(Failure::Failed(error)) => usage::failed(PROGRAM, format_args!("{error:#}")),
    }
}

/// Has gRPC ask the system for the addresses of a name. Its own resolver, c-ares
/// 1.19, has known flaws.
fn ask_the_system_for_addresses() {
    const VARIABLE: &str = "GRPC_DNS_RESOLVER";
    if env::var_os(VARIABLE).is_none() {
        // SAFETY: nobody else reads or writes the environment meanwhile, since this
        // comes first and there is one thread.
        unsafe { env::set_var(VARIABLE, "native") };
    }
}

fn called(arguments: Arguments) -> Result<(), Failure> {
    let Arguments {
        connection,
        command,
    } = arguments;
    let mut settings = connection.settings().map_err(Failure::wrong_usage)?;
    let request_id = connection.request_id;
    let mut timeout_option = "--timeout";
    if let Command::Import(import) = &command {
        import.sources.check(None).map_err(Failure::wrong_usage)?;
        settings.import_timeout = import.import_timeout;
        timeout_option = "--import-timeout";
    }
    run(&settings, request_id, command).map_err(|error| match error.downcast_ref() {
        Some(ConnectError::ManyNames(_)) => {
            Failure::WrongUsage(error.context("--tls-server-name is missing"))
        }
        _ => Failure::Failed(advice::advised(error, &settings, timeout_option)),
    })
}

fn run(settings: &Settings, request_id: Option<RequestId>, command: Command) -> anyhow::Result<()> {
    let connect = || {
        let client = Client::connect(settings)?;
        anyhow::Ok(match request_id.clone() {
            Some(id) => client.with_request_id(id),
            None => client,
        })
    };
    match command {
        Command::Recommend(asked) => {
            let (user, category) = (asked.reader.user, asked.category);
            let books = connect()?.recommend(user, category, asked.max_results)?;
            print::list(&asked.output, "books", [Ok(books)])
        }
        Command::Similar(asked) => {
            let books =
                connect()?.similar_books(asked.book.book, asked.category, asked.max_results)?;
            print::list(&asked.output, "similar books", [Ok(books)])
        }
        Command::Explain(asked) => {
            let explanation = connect()?.explain(asked.reader.user, asked.book.book)?;
            print::written(&asked.output, |format, out| {
                render::write_explanation(&explanation, format, out)
            })
        }
        Command::ListBooks(asked) => {
            let client = connect()?;
            let pages = client.list_books(asked.category, asked.limit.unwrap_or(usize::MAX));
            print::list(&asked.output, "books", pages)
        }
        Command::GetBook(asked) => {
            let book = connect()?.book(asked.book.book)?;
            print::written(&asked.output, |format, out| {
                render::write_one(&book, format, out)
            })
        }
        Command::Record(asked) => {
            let (user, book) = (asked.reader.user, asked.book.book);
            let recorded = connect()?.record(user, book, asked.kind(), asked.time)?;
            print::written(&asked.output, |format, out| {
                render::write_one(&recorded, format, out)
            })
        }
        Command::History(asked) => {
            let limit = asked.limit.unwrap_or(usize::MAX);
            let client = connect()?;
            let pages = client.list_interactions(asked.reader.user, limit);
            print::list(&asked.output, "interactions", pages)
        }
        Command::Import(asked) => import::import(&connect()?, &asked),
        Command::DeleteBook(asked) => {
            let book = asked.book.book;
            connect()?.delete_book(book)?;
            print::done(format_args!("deleted book {book}"))
        }
        Command::DeleteInteraction(asked) => {
            let (user, book) = (asked.reader.user, asked.book.book);
            connect()?.delete_interaction(user, book)?;
            print::done(format_args!(
                "deleted the interaction of reader {user} with book {book}"
            ))
        }
        Command::DeleteReader(asked) => {
            let user = asked.reader.user;
            let interactions = match connect()?.delete_reader(user)? {
                1 => "1 interaction".to_owned(),
                count => format!("{count} interactions"),
            };
            print::done(format_args!("deleted reader {user} with {interactions}"))
        }
        Command::Health(asked) => health::health(settings, request_id, &asked),
        Command::Ping(asked) => ping::ping(settings, request_id, &asked),
    }
}

#[cfg(test)]
#[path = "../../usage/variables.rs"]
mod variables;

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Arguments, variables};

    /// What a command is about, not how it is done.
    const ON_THE_COMMAND_LINE_ALONE: [&str; 12] = [
        "book",
        "books",
        "category",
        "help",
        "interactions",
        "kind",
        "rating",
        "service",
        "time",
        "user",
        "version",
        "watch",
    ];

    #[test]
    fn every_setting_is_a_variable_too() {
        let prefixes = ["RECOMMENDATIONS_", "RECOMMENDATIONS_CLIENT_"];
        variables::are_all_but(&ON_THE_COMMAND_LINE_ALONE, &prefixes, Arguments::command());
    }
}
