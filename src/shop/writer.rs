//! The thread that writes.

use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures::channel::oneshot;

use super::change::WriteError;
use super::deadline::Deadline;
use super::memory::Memory;
use super::queue::{Answer, Change, Entrance, Exit, Next, Waiting, queue};
use super::rebuild::Trigger;
use super::settings::Clock;
use super::staged::{Settled, Staged};
use crate::store::{Database, StoreError};
use crate::threads::{self, NoThread};

/// The thread that writes. It goes when this is dropped, after all that waits.
#[derive(Debug)]
pub(super) struct Writer {
    /// None once it is closed.
    running: Mutex<Option<Running>>,
    counts: Arc<Counts>,
}

#[derive(Debug)]
struct Running {
    entrance: Entrance,
    thread: JoinHandle<Result<(), StoreError>>,
}

/// What was written since the shop was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteFigures {
    /// How many writes were committed or, since there was nothing to change,
    /// answered.
    pub writes: u64,
    /// How many transactions that took.
    pub commits: u64,
    /// How many transactions failed, each with all of its writes.
    pub failed_commits: u64,
    /// How many times the file was written anew after something was forgotten.
    pub rewrites: u64,
}

#[derive(Debug, Default)]
struct Counts {
    writes: AtomicU64,
    commits: AtomicU64,
    failed_commits: AtomicU64,
    rewrites: AtomicU64,
}

impl Writer {
    /// Starts the thread. It changes `memory`, and pulls `trigger` then.
    pub(super) fn start(
        database: Database,
        memory: Arc<Memory>,
        clock: Clock,
        rewrite_after: Duration,
        trigger: Trigger,
    ) -> Result<Writer, NoThread> {
        let (entrance, exit) = queue();
        let counts = Arc::new(Counts::default());
        let must_rewrite = database.was_left_open();
        let work = Work {
            database,
            memory,
            clock,
            rewrite_after,
            trigger,
            counts: Arc::clone(&counts),
            must_truncate: false,
            must_rewrite,
            is_failing: false,
        };
        let thread = threads::start("writer", move || work.run(&exit))?;
        Ok(Writer {
            running: Mutex::new(Some(Running { entrance, thread })),
            counts,
        })
    }

    /// Lets a change wait for its turn. The future is its outcome.
    pub(super) fn send<Outcome: Send + 'static>(
        &self,
        deadline: Deadline,
        change: impl FnOnce(Answer<Outcome>) -> Change,
    ) -> impl Future<Output = Result<Outcome, WriteError>> + Send + 'static {
        let (answer, answered) = oneshot::channel();
        let change = change(answer);
        let waiting = Waiting { change, deadline };
        let put = match &*self.running() {
            Some(running) => running.entrance.put(waiting),
            None => Err(WriteError::Unavailable),
        };
        async move {
            put?;
            answered.await.unwrap_or(Err(WriteError::Unavailable))
        }
    }

    pub(super) fn figures(&self) -> WriteFigures {
        WriteFigures {
            writes: self.counts.writes.load(Ordering::Relaxed),
            commits: self.counts.commits.load(Ordering::Relaxed),
            failed_commits: self.counts.failed_commits.load(Ordering::Relaxed),
            rewrites: self.counts.rewrites.load(Ordering::Relaxed),
        }
    }

    /// Waits until all that waits is answered and the database is closed. Nothing
    /// can be sent from when it begins, and it does nothing a second time. On the
    /// thread itself it does not wait.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the log could not be merged into the file.
    pub(super) fn close(&self) -> Result<(), StoreError> {
        // Whoever sends meanwhile must not wait for the thread.
        let Some(Running { entrance, thread }) = self.running().take() else {
            return Ok(());
        };
        drop(entrance);
        // A caller may be the last that has the shop, and let it go in the moment in which
        // the thread answers. The thread then goes after that, and cannot wait for itself.
        if thread.thread().id() == thread::current().id() {
            return Ok(());
        }
        match thread.join() {
            Ok(closed) => closed,
            // The panic has been logged where it happened.
            Err(_panic) => Ok(()),
        }
    }

    // It is whole at any moment, so a lock that somebody panicked under still
    // guards a good one.
    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::warn!(%error, "the log was not merged into the file; the next start does it");
        }
    }
}

