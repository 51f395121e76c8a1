//! PEM, RFC 7468.
//!
//! What is read is written anew for the C core, so that it finds there what was
//! found here: no zero bytes, which would end the text, no comments, no byte order
//! mark, no labels that one takes and the other does not.

use std::path::Path;

use rustls::pki_types::pem::{self, PemObject, SectionKind};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::error::TlsError;

/// The certificates in a file, at least one.
///
/// # Errors
///
/// [`TlsError::NoCertificate`] and [`TlsError::NoPem`].
pub(super) fn certificates(
    path: &Path,
    content: &[u8],
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let certificates: Vec<CertificateDer<'static>> = sections(path, content)?
        .into_iter()
        .filter(|(kind, _)| *kind == SectionKind::Certificate)
        .map(|(_, der)| der.into())
        .collect();
    match certificates.is_empty() {
        true => Err(TlsError::NoCertificate(path.to_owned())),
        false => Ok(certificates),
    }
}

/// The one private key in a file.
///
/// # Errors
///
/// [`TlsError`] when there is none or more than one, or it is encrypted.
pub(super) fn key(path: &Path, content: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    // With a password there are headers in it, RFC 1421, or it has another label.
    let encrypted = [
        "Proc-Type: 4,ENCRYPTED",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----",
    ];
    if encrypted
        .iter()
        .any(|mark| contains(content, mark.as_bytes()))
    {
        return Err(TlsError::EncryptedKey(path.to_owned()));
    }
    let mut keys: Vec<PrivateKeyDer<'static>> = sections(path, content)?
        .into_iter()
        .filter_map(|(kind, der)| PrivateKeyDer::from_pem(kind, der))
        .collect();
    match (keys.pop(), keys.len()) {
        (None, _) => Err(TlsError::NoKey(path.to_owned())),
        (Some(key), 0) => Ok(key),
        (Some(_), others) => Err(TlsError::ManyKeys {
            path: path.to_owned(),
            count: others + 1,
        }),
    }
}

/// All that has a label which is known.
fn sections(path: &Path, content: &[u8]) -> Result<Vec<(SectionKind, Vec<u8>)>, TlsError> {
    let content = content
        .strip_prefix("\u{feff}".as_bytes())
        .unwrap_or(content);
    <(SectionKind, Vec<u8>)>::pem_slice_iter(content)
        .collect::<Result<_, _>>()
        .map_err(|error| TlsError::NoPem {
            path: path.to_owned(),
            problem: problem(&error).to_owned(),
        })
}

/// Without what is in the file, which may be a key.
fn problem(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::MissingSectionEnd { .. } => "its last part has no line -----END ...-----",
        pem::Error::IllegalSectionStart { .. } => "a line -----BEGIN ... does not end with -----",
        pem::Error::Base64Decode(_) => "what is between its marks is not base64",
        _ => "it cannot be read",
    }
}

fn contains(content: &[u8], mark: &[u8]) -> bool {
    content.windows(mark.len()).any(|window| window == mark)
}

/// Certificates as PEM.
pub(super) fn certificates_text(certificates: &[CertificateDer<'_>]) -> String {
    let texts = certificates.iter().map(|der| text("CERTIFICATE", der));
    texts.collect()
}

/// A private key as PEM.
pub(super) fn key_text(key: &PrivateKeyDer<'_>) -> String {
    let label = match key {
        PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
        PrivateKeyDer::Sec1(_) => "EC PRIVATE KEY",
        _ => "PRIVATE KEY",
    };
    text(label, key.secret_der())
}

fn text(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    // 48 bytes are a line of 64 characters.
    for line in der.chunks(48) {
        for three in line.chunks(3) {
            text.extend(base64(three));
        }
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

/// Up to three bytes as four characters, RFC 4648 section 4.
fn base64(bytes: &[u8]) -> [char; 4] {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let byte = |index: usize| u32::from(bytes.get(index).copied().unwrap_or(0));
    let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    std::array::from_fn(|place| {
        if place > bytes.len() {
            return '=';
        }
        let six = bits >> (18 - 6 * place) & 63;
        let [.., index] = six.to_be_bytes();
        char::from(ALPHABET[usize::from(index)])
    })
}
