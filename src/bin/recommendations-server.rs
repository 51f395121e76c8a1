//! The server's command line.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;
use recommendations::endpoint::{self, Endpoint};
use recommendations::logging::{self, LogFilter, LogFormat};
use recommendations::server::signals::StopSignals;
use recommendations::server::{Server, limits, listen};
use recommendations::shop::Shop;
use recommendations::{files, services, usage};

const PROGRAM: &str = "recommendations-server";

/// Recommends books over gRPC.
///
/// Prints `listening on HOST:PORT` once it serves. SIGINT and SIGTERM stop it:
/// calls in flight have 25 seconds to finish; a second signal ends it at once.
///
/// Exit codes: 0 stopped, 1 failed, 2 wrong usage.
#[derive(Parser)]
#[command(name = PROGRAM, version)]
struct Arguments {
    /// Where to listen; port 0 takes a free port, an IPv6 address stands in
    /// brackets, a host name stands for its first address
    #[arg(long, value_name = "HOST:PORT", env = "RECOMMENDATIONS_LISTEN", default_value = endpoint::DEFAULT)]
    listen: Endpoint,

    /// Listen without TLS also where other machines can reach it
    #[arg(long)]
    insecure: bool,

    /// Serve the books of this CSV file (id,title,author,year,categories)
    /// instead of the built-in ones
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,

    /// How the log, on standard error, looks
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    log: LogFormat,

    /// What to log: error, warn, info, debug, trace or off, also for a module
    /// alone, such as warn,grpc=debug
    #[arg(
        long,
        value_name = "FILTER",
        env = "RECOMMENDATIONS_LOG_LEVEL",
        default_value = "info"
    )]
    log_level: LogFilter,
}

fn main() -> ExitCode {
    let arguments: Arguments = match usage::arguments(PROGRAM) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let listen = match listen_address(&arguments) {
        Ok(address) => address,
        Err(error) => return usage::wrong_usage(PROGRAM, format_args!("{error:#}")),
    };
    match serve(arguments, listen) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => usage::failed(PROGRAM, format_args!("{error:#}")),
    }
}

fn listen_address(arguments: &Arguments) -> anyhow::Result<SocketAddr> {
    let address = arguments.listen.resolve()?;
    if arguments.insecure {
        return Ok(address);
    }
    Ok(listen::loopback(address)?)
}

fn serve(arguments: Arguments, listen: SocketAddr) -> anyhow::Result<()> {
    logging::start(arguments.log, arguments.log_level)?;
    let mut signals = StopSignals::register().context("cannot watch for signals")?;
    let books = match &arguments.catalog {
        Some(path) => files::open(path)?,
        None => files::built_in()?,
    };
    let shop = Arc::new(Shop::in_memory(books));
    let books = shop.catalog().len();
    let server = Server::start(listen, services::all(shop))?;
    announce(server.address());
    tracing::info!(address = %server.address(), books, "serving");

    let signal = signals.wait();
    tracing::info!(signal, "stopping");
    server.stop(limits::DRAIN)?;
    tracing::info!("stopped");
    Ok(())
}

fn announce(address: SocketAddr) {
    let mut out = io::stdout();
    let announced = writeln!(out, "listening on {address}").and_then(|()| out.flush());
    if let Err(error) = announced {
        tracing::warn!(%error, "standard output is closed; nobody was told the address");
    }
}
