//! What the thread that looks at the files has found, for those who use it.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::material::Material;

/// What lies ready for the core, and the counts.
pub(super) struct Published {
    /// None once the core has it.
    ready: Mutex<Option<Material>>,
    counts: Arc<Counts>,
}

#[derive(Debug)]
struct Counts {
    reloads: AtomicU64,
    failed_reloads: AtomicU64,
    not_after: AtomicI64,
    client_ca_not_after: AtomicI64,
}

/// No moment that a certificate can have.
const NO_CLIENT_CA: i64 = i64::MIN;

fn client_ca_not_after(material: &Material) -> i64 {
    let authorities = material.client_ca.as_ref();
    authorities.map_or(NO_CLIENT_CA, |authorities| authorities.not_after)
}

/// Tells what happened to a server's files. It stays when the server goes.
#[derive(Debug, Clone)]
pub struct TlsCounts(Arc<Counts>);

/// What happened to a server's files since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TlsFigures {
    /// How many times new files were taken.
    pub reloads: u64,
    /// How many times new files could not be used, each content of theirs once.
    pub failed_reloads: u64,
    /// Until when the certificate that serves is valid, in seconds since 1970.
    pub not_after: i64,
    /// Until when one at least of the authorities is valid whose clients are let in, in
    /// seconds since 1970; none without such authorities.
    pub client_ca_not_after: Option<i64>,
}

impl TlsCounts {
    /// The figures as they are now.
    pub fn figures(&self) -> TlsFigures {
        let TlsCounts(counts) = self;
        TlsFigures {
            reloads: counts.reloads.load(Ordering::Relaxed),
            failed_reloads: counts.failed_reloads.load(Ordering::Relaxed),
            not_after: counts.not_after.load(Ordering::Relaxed),
            client_ca_not_after: match counts.client_ca_not_after.load(Ordering::Relaxed) {
                NO_CLIENT_CA => None,
                not_after => Some(not_after),
            },
        }
    }
}

impl Published {
    /// What was read at the start.
    pub(super) fn new(material: Material) -> Published {
        let counts = Counts {
            reloads: AtomicU64::new(0),
            failed_reloads: AtomicU64::new(0),
            not_after: AtomicI64::new(material.identity.not_after),
            client_ca_not_after: AtomicI64::new(client_ca_not_after(&material)),
        };
        Published {
            ready: Mutex::new(Some(material)),
            counts: Arc::new(counts),
        }
    }

    pub(super) fn counts(&self) -> TlsCounts {
        TlsCounts(Arc::clone(&self.counts))
    }

    /// Lays new material ready, in place of what nobody has taken yet.
    pub(super) fn publish(&self, material: Material) {
        let not_after = material.identity.not_after;
        let client_ca_not_after = client_ca_not_after(&material);
        *self.ready.lock().unwrap_or_else(PoisonError::into_inner) = Some(material);
        self.counts.not_after.store(not_after, Ordering::Relaxed);
        let of_client_ca = &self.counts.client_ca_not_after;
        of_client_ca.store(client_ca_not_after, Ordering::Relaxed);
        self.counts.reloads.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_failure(&self) {
        self.counts.failed_reloads.fetch_add(1, Ordering::Relaxed);
    }

    /// What lies ready, once.
    pub(super) fn take(&self) -> Option<Material> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        ready.take()
    }
}
