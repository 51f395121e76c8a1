//! Serving.

mod arguments;
mod writers;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use prometheus_client::registry::Registry;
use recommendations::category::Uncategorized;
use recommendations::endpoint::UnresolvedHost;
use recommendations::metrics::{self, MetricsEndpoint};
use recommendations::server::Server;
use recommendations::server::limits::OTHER_FILES;
use recommendations::server::listen::{self, Listener, Security};
use recommendations::server::signals::StopSignals;
use recommendations::shop::{self, Shop};
use recommendations::store::{Database, Location};
use recommendations::tls::{LOOK_EVERY, ServerFiles, ServerTls};
use recommendations::usage::Failure;
use recommendations::{data, files, logging, open_files, services};
use sd_notify::NotifyState;

use self::arguments::Addresses;
pub use self::arguments::Arguments;

/// Serves until a signal comes.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let addresses = arguments.addresses().map_err(|error| {
        // Names may be resolved later: a service manager should try again.
        match error.is::<UnresolvedHost>() {
            true => Failure::Failed(error),
            false => Failure::WrongUsage(error),
        }
    })?;
    Ok(serve(&arguments, &addresses)?)
}

fn serve(arguments: &Arguments, addresses: &Addresses) -> anyhow::Result<()> {
    let logging = logging::start(arguments.log, arguments.log_level.clone())?;
    let signals = StopSignals::register().context("cannot watch for signals")?;
    if arguments.is_for_readers_alone() {
        tracing::warn!("nobody may write: --writer names nobody");
    }
    allow_connections(arguments.max_connections);
    // Before the shop, which may take long.
    let security = security(arguments.tls_files())?;
    let shop = Arc::new(open(arguments.data.clone())?);
    let mut registry = Registry::default();
    metrics::show_process(&mut registry, logging.lost_lines());
    metrics::show_shop(&mut registry, Arc::clone(&shop));
    if let Security::Tls(tls) = &security {
        metrics::show_tls(&mut registry, tls.counts());
    }
    let served = serve_shop(&shop, arguments, addresses, security, registry, signals);
    // Always, since threads of gRPC may still have the shop, and then nobody drops
    // it before the process ends.
    let closed = shop.close();
    served?;
    closed?;
    tracing::info!("stopped");
    Ok(())
}

/// Lets so many connections be open, each of which is an open file.
fn allow_connections(most: u32) {
    let needed = u64::from(most) + OTHER_FILES;
    match open_files::allow(needed) {
        Ok(Some(files)) if files < needed => tracing::warn!(
            files,
            "the system lets this process open fewer files than --max-connections {most} needs, \
             {needed}: whoever connects when there are none left waits"
        ),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of open files cannot be raised"),
    }
}

fn security(files: Option<ServerFiles>) -> anyhow::Result<Security> {
    Ok(match files {
        Some(files) => Security::Tls(ServerTls::open(files, LOOK_EVERY)?),
        None => Security::Plain,
    })
}

fn serve_shop(
    shop: &Arc<Shop>,
    arguments: &Arguments,
    addresses: &Addresses,
    security: Security,
    mut registry: Registry,
    mut signals: StopSignals,
) -> anyhow::Result<()> {
    let calls = services::calls(arguments.call_settings(), &mut registry)?;
    calls.tell_of_unclaimed(&mut registry);
    // Kept until the server has stopped, so that the stop can be watched.
    let endpoint = addresses
        .metrics
        .map(|address| show_metrics(address, registry));
    let _endpoint = endpoint.transpose()?;
    let health = services::health();
    let services = services::all(Arc::clone(shop), calls, health.clone());
    // Up to here, whoever stops the server need not wait for a large shop.
    signals.defer();
    let listener = Listener {
        address: addresses.grpc,
        security,
        max_connections: arguments.max_connections,
    };
    let server = Server::start(listener, services, health)?;
    announce(server.address());
    tell_manager(NotifyState::Ready);
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
    tell_manager(NotifyState::Stopping);
    Ok(server.stop(arguments.stop_times())?)
}

fn show_metrics(address: SocketAddr, registry: Registry) -> anyhow::Result<MetricsEndpoint> {
    if listen::loopback(address).is_err() {
        tracing::warn!(
            %address,
            "whoever reaches the address of --metrics reads the figures: by plain HTTP, from \
             other machines too"
        );
    }
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
    let books = shop.catalog();
    if let Some(warning) = Uncategorized::among(books.books().map(|book| book.categories)) {
        tracing::warn!(data = %location, "{warning}");
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

/// Tells the service manager that started this process, if one did: systemd, for a
/// unit of `Type=notify`.
fn tell_manager(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the service manager cannot be told");
    }
}
