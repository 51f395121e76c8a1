//! How long those who wait for their caller may do so.
//!
//! grpcio has no timers. Somebody looks round a few times in each span of patience and
//! ends the waits that took too long; so a wait may take a little longer.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// How long somebody may wait, and how much may wait in all. Clones share the waits.
#[derive(Debug, Clone)]
pub(super) struct Patience(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limit: Duration,
    most: u64,
    waits: Mutex<Waits>,
}

#[derive(Debug, Default)]
struct Waits {
    next: u64,
    /// In the order in which they began.
    by_number: BTreeMap<u64, Begun>,
    /// Of all of them.
    weight: u64,
    /// Of those, too, that are over and have not yet been told.
    held: u64,
    /// How many have been seen to be old, which are all before this number.
    old: u64,
    first_young: u64,
}

#[derive(Debug)]
struct Begun {
    since: Instant,
    weight: u64,
    waker: Waker,
}

impl Waits {
    fn add(&mut self, begun: Begun) -> u64 {
        let number = self.next;
        self.next += 1;
        self.weight += begun.weight;
        self.held += begun.weight;
        self.by_number.insert(number, begun);
        number
    }

    fn remove(&mut self, number: u64) -> Option<Waker> {
        let begun = self.by_number.remove(&number)?;
        self.weight -= begun.weight;
        if number < self.first_young {
            self.old -= 1;
        }
        Some(begun.waker)
    }

    /// How many began before `then`. Each is looked at once, however often this is
    /// asked.
    fn older_than(&mut self, then: Instant) -> u64 {
        let young = self.by_number.range(self.first_young..);
        for (number, _) in young.take_while(|(_, begun)| begun.since < then) {
            self.old += 1;
            self.first_young = number + 1;
        }
        self.old
    }

    /// Takes out the oldest, if that is what `is_over` makes of it and the weight of
    /// all.
    fn pop_if(&mut self, is_over: impl FnOnce(&Begun, u64) -> bool) -> Option<Waker> {
        let (&number, oldest) = self.by_number.first_key_value()?;
        match is_over(oldest, self.weight) {
            true => self.remove(number),
            false => None,
        }
    }
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// It took so long.
    TooLong(Duration),
    /// No more than so much may wait, and it was the oldest.
    TooMany(u64),
}

/// A wait that has not ended. It begins when it is first polled.
#[derive(Debug)]
pub(super) struct Wait {
    shared: Arc<Shared>,
    weight: u64,
    begun: Option<(u64, Instant)>,
}

impl Patience {
    /// Lets waits of a weight of `most` together wait for `limit` each. When there is
    /// more, the oldest end: what is waited for comes at once where all is well, so
    /// those that have waited longest are the least likely to get it.
    pub(super) fn new(limit: Duration, most: u64) -> Patience {
        Patience(Arc::new(Shared {
            limit,
            most,
            waits: Mutex::default(),
        }))
    }

    /// Whether as much as may wait, and as much again: those that are over do not go
    /// as fast as others come.
    pub(super) fn is_exhausted(&self) -> bool {
        self.0.waits().held / 2 >= self.0.most
    }

    /// How many have waited for longer than `span`.
    pub(super) fn longer_than(&self, span: Duration) -> u64 {
        let then = Instant::now().checked_sub(span);
        then.map_or(0, |then| self.0.waits().older_than(then))
    }

    /// Ends what has taken too long.
    pub(super) fn look_round(&self, now: Instant) {
        let limit = self.0.limit;
        let mut ended = Vec::new();
        let mut waits = self.0.waits();
        let is_old = |oldest: &Begun, _| now.saturating_duration_since(oldest.since) >= limit;
        while let Some(waker) = waits.pop_if(is_old) {
            ended.push(waker);
        }
        drop(waits);
        // Not under the lock: who is woken may be dropped at once, with its wait.
        ended.into_iter().for_each(Waker::wake);
    }

    pub(super) fn wait(&self, weight: u64) -> Wait {
        Wait {
            shared: Arc::clone(&self.0),
            weight,
            begun: None,
        }
    }
}

impl Shared {
    // It is whole at any moment.
    fn waits(&self) -> MutexGuard<'_, Waits> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wait {
    /// Begins anew.
    pub(super) fn restart(&mut self) {
        if let Some((number, _)) = self.begun.take() {
            let mut waits = self.shared.waits();
            waits.held -= self.weight;
            let waker = waits.remove(number);
            drop(waits);
            // Dropped when the lock is free: with it a whole call may go.
            drop(waker);
        }
    }

