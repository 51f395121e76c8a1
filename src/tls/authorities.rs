//! The authorities that a peer's certificate must come from.

use std::path::Path;

use super::error::TlsError;
use super::identity::parse;
use super::pem;
use super::time::rfc3339;

/// Certificates of authorities, checked.
pub(super) struct Authorities {
    /// All of them, PEM.
    pub(super) certificates: String,
    /// The latest of their last moments, seconds since 1970: after it, whatever they
    /// signed is refused.
    pub(super) not_after: i64,
}

/// The certificates of authorities in `content`, read from `path`, checked.
/// `now` is in seconds since 1970.
///
/// Some may have expired, as they do in a list that is kept for long; what they
/// signed is refused. That none is valid is a mistake.
///
/// # Errors
///
/// [`TlsError`] when one is broken or none is valid now.
pub(super) fn check(path: &Path, content: &[u8], now: i64) -> Result<Authorities, TlsError> {
    let certificates = pem::certificates(path, content)?;
    let mut last = i64::MIN;
    let mut is_any_valid = false;
    for (index, der) in certificates.iter().enumerate() {
        let parsed = parse(der).map_err(|problem| TlsError::BrokenCertificate {
            path: path.to_owned(),
            number: index + 1,
            problem,
        })?;
        let validity = parsed.validity();
        last = last.max(validity.not_after.timestamp());
        is_any_valid |=
            (validity.not_before.timestamp()..=validity.not_after.timestamp()).contains(&now);
    }
    match is_any_valid {
        true => Ok(Authorities {
            certificates: pem::certificates_text(&certificates),
            not_after: last,
        }),
        false => Err(TlsError::AuthoritiesExpired {
            path: path.to_owned(),
            not_after: rfc3339(last),
        }),
    }
}
