//! How much each of those who call has: of calls, or of what waits for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What each has, by its name. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Shares(Arc<Mutex<HashMap<Arc<str>, u64>>>);

/// A part of what one has, which it has until this is dropped.
#[derive(Debug)]
pub(super) struct Share {
    shares: Shares,
    name: Arc<str>,
    size: u64,
}

impl Shares {
    /// So much more for the one with that name.
    pub(super) fn add(&self, name: &Arc<str>, size: u64) -> Share {
        *self.lock().entry(Arc::clone(name)).or_default() += size;
        Share {
            shares: self.clone(),
            name: Arc::clone(name),
            size,
        }
    }

    /// One more for the one with that name, unless it has `most`.
    pub(super) fn add_one(&self, name: &Arc<str>, most: u32) -> Option<Share> {
        let mut sizes = self.lock();
        let size = sizes.entry(Arc::clone(name)).or_default();
        if *size >= u64::from(most) {
            return None;
        }
        *size += 1;
        drop(sizes);
        Some(Share {
            shares: self.clone(),
            name: Arc::clone(name),
            size: 1,
        })
    }

    /// What the one with that name has.
    pub(super) fn of(&self, name: &str) -> u64 {
        self.lock().get(name).copied().unwrap_or_default()
    }

    // It is whole at any moment.
    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut sizes = self.shares.lock();
        match sizes.get_mut(&self.name) {
            Some(size) if *size > self.size => *size -= self.size,
            _ => {
                sizes.remove(&self.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_has_more_than_allowed_and_others_have_theirs() {
        let shares = Shares::default();
        let [one, other] = ["one", "other"].map(Arc::from);
        let mut calls = Vec::from([(); 2].map(|()| shares.add_one(&one, 2).unwrap()));
        assert!(shares.add_one(&one, 2).is_none());
        shares.add_one(&other, 2).unwrap();
        calls.pop();
        calls.push(shares.add_one(&one, 2).unwrap());
        drop(calls);
        assert!(shares.lock().is_empty());
    }

    #[test]
    fn one_has_the_sum_of_what_was_added_and_is_there() {
        let shares = Shares::default();
        let one = Arc::from("one");
        let small = shares.add(&one, 3);
        let large = shares.add(&one, 40);
        assert_eq!((shares.of("one"), shares.of("other")), (43, 0));
        drop(small);
        assert_eq!(shares.of("one"), 40);
        drop(large);
        assert!(shares.lock().is_empty());
    }
}
