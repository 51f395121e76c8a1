//! How many calls a connection has.
//!
//! gRPC limits them, but only for clients that agree: a limit of HTTP/2 holds from
//! when the other side has acknowledged it, and nothing makes it do so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::server::limits::MAX_CALLS_PER_CONNECTION;
use crate::wire::Refusal;

/// The connections that have calls. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Connections(Arc<Mutex<HashMap<Arc<str>, i32>>>);

/// One of the calls of a connection.
#[derive(Debug)]
pub(super) struct OnConnection {
    connections: Connections,
    peer: Arc<str>,
}

impl Connections {
    /// One more call of the connection with that peer, until it is dropped.
    pub(super) fn enter(&self, peer: &Arc<str>) -> Result<OnConnection, Refusal> {
        let mut connections = self.lock();
        match connections.get_mut(peer) {
            Some(calls) if *calls == MAX_CALLS_PER_CONNECTION => {
                return Err(Refusal::TooManyOnConnection(MAX_CALLS_PER_CONNECTION));
            }
            Some(calls) => *calls += 1,
            None => {
                connections.insert(Arc::clone(peer), 1);
            }
        }
        drop(connections);
        Ok(OnConnection {
            connections: self.clone(),
            peer: Arc::clone(peer),
        })
    }

    // It is whole at any moment.
    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, i32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OnConnection {
    fn drop(&mut self) {
        let mut connections = self.connections.lock();
        match connections.get_mut(&self.peer) {
            Some(calls) if *calls > 1 => *calls -= 1,
            _ => {
                connections.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_has_no_more_calls_than_it_may_and_others_have_theirs() {
        let connections = Connections::default();
        let [peer, other] = ["ipv4:127.0.0.1:1", "ipv4:127.0.0.1:2"].map(Arc::from);
        let mut calls: Vec<OnConnection> = (0..MAX_CALLS_PER_CONNECTION)
            .map(|_| connections.enter(&peer).unwrap())
            .collect();
        let refused = connections.enter(&peer).unwrap_err();
        assert_eq!(
            refused,
            Refusal::TooManyOnConnection(MAX_CALLS_PER_CONNECTION)
        );
        connections.enter(&other).unwrap();
        calls.pop();
        calls.push(connections.enter(&peer).unwrap());
        drop(calls);
        assert!(connections.lock().is_empty());
    }
}
