//! The server's side: credentials that follow the files.

use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use grpcio::{
    CertificateRequestType, ServerCredentials, ServerCredentialsBuilder, ServerCredentialsFetcher,
};

use super::error::TlsError;
use super::files::ServerFiles;
use super::material::{Content, Material};
use super::published::{Published, TlsCounts};
use super::time;
use super::watch::{Watch, Watcher};

/// How often the files are looked at unless somebody says otherwise.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);

/// TLS for a server, with what is in its files now and what will be. Its thread
/// looks at them until it is dropped.
///
/// New files serve the connections that are made after they were found; others go
/// on with what they began with, at most as long as
/// [`limits`](crate::server::limits) lets a connection live. Of files that cannot be
/// used, the log tells once, and what was read before serves on.
pub struct ServerTls {
    published: Arc<Published>,
    request: CertificateRequestType,
    _watch: Watch,
}

impl ServerTls {
    /// Reads and checks the files, and looks at them again after each `look_every`.
    ///
    /// With authorities for clients, TLS is mutual: a client without a certificate
    /// from one of them is not let in.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when a file cannot be used, or there is no thread to look at them.
    pub fn open(files: ServerFiles, look_every: Duration) -> Result<ServerTls, TlsError> {
        let content = Content::read(&files)?;
        let material = content.check(&files, time::now())?;
        let request = match files.client_ca {
            Some(_) => CertificateRequestType::RequestAndRequireClientCertificateAndVerify,
            None => CertificateRequestType::DontRequestClientCertificate,
        };
        let published = Arc::new(Published::new(material));
        let watcher = Watcher::new(files, content, Arc::clone(&published));
        Ok(ServerTls {
            published,
            request,
            _watch: Watch::start(watcher, look_every)?,
        })
    }

    /// What happened to the files, as long as somebody wants to know.
    pub fn counts(&self) -> TlsCounts {
        self.published.counts()
    }

    /// The credentials for one listener. A second one would get nothing.
    ///
    /// The core swaps what it serves with in a way that only one thread may use, and
    /// that is so because one listener has one socket: see `reuse_port` in
    /// [`limits`](crate::server::limits).
    pub(crate) fn credentials(&self) -> ServerCredentials {
        let fetcher = Fetcher {
            published: Arc::clone(&self.published),
            request: self.request,
        };
        ServerCredentials::with_fetcher(Box::new(fetcher), self.request)
    }
}

impl fmt::Debug for ServerTls {
    /// Without the key.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ServerTls")
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

/// Gives the core what is new, whenever somebody connects. It runs on a polling
/// thread: it does no more than to take what lies ready.
struct Fetcher {
    published: Arc<Published>,
    request: CertificateRequestType,
}

impl Fetcher {
    fn builder(&self, material: Material) -> ServerCredentialsBuilder {
        let builder = ServerCredentialsBuilder::new().add_cert(
            material.identity.chain.into_bytes(),
            material.identity.key.into_bytes(),
        );
        match material.client_ca {
            Some(roots) => builder.root_cert(roots.certificates, self.request),
            None => builder,
        }
    }
}

impl ServerCredentialsFetcher for Fetcher {
    fn fetch(&self) -> Result<Option<ServerCredentialsBuilder>, Box<dyn std::error::Error>> {
        // A panic would reach C and abort the process.
        let fetched = panic::catch_unwind(AssertUnwindSafe(|| {
            let material = self.published.take()?;
            Some(self.builder(material))
        }));
        fetched.map_err(|_panic| "the fetcher of certificates panicked".into())
    }
}

#[cfg(test)]
mod tests;
