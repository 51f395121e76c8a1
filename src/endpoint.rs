//! Addresses as people write them: `HOST:PORT`.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::str::FromStr;

use crate::excerpt::excerpt;

/// Where the server listens and the client calls unless told otherwise.
pub const DEFAULT: &str = "127.0.0.1:50051";

/// A host, by name or IP address, and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A name, an IPv4 address, or an IPv6 address without brackets.
    host: String,
    port: u16,
}

/// Why a text is no [`Endpoint`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// There is no port. gRPC would take port 443.
    #[error("address {} has no port; it must be HOST:PORT, such as {DEFAULT}", excerpt(.0))]
    NoPort(String),
    /// The port is not a number that a port can have.
    #[error("port {} in address {}; it must be a number from 0 to 65535", excerpt(.port), excerpt(.address))]
    Port {
        /// The port.
        port: String,
        /// The whole address.
        address: String,
    },
    /// The host is neither a name nor an IP address.
    #[error("host {} in address {}; it must be a name or an IP address, such as {DEFAULT}", excerpt(.host), excerpt(.address))]
    Host {
        /// The host.
        host: String,
        /// The whole address.
        address: String,
    },
    /// The host is an IPv6 address without brackets.
    #[error("address {}; an IPv6 address must stand in brackets, such as [::1]:50051", excerpt(.0))]
    NoBrackets(String),
}

/// The host of an [`Endpoint`] has no address.
#[derive(Debug, thiserror::Error)]
#[error("host {} cannot be resolved", excerpt(.host))]
pub struct UnresolvedHost {
    host: String,
    source: io::Error,
}

impl Endpoint {
    /// The host, a name or an IP address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The first address of the host.
    ///
    /// It may ask a name server and takes as long as that takes.
    ///
    /// # Errors
    ///
    /// [`UnresolvedHost`] when there is none.
    pub fn resolve(&self) -> Result<SocketAddr, UnresolvedHost> {
        let none = || self.unresolved(io::Error::other("no address"));
        self.addresses()?.next().ok_or_else(none)
    }

    /// All addresses of the host.
    ///
    /// It may ask a name server and takes as long as that takes.
    ///
    /// # Errors
    ///
    /// [`UnresolvedHost`] when the system finds none.
    pub fn addresses(&self) -> Result<impl Iterator<Item = SocketAddr>, UnresolvedHost> {
        let resolved = (self.host.as_str(), self.port).to_socket_addrs();
        resolved.map_err(|source| self.unresolved(source))
    }

    fn unresolved(&self, source: io::Error) -> UnresolvedHost {
        let host = self.host.clone();
        UnresolvedHost { host, source }
    }

    /// Whether the host is written as this machine's own: `localhost` or a
    /// loopback address.
    pub fn is_loopback(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => self.host.eq_ignore_ascii_case("localhost"),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Endpoint { host, port } = self;
        if host.contains(':') {
            write!(formatter, "[{host}]:{port}")
        } else {
            write!(formatter, "{host}:{port}")
        }
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    /// Reads `localhost:50051`, `127.0.0.1:50051` or `[::1]:50051`.
    ///
    /// # Errors
    ///
    /// [`EndpointError`] when host or port are missing or cannot be.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = text.to_owned();
        if text.parse::<Ipv6Addr>().is_ok() {
            return Err(EndpointError::NoBrackets(address));
        }
        let Some((written, port)) = text.rsplit_once(':').filter(|_| !text.ends_with(']')) else {
            return Err(EndpointError::NoPort(address));
        };
        if written.parse::<Ipv6Addr>().is_ok() {
            return Err(EndpointError::NoBrackets(address));
        }
        let Some(host) = host(written) else {
            let host = written.to_owned();
            return Err(EndpointError::Host { host, address });
        };
        match port.parse() {
            Ok(number) if port.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Endpoint {
                host: host.to_owned(),
                port: number,
            }),
            _ => {
                let port = port.to_owned();
                Err(EndpointError::Port { port, address })
            }
        }
    }
}

/// The host as it is written in an address, without brackets.
fn host(written: &str) -> Option<&str> {
    let inside = written
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match inside {
        Some(address) => address.parse::<Ipv6Addr>().ok().map(|_| address),
        None => {
            let named = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            (!written.is_empty() && written.bytes().all(named)).then_some(written)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, message: &str) {
        assert_eq!(text.parse::<Endpoint>().unwrap_err().to_string(), message);
    }

    #[test]
    fn an_endpoint_is_printed_as_it_is_written() {
        for text in [DEFAULT, "localhost:0", "[::1]:65535", "my-host.example_1:1"] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn an_address_without_a_port_is_refused() {
        for text in ["127.0.0.1", "localhost", "", "[::1]"] {
            refused(
                text,
                &format!(
                    "address \"{text}\" has no port; it must be HOST:PORT, such as 127.0.0.1:50051"
                ),
            );
        }
    }

    #[test]
    fn a_port_that_cannot_be_is_refused() {
        for port in ["", "65536", "-1", "+1", "http", "1 "] {
            refused(
                &format!("127.0.0.1:{port}"),
                &format!(
                    "port \"{port}\" in address \"127.0.0.1:{port}\"; it must be a number from 0 to 65535"
                ),
            );
        }
    }

    #[test]
    fn a_host_that_cannot_be_is_refused() {
        for host in ["", "http://localhost", "a b", "[localhost]", "[::1", "a\0b"] {
            let text = format!("{host}:1");
            refused(
                &text,
                &format!(
                    "host {host:?} in address {text:?}; it must be a name or an IP address, such as 127.0.0.1:50051"
                ),
            );
        }
    }

    #[test]
    fn an_ipv6_address_without_brackets_is_refused() {
        for text in ["::1", "::1:50051", "fe80:0:0:0:0:0:0:1:1"] {
            refused(
                text,
                &format!(
                    "address \"{text}\"; an IPv6 address must stand in brackets, such as [::1]:50051"
                ),
            );
        }
    }

    #[test]
    fn ip_addresses_are_resolved_to_themselves() {
        for text in [DEFAULT, "[::1]:0"] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(endpoint.resolve().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_host_without_an_address_is_named() {
        let endpoint: Endpoint = "no-such-host.invalid:1".parse().unwrap();
        assert_eq!(
            endpoint.resolve().unwrap_err().to_string(),
            "host \"no-such-host.invalid\" cannot be resolved"
        );
    }

    #[test]
    fn loopback_is_known_by_name_and_by_address() {
        let is_loopback = |text: &str| text.parse::<Endpoint>().unwrap().is_loopback();
        for text in ["localhost:1", "LOCALHOST:1", "127.8.8.8:1", "[::1]:1"] {
            assert!(is_loopback(text), "{text}");
        }
        for text in ["example.com:1", "0.0.0.0:1", "192.168.0.1:1", "[::]:1"] {
            assert!(!is_loopback(text), "{text}");
        }
    }
}