/// What the thread works with.
struct Work {
    database: Database,
    memory: Arc<Memory>,
    clock: Clock,
    rewrite_after: Duration,
    trigger: Trigger,
    counts: Arc<Counts>,
    /// Whether the log holds what was to be forgotten, or takes room that is
    /// needed.
    must_truncate: bool,
    /// Whether the file may hold copies of what was forgotten.
    must_rewrite: bool,
    /// Whether the last transaction failed.
    is_failing: bool,
}

impl Work {
    fn run(mut self, exit: &Exit) -> Result<(), StoreError> {
        loop {
            let patience = self.must_rewrite.then_some(self.rewrite_after);
            match exit.next(patience) {
                Next::Group(group) => {
                    let wanted = refuse_late(group);
                    if !wanted.is_empty() {
                        self.write_or_recover(wanted);
                    }
                }
                Next::Idle => self.rewrite(),
                Next::Closed => break,
            }
        }
        if self.must_rewrite {
            self.rewrite();
        }
        self.database.close()
    }

    /// Writes a group. A panic drops the answers of the group, which tells
    /// everybody, and the transaction, which undoes it.
    fn write_or_recover(&mut self, group: Vec<Change>) {
        let written = panic::catch_unwind(AssertUnwindSafe(|| self.write(group)));
        if let Err(_panic) = written {
            self.counts.failed_commits.fetch_add(1, Ordering::Relaxed);
            tracing::error!(
                file = %self.database.location(),
                "the writer panicked; nothing of the changes was recorded"
            );
        }
    }

    /// Writes a group, all or nothing.
    fn write(&mut self, group: Vec<Change>) {
        let writes = u64::try_from(group.len()).unwrap_or(u64::MAX);
        match self.commit(group) {
            Ok(settled) => {
                if self.is_failing {
                    tracing::info!("changes are recorded again");
                    self.is_failing = false;
                }
                self.counts.commits.fetch_add(1, Ordering::Relaxed);
                self.counts.writes.fetch_add(writes, Ordering::Relaxed);
                if settled.has_changed {
                    self.trigger.pull();
                }
                self.must_truncate |= settled.has_erased;
                self.must_rewrite |= settled.has_erased;
                settled.answer();
                self.truncate();
            }
            Err(error) => {
                self.counts.failed_commits.fetch_add(1, Ordering::Relaxed);
                let error: &dyn std::error::Error = &error;
                // Only the first of many that fail alike; the figures count them.
                if self.is_failing {
                    tracing::debug!(error, "changes were not recorded");
                } else {
                    tracing::error!(
                        error,
                        "changes were not recorded; nor will others be until this is mended"
                    );
                }
                self.is_failing = true;
                // On a full disk an empty log is room.
                self.must_truncate = true;
                self.truncate();
            }
        }
    }

    fn commit(&mut self, group: Vec<Change>) -> Result<Settled, StoreError> {
        let batch = self.database.begin()?;
        let mut staged = Staged::new(&self.memory, &self.clock);
        for change in group {
            staged.apply(change, &batch)?;
        }
        batch.commit()?;
        Ok(staged.settle())
    }

    fn truncate(&mut self) {
        if !self.must_truncate {
            return;
        }
        match self.database.truncate_log() {
            Ok(()) => self.must_truncate = false,
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::debug!(
                    error,
                    "the log could not be emptied; what was forgotten is still in it"
                );
            }
        }
    }

    /// Writes the file anew, once: if that fails, it is tried again after more is
    /// forgotten.
    fn rewrite(&mut self) {
        self.must_rewrite = false;
        match self.database.rewrite() {
            Ok(true) => {
                self.counts.rewrites.fetch_add(1, Ordering::Relaxed);
            }
            Ok(false) => tracing::warn!(
                file = %self.database.location(),
                "too large to be written anew; bytes of what was forgotten may be left in unused \
                 places; to be rid of them, stop the server and run VACUUM with sqlite3"
            ),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(
                    error,
                    "the file could not be written anew; bytes of what was forgotten may be left \
                     in unused places until more is forgotten"
                );
            }
        }
    }
}

/// The changes that are still wanted; the others are told that they are too late.
fn refuse_late(group: Vec<Waiting>) -> Vec<Change> {
    let (late, wanted): (Vec<_>, Vec<_>) = group
        .into_iter()
        .partition(|waiting| waiting.deadline.has_passed());
    for waiting in late {
        waiting.change.refuse(WriteError::Late);
    }
    wanted.into_iter().map(|waiting| waiting.change).collect()
}
