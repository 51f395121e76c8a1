//! Whom to call, and how.

use super::endpoints::Endpoints;
use super::timeout::Timeout;
use crate::endpoint::UnresolvedHost;
use crate::threads::NoThread;
use crate::tls::{ClientFiles, ServerName, TlsError};

/// Whom to call, for how long, and whether with TLS.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The servers. Calls go to them in turn.
    ///
    /// One name is resolved again whenever a connection is lost, at most every 5
    /// seconds; several names once, when the client is made. Several addresses are
    /// called directly, one alone through the proxy that the environment names, if
    /// it is not this machine's own.
    pub endpoints: Endpoints,
    /// How long a call may take with all its attempts. Every page of a list is a
    /// call.
    pub timeout: Timeout,
    /// How long an import may take as a whole.
    pub import_timeout: Timeout,
    /// TLS; without, everybody on the way reads along.
    pub tls: Option<Tls>,
}

/// Who the server must be, and who the client is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// The authorities, and the client's own certificate.
    pub files: ClientFiles,
    /// The name that the server's certificate must have, where that is not the host
    /// that is called. Servers on several hosts need one.
    pub server_name: Option<ServerName>,
}

/// Why there is no client: nobody was called yet.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// One of several hosts has no address.
    #[error(transparent)]
    Unresolved(#[from] UnresolvedHost),
    /// A file cannot be used for TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// gRPC looks for one name in the certificates of all servers.
    #[error("servers on several hosts, {0}, need a server name for TLS")]
    ManyNames(Endpoints),
    /// The system does not give gRPC the threads that it needs.
    #[error(transparent)]
    NoThread(#[from] NoThread),
}

impl Settings {
    /// Calls to the servers without TLS, with [`Timeout::DEFAULT`] for a call and
    /// [`Timeout::LONGEST`] for an import. A server that vanishes ends them sooner.
    pub fn new(endpoints: impl Into<Endpoints>) -> Settings {
        Settings {
            endpoints: endpoints.into(),
            timeout: Timeout::DEFAULT,
            import_timeout: Timeout::LONGEST,
            tls: None,
        }
    }
}
