//! Serving.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use recommendations::endpoint::{self, Endpoint};
use recommendations::logging::{self, LogFilter, LogFormat};
use recommendations::server::listen::Security;
use recommendations::server::signals::StopSignals;
use recommendations::server::{Server, limits, listen};
use recommendations::shop::{Settings, Shop};
use recommendations::store::{Database, Location};
use recommendations::tls::{IdentityFiles, LOOK_EVERY, ServerFiles, ServerTls};
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
    #[arg(long, conflicts_with_all = ["tls_cert", "tls_key", "tls_client_ca"])]
    insecure: bool,

    #[command(flatten)]
    tls: Tls,

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

/// Where the files of TLS are. They are read again when they change.
#[derive(clap::Args)]
struct Tls {
    /// Speak TLS, with this certificate and those above it, in PEM
    #[arg(
        long,
        value_name = "FILE",
        env = "RECOMMENDATIONS_TLS_CERT",
        requires = "tls_key"
    )]
    tls_cert: Option<PathBuf>,

    /// The private key of the certificate, in PEM without a password
    #[arg(
        long,
        value_name = "FILE",
        env = "RECOMMENDATIONS_TLS_KEY",
        requires = "tls_cert"
    )]
    tls_key: Option<PathBuf>,

    /// Let in only clients with a certificate from these authorities, in PEM
    #[arg(
        long,
        value_name = "FILE",
        env = "RECOMMENDATIONS_TLS_CLIENT_CA",
        requires_all = ["tls_cert", "tls_key"]
    )]
    tls_client_ca: Option<PathBuf>,
}

impl Tls {
    fn files(self) -> Option<ServerFiles> {
        let certificate = self.tls_cert?;
        let key = self.tls_key?;
        Some(ServerFiles {
            identity: IdentityFiles { certificate, key },
            client_ca: self.tls_client_ca,
        })
    }
}

/// Serves until a signal comes.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let address = listen_address(&arguments).map_err(Failure::WrongUsage)?;
    Ok(serve(arguments, address)?)
}

fn listen_address(arguments: &Arguments) -> anyhow::Result<SocketAddr> {
    let address = arguments.listen.resolve()?;
    if arguments.insecure || arguments.tls.tls_cert.is_some() {
        return Ok(address);
    }
    Ok(listen::loopback(address)?)
}

fn serve(arguments: Arguments, listen: SocketAddr) -> anyhow::Result<()> {
    logging::start(arguments.log, arguments.log_level)?;
    let signals = StopSignals::register().context("cannot watch for signals")?;
    // Before the shop, which may take long.
    let security = security(arguments.tls)?;
    let shop = Arc::new(open(arguments.data)?);
    let served = serve_shop(&shop, listen, security, signals);
    // Always, since threads of gRPC may still have the shop, and then nobody drops
    // it before the process ends.
    let closed = shop.close();
    served?;
    closed?;
    tracing::info!("stopped");
    Ok(())
}

fn security(tls: Tls) -> anyhow::Result<Security> {
    Ok(match tls.files() {
        Some(files) => Security::Tls(ServerTls::open(files, LOOK_EVERY)?),
        None => Security::Plain,
    })
}

fn serve_shop(
    shop: &Arc<Shop>,
    listen: SocketAddr,
    security: Security,
    mut signals: StopSignals,
) -> anyhow::Result<()> {
    let health = services::health();
    let services = services::all(Arc::clone(shop), &health);
    let server = Server::start(listen, services, security)?;
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
    health.shut_down();
    health.end_watches();
    Ok(server.stop(limits::DRAIN)?)
}

fn open(data: Option<Location>) -> anyhow::Result<Shop> {
    let database = Database::open(&data::location(data)?, &files::built_in()?)?;
    let location = database.location().clone();
    if !database.is_writable() {
        tracing::warn!(data = %location, "the file is read-only: every write will be refused");
    }
    let shop = Shop::open(database, Settings::default())?;
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
