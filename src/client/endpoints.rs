//! Where the servers are.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::endpoint::{Endpoint, UnresolvedHost};

/// One server or several that answer alike: at least one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints(Arc<[Endpoint]>);

impl Endpoints {
    /// The addresses, if there is at least one.
    pub fn new(addresses: Vec<Endpoint>) -> Option<Endpoints> {
        (!addresses.is_empty()).then(|| Endpoints(addresses.into()))
    }

    /// The addresses as they were given.
    pub fn as_slice(&self) -> &[Endpoint] {
        &self.0
    }

    /// The first of them.
    pub(super) fn first(&self) -> &Endpoint {
        // There is one at least.
        &self.0[0]
    }

    /// The address, where there is one alone.
    pub(super) fn only(&self) -> Option<&Endpoint> {
        match &*self.0 {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether all have the same host.
    pub(super) fn is_one_host(&self) -> bool {
        let host = self.first().host();
        self.0.iter().all(|each| each.host() == host)
    }

    /// What the C core calls them all together.
    ///
    /// It asks for the addresses of a name again whenever a connection is lost, but
    /// knows one name alone. So several names are resolved here, once.
    ///
    /// # Errors
    ///
    /// [`UnresolvedHost`] when one of several has no address.
    pub(super) fn target(&self) -> Result<String, UnresolvedHost> {
        if let Some(only) = self.only() {
            return Ok(only.to_string());
        }
        let mut addresses = Vec::new();
        for endpoint in &*self.0 {
            for address in endpoint.addresses()? {
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
        }
        Ok(target(&addresses))
    }
}

/// The addresses in the C core's words. They must be of one family, so IPv4
/// addresses are written as IPv6 ones where there are both: RFC 4291 section
/// 2.5.5.2.
fn target(addresses: &[SocketAddr]) -> String {
    let (scheme, written): (_, Vec<String>) = if addresses.iter().all(SocketAddr::is_ipv4) {
        ("ipv4", addresses.iter().map(ToString::to_string).collect())
    } else {
        ("ipv6", addresses.iter().copied().map(ipv6).collect())
    };
    format!("{scheme}:{}", written.join(","))
}

/// In an URI, brackets stand for themselves only round a host.
fn ipv6(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    };
    format!("%5B{ip}%5D:{}", address.port())
}

impl From<Endpoint> for Endpoints {
    fn from(only: Endpoint) -> Endpoints {
        Endpoints([only].into())
    }
}

impl fmt::Display for Endpoints {
    /// All of them with commas between.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first().fmt(formatter)?;
        let others = self.0.iter().skip(1);
        others
            .into_iter()
            .try_for_each(|each| write!(formatter, ", {each}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints(text: &str) -> Endpoints {
        Endpoints::new(text.split(", ").map(|each| each.parse().unwrap()).collect()).unwrap()
    }

    #[test]
    fn there_is_at_least_one() {
        assert_eq!(Endpoints::new(Vec::new()), None);
    }

    #[test]
    fn they_are_printed_with_commas_between() {
        for text in ["127.0.0.1:1", "a.example:1, b.example:2, [::1]:3"] {
            assert_eq!(endpoints(text).to_string(), text);
        }
    }

    #[test]
    fn one_address_is_left_to_the_core() {
        for text in ["books.example:443", "127.0.0.1:1", "[::1]:1"] {
            assert_eq!(endpoints(text).target().unwrap(), text);
        }
    }

    #[test]
    fn several_addresses_are_of_one_family() {
        for (text, target) in [
            ("127.0.0.1:1, 127.0.0.1:2", "ipv4:127.0.0.1:1,127.0.0.1:2"),
            ("[::1]:1, [::2]:2", "ipv6:%5B::1%5D:1,%5B::2%5D:2"),
            (
                "127.0.0.1:1, [::1]:2",
                "ipv6:%5B::ffff:127.0.0.1%5D:1,%5B::1%5D:2",
            ),
            ("127.0.0.1:1, 127.0.0.1:1", "ipv4:127.0.0.1:1"),
        ] {
            assert_eq!(endpoints(text).target().unwrap(), target);
        }
    }

    #[test]
    fn a_host_without_an_address_is_named() {
        let error = endpoints("127.0.0.1:1, no-such-host.invalid:1")
            .target()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "host \"no-such-host.invalid\" cannot be resolved"
        );
    }
}
