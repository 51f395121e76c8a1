//! What the server's files hold.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::authorities::{self, Authorities};
use super::error::TlsError;
use super::files::{self, ServerFiles};
use super::identity::{Identity, Purpose};

/// The bytes of the files.
#[derive(PartialEq, Eq)]
pub(super) struct Content {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

/// What a server needs to speak TLS, checked.
pub(super) struct Material {
    pub(super) identity: Identity,
    pub(super) client_ca: Option<Authorities>,
}

impl Content {
    pub(super) fn read(files: &ServerFiles) -> Result<Content, TlsError> {
        let client_ca = files.client_ca.as_deref().map(files::read);
        Ok(Content {
            certificate: files::read(&files.identity.certificate)?,
            key: files::read(&files.identity.key)?,
            client_ca: client_ca.transpose()?,
        })
    }

    /// What is in them, if it can be used. `now` is in seconds since 1970.
    pub(super) fn check(&self, files: &ServerFiles, now: i64) -> Result<Material, TlsError> {
        let (certificate, key) = (&self.certificate, &self.key);
        let identity = Identity::check(&files.identity, certificate, key, Purpose::Server, now)?;
        let client_ca = match (&files.client_ca, &self.client_ca) {
            (Some(path), Some(content)) => Some(authorities::check(path, content, now)?),
            _ => None,
        };
        warn_of_open_key(&files.identity.key);
        Ok(Material {
            identity,
            client_ca,
        })
    }
}

/// Warns if everybody on this machine may read the key.
fn warn_of_open_key(key: &Path) {
    // Whoever cannot look at it could not read it either.
    let mode = fs::metadata(key).map_or(0, |known| known.permissions().mode());
    if mode & 0o007 != 0 {
        tracing::warn!(
            key = %key.display(),
            mode = format_args!("{:o}", mode & 0o777),
            "everybody on this machine can read the private key; it should have mode 600, or 640"
        );
    }
}
