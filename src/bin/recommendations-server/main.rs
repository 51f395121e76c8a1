//! The server's command line.

mod evaluate;
mod export;
mod import;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use recommendations::server::signals;
use recommendations::usage::{self, Failure};

const PROGRAM: &str = "recommendations-server";

/// Recommends books over gRPC.
///
/// Prints `listening on HOST:PORT` once it serves. SIGINT, SIGTERM and SIGHUP stop
/// it: for the time of --lame-duck its health says NOT_SERVING while it goes on, then it
/// takes no more calls, and those in flight have the time of --drain to finish. A
/// second signal ends it at once.
///
/// The books and the readers' histories are in one SQLite file, which one program
/// at a time can have open: stop the server to import, export or evaluate. A file
/// that is not there yet is made by the server, with some hundred well-known books
/// in it, and by an import, with its own books instead where it has some.
///
/// Exit codes: 0 done or stopped, 1 failed, 2 wrong usage.
#[derive(Parser)]
#[command(name = PROGRAM, version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    serve: serve::Arguments,
}

#[derive(Subcommand)]
enum Command {
    Import(recommendations::import::Arguments),
    Export(recommendations::export::Arguments),
    Evaluate(evaluate::Arguments),
}

fn main() -> ExitCode {
    let arguments: Arguments = match usage::arguments(PROGRAM) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    if let Err(error) = signals::outlive_file_limit() {
        return usage::failed(PROGRAM, format_args!("cannot watch for signals: {error}"));
    }
    let done = match arguments.command {
        None => serve::run(arguments.serve),
        Some(Command::Import(arguments)) => import::run(&arguments),
        Some(Command::Export(arguments)) => export::run(&arguments),
        Some(Command::Evaluate(arguments)) => evaluate::run(arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::WrongUsage(error)) => usage::wrong_usage(PROGRAM, format_args!("{error:#}")),
        Err(Failure::Failed(error)) => usage::failed(PROGRAM, format_args!("{error:#}")),
    }
}

#[cfg(test)]
#[path = "../../usage/variables.rs"]
mod variables;

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};
    use recommendations::services::calls::Writers;

    use super::{Arguments, PROGRAM, variables};

    /// What a command is about, not how it is done.
    const ON_THE_COMMAND_LINE_ALONE: [&str; 5] =
        ["books", "help", "interactions", "replace-books", "version"];

    #[test]
    fn every_setting_is_a_variable_too() {
        let prefixes = ["RECOMMENDATIONS_"];
        variables::are_all_but(&ON_THE_COMMAND_LINE_ALONE, &prefixes, Arguments::command());
    }

    #[test]
    fn a_writers_name_on_the_command_line_may_have_a_comma() {
        let tls = "--tls-cert=a --tls-key=b --tls-client-ca=c".split(' ');
        let writers = ["--writer", "Acme, Inc.", "--writer", "anna"];
        let given = [PROGRAM].into_iter().chain(tls).chain(writers);
        let arguments = Arguments::try_parse_from(given).unwrap_or_else(|error| error.exit());
        let Writers::Named(names) = arguments.serve.call_settings().writers else {
            panic!("everybody may write");
        };
        assert_eq!(names, ["Acme, Inc.", "anna"].map(str::to_owned).into());
    }
}
