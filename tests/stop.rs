//! A server that stops lets calls finish, for as long as it is told.

mod support;

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use futures::channel::oneshot;
use futures::executor;
use grpcio::{CallOption, RpcContext, UnarySink};
use recommendations::pb::{self, RecommendationRequest, RecommendationResponse, Recommendations};
use recommendations::server::Server;
use recommendations::server::listen::Security;
use recommendations::services::guard;
use support::http2::Connection;
use support::{MYSTERY, PATIENCE, THREE_MYSTERIES, any_port, call, ids, refusal, request, stub};

/// Says when a call is in flight and answers it once it is released.
#[derive(Clone)]
struct Held {
    in_flight: Sender<()>,
    released: Arc<Mutex<Option<oneshot::Receiver<()>>>>,
}

impl Recommendations for Held {
    fn recommend(
        &mut self,
        ctx: RpcContext<'_>,
        _request: RecommendationRequest,
        sink: UnarySink<RecommendationResponse>,
    ) {
        let Held {
            in_flight,
            released,
        } = self.clone();
        guard::reply(&ctx, "Held.Recommend", sink, async move {
            let released = released.lock().unwrap().take().unwrap();
            in_flight.send(()).unwrap();
            released.await.unwrap();
            Ok(RecommendationResponse::new())
        });
    }
}

fn serve() -> (Server, Receiver<()>, oneshot::Sender<()>) {
    let (in_flight, arrivals) = mpsc::channel();
    let (release, released) = oneshot::channel();
    let service = pb::create_recommendations(Held {
        in_flight,
        released: Arc::new(Mutex::new(Some(released))),
    });
    let server = Server::start(any_port(), vec![service], Security::Plain).unwrap();
    (server, arrivals, release)
}

#[test]
fn a_call_in_flight_is_finished_before_the_server_stops() {
    let (server, arrivals, release) = serve();
    let stub = stub(server.address());
    let option = CallOption::default().timeout(PATIENCE);
    let answer = stub
        .recommend_async_opt(&request(1, MYSTERY, 1), option)
        .unwrap();
    arrivals.recv_timeout(PATIENCE).unwrap();

    let mut watch = Connection::open(server.address());
    let stopped = thread::spawn(move || server.stop(PATIENCE));
    watch.wait_for_goaway();
    drop(watch);
    release.send(()).unwrap();
    executor::block_on(answer).unwrap();
    stopped.join().unwrap().unwrap();
}

#[test]
fn a_call_that_does_not_finish_is_cancelled() {
    let (server, arrivals, release) = serve();
    let stub = stub(server.address());
    let option = CallOption::default().timeout(PATIENCE);
    let answer = stub
        .recommend_async_opt(&request(1, MYSTERY, 1), option)
        .unwrap();
    arrivals.recv_timeout(PATIENCE).unwrap();

    let begun = Instant::now();
    let stopped = thread::spawn(move || server.stop(Duration::from_millis(100)));
    let status = refusal(executor::block_on(answer));
    assert!(support::server_went(&status), "{status}");
    stopped.join().unwrap().unwrap();
    drop(release);
    assert!(begun.elapsed() < PATIENCE);
}

#[test]
fn an_idle_connection_does_not_hold_up_the_stop() {
    let server = support::serve(THREE_MYSTERIES);
    let stub = stub(server.address());
    assert_eq!(ids(call(&stub, &request(1, MYSTERY, 1))), [2]);
    server.stop(PATIENCE).unwrap();
    let status = refusal(call(&stub, &request(1, MYSTERY, 1)));
    assert!(support::server_went(&status), "{status}");
}
