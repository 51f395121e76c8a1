//! A panic in a handler neither kills a polling thread nor hangs the caller.

mod support;

use std::time::Duration;

use futures::channel::oneshot;
use futures::{FutureExt, StreamExt};
use grpcio::{ClientStreamingSink, RequestStream, RpcContext, RpcStatusCode, UnarySink};
use recommendations::pb::bookshop::{Books, ImportBooksRequest, ImportBooksResponse, create_books};
use recommendations::pb::{self, RecommendationRequest, RecommendationResponse, Recommendations};
use recommendations::server::listen::Security;
use recommendations::server::{Server, limits};
use recommendations::services::guard;
use support::bookshop::{book, books, books_message, import_books};
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

impl Books for Panicking {
    /// Panics at the book whose id says which part.
    fn import_books(
        &mut self,
        ctx: RpcContext<'_>,
        requests: RequestStream<ImportBooksRequest>,
        sink: ClientStreamingSink<ImportBooksResponse>,
    ) {
        let method = "Panicking.ImportBooks";
        guard::reply_to_stream(&ctx, method, requests, sink, |requests| {
            async move {
                while let Some(request) = requests.next().await {
                    match request.unwrap().books[0].id {
                        FIRST_POLL => panic!("after a message"),
                        LATER_POLL => {
                            after_a_wake().await;
                            panic!("in a later poll")
                        }
                        _ => {}
                    }
                }
                Ok(ImportBooksResponse::new())
            }
            .boxed()
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
    let services = vec![
        pb::create_recommendations(Panicking),
        create_books(Panicking),
    ];
    Server::start(any_port(), services, Security::Plain).unwrap()
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

/// Panics several times on every polling thread in the middle of a stream, each
/// time on a new connection, and then wants an answer.
fn the_server_survives_a_stream(panicking_part: i32) {
    let server = serve();
    let messages = |id| [NONE, NONE, id, NONE].map(|id| books_message([book(id, "T")]));
    for _ in 0..4 * limits::polling_threads() {
        let stub = books(server.address());
        let status = refusal(import_books(&stub, messages(panicking_part)));
        assert_eq!(status.code(), RpcStatusCode::INTERNAL);
        assert_eq!(
            status.message(),
            "internal error; the cause is in the server's log"
        );
    }
    for _ in 0..4 * limits::polling_threads() {
        import_books(&books(server.address()), messages(NONE)).unwrap();
    }
    server.stop(Duration::from_secs(20)).unwrap();
}

#[test]
fn a_panic_between_two_messages_is_answered_and_survived() {
    the_server_survives_a_stream(FIRST_POLL);
}

#[test]
fn a_panic_after_a_wait_in_a_stream_is_answered_and_survived() {
    the_server_survives_a_stream(LATER_POLL);
}
