//! Authorities, certificates and their files, made when a test asks for them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use grpcio::ChannelCredentials;
use rcgen::{
    CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use recommendations::tls::{ClientFiles, IdentityFiles, ServerFiles, TlsError};
use tempfile::TempDir;

pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in PEM.
pub struct Issued {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new() -> Authority {
        Authority::valid_until(SystemTime::now() + 365 * DAY)
    }

    pub fn valid_until(last: SystemTime) -> Authority {
        let mut params = authority_params();
        params.not_after = last.into();
        let key = KeyPair::generate().unwrap();
        Authority(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    /// An authority whose certificate this one signed.
    pub fn subordinate(&self) -> Authority {
        let params = authority_params();
        let key = KeyPair::generate().unwrap();
        Authority(CertifiedIssuer::signed_by(params, key, &self.0).unwrap())
    }

    /// Its own certificate.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server's certificate for localhost and 127.0.0.1.
    pub fn server(&self) -> Issued {
        self.issue(server_params())
    }

    /// A client's certificate with that common name.
    pub fn client(&self, name: &str) -> Issued {
        self.issue(client_params(name))
    }

    pub fn issue(&self, params: CertificateParams) -> Issued {
        self.issue_for(params, &KeyPair::generate().unwrap())
    }

    pub fn issue_for(&self, params: CertificateParams, key: &KeyPair) -> Issued {
        Issued {
            certificate: params.signed_by(key, &self.0).unwrap().pem(),
            key: key.serialize_pem(),
        }
    }
}

pub fn server_params() -> CertificateParams {
    let mut params = params("server", &["localhost", "127.0.0.1"]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

pub fn client_params(name: &str) -> CertificateParams {
    let mut params = params(name, &[]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

/// Each has a name of its own. Of two with one name and without key identifiers, the
/// C core tries the first alone.
fn authority_params() -> CertificateParams {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let mut params = params(&format!("authority {number}"), &[]);
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

/// Valid from yesterday, for a year.
fn params(name: &str, alternative_names: &[&str]) -> CertificateParams {
    let names: Vec<String> = alternative_names
        .iter()
        .map(|name| name.to_string())
        .collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = (SystemTime::now() - DAY).into();
    params.not_after = (SystemTime::now() + 365 * DAY).into();
    params
}

/// Files in a folder that goes when it is dropped.
pub struct Files {
    folder: TempDir,
}

impl Files {
    pub fn new() -> Files {
        Files {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The files of a server with that certificate.
    pub fn of_server(issued: &Issued) -> Files {
        let files = Files::new();
        files.put_server(issued);
        files
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// First the certificate, then the key, as they come from a copy by hand.
    pub fn put_server(&self, issued: &Issued) {
        self.write("server.pem", &issued.certificate);
        self.write("server.key", &issued.key);
    }

    pub fn put_client_ca(&self, authority: &Authority) {
        self.write("client-ca.pem", authority.pem());
    }

    pub fn identity(&self) -> IdentityFiles {
        identity(&self.path("server.pem"), &self.path("server.key"))
    }

    /// TLS alone.
    pub fn server(&self) -> ServerFiles {
        ServerFiles {
            identity: self.identity(),
            client_ca: None,
        }
    }

    /// Mutual TLS.
    pub fn mutual(&self) -> ServerFiles {
        ServerFiles {
            identity: self.identity(),
            client_ca: Some(self.path("client-ca.pem")),
        }
    }
}

pub fn identity(certificate: &Path, key: &Path) -> IdentityFiles {
    IdentityFiles {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
    }
}

/// A client that trusts these authorities, with a certificate or without.
pub fn credentials(trusted: &[&Authority], own: Option<&Issued>) -> ChannelCredentials {
    read(trusted, own).unwrap()
}

fn read(trusted: &[&Authority], own: Option<&Issued>) -> Result<ChannelCredentials, TlsError> {
    let files = Files::new();
    let roots: String = trusted.iter().map(|authority| authority.pem()).collect();
    let identity = own.map(|own| {
        identity(
            &files.write("client.pem", &own.certificate),
            &files.write("client.key", &own.key),
        )
    });
    let ca = Some(files.write("ca.pem", roots));
    ClientFiles { ca, identity }.read()
}
