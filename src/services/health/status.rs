//! The server's health, and who watches it.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use futures::{Stream, stream};
use tokio::sync::watch;

use crate::pb::health::health_check_response::ServingStatus;
use crate::wire::Refusal;

/// Whether the server takes calls. Its services do if it does.
///
/// Clones share one health. It is not serving when it is made.
#[derive(Debug, Clone)]
pub struct Health {
    services: Arc<BTreeSet<&'static str>>,
    state: Arc<watch::Sender<State>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    NotServing,
    Serving,
    WatchesEnded,
}

impl State {
    fn status(self) -> ServingStatus {
        match self {
            State::Serving => ServingStatus::SERVING,
            State::NotServing | State::WatchesEnded => ServingStatus::NOT_SERVING,
        }
    }
}

impl Health {
    /// The health of a server of the services with these full names.
    pub fn new(services: impl IntoIterator<Item = &'static str>) -> Health {
        // The empty name stands for the server.
        let services = services.into_iter().chain([""]).collect();
        Health {
            services: Arc::new(services),
            state: Arc::new(watch::Sender::new(State::NotServing)),
        }
    }

    /// Says that the server takes calls, unless watches have ended.
    pub fn set_serving(&self) {
        self.change(State::Serving);
    }

    /// Says that the server takes no calls, or soon will not.
    pub fn set_not_serving(&self) {
        self.change(State::NotServing);
    }

    /// Says so for good, and ends all watches with UNAVAILABLE, each after it has said
    /// NOT_SERVING. An open one would hold up the server's stop.
    pub fn end_watches(&self) {
        self.change(State::WatchesEnded);
    }

    fn change(&self, next: State) {
        self.state.send_if_modified(|state| {
            let changes = *state != next && *state != State::WatchesEnded;
            if changes {
                *state = next;
            }
            changes
        });
    }

    /// The status of the service with that full name, or of the server if it is
    /// empty; nothing if there is no such service.
    pub fn status(&self, service: &str) -> Option<ServingStatus> {
        let is_known = self.services.contains(service);
        is_known.then(|| self.state.borrow().status())
    }

    /// The status of each service, and of the server under the empty name.
    pub fn statuses(&self) -> impl Iterator<Item = (&'static str, ServingStatus)> {
        let status = self.state.borrow().status();
        self.services.iter().map(move |&service| (service, status))
    }

    /// The status of a service now, and the newest whenever it has changed since
    /// the last that was taken from the stream.
    ///
    /// # Errors
    ///
    /// [`Refusal::Stopping`] when watches have ended. The same ends the stream.
    pub fn watch(
        &self,
        service: &str,
    ) -> Result<impl Stream<Item = Result<ServingStatus, Refusal>> + use<>, Refusal> {
        let watcher = Watcher {
            is_known: self.services.contains(service),
            states: self.state.subscribe(),
            told: None,
        };
        if *watcher.states.borrow() == State::WatchesEnded {
            return Err(Refusal::Stopping);
        }
        Ok(stream::unfold(watcher, |mut watcher| async {
            let next = watcher.next().await;
            Some((next, watcher))
        }))
    }

    /// Is done when watches have ended.
    pub fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut states = self.state.subscribe();
        async move {
            // An error says that all of the health is gone, and then they have, too.
            let _ = states.wait_for(|&state| state == State::WatchesEnded).await;
        }
    }
}

struct Watcher {
    is_known: bool,
    states: watch::Receiver<State>,
    told: Option<ServingStatus>,
}

impl Watcher {
    /// The next status to tell.
    async fn next(&mut self) -> Result<ServingStatus, Refusal> {
        loop {
            let state = *self.states.borrow_and_update();
            let status = match self.is_known {
                true => state.status(),
                false => ServingStatus::SERVICE_UNKNOWN,
            };
            if self.told.replace(status) != Some(status) {
                return Ok(status);
            }
            if state == State::WatchesEnded || self.states.changed().await.is_err() {
                return Err(Refusal::Stopping);
            }
        }
    }
}

#[cfg(test)]
mod tests;
