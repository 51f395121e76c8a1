//! What is logged, how, and where: to standard error.
//!
//! A thread of its own writes the lines, since who logs may be a polling thread of
//! gRPC and whoever reads standard error may be slow. Lines that find no room any
//! more are lost, and counted.
//!
//! The C core of gRPC logs under the target `grpc`. What it calls an error is
//! mostly a peer's mistake, so it is a warning here; its infos and its debugging
//! are of use to those who look into the core itself, and one level lower.
//!
//! A handshake of TLS that failed is one such warning, without the peer's address:
//! `Handshake failed with fatal error SSL_ERROR_SSL: ...`, and behind it a name such
//! as PEER_DID_NOT_RETURN_A_CERTIFICATE or WRONG_VERSION_NUMBER. Anybody who gets to
//! the port can cause them, so of the core's warnings 60 a minute are logged, and
//! how many were left out.

pub(crate) mod allowance;

use std::any::Any;
use std::fmt;
use std::io::{self, IsTerminal};
use std::panic;
use std::str::FromStr;
use std::time::{Duration, Instant};

use log::{Level, Log, Metadata, Record};
use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer, SubscriberExt};

use self::allowance::{Admission, Allowance};
use crate::threads::{self, NoThread};

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people; in colour on a terminal.
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged: a level, and levels for modules of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct LogFilter(Targets);

/// Why a filter was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no level; it must be error, warn, info, debug, trace or off, or MODULE=LEVEL")]
pub struct NoLevel(String);

impl FromStr for LogFilter {
    type Err = NoLevel;

    /// Directives with commas between them. One without `=` must be a level:
    /// [`Targets`] would take a typing error for a module, and log nothing else.
    fn from_str(text: &str) -> Result<LogFilter, NoLevel> {
        let mut targets = Targets::new();
        for directive in text.split(',').map(str::trim) {
            let (module, level) = match directive.split_once('=') {
                Some((module, level)) => (Some(module), level),
                None => (None, directive),
            };
            // The empty word would be a level, and all modules one.
            let level = match level.parse::<LevelFilter>() {
                Ok(parsed) if !level.is_empty() && module != Some("") => parsed,
                _ => return Err(NoLevel(directive.to_owned())),
            };
            targets = match module {
                Some(module) => targets.with_target(module, level),
                None => targets.with_default(level),
            };
        }
        Ok(LogFilter(targets))
    }
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum NoLog {
    /// The process has one already.
    #[error("the process has a log already")]
    LoggedAlready,
    /// There is no thread that writes it.
    #[error(transparent)]
    NoThread(#[from] NoThread),
}

/// So many lines wait to be written at most.
const MOST_WAITING: usize = 8 * 1024;

/// The log. When it is dropped, the lines that wait are written, unless that takes
/// longer than a second.
#[derive(Debug)]
pub struct Logging {
    lost: ErrorCounter,
    _writer: WorkerGuard,
}

impl Logging {
    /// Counts the lines that found no room.
    pub fn lost_lines(&self) -> ErrorCounter {
        self.lost.clone()
    }
}

/// Logs what passes `filter`, panics and the C core's messages among it.
///
/// # Errors
///
/// [`NoLog`].
pub fn start(format: LogFormat, filter: LogFilter) -> Result<Logging, NoLog> {
    // Whose thread it is, panics where it gets none.
    threads::are_there(1)?;
    let (lines, writer) = NonBlockingBuilder::default()
        .buffered_lines_limit(MOST_WAITING)
        .thread_name("log")
        .finish(io::stderr());
    let lost = lines.error_counter();
    // Where standard error cannot be written to, an error cannot be printed there
    // either: the attempt would panic.
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(lines)
        .with_ansi(io::stderr().is_terminal())
        .log_internal_errors(false);
    let layer = match format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.with_ansi(false).json().flatten_event(true).boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(layer.with_filter(filter.0));
    tracing::subscriber::set_global_default(subscriber).map_err(|_| NoLog::LoggedAlready)?;
    log::set_logger(&CORE_LOG).map_err(|_| NoLog::LoggedAlready)?;
    log::set_max_level(core_level(LevelFilter::current()));
    grpcio::redirect_log();
    panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        tracing::error!(location, cause = panic_message(panic.payload()), "panic");
    }));
    Ok(Logging {
        lost,
        _writer: writer,
    })
}

