//! Calls that stay in flight until a test lets them go.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};

use futures::channel::oneshot;
use grpcio::Service;
use recommendations::pb::{METHOD_RECOMMENDATIONS_RECOMMEND, RecommendationResponse};
use recommendations::services::calls::{Calls, Handlers};
use recommendations::wire::Refusal;

use super::PATIENCE;

/// Holds calls.
#[derive(Clone)]
struct Held {
    in_flight: Sender<()>,
    waiting: Waiting,
}

/// The calls that are held, none any more once they are released.
type Waiting = Arc<Mutex<Option<Vec<oneshot::Sender<()>>>>>;

impl Held {
    async fn recommend(self) -> Result<RecommendationResponse, Refusal> {
        let (release, released) = oneshot::channel();
        let is_held = match &mut *self.waiting.lock().unwrap() {
            Some(waiting) => {
                waiting.push(release);
                true
            }
            None => false,
        };
        // Once the calls are released, nobody counts them any more.
        let _ = self.in_flight.send(());
        if is_held {
            released.await.unwrap();
        }
        Ok(RecommendationResponse::new())
    }
}

/// What a test knows of the calls that are held.
pub struct Hold {
    arrivals: Mutex<Receiver<()>>,
    waiting: Waiting,
}

impl Hold {
    /// Waits until one more call is in flight.
    pub fn wait_for_call(&self) {
        let arrivals = self.arrivals.lock().unwrap();
        arrivals.recv_timeout(PATIENCE).unwrap();
    }

    /// Lets all calls be answered.
    pub fn release(self) {
        // Not woken under the lock: a call whose server is gone is dropped then.
        let waiting = self.waiting.lock().unwrap().take();
        for call in waiting.unwrap() {
            call.send(()).unwrap();
        }
    }
}

/// A service of `Recommend` whose calls are held.
pub fn held(calls: Calls) -> (Service, Hold) {
    let (in_flight, arrivals) = mpsc::channel();
    let waiting: Waiting = Arc::new(Mutex::new(Some(Vec::new())));
    let held = Held {
        in_flight,
        waiting: Arc::clone(&waiting),
    };
    let service = Handlers::new(calls, held)
        .unary(&METHOD_RECOMMENDATIONS_RECOMMEND, |held, _, _| {
            held.recommend()
        })
        .build();
    let arrivals = Mutex::new(arrivals);
    (service, Hold { arrivals, waiting })
}
