//! What the command line takes.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use recommendations::duration;
use recommendations::endpoint::{self, Endpoint};
use recommendations::logging::{LogFilter, LogFormat};
use recommendations::server::limits::{self, StopTimes};
use recommendations::server::listen;
use recommendations::services::calls::{Settings, Writers};
use recommendations::store::Location;
use recommendations::tls::{IdentityFiles, ServerFiles};
use recommendations::usage::whole_number;

use super::writers::{CommonNames, CommonNamesParser};

#[derive(clap::Args)]
pub struct Arguments {
    /// The shop's file, or `:memory:` to keep nothing [default: shop.db in the
    /// platform's folder for data, such as ~/.local/share/recommendations]
    #[arg(long, value_name = "FILE", env = "RECOMMENDATIONS_DATA")]
    pub data: Option<Location>,

    /// Where to listen; port 0 takes a free port, an IPv6 address stands in
    /// brackets, a host name stands for its first address
    #[arg(long, value_name = "HOST:PORT", env = "RECOMMENDATIONS_LISTEN", default_value = endpoint::DEFAULT)]
    listen: Endpoint,

    /// Listen without TLS also where other machines can reach it
    #[arg(
        long,
        env = "RECOMMENDATIONS_INSECURE",
        value_parser = BoolishValueParser::new()
    )]
    insecure: bool,

    #[command(flatten)]
    tls: Tls,

    /// The common name of a client certificate whose owner may write: import and
    /// delete books, and call all of Readers; may be given several times, in the
    /// variable with commas between [default: nobody with --tls-client-ca, everybody
    /// without]
    #[arg(
        long = "writer",
        value_name = "CN",
        env = "RECOMMENDATIONS_WRITER",
        value_parser = CommonNamesParser,
        requires = "tls_client_ca"
    )]
    writers: Vec<CommonNames>,

    /// How many calls may be in flight; more are refused at once with
    /// RESOURCE_EXHAUSTED. Streams may be a quarter as many beside them
    #[arg(
        long,
        value_name = "NUMBER",
        env = "RECOMMENDATIONS_MAX_IN_FLIGHT",
        default_value_t = limits::MAX_IN_FLIGHT,
        value_parser = whole_number(1_u32, 1_000_000)
    )]
    max_in_flight: u32,

    /// How many connections may be open; whoever connects beyond it is hung up on
    #[arg(
        long,
        value_name = "NUMBER",
        env = "RECOMMENDATIONS_MAX_CONNECTIONS",
        default_value_t = limits::MAX_CONNECTIONS,
        value_parser = whole_number(1_u32, 1_000_000)
    )]
    pub max_connections: u32,

    /// Where Prometheus reads figures, at /metrics: by plain HTTP, and so does whoever
    /// else reaches the address [default: nowhere]
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
    pub log: LogFormat,

    /// What to log: error, warn, info, debug, trace or off, also for a module
    /// alone, such as warn,grpc=debug
    #[arg(
        long,
        value_name = "FILTER",
        env = "RECOMMENDATIONS_LOG_LEVEL",
        default_value = "info"
    )]
    pub log_level: LogFilter,
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

/// Where the server listens.
pub struct Addresses {
    /// To gRPC.
    pub grpc: SocketAddr,
    /// To those who read its figures.
    pub metrics: Option<SocketAddr>,
}

/// There is TLS, and none is wanted.
#[derive(Debug, thiserror::Error)]
#[error("--insecure and --tls-cert exclude each other: leave one of them out")]
struct InsecureTls;

impl Arguments {
    /// Where to listen, if that is safe.
    pub fn addresses(&self) -> anyhow::Result<Addresses> {
        let has_tls = self.tls.tls_cert.is_some();
        if self.insecure && has_tls {
            return Err(InsecureTls.into());
        }
        let grpc = self.listen.resolve()?;
        if !self.insecure && !has_tls {
            listen::loopback(grpc)?;
        }
        let metrics = self.metrics.as_ref().map(Endpoint::resolve).transpose()?;
        Ok(Addresses { grpc, metrics })
    }

    /// The files of TLS, if that is spoken.
    pub fn tls_files(&self) -> Option<ServerFiles> {
        let certificate = self.tls.tls_cert.clone()?;
        let key = self.tls.tls_key.clone()?;
        Some(ServerFiles {
            identity: IdentityFiles { certificate, key },
            client_ca: self.tls.tls_client_ca.clone(),
        })
    }

    /// What calls may do.
    pub fn call_settings(&self) -> Settings {
        Settings {
            max_in_flight: self.max_in_flight,
            // Who tells callers apart does not mean all of them to write.
            writers: match self.tls.tls_client_ca {
                Some(_) => {
                    Writers::Named(self.writers.iter().flat_map(|it| it.0.clone()).collect())
                }
                None => Writers::Everybody,
            },
            ..Settings::default()
        }
    }

    /// Whether nobody at all may write.
    pub fn is_for_readers_alone(&self) -> bool {
        self.tls.tls_client_ca.is_some() && self.writers.is_empty()
    }

    /// How the server stops.
    pub fn stop_times(&self) -> StopTimes {
        StopTimes {
            lame_duck: self.lame_duck.into(),
            drain: self.drain.into(),
        }
    }
}

/// How long a part of the stop takes.
fn stop_time(text: &str) -> Result<humantime::Duration, &'static str> {
    duration::parse_up_to_an_hour(text).map(humantime::Duration::from)
}
