//! Whom to call, and how.

use std::path::PathBuf;

use clap::Args;
use clap::builder::BoolishValueParser;
use recommendations::client::{Endpoints, RequestId, Settings, Timeout, Tls};
use recommendations::endpoint::{self, Endpoint};
use recommendations::tls::{ClientFiles, IdentityFiles, ServerName};

#[derive(Args)]
#[command(next_help_heading = "Connection")]
pub struct Connection {
    /// The server's address; several addresses, with commas between or the option
    /// given again, are of servers that answer alike
    ///
    /// Calls go to all servers in turn, but not to one that is down or says that it
    /// does not serve. Reads, record and delete-reader are sent again for two
    /// seconds and a half, within --timeout, where no server is there or one stops.
    #[arg(
        long,
        global = true,
        value_name = "HOST:PORT",
        env = "RECOMMENDATIONS_ADDR",
        value_delimiter = ',',
        default_value = endpoint::DEFAULT
    )]
    addr: Vec<Endpoint>,

    /// How long a call may take: 500ms, 5s, 1m or a whole number of seconds; at most 1h.
    /// Every page of a list is a call; an import has a limit of its own
    #[arg(
        long,
        global = true,
        value_name = "DURATION",
        env = "RECOMMENDATIONS_TIMEOUT",
        default_value_t = Timeout::DEFAULT
    )]
    timeout: Timeout,

    /// Call with TLS; the server's certificate must come from an authority that the
    /// system trusts. Each of the other --tls options turns it on too
    #[arg(
        long,
        global = true,
        env = "RECOMMENDATIONS_CLIENT_TLS",
        value_parser = BoolishValueParser::new()
    )]
    tls: bool,

    /// A PEM file with the authorities that the server's certificate must come from,
    /// in place of the system's
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "RECOMMENDATIONS_CLIENT_TLS_CA"
    )]
    tls_ca: Option<PathBuf>,

    /// A PEM file with the client's own certificate, for mutual TLS
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "RECOMMENDATIONS_CLIENT_TLS_CERT"
    )]
    tls_cert: Option<PathBuf>,

    /// A PEM file with the private key of that certificate
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "RECOMMENDATIONS_CLIENT_TLS_KEY"
    )]
    tls_key: Option<PathBuf>,

    /// The name that the server's certificate must have; servers on several hosts need
    /// one [default: the host of --addr]
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "RECOMMENDATIONS_CLIENT_TLS_SERVER_NAME"
    )]
    tls_server_name: Option<ServerName>,

    /// What the server's log calls the call: 1 to 128 visible ASCII characters
    #[arg(
        long,
        global = true,
        value_name = "ID",
        env = "RECOMMENDATIONS_REQUEST_ID"
    )]
    pub request_id: Option<RequestId>,
}

/// Why options do not go together.
#[derive(Debug, thiserror::Error)]
pub enum NoConnection {
    /// There is no address.
    #[error("--addr is empty; it must be HOST:PORT, such as {}", endpoint::DEFAULT)]
    NoAddress,
    /// A certificate and its key go together.
    #[error("--tls-cert and --tls-key must be given together")]
    HalfAnIdentity,
}

impl Connection {
    /// The settings of a client.
    pub fn settings(&self) -> Result<Settings, NoConnection> {
        let endpoints = Endpoints::new(self.addr.clone()).ok_or(NoConnection::NoAddress)?;
        Ok(Settings {
            timeout: self.timeout,
            tls: self.tls()?,
            ..Settings::new(endpoints)
        })
    }

    fn tls(&self) -> Result<Option<Tls>, NoConnection> {
        let identity = match (self.tls_cert.clone(), self.tls_key.clone()) {
            (Some(certificate), Some(key)) => Some(IdentityFiles { certificate, key }),
            (None, None) => None,
            _ => return Err(NoConnection::HalfAnIdentity),
        };
        let tls = Tls {
            files: ClientFiles {
                ca: self.tls_ca.clone(),
                identity,
            },
            server_name: self.tls_server_name.clone(),
        };
        Ok((self.tls || tls != Tls::default()).then_some(tls))
    }
}
