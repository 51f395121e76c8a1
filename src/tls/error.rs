//! What can be wrong with the files.

use std::io;
use std::path::PathBuf;

use super::files::MAX_FILE_BYTES;
use crate::threads::NoThread;

/// Why files with certificates or a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The system does not let us read it.
    #[error("cannot read {}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is a folder, a pipe or a device.
    #[error("{} is no regular file; it must be a PEM file that can be read again and again", .0.display())]
    NoFile(PathBuf),
    /// It is larger than [`MAX_FILE_BYTES`].
    #[error("{} is too large; a PEM file must have at most {MAX_FILE_BYTES} bytes", .0.display())]
    TooLarge(PathBuf),
    /// It begins like PEM and is none.
    #[error("{} is no valid PEM file: {problem}", .path.display())]
    NoPem {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// No certificate is in it.
    #[error("{} has no certificate in it; it must have one that starts with -----BEGIN CERTIFICATE-----", .0.display())]
    NoCertificate(PathBuf),
    /// A certificate in it is none.
    #[error("certificate {number} in {} is broken: {problem}", .path.display())]
    BrokenCertificate {
        /// The file.
        path: PathBuf,
        /// Which of them, from 1.
        number: usize,
        /// What is wrong.
        problem: String,
    },
    /// The certificate is no longer valid.
    #[error("certificate in {} expired at {not_after}; it must be valid now", .path.display())]
    Expired {
        /// The file.
        path: PathBuf,
        /// Its last moment, RFC 3339.
        not_after: String,
    },
    /// The certificate is not valid yet.
    #[error("certificate in {} is not valid before {not_before}; it must be valid now, so look at this machine's clock too", .path.display())]
    NotYetValid {
        /// The file.
        path: PathBuf,
        /// Its first moment, RFC 3339.
        not_before: String,
    },
    /// The certificate's extended key usage leaves out what it is used for.
    #[error("certificate in {} is not made for {purpose}; its extended key usage must have {purpose} or be left out", .path.display())]
    WrongPurpose {
        /// The file.
        path: PathBuf,
        /// The usage that is missing: serverAuth or clientAuth.
        purpose: &'static str,
    },
    /// No key is in it.
    #[error("{} has no private key in it; it must have one that starts with -----BEGIN PRIVATE KEY-----, RSA PRIVATE KEY or EC PRIVATE KEY", .0.display())]
    NoKey(PathBuf),
    /// There is more than one key in it.
    #[error("{} has {count} private keys in it; it must have one", .path.display())]
    ManyKeys {
        /// The file.
        path: PathBuf,
        /// How many.
        count: usize,
    },
    /// The key has a password.
    #[error("private key in {} is encrypted; it must be stored without a password, such as openssl pkey writes it", .0.display())]
    EncryptedKey(PathBuf),
    /// The key is broken, or of a kind that is not taken.
    #[error("private key in {} is broken or of the wrong kind; it must be RSA of 2048 to 4096 bits, or EC on P-256 or P-384", .0.display())]
    BadKey(PathBuf),
    /// The key is another certificate's.
    #[error("private key in {} does not belong to the certificate in {}; a certificate's own key must be given, and it must be the first of its chain", .key.display(), .certificate.display())]
    KeyMismatch {
        /// The file with the certificate.
        certificate: PathBuf,
        /// The file with the key.
        key: PathBuf,
    },
    /// None of the certificates of an authority is valid now.
    #[error("no certificate in {} is valid now, the last until {not_after}; one at least must be", .path.display())]
    AuthoritiesExpired {
        /// The file.
        path: PathBuf,
        /// The latest of their last moments, RFC 3339.
        not_after: String,
    },
    /// There is no file with the authorities that the system trusts.
    #[error(
        "the system has no list of trusted authorities; install ca-certificates, or name a file with the server's authority"
    )]
    NoSystemRoots,
    /// There is no thread that looks at the files.
    #[error(transparent)]
    NoThread(#[from] NoThread),
}
