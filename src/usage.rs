//! What the two command lines share: exit codes, and errors in one line.
//!
//! | exit code | meaning |
//! | --- | --- |
//! | 0 | done |
//! | 1 | failed |
//! | 2 | wrong usage |

use std::env;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;
use std::str::FromStr;

use clap::builder::Resettable;
use clap::{Command, Parser};

/// The exit code of a program that failed.
pub const FAILED: u8 = 1;

/// The exit code of a program that was called wrongly.
pub const WRONG_USAGE: u8 = 2;

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub enum Failure {
    /// Its arguments cannot go together, or say what cannot be.
    WrongUsage(anyhow::Error),
    /// It failed.
    Failed(anyhow::Error),
}

impl Failure {
    /// The failure of a command whose arguments are wrong.
    pub fn wrong_usage(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
        Failure::WrongUsage(error.into())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        Failure::Failed(error)
    }
}

/// The arguments of the process, whose program is `program`, and of its environment.
/// A variable that is empty is as good as none: compose files and units of systemd
/// make such of settings that nobody made.
///
/// # Errors
///
/// The exit code, after printing: help or version, or what is wrong with the
/// arguments.
pub fn arguments<Arguments: Parser>(program: &str) -> Result<Arguments, ExitCode> {
    let command = without_empty_variables(Arguments::command());
    let parsed = command.try_get_matches();
    let parsed = parsed.and_then(|matches| Arguments::from_arg_matches(&matches));
    parsed.map_err(|error| {
        if error.use_stderr() {
            return wrong_usage(program, one_line(&error.render().to_string()));
        }
        // Whoever closed standard output has read enough of the help.
        let _ = error.print();
        ExitCode::SUCCESS
    })
}

fn without_empty_variables(command: Command) -> Command {
    let command = command.mut_args(|argument| {
        let value = argument.get_env().and_then(env::var_os);
        match value.is_some_and(|value| value.is_empty()) {
            true => argument.env(Resettable::Reset),
            false => argument,
        }
    });
    command.mut_subcommands(without_empty_variables)
}

/// What reads a whole number from `least` to `most` on a command line, and says what
/// is allowed where it is none.
pub fn whole_number<Number>(
    least: Number,
    most: Number,
) -> impl Fn(&str) -> Result<Number, String> + Clone
where
    Number: FromStr + PartialOrd + Display + Copy,
{
    move |text| {
        let number = text.parse().ok();
        let number = number.filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| format!("it must be a whole number from {least} to {most}"))
    }
}

/// Prints what is wrong with the arguments, and where help is; the exit code.
pub fn wrong_usage(program: &str, error: impl Display) -> ExitCode {
    print_error(program, format_args!("{error}; see {program} --help"));
    ExitCode::from(WRONG_USAGE)
}

/// Prints why the program failed; the exit code.
pub fn failed(program: &str, error: impl Display) -> ExitCode {
    print_error(program, error);
    ExitCode::from(FAILED)
}

/// Prints something to know that is no error, such as that there is no result.
pub fn note(program: &str, note: impl Display) {
    print_error(program, note);
}

fn print_error(program: &str, error: impl Display) {
    // There is nowhere to say that standard error is closed.
    let _ = writeln!(io::stderr(), "{program}: {error}");
}

/// What clap says about wrong arguments over several lines: its first paragraph
/// and its tips, without the usage that `--help` has too.
fn one_line(rendered: &str) -> String {
    let lines = || rendered.lines().map(str::trim);
    let mut said: Vec<&str> = lines().take_while(|line| !line.is_empty()).collect();
    if let Some(first) = said.first_mut() {
        *first = first.strip_prefix("error: ").unwrap_or(first);
    }
    let tips = lines().filter(|line| line.starts_with("tip: "));
    let parts = std::iter::once(said.join(" ")).chain(tips.map(str::to_owned));
    parts.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_several_lines_becomes_one() {
        assert_eq!(
            one_line(
                "error: the following required arguments were not provided:\n  \
                 --user <USER>\n  --category <CATEGORY>\n\nUsage: x --user <USER>\n\n\
                 For more information, try '--help'.\n"
            ),
            "the following required arguments were not provided: --user <USER> --category <CATEGORY>"
        );
    }

    #[test]
    fn a_whole_number_is_read_from_the_least_to_the_most() {
        let stars = whole_number(1_u8, 5);
        for (text, number) in [("1", 1), ("5", 5)] {
            assert_eq!(stars(text), Ok(number));
        }
        for text in ["", "0", "6", "-1", "1.5", "256", "99999999999", "two"] {
            let expected = "it must be a whole number from 1 to 5";
            assert_eq!(stars(text).unwrap_err(), expected, "{text}");
        }
    }

    #[test]
    fn a_tip_is_kept() {
        assert_eq!(
            one_line(
                "error: unexpected argument '--usr' found\n\n  \
                 tip: a similar argument exists: '--user'\n\nUsage: x\n"
            ),
            "unexpected argument '--usr' found; tip: a similar argument exists: '--user'"
        );
    }
}
