//! Serving.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::value_parser;
use prometheus_client::registry::Registry;
use recommendations::endpoint::{self, Endpoint};
use recommendations::logging::{self, LogFilter, LogFormat};
use recommendations::metrics::{self, MetricsEndpoint};
use recommendations::server::limits::StopTimes;
use recommendations::server::signals::StopSignals;
use recommendations::server::{Server, limits, listen};
use recommendations::services::calls::{MAX_IN_FLIGHT, Settings, Writers};
use recommendations::shop::{self, Shop};
use recommendations::store::{Database, Location};
use recommendations::usage::Failure;
use recommendations::{data, files, services};

#[derive(clap::Args)]
pub struct Arguments {
    /// The shop's file, or `:memory:` to keep nothing [default: shop.db in the
    /// platform's folder for data, such as ~/.local/share/recommendations]
    #[arg(long, value_name = "FILE", env = "RECOMMENDATIONS_DATA")]
    data: Option<Location>,

    /// Where to listen; port 0 takes a free port, an IPv6 address stands in
    /// brackets, a host name stands for its first address
    #[arg(long, value_name = "HOST:PORT", env = "RECOMMENDATIONS_LISTEN", default_value = endpoint::DEFAULT)]
    listen: Endpoint,

    /// Listen without TLS also where other machines can reach it
    #[arg(long, env = "RECOMMENDATIONS_INSECURE")]
    insecure: bool,

    /// The common name of a client certificate whose owner may write: import and
    /// delete books, and call all of Readers; may be given several times, or with
    /// commas [default: everybody whom the server lets connect]
    #[arg(
        long = "writer",
        value_name = "CN",
        env = "RECOMMENDATIONS_WRITER",
        value_delimiter = ','
    )]
    writers: Vec<String>,

    /// How many calls may be in flight; more are refused at once with
    /// RESOURCE_EXHAUSTED. Streams may be a quarter as many beside them
    #[arg(
        long,
        value_name = "NUMBER",
        env = "RECOMMENDATIONS_MAX_IN_FLIGHT",
        default_value_t = MAX_IN_FLIGHT,
        value_parser = value_parser!(u32).range(1..=1_000_000)
    )]
    max_in_flight: u32,

    /// Where Prometheus reads figures, by HTTP at /metrics [default: nowhere]
    #[arg(long, value_name = "HOST:PORT", env = "RECOMMENDATIONS_METRICS")]
    metrics: Option<Endpoint>,

    /// How long the server, told to stop, goes on taking calls while its health says
    /// NOT_SERVING
    #[arg(
        long,
        value_name = "DURATION",
        env = "RECOMMENDATIONS_LAME_DUCK",
        default_value_t = limits::STOP.lame_duck.into(),
        value_parser = stop_time
    )]
    lame_duck: humantime::Duration,

    /// How long the calls then in flight have to finish before they are cancelled
    #[arg(
        long,
        value_name = "DURATION",
        env = "RECOMMENDATIONS_DRAIN",
        default_value_t = limits::STOP.drain.into(),
        value_parser = stop_time
    )]
    drain: humantime::Duration,

    /// How the log, on standard error, looks
    #[arg(long, value_enum, env = "RECOMMENDATIONS_LOG", default_value_t = LogFormat::Text)]
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

/// Serves until a signal comes.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let address = listen_address(&arguments).map_err(Failure::WrongUsage)?;
    let metrics = arguments.metrics.as_ref().map(Endpoint::resolve);
    let metrics = metrics.transpose().map_err(Failure::wrong_usage)?;
    Ok(serve(arguments, address, metrics)?)
}

fn listen_address(arguments: &Arguments) -> anyhow::Result<SocketAddr> {
    let address = arguments.listen.resolve()?;
    if arguments.insecure {
        return Ok(address);
    }
    Ok(listen::loopback(address)?)
}

fn serve(
    arguments: Arguments,
    listen: SocketAddr,
    metrics: Option<SocketAddr>,
) -> anyhow::Result<()> {
    let logging = logging::start(arguments.log, arguments.log_level.clone())?;
    let signals = StopSignals::register().context("cannot watch for signals")?;
    let shop = Arc::new(open(arguments.data.clone())?);
    let mut registry = Registry::default();
    metrics::show_process(&mut registry, logging.lost_lines());
    metrics::show_shop(&mut registry, Arc::clone(&shop));
    let served = serve_shop(&shop, &arguments, listen, metrics, registry, signals);
    // Always, since threads of gRPC may still have the shop, and then nobody drops
    // it before the process ends.
    let closed = shop.close();
    served?;
    closed?;
    tracing::info!("stopped");
    Ok(())
}

fn serve_shop(
    shop: &Arc<Shop>,
    arguments: &Arguments,
    listen: SocketAddr,
    metrics: Option<SocketAddr>,
    mut registry: Registry,
    mut signals: StopSignals,
) -> anyhow::Result<()> {
    let calls = services::calls(call_settings(arguments), &mut registry);
    // Kept until the server has stopped, so that the stop can be watched.
    let endpoint = metrics.map(|address| show_metrics(address, registry));
    let _endpoint = endpoint.transpose()?;
    let health = services::health();
    let services = services::all(Arc::clone(shop), calls, health.clone());
    let server = Server::start(listen, services, health)?;
    announce(server.address());
    let model = shop.model();
    tracing::info!(
        address = %server.address(),
        books = shop.catalog().len(),
        readers = model.readers(),
        interactions = model.interactions(),
        "serving"
    );

    let signal = signals.wait();
    tracing::info!(signal, "stopping");
    Ok(server.stop(StopTimes {
        lame_duck: arguments.lame_duck.into(),
        drain: arguments.drain.into(),
    })?)
}

fn call_settings(arguments: &Arguments) -> Settings {
    let names = arguments.writers.iter().cloned();
    Settings {
        max_in_flight: arguments.max_in_flight,
        writers: match arguments.writers.is_empty() {
            true => Writers::Everybody,
            false => Writers::Named(names.collect()),
        },
        ..Settings::default()
    }
}

fn show_metrics(address: SocketAddr, registry: Registry) -> anyhow::Result<MetricsEndpoint> {
    let endpoint = MetricsEndpoint::start(address, registry)?;
    tracing::info!(address = %endpoint.address(), "metrics are shown");
    Ok(endpoint)
}

fn open(data: Option<Location>) -> anyhow::Result<Shop> {
    let database = Database::open(&data::location(data)?, &files::built_in()?)?;
    let location = database.location().clone();
    if !database.is_writable() {
        tracing::warn!(data = %location, "the file is read-only: every write will be refused");
    }
    let shop = Shop::open(database, shop::Settings::default())?;
    if shop.catalog().is_empty() {
        tracing::warn!(data = %location, "there are no books; import some with recommendations-server import");
    }
    Ok(shop)
}

fn announce(address: SocketAddr) {
    let mut out = io::stdout();
    let announced = writeln!(out, "listening on {address}").and_then(|()| out.flush());
    if let Err(error) = announced {
        tracing::warn!(%error, "standard output is closed; nobody was told the address");
    }
}

/// How long a part of the stop takes.
fn stop_time(text: &str) -> Result<humantime::Duration, String> {
    let most = Duration::from_secs(60 * 60);
    let parsed = match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => humantime::parse_duration(text).ok(),
    };
    parsed
        .filter(|time| *time <= most)
        .map(humantime::Duration::from)
        .ok_or_else(|| {
            "it must be from 0s to 1h, such as 500ms, 25s, 1m, or a number of seconds".to_owned()
        })
}
