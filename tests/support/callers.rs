//! Callers that call until they are told to end, each on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use recommendations::client::CallError;
use recommendations::client::blocking::Client;

use super::until;

pub struct Callers {
    /// How many rounds of calls each had answered.
    answered: Arc<Vec<AtomicU64>>,
    is_over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Result<(), CallError>>>,
}

impl Callers {
    /// A caller for each client, which makes the calls of `round` over and over.
    pub fn start(clients: Vec<Client>, round: fn(&Client) -> Result<(), CallError>) -> Callers {
        let answered: Arc<Vec<AtomicU64>> = Arc::new(clients.iter().map(|_| 0.into()).collect());
        let is_over = Arc::new(AtomicBool::new(false));
        let threads = clients.into_iter().enumerate().map(|(caller, client)| {
            let (answered, is_over) = (Arc::clone(&answered), Arc::clone(&is_over));
            thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    round(&client)?;
                    answered[caller].fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            })
        });
        Callers {
            threads: threads.collect(),
            answered,
            is_over,
        }
    }

    /// Waits until that many more rounds are answered, among them one of each caller
    /// that it began after this: a call may meet one restart, but not one after the
    /// other. Ends early where a call failed.
    pub fn wait_for(&self, rounds: u64) {
        let counts = || {
            self.answered
                .iter()
                .map(|each| each.load(Ordering::Relaxed))
        };
        let before: Vec<u64> = counts().collect();
        let enough = before.iter().sum::<u64>() + rounds;
        until(|| {
            let all_again = counts().zip(&before).all(|(now, before)| now >= before + 2);
            all_again && counts().sum::<u64>() >= enough
                || self.threads.iter().any(JoinHandle::is_finished)
        });
    }

    /// Lets them end, and fails if a call did.
    #[track_caller]
    pub fn end(self) {
        self.is_over.store(true, Ordering::Relaxed);
        for caller in self.threads {
            caller.join().unwrap().unwrap();
        }
    }
}