/// Keeps the C core from printing to standard error, for a program that logs
/// nothing.
pub fn silence() {
    log::set_max_level(core_level(LevelFilter::OFF));
    grpcio::redirect_log();
}

/// The level that the C core, and whatever else logs so, must log at for our log to
/// have `level`. Never `Off`: with it, grpcio would not silence the core but give it
/// back its own printer.
fn core_level(level: LevelFilter) -> log::LevelFilter {
    match level {
        LevelFilter::TRACE => log::LevelFilter::Debug,
        LevelFilter::DEBUG => log::LevelFilter::Info,
        // The core has errors and no warnings, but grpcio's own code and others do.
        _ => log::LevelFilter::Warn,
    }
}

/// Where grpcio sends the C core's messages, and from where they go to our log.
struct CoreLog {
    warnings: Allowance,
}

static CORE_LOG: CoreLog = CoreLog {
    warnings: Allowance::new(60, Duration::from_secs(60)),
};

impl CoreLog {
    fn warn(&self, message: &fmt::Arguments<'_>) {
        let Admission::Passes { left_out, is_last } = self.warnings.admit(Instant::now()) else {
            return;
        };
        if left_out > 0 {
            tracing::warn!(target: "grpc", left_out, "warnings were left out");
        }
        tracing::warn!(target: "grpc", "{message}");
        if is_last {
            tracing::warn!(target: "grpc", "other warnings of this minute are left out");
        }
    }
}

impl Log for CoreLog {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        // Our log's filter decides.
        true
    }

    fn log(&self, record: &Record<'_>) {
        let message = record.args();
        let module = record.module_path().unwrap_or_default();
        if !module.starts_with("grpcio") {
            // A crate that logs, but not by tracing.
            return match record.level() {
                Level::Error | Level::Warn => tracing::warn!(module, "{message}"),
                _ => tracing::debug!(module, "{message}"),
            };
        }
        match record.level() {
            Level::Error | Level::Warn => self.warn(message),
            Level::Info => tracing::debug!(target: "grpc", "{message}"),
            Level::Debug | Level::Trace => tracing::trace!(target: "grpc", "{message}"),
        }
    }

    fn flush(&self) {}
}

/// What a panic said.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> &str {
    match payload.downcast_ref::<String>() {
        Some(message) => message,
        None => payload.downcast_ref::<&str>().unwrap_or(&"no message"),
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{catch_unwind, panic_any};

    use super::*;

    #[track_caller]
    fn says(panicking: fn(), expected: &str) {
        let payload = catch_unwind(panicking).unwrap_err();
        assert_eq!(panic_message(&*payload), expected);
    }

    #[test]
    fn a_filter_is_a_level_and_levels_of_modules() {
        let expected = Targets::new()
            .with_default(LevelFilter::WARN)
            .with_target("grpc", LevelFilter::DEBUG);
        assert_eq!("warn, grpc=debug".parse(), Ok(LogFilter(expected)));
    }

    #[test]
    fn a_word_that_is_no_level_is_refused() {
        for (filter, word) in [
            ("inf", "inf"),
            ("", ""),
            ("info,=warn", "=warn"),
            ("a=", "a="),
        ] {
            let refused = filter.parse::<LogFilter>().unwrap_err();
            let expected = format!(
                "'{word}' is no level; it must be error, warn, info, debug, trace or off, or MODULE=LEVEL"
            );
            assert_eq!(refused.to_string(), expected);
        }
    }

    #[test]
    fn warnings_of_crates_that_log_reach_our_filter_at_any_level() {
        for level in [
            LevelFilter::OFF,
            LevelFilter::ERROR,
            LevelFilter::WARN,
            LevelFilter::INFO,
            LevelFilter::DEBUG,
            LevelFilter::TRACE,
        ] {
            assert!(core_level(level) >= log::LevelFilter::Warn, "{level}");
        }
    }

    #[test]
    fn the_message_of_a_panic_is_kept() {
        says(|| panic!("plain"), "plain");
        says(|| panic!("of {}", 2), "of 2");
        says(|| panic_any(7), "no message");
    }
}
