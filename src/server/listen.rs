//! Where the server listens, whom it lets in, and what it speaks there.

use std::net::SocketAddr;

use grpcio::ServerCredentials;

use super::limits::MAX_CONNECTIONS;
use crate::tls::ServerTls;

/// Where a server listens.
#[derive(Debug)]
pub struct Listener {
    /// Port 0 takes a free port.
    pub address: SocketAddr,
    /// What is spoken there.
    pub security: Security,
    /// How many connections may be open. Whoever connects beyond it is hung up on.
    pub max_connections: u32,
}

impl Listener {
    /// One of the usual limit.
    pub fn new(address: SocketAddr, security: Security) -> Listener {
        Listener {
            address,
            security,
            max_connections: MAX_CONNECTIONS,
        }
    }
}

/// What the server speaks.
#[derive(Debug)]
pub enum Security {
    /// Plain HTTP/2, which others on the way can read and change.
    Plain,
    /// TLS, which may be mutual.
    Tls(ServerTls),
}

impl Security {
    pub(super) fn credentials(&self) -> ServerCredentials {
        match self {
            Security::Plain => ServerCredentials::insecure(),
            Security::Tls(tls) => tls.credentials(),
        }
    }
}

/// The address can be reached from other machines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "address {0} is not loopback, and there is no TLS: \
     others on the network could call the server and read along; \
     give --tls-cert and --tls-key, listen on 127.0.0.1, \
     or give --insecure to listen there all the same"
)]
pub struct NotLoopback(SocketAddr);

/// The address, if only this machine reaches it.
///
/// # Errors
///
/// [`NotLoopback`] if others reach it too.
pub fn loopback(address: SocketAddr) -> Result<SocketAddr, NotLoopback> {
    if address.ip().to_canonical().is_loopback() {
        Ok(address)
    } else {
        Err(NotLoopback(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_loopback(address: &str) -> bool {
        loopback(address.parse().unwrap()).is_ok()
    }

    #[test]
    fn loopback_is_this_machine_alone() {
        for address in [
            "127.0.0.1:1",
            "127.9.9.9:1",
            "[::1]:1",
            "[::ffff:127.0.0.1]:1",
        ] {
            assert!(is_loopback(address), "{address}");
        }
        for address in ["0.0.0.0:1", "[::]:1", "192.168.0.1:1", "[fe80::1]:1"] {
            assert!(!is_loopback(address), "{address}");
        }
    }
}
