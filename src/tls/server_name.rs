//! The name that a server's certificate must have.

use std::fmt;
use std::str::FromStr;

use rustls::pki_types;

use crate::excerpt::excerpt;

/// A DNS name or an IP address that a server's certificate must have, where that is
/// not the host that is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerName(String);

/// The text is no name of a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("server name {}; it must be a DNS name or an IP address without a port, such as books.example.com", excerpt(.0))]
pub struct NoServerName(String);

impl ServerName {
    /// The name, for `ChannelBuilder::override_ssl_target`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for ServerName {
    type Err = NoServerName;

    /// Reads `books.example.com`, `192.0.2.1` or `2001:db8::1`.
    ///
    /// # Errors
    ///
    /// [`NoServerName`] if it is none of them.
    fn from_str(text: &str) -> Result<ServerName, NoServerName> {
        match pki_types::ServerName::try_from(text) {
            Ok(_) => Ok(ServerName(text.to_owned())),
            Err(_) => Err(NoServerName(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_server_names() {
        for text in ["books.example.com", "localhost", "192.0.2.1", "2001:db8::1"] {
            assert_eq!(text.parse::<ServerName>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_is_no_server_name_is_refused() {
        for text in [
            "",
            "a b",
            "books.example.com:443",
            "[::1]",
            "a\0b",
            "*.example.com",
        ] {
            let refused = text.parse::<ServerName>().unwrap_err();
            assert_eq!(
                refused.to_string(),
                format!(
                    "server name {text:?}; it must be a DNS name or an IP address \
                     without a port, such as books.example.com"
                )
            );
        }
    }
}
