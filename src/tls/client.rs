//! The client's side.

use std::env;
use std::fs;
use std::path::PathBuf;

use grpcio::{ChannelCredentials, ChannelCredentialsBuilder};

use super::authorities;
use super::error::TlsError;
use super::files::{self, IdentityFiles};
use super::identity::{Identity, Purpose};
use super::time;

/// Names a file with roots in place of the system's; the C core reads it.
const ROOTS_VARIABLE: &str = "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH";

/// Where the C core looks for a list of the system's roots.
#[cfg(target_os = "linux")]
const SYSTEM_LISTS: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
];
#[cfg(not(target_os = "linux"))]
const SYSTEM_LISTS: [&str; 2] = [
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

/// Where it looks for roots in files of their own, if there is no list.
const SYSTEM_FOLDERS: [&str; 2] = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

/// Where the client's files are, in PEM.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClientFiles {
    /// The certificates of the authorities that the server's must come from.
    /// Without, the system's roots.
    pub ca: Option<PathBuf>,
    /// The client's own certificate and key, which a server with mutual TLS asks
    /// for.
    pub identity: Option<IdentityFiles>,
}

impl ClientFiles {
    /// Reads and checks the files: the credentials for a channel. They stay as they
    /// are when the files change.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when a file cannot be used, or the system has no roots.
    pub fn read(&self) -> Result<ChannelCredentials, TlsError> {
        let now = time::now();
        let mut builder = ChannelCredentialsBuilder::new();
        match &self.ca {
            Some(path) => {
                let roots = authorities::check(path, &files::read(path)?, now)?;
                builder = builder.root_cert(roots.certificates.into_bytes());
            }
            // The core finds the same, but not finding any, it would only answer
            // UNAVAILABLE.
            None if has_system_roots() => {}
            None => return Err(TlsError::NoSystemRoots),
        }
        if let Some(of) = &self.identity {
            let (certificate, key) = (files::read(&of.certificate)?, files::read(&of.key)?);
            let identity = Identity::check(of, &certificate, &key, Purpose::Client, now)?;
            builder = builder.cert(identity.chain.into_bytes(), identity.key.into_bytes());
        }
        Ok(builder.build())
    }
}

fn has_system_roots() -> bool {
    let named = env::var_os(ROOTS_VARIABLE).map(PathBuf::from);
    let mut files = named.into_iter().chain(SYSTEM_LISTS.map(PathBuf::from));
    files.any(|file| file.is_file()) || SYSTEM_FOLDERS.iter().any(has_entries)
}

fn has_entries(folder: &&str) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}
