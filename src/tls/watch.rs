//! The thread that looks at the server's files.
//!
//! It reads them at each look: they are small, and what the system tells about a
//! file can be the same for two contents. So it does not matter how they are
//! replaced: in place, by renaming, or by a symbolic link to another folder, as
//! Kubernetes does it.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use super::error::TlsError;
use super::expiry::{Expiry, Warning};
use super::files::ServerFiles;
use super::material::Content;
use super::published::{Published, TlsFigures};
use super::time::{self, rfc3339};
use crate::threads::{self, NoThread};

/// The running thread. It ends when this is dropped.
pub(super) struct Watch {
    /// Never sent to: the thread ends when it goes.
    running: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    pub(super) fn start(watcher: Watcher, look_every: Duration) -> Result<Watch, NoThread> {
        let (running, ended) = mpsc::channel();
        let thread = threads::start("tls-files", move || watcher.run(&ended, look_every))?;
        Ok(Watch {
            running: Some(running),
            thread: Some(thread),
        })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.running.take());
        if let Some(thread) = self.thread.take() {
            // A panic has been logged where it happened.
            let _ = thread.join();
        }
    }
}

/// What the thread works with.
pub(super) struct Watcher {
    files: ServerFiles,
    /// What serves.
    content: Content,
    published: Arc<Published>,
    suspect: Option<Suspect>,
    expiry: Expiry,
    client_ca_expiry: Expiry,
}

/// What was found at the last look and cannot be used.
struct Suspect {
    /// The content, or why there is none.
    found: Result<Content, String>,
    is_told: bool,
}

impl Watcher {
    pub(super) fn new(files: ServerFiles, content: Content, published: Arc<Published>) -> Watcher {
        Watcher {
            files,
            content,
            published,
            suspect: None,
            expiry: Expiry::default(),
            client_ca_expiry: Expiry::default(),
        }
    }

    fn run(mut self, ended: &Receiver<()>, look_every: Duration) {
        loop {
            // Whatever the files hold, the next look may find better ones.
            let _ = panic::catch_unwind(AssertUnwindSafe(|| self.look()));
            if ended.recv_timeout(look_every) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    }

    fn look(&mut self) {
        let now = time::now();
        self.take_what_is_new(now);
        self.warn_of_expiry(now);
    }

    fn warn_of_expiry(&mut self, now: i64) {
        let TlsFigures {
            not_after,
            client_ca_not_after,
            ..
        } = self.published.counts().figures();
        let until = rfc3339(not_after);
        match self.expiry.warning(not_after, now) {
            Some(Warning::Expired) => tracing::error!(
                not_after = until,
                "the server's certificate has expired: clients refuse it"
            ),
            Some(Warning::Soon) => {
                tracing::warn!(not_after = until, "the server's certificate expires soon");
            }
            None => {}
        }
        let Some(not_after) = client_ca_not_after else {
            return;
        };
        let until = rfc3339(not_after);
        match self.client_ca_expiry.warning(not_after, now) {
            Some(Warning::Expired) => tracing::error!(
                not_after = until,
                "the client authorities have expired: no client is let in"
            ),
            Some(Warning::Soon) => tracing::warn!(
                not_after = until,
                "the client authorities expire soon; then no client is let in"
            ),
            None => {}
        }
    }

    fn take_what_is_new(&mut self, now: i64) {
        let content = match Content::read(&self.files) {
            Ok(content) if content == self.content => {
                if self.suspect.take().is_some_and(|suspect| suspect.is_told) {
                    tracing::info!("the TLS files are again those that serve");
                }
                return;
            }
            Ok(content) => content,
            Err(error) => return self.suspect(Err(format!("{error:?}")), &error),
        };
        match content.check(&self.files, now) {
            Ok(material) => {
                let not_after = rfc3339(material.identity.not_after);
                self.published.publish(material);
                self.content = content;
                self.suspect = None;
                tracing::info!(not_after, "new TLS files serve from now on");
            }
            Err(error) => self.suspect(Ok(content), &error),
        }
    }

    /// Counts and tells what two looks found to be the same, once: of files that are
    /// replaced one after the other, a look in between finds half.
    fn suspect(&mut self, found: Result<Content, String>, error: &TlsError) {
        match &mut self.suspect {
            Some(known) if known.found == found => {
                if !known.is_told {
                    known.is_told = true;
                    self.published.count_failure();
                    let error: &dyn std::error::Error = error;
                    tracing::error!(error, "new TLS files cannot be used; the old ones serve on");
                }
            }
            _ => {
                self.suspect = Some(Suspect {
                    found,
                    is_told: false,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests;
