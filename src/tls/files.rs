//! Which files there are, and how they are read.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::error::TlsError;

/// The size of the largest file that is read, in bytes. The certificates of all
/// public authorities together have a quarter of that.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Where a certificate and its key are, in PEM. They may be in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityFiles {
    /// The certificate, then those between it and the authority's, if there are
    /// any.
    pub certificate: PathBuf,
    /// The certificate's private key, without a password.
    pub key: PathBuf,
}

/// Where the server's files are, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFiles {
    /// The server's certificate and key.
    pub identity: IdentityFiles,
    /// The certificates of the authorities whose clients are let in. Without, every
    /// client is.
    pub client_ca: Option<PathBuf>,
}

/// The content of a regular file of at most [`MAX_FILE_BYTES`].
///
/// # Errors
///
/// [`TlsError`] if it is none, or cannot be read.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let unreadable = |source| TlsError::Unreadable {
        path: path.to_owned(),
        source,
    };
    // Asked before it is opened: opening a pipe would wait for its other end.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(TlsError::NoFile(path.to_owned()));
    }
    let mut content = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    let limit = MAX_FILE_BYTES + 1;
    let read = file.take(limit).read_to_end(&mut content);
    if u64::try_from(read.map_err(unreadable)?) == Ok(limit) {
        return Err(TlsError::TooLarge(path.to_owned()));
    }
    Ok(content)
}
