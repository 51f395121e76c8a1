//! A panic in a handler neither kills a polling thread nor hangs the caller.

mod support;

use std::time::Duration;

use futures::channel::oneshot;
use grpcio::{RpcContext, RpcStatusCode, UnarySink};
use recommendations::pb::{self, RecommendationRequest, RecommendationResponse, Recommendations};
use recommendations::server::{Server, limits};
use recommendations::services::guard;
use support::{MYSTERY, any_port, call, refusal, request, stub};

/// Which part of the handler panics, by `user_id`.
const NONE: i32 = 0;
const FIRST_POLL: i32 = 1;
const LATER_POLL: i32 = 2;

#[derive(Clone)]
struct Panicking;

impl Recommendations for Panicking {
    fn recommend(
        &mut self,
        ctx: RpcContext<'_>,
        request: RecommendationRequest,
        sink: UnarySink<RecommendationResponse>,
    ) {
        guard::reply(&ctx, "Panicking.Recommend", sink, async move {
            match request.user_id {
                FIRST_POLL => panic!("in the first poll"),
                LATER_POLL => {
                    after_a_wake().await;
                    panic!("in a later poll")
                }
                _ => Ok(RecommendationResponse::new()),
            }
        });
    }
}

/// Is pending until another thread wakes it.
async fn after_a_wake() {
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || sender.send(()));
    receiver.await.unwrap();
}

fn serve() -> Server {
    Server::start(any_port(), vec![pb::create_recommendations(Panicking)]).unwrap()
}

/// Panics several times on every polling thread, each time on a new connection,
/// and then wants an answer.
fn the_server_survives(panicking_part: i32) {
    let server = serve();
    for _ in 0..4 * limits::polling_threads() {
        let stub = stub(server.address());
        let status = refusal(call(&stub, &request(panicking_part, MYSTERY, 1)));
        assert_eq!(status.code(), RpcStatusCode::INTERNAL);
        assert_eq!(
            status.message(),
            "internal error; the cause is in the server's log"
        );
    }
    for _ in 0..4 * limits::polling_threads() {
        call(&stub(server.address()), &request(NONE, MYSTERY, 1)).unwrap();
    }
    server.stop(Duration::from_secs(20)).unwrap();
}

#[test]
fn a_panic_before_the_first_wait_is_answered_and_survived() {
    the_server_survives(FIRST_POLL);
}

#[test]
fn a_panic_after_a_wait_is_answered_and_survived() {
    the_server_survives(LATER_POLL);
}

#[test]
fn other_calls_of_the_connection_are_answered_after_a_panic() {
    let server = serve();
    let stub = stub(server.address());
    for _ in 0..100 {
        let status = refusal(call(&stub, &request(FIRST_POLL, MYSTERY, 1)));
        assert_eq!(status.code(), RpcStatusCode::INTERNAL);
        call(&stub, &request(NONE, MYSTERY, 1)).unwrap();
    }
}
