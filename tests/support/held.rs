//! Calls that stay in flight until a test lets them go.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};

use futures::channel::oneshot;
use grpcio::{RpcContext, Service, UnarySink};
use recommendations::pb::{self, RecommendationRequest, RecommendationResponse, Recommendations};
use recommendations::services::calls::Calls;

use super::PATIENCE;

/// Answers no call of `Recommend` until it is released.
#[derive(Clone)]
struct Held {
    calls: Calls,
    in_flight: Sender<()>,
    waiting: Waiting,
}

/// The calls that are held, none any more once they are released.
type Waiting = Arc<Mutex<Option<Vec<oneshot::Sender<()>>>>>;

impl Recommendations for Held {
    fn recommend(
        &mut self,
        ctx: RpcContext<'_>,
        _request: RecommendationRequest,
        sink: UnarySink<RecommendationResponse>,
    ) {
        let held = self.clone();
        self.calls.reply(&ctx, sink, async move {
            let (release, released) = oneshot::channel();
            let is_held = match &mut *held.waiting.lock().unwrap() {
                Some(waiting) => {
                    waiting.push(release);
                    true
                }
                None => false,
            };
            // Once the calls are released, nobody counts them any more.
            let _ = held.in_flight.send(());
            if is_held {
                released.await.unwrap();
            }
            Ok(RecommendationResponse::new())
        });
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
    let service = pb::create_recommendations(Held {
        calls,
        in_flight,
        waiting: Arc::clone(&waiting),
    });
    let arrivals = Mutex::new(arrivals);
    (service, Hold { arrivals, waiting })
}