    fn begin(&mut self, waker: &Waker) {
        let now = Instant::now();
        let mut waits = self.shared.waits();
        let number = waits.add(Begun {
            since: now,
            weight: self.weight,
            waker: waker.clone(),
        });
        let mut crowded_out = Vec::new();
        while let Some(oldest) = waits.pop_if(|_, weight| weight > self.shared.most) {
            crowded_out.push(oldest);
        }
        drop(waits);
        self.begun = Some((number, now));
        crowded_out.into_iter().for_each(Waker::wake);
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
            Some(begun) if begun.waker.will_wake(cx.waker()) => false,
            Some(begun) => {
                replaced = Some(std::mem::replace(&mut begun.waker, cx.waker().clone()));
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
    use std::thread;

    use futures::FutureExt;

    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    /// Waits of these weights that have begun, in this order.
    fn begin<const COUNT: usize>(patience: &Patience, weights: [u64; COUNT]) -> [Wait; COUNT] {
        weights.map(|weight| {
            let mut wait = patience.wait(weight);
            assert_eq!(over(&mut wait), None);
            wait
        })
    }

    /// How the wait ended, if it has.
    fn over(wait: &mut Wait) -> Option<Over> {
        wait.now_or_never()
    }

    #[test]
    fn a_wait_ends_when_it_takes_too_long() {
        let limit = Duration::from_millis(20);
        let patience = Patience::new(limit, 10);
        let begun = Instant::now();
        let [mut wait] = begin(&patience, [1]);
        let ended = loop {
            patience.look_round(Instant::now());
            match over(&mut wait) {
                None => thread::yield_now(),
                Some(ended) => break ended,
            }
        };
        assert_eq!(ended, Over::TooLong(limit));
        assert!(begun.elapsed() >= limit);
    }

    #[test]
    fn the_oldest_of_too_many_ends() {
        let patience = Patience::new(LONG, 2);
        let mut waits = begin(&patience, [1; 3]);
        let ended = waits.each_mut().map(over);
        assert_eq!(ended, [Some(Over::TooMany(2)), None, None]);
    }

    #[test]
    fn a_wait_that_begins_anew_is_the_youngest() {
        let patience = Patience::new(LONG, 2);
        let [mut first, mut second] = begin(&patience, [1; 2]);
        first.restart();
        assert_eq!(over(&mut first), None);
        let [mut third] = begin(&patience, [1]);
        assert_eq!(over(&mut second), Some(Over::TooMany(2)));
        assert_eq!((over(&mut first), over(&mut third)), (None, None));
    }

    #[test]
    fn as_many_of_the_oldest_end_as_are_too_heavy() {
        let patience = Patience::new(LONG, 10);
        let mut waits = begin(&patience, [4, 4, 2, 6]);
        let too_many = Some(Over::TooMany(10));
        let ended = waits.each_mut().map(over);
        assert_eq!(ended, [too_many, too_many, None, None]);
        assert_eq!(patience.0.waits().weight, 8);
    }

    #[test]
    fn what_is_over_weighs_until_it_is_gone() {
        let patience = Patience::new(LONG, 10);
        let [mut first] = begin(&patience, [10]);
        assert!(!patience.is_exhausted());
        let [_second] = begin(&patience, [10]);
        assert!(patience.is_exhausted());
        assert_eq!(over(&mut first), Some(Over::TooMany(10)));
        drop(first);
        assert!(!patience.is_exhausted());
    }

    #[test]
    fn old_waits_are_counted_until_they_end() {
        let patience = Patience::new(LONG, 10);
        let [first, mut second, _third] = begin(&patience, [1; 3]);
        assert_eq!(patience.longer_than(LONG), 0);
        while patience.longer_than(Duration::from_millis(1)) < 3 {
            thread::yield_now();
        }
        let [_young] = begin(&patience, [1]);
        assert_eq!(patience.longer_than(LONG), 3);
        drop(first);
        second.restart();
        assert_eq!(patience.longer_than(LONG), 1);
    }

    #[test]
    fn a_wait_that_is_dropped_makes_room() {
        let patience = Patience::new(LONG, 1);
        drop(begin(&patience, [1]));
        let [mut wait] = begin(&patience, [1]);
        assert_eq!(over(&mut wait), None);
        assert_eq!(patience.0.waits().by_number.len(), 1);
        assert_eq!(patience.0.waits().weight, 1);
    }
}
