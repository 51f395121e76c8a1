//! How long those who wait for their caller may do so.
//!
//! grpcio has no timers. A thread looks round a few times in each span of patience
//! and ends the waits that took too long; so a wait may take a little longer.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long somebody may wait, and how many may. Clones share the waits.
#[derive(Debug, Clone)]
pub(super) struct Patience(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limit: Duration,
    most: usize,
    waits: Mutex<Waits>,
}

#[derive(Debug, Default)]
struct Waits {
    next: u64,
    /// In the order in which they began.
    by_number: BTreeMap<u64, (Instant, Waker)>,
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// It took so long.
    TooLong(Duration),
    /// There were so many others, and it was the oldest.
    TooMany(usize),
}

/// A wait that has not ended. It begins when it is first polled.
#[derive(Debug)]
pub(super) struct Wait {
    shared: Arc<Shared>,
    begun: Option<(u64, Instant)>,
}

impl Patience {
    /// Lets at most `most` wait for `limit` each. When there are more, the oldest
    /// wait ends: what is waited for comes at once where all is well, so those that
    /// have waited longest are the least likely to get it.
    pub(super) fn new(limit: Duration, most: usize) -> Patience {
        let shared = Arc::new(Shared {
            limit,
            most,
            waits: Mutex::default(),
        });
        let watched = Arc::downgrade(&shared);
        let pause = (limit / 4).clamp(Duration::from_millis(1), LONGEST_PAUSE);
        thread::spawn(move || look_round(&watched, pause));
        Patience(shared)
    }

    pub(super) fn wait(&self) -> Wait {
        Wait {
            shared: Arc::clone(&self.0),
            begun: None,
        }
    }
}

/// Ends what takes too long for as long as somebody can wait.
fn look_round(watched: &Weak<Shared>, pause: Duration) {
    loop {
        thread::sleep(pause);
        let Some(shared) = watched.upgrade() else {
            return;
        };
        shared.end_old(Instant::now());
    }
}

impl Shared {
    // It is whole at any moment.
    fn waits(&self) -> MutexGuard<'_, Waits> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end_old(&self, now: Instant) {
        let mut ended = Vec::new();
        let mut waits = self.waits();
        while let Some(first) = waits.by_number.first_entry()
            && now.saturating_duration_since(first.get().0) >= self.limit
        {
            ended.push(first.remove().1);
        }
        drop(waits);
        // Not under the lock: who is woken may be dropped at once, with its wait.
        ended.into_iter().for_each(Waker::wake);
    }
}

impl Wait {
    /// Begins anew.
    pub(super) fn restart(&mut self) {
        if let Some((number, _)) = self.begun.take() {
            // Dropped when the lock is free: with it a whole call may go.
            let _waker = self.shared.waits().by_number.remove(&number);
        }
    }

    fn begin(&mut self, waker: &Waker) {
        let now = Instant::now();
        let mut waits = self.shared.waits();
        let number = waits.next;
        waits.next += 1;
        waits.by_number.insert(number, (now, waker.clone()));
        let crowded_out = match waits.by_number.len() > self.shared.most {
            true => waits.by_number.pop_first(),
            false => None,
        };
        drop(waits);
        self.begun = Some((number, now));
        if let Some((_, (_, oldest))) = crowded_out {
            oldest.wake();
        }
    }
}

impl Future for Wait {
    type Output = Over;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Over> {
        let Some((number, since)) = self.begun else {
            self.begin(cx.waker());
            return Poll::Pending;
        };
        let mut replaced = None;
        let is_over = match self.shared.waits().by_number.get_mut(&number) {
            Some((_, waker)) if waker.will_wake(cx.waker()) => false,
            Some((_, waker)) => {
                replaced = Some(std::mem::replace(waker, cx.waker().clone()));
                false
            }
            None => true,
        };
        drop(replaced);
        if !is_over {
            return Poll::Pending;
        }
        Poll::Ready(match since.elapsed() < self.shared.limit {
            true => Over::TooMany(self.shared.most),
            false => Over::TooLong(self.shared.limit),
        })
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.restart();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use futures::executor::block_on;

    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[test]
    fn a_wait_ends_when_it_takes_too_long() {
        let limit = Duration::from_millis(20);
        let patience = Patience::new(limit, 10);
        let begun = Instant::now();
        assert_eq!(block_on(patience.wait()), Over::TooLong(limit));
        assert!(begun.elapsed() >= limit);
    }

    #[test]
    fn the_oldest_of_too_many_ends() {
        let patience = Patience::new(LONG, 2);
        let mut waits = [(); 3].map(|()| patience.wait());
        for wait in &mut waits {
            assert_eq!(wait.now_or_never(), None);
        }
        let [first, second, third] = &mut waits;
        assert_eq!(first.now_or_never(), Some(Over::TooMany(2)));
        assert_eq!(second.now_or_never(), None);
        assert_eq!(third.now_or_never(), None);
    }

    #[test]
    fn a_wait_that_begins_anew_is_the_youngest() {
        let patience = Patience::new(LONG, 2);
        let mut waits = [(); 3].map(|()| patience.wait());
        let [first, second, third] = &mut waits;
        assert_eq!(first.now_or_never(), None);
        assert_eq!(second.now_or_never(), None);
        first.restart();
        assert_eq!(first.now_or_never(), None);
        assert_eq!(third.now_or_never(), None);
        assert_eq!(second.now_or_never(), Some(Over::TooMany(2)));
        assert_eq!(first.now_or_never(), None);
    }

    #[test]
    fn a_wait_that_is_dropped_makes_room() {
        let patience = Patience::new(LONG, 1);
        drop({
            let mut gone = patience.wait();
            assert_eq!((&mut gone).now_or_never(), None);
            gone
        });
        let mut wait = patience.wait();
        assert_eq!((&mut wait).now_or_never(), None);
        assert_eq!((&mut wait).now_or_never(), None);
        assert!(patience.0.waits().by_number.len() == 1);
    }
}
