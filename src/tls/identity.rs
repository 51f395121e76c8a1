//! A certificate, its chain and its key.

use std::sync::Arc;

use rustls::SignatureAlgorithm;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::SigningKey;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::error::TlsError;
use super::files::IdentityFiles;
use super::pem;
use super::time::rfc3339;

/// What a certificate is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Server,
    Client,
}

/// A certificate with its chain, and its key, checked.
pub(super) struct Identity {
    /// The certificate and those above it, PEM.
    pub(super) chain: String,
    /// The certificate's key, PEM.
    pub(super) key: String,
    /// The certificate's last moment, seconds since 1970.
    pub(super) not_after: i64,
}

impl Identity {
    /// Checks what was read from `files`. `now` is in seconds since 1970.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when gRPC could not use it.
    pub(super) fn check(
        files: &IdentityFiles,
        certificate: &[u8],
        key: &[u8],
        purpose: Purpose,
        now: i64,
    ) -> Result<Identity, TlsError> {
        let chain = pem::certificates(&files.certificate, certificate)?;
        let key = pem::key(&files.key, key)?;
        let signing = supported(&key).ok_or_else(|| TlsError::BadKey(files.key.clone()))?;
        let mut parsed = Vec::new();
        for (index, der) in chain.iter().enumerate() {
            parsed.push(parse(der).map_err(|problem| TlsError::BrokenCertificate {
                path: files.certificate.clone(),
                number: index + 1,
                problem,
            })?);
        }
        let [own, ..] = parsed.as_slice() else {
            return Err(TlsError::NoCertificate(files.certificate.clone()));
        };
        if !is_key_of(&*signing, own) {
            return Err(TlsError::KeyMismatch {
                certificate: files.certificate.clone(),
                key: files.key.clone(),
            });
        }
        let not_after = valid_now(files, own, now)?;
        made_for(files, own, purpose)?;
        Ok(Identity {
            chain: pem::certificates_text(&chain),
            key: pem::key_text(&key),
            not_after,
        })
    }
}

/// A certificate, or what is wrong with it.
pub(super) fn parse<'der>(der: &'der CertificateDer<'_>) -> Result<X509Certificate<'der>, String> {
    let (rest, certificate) = parse_x509_certificate(der).map_err(|error| error.to_string())?;
    if !rest.is_empty() {
        return Err(format!("{} bytes follow it", rest.len()));
    }
    if !core_can_name(&certificate) {
        return Err("an IP address among its names must have 4 or 16 bytes".to_owned());
    }
    Ok(certificate)
}

/// Whether the C core of a peer can tell the certificate's names. Where it is not mended
/// as ours is (`scripts/core`), it aborts the process over an IP address that has neither
/// 4 nor 16 bytes.
fn core_can_name(certificate: &X509Certificate<'_>) -> bool {
    let Ok(names) = certificate.subject_alternative_name() else {
        return true;
    };
    let mut names = names.iter().flat_map(|names| &names.value.general_names);
    names.all(|name| match name {
        GeneralName::IPAddress(bytes) => [4, 16].contains(&bytes.len()),
        _ => true,
    })
}

/// The key, if both ring and the C core can use it, and peers on the C core can
/// verify what it signs.
fn supported(key: &PrivateKeyDer<'_>) -> Option<Arc<dyn SigningKey>> {
    let key = any_supported_type(key).ok()?;
    let is_verified = key.algorithm() != SignatureAlgorithm::ED25519;
    is_verified.then_some(key)
}

fn is_key_of(key: &dyn SigningKey, certificate: &X509Certificate<'_>) -> bool {
    let Some(public) = key.public_key() else {
        return false;
    };
    // Only the key itself is compared: how its algorithm is written may differ.
    match SubjectPublicKeyInfo::from_der(&public) {
        Ok((_, public)) => {
            public.subject_public_key.data == certificate.public_key().subject_public_key.data
        }
        Err(_) => false,
    }
}

/// The certificate's last moment.
fn valid_now(
    files: &IdentityFiles,
    certificate: &X509Certificate<'_>,
    now: i64,
) -> Result<i64, TlsError> {
    let path = files.certificate.clone();
    let validity = certificate.validity();
    let not_before = validity.not_before.timestamp();
    let not_after = validity.not_after.timestamp();
    if now > not_after {
        return Err(TlsError::Expired {
            path,
            not_after: rfc3339(not_after),
        });
    }
    if now < not_before {
        return Err(TlsError::NotYetValid {
            path,
            not_before: rfc3339(not_before),
        });
    }
    Ok(not_after)
}

/// That the extended key usage, if there is one, has the purpose.
fn made_for(
    files: &IdentityFiles,
    certificate: &X509Certificate<'_>,
    purpose: Purpose,
) -> Result<(), TlsError> {
    let Ok(Some(usage)) = certificate.extended_key_usage() else {
        return Ok(());
    };
    let (name, is_made_for) = match purpose {
        Purpose::Server => ("serverAuth", usage.value.server_auth),
        Purpose::Client => ("clientAuth", usage.value.client_auth),
    };
    match is_made_for || usage.value.any {
        true => Ok(()),
        false => Err(TlsError::WrongPurpose {
            path: files.certificate.clone(),
            purpose: name,
        }),
    }
}
