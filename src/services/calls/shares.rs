//! How many calls each of those who call has.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::wire::Refusal;

/// The calls of each, by its name. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Shares {
    most: u32,
    refusal: fn(u32) -> Refusal,
    calls: Arc<Mutex<HashMap<Arc<str>, u32>>>,
}

/// One of the calls.
#[derive(Debug)]
pub(super) struct Share {
    shares: Shares,
    name: Arc<str>,
}

impl Shares {
    /// Gives each `most` calls; of more, `refusal` tells.
    pub(super) fn new(most: u32, refusal: fn(u32) -> Refusal) -> Shares {
        Shares {
            most,
            refusal,
            calls: Arc::default(),
        }
    }

    /// One more call of the one with that name, until it is dropped.
    pub(super) fn enter(&self, name: &Arc<str>) -> Result<Share, Refusal> {
        let mut calls = self.lock();
        match calls.get_mut(name) {
            Some(count) if *count == self.most => return Err((self.refusal)(self.most)),
            Some(count) => *count += 1,
            None => {
                calls.insert(Arc::clone(name), 1);
            }
        }
        drop(calls);
        Ok(Share {
            shares: self.clone(),
            name: Arc::clone(name),
        })
    }

    // It is whole at any moment.
    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, u32>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut calls = self.shares.lock();
        match calls.get_mut(&self.name) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                calls.remove(&self.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_has_more_calls_than_allowed_and_others_have_theirs() {
        let shares = Shares::new(2, Refusal::TooManyFromHost);
        let [one, other] = ["one", "other"].map(Arc::from);
        let mut calls = Vec::from([(); 2].map(|()| shares.enter(&one).unwrap()));
        let refused = shares.enter(&one).unwrap_err();
        assert_eq!(refused, Refusal::TooManyFromHost(2));
        shares.enter(&other).unwrap();
        calls.pop();
        calls.push(shares.enter(&one).unwrap());
        drop(calls);
        assert!(shares.lock().is_empty());
    }
}
