//! The thread that builds models.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::memory::Memory;
use super::settings::RebuildTimes;
use crate::catalog::Catalog;
use crate::history::Histories;
use crate::model::Model;
use crate::threads::{self, NoThread};

/// The thread that builds models. It goes when this is dropped.
#[derive(Debug)]
pub(super) struct Rebuild {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// Tells that the memory has changed.
#[derive(Debug, Clone)]
pub(super) struct Trigger(Arc<Shared>);

/// What the model in use is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelFigures {
    /// For how long it has been in use.
    pub age: Duration,
    /// How long it took to build.
    pub build_time: Duration,
    /// How many models were built since the shop was opened.
    pub builds: u64,
    /// How many builds failed.
    pub failed_builds: u64,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// How many changes there were.
    changes: u64,
    /// How many of them the model tells of.
    told: u64,
    /// The first and the last change since the last build began.
    waiting: Option<(Instant, Instant)>,
    /// No build begins before.
    rest: Instant,
    /// When the model came into use.
    built: Instant,
    build_time: Duration,
    builds: u64,
    failed_builds: u64,
    is_closing: bool,
}

impl Rebuild {
    /// Builds the first model, and starts the thread for the others.
    pub(super) fn start(
        memory: Arc<Memory>,
        times: RebuildTimes,
        build: impl Fn(&Catalog, &Histories) -> Model + Send + 'static,
    ) -> Result<Rebuild, NoThread> {
        let begun = Instant::now();
        let model = build(&memory.catalog.load(), &memory.histories);
        memory.model.store(Arc::new(model));
        let built = Instant::now();
        let build_time = built - begun;
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                changes: 0,
                told: 0,
                waiting: None,
                rest: built + build_time * times.rest,
                built,
                build_time,
                builds: 1,
                failed_builds: 0,
                is_closing: false,
            }),
            changed: Condvar::new(),
        });
        let of_thread = Arc::clone(&shared);
        let thread = threads::start("model", move || {
            while let Some(changes) = of_thread.wait_until_due(&times) {
                of_thread.rebuild(changes, &memory, &times, &build);
            }
        })?;
        Ok(Rebuild {
            shared,
            thread: Some(thread),
        })
    }

    pub(super) fn trigger(&self) -> Trigger {
        Trigger(Arc::clone(&self.shared))
    }

    /// Waits until the model tells of all changes up to now, but no longer than
    /// `limit`; whether it does.
    pub(super) fn wait(&self, limit: Duration) -> bool {
        let state = self.shared.state();
        let changes = state.changes;
        let behind = |state: &mut State| state.told < changes;
        let waited = self.shared.changed.wait_timeout_while(state, limit, behind);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.told >= changes
    }

    pub(super) fn figures(&self) -> ModelFigures {
        let state = self.shared.state();
        ModelFigures {
            age: state.built.elapsed(),
            build_time: state.build_time,
            builds: state.builds,
            failed_builds: state.failed_builds,
        }
    }
}

impl Drop for Rebuild {
    fn drop(&mut self) {
        self.shared.state().is_closing = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // It catches what can panic.
            drop(thread.join());
        }
    }
}

impl Trigger {
    /// Tells that the memory has changed.
    pub(super) fn pull(&self) {
        let now = Instant::now();
        let mut state = self.0.state();
        state.changes += 1;
        let first = state.waiting.map_or(now, |(first, _)| first);
        state.waiting = Some((first, now));
        drop(state);
        self.0.changed.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is time to build a model, and says how many changes it will
    /// tell of; none once there will be no more.
    fn wait_until_due(&self, times: &RebuildTimes) -> Option<u64> {
        let mut state = self.state();
        loop {
            if state.is_closing {
                return None;
            }
            state = match state
                .due(times)
                .map(|due| due.checked_duration_since(Instant::now()))
            {
                None => self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(Some(left)) if !left.is_zero() => {
                    let waited = self.changed.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                Some(_) => {
                    state.waiting = None;
                    return Some(state.changes);
                }
            };
        }
    }

    /// Builds a model that tells of so many changes, and puts it in use. If the
    /// build panics, the model before it stays until there are other changes.
    fn rebuild(
        &self,
        changes: u64,
        memory: &Memory,
        times: &RebuildTimes,
        build: &impl Fn(&Catalog, &Histories) -> Model,
    ) {
        let begun = Instant::now();
        let catalog = memory.catalog.load_full();
        let built = panic::catch_unwind(AssertUnwindSafe(|| build(&catalog, &memory.histories)));
        let build_time = begun.elapsed();
        let is_built = built.is_ok();
        match built {
            Ok(model) => {
                memory.model.store(Arc::new(model));
                tracing::debug!(?build_time, "the model is rebuilt");
            }
            Err(_panic) => tracing::error!("the model's build panicked; the old one stays in use"),
        }

        let mut state = self.state();
        let now = Instant::now();
        state.rest = now + build_time * times.rest;
        if is_built {
            state.told = changes;
            state.built = now;
            state.build_time = build_time;
            state.builds += 1;
        } else {
            state.failed_builds += 1;
        }
        drop(state);
        self.changed.notify_all();
    }
}

impl State {
    /// When the next build begins, if one is needed.
    fn due(&self, times: &RebuildTimes) -> Option<Instant> {
        let (first, last) = self.waiting?;
        let due = (last + times.quiet).min(first + times.patience);
        Some(due.max(self.rest))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::store::{Database, Location};

    /// Far longer than anything here takes.
    const PATIENCE: Duration = Duration::from_secs(30);

    const AT_ONCE: RebuildTimes = RebuildTimes {
        quiet: Duration::ZERO,
        patience: Duration::ZERO,
        rest: 0,
    };

    fn memory() -> Arc<Memory> {
        let database = Database::open(&Location::Memory, &[]).unwrap();
        Arc::new(Memory::load(&database).unwrap())
    }

    /// The state after changes, each so many seconds after the start, and a build
    /// that ended then and took so long.
    fn due(changes: &[u64], build_time: u64) -> Option<u64> {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let times = RebuildTimes::default();
        let state = State {
            changes: 0,
            told: 0,
            waiting: changes
                .first()
                .zip(changes.last())
                .map(|(first, last)| (after(*first), after(*last))),
            rest: start + Duration::from_secs(build_time) * times.rest,
            built: start,
            build_time: Duration::from_secs(build_time),
            builds: 1,
            failed_builds: 0,
            is_closing: false,
        };
        state.due(&times).map(|due| (due - start).as_secs())
    }

    #[test]
    fn a_build_waits_until_nothing_changes_for_a_second() {
        assert_eq!(due(&[], 0), None);
        assert_eq!(due(&[10], 0), Some(11));
        assert_eq!(due(&[10, 11, 12], 0), Some(13));
    }

    #[test]
    fn a_build_waits_at_most_a_minute_from_the_first_change() {
        assert_eq!(due(&[10, 40, 69], 0), Some(70));
        assert_eq!(due(&[10, 40, 90], 0), Some(70));
    }

    #[test]
    fn builds_take_a_fifth_of_the_time() {
        assert_eq!(due(&[1], 100), Some(400));
        assert_eq!(due(&[1, 399], 100), Some(400));
    }

    #[test]
    fn a_change_gives_a_new_model() {
        let memory = memory();
        let rebuild = Rebuild::start(Arc::clone(&memory), AT_ONCE, Model::build).unwrap();
        let first = memory.model.load_full();
        assert!(rebuild.wait(Duration::ZERO));
        assert_eq!(rebuild.figures().builds, 1);
        rebuild.trigger().pull();
        assert!(rebuild.wait(PATIENCE));
        assert_eq!(rebuild.figures().builds, 2);
        assert!(!Arc::ptr_eq(&first, &memory.model.load_full()));
    }

    #[test]
    fn a_change_during_a_build_gives_another_one() {
        let (begun, begins) = mpsc::channel();
        let (go_on, goes_on) = mpsc::channel();
        // The first build is on this thread.
        go_on.send(()).unwrap();
        let rebuild = Rebuild::start(memory(), AT_ONCE, move |_, _| {
            begun.send(()).unwrap();
            goes_on.recv_timeout(PATIENCE).unwrap();
            Model::default()
        })
        .unwrap();
        begins.recv_timeout(PATIENCE).unwrap();
        rebuild.trigger().pull();
        begins.recv_timeout(PATIENCE).unwrap();
        rebuild.trigger().pull();
        go_on.send(()).unwrap();
        begins.recv_timeout(PATIENCE).unwrap();
        assert!(!rebuild.wait(Duration::ZERO));
        go_on.send(()).unwrap();
        assert!(rebuild.wait(PATIENCE));
        assert_eq!(rebuild.figures().builds, 3);
    }

    #[test]
    fn a_panic_in_a_build_leaves_the_model_and_the_next_change_is_told() {
        let memory = memory();
        let (begun, begins) = mpsc::channel();
        let mut builds = 0..;
        let builds = Mutex::new(move || builds.next());
        let rebuild = Rebuild::start(Arc::clone(&memory), AT_ONCE, move |_, _| {
            let build = builds.lock().unwrap()();
            begun.send(Arc::clone(&memory).model.load_full()).unwrap();
            assert_ne!(build, Some(1));
            Model::default()
        })
        .unwrap();
        begins.recv_timeout(PATIENCE).unwrap();
        rebuild.trigger().pull();
        let first = begins.recv_timeout(PATIENCE).unwrap();
        rebuild.trigger().pull();
        let still_first = begins.recv_timeout(PATIENCE).unwrap();
        assert!(Arc::ptr_eq(&first, &still_first));
        assert!(rebuild.wait(PATIENCE));
        let figures = rebuild.figures();
        assert_eq!((figures.builds, figures.failed_builds), (2, 1));
    }

    #[test]
    fn a_build_that_is_due_later_does_not_hold_up_the_end() {
        let hour = Duration::from_secs(3600);
        let times = RebuildTimes {
            quiet: hour,
            patience: hour,
            rest: 0,
        };
        let begun = Instant::now();
        let rebuild = Rebuild::start(memory(), times, Model::build).unwrap();
        rebuild.trigger().pull();
        drop(rebuild);
        assert!(begun.elapsed() < PATIENCE);
    }
}
