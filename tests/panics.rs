//! A panic in a handler neither kills a polling thread nor hangs the caller.

mod support;

use std::time::Duration;

use futures::channel::oneshot;
use futures::{FutureExt, StreamExt};
use grpcio::RpcStatusCode;
use recommendations::pb::bookshop::{
    ImportBooksRequest, ImportBooksResponse, METHOD_BOOKS_IMPORT_BOOKS,
};
use recommendations::pb::{
    METHOD_RECOMMENDATIONS_RECOMMEND, RecommendationRequest, RecommendationResponse,
};
use recommendations::server::{Server, limits};
use recommendations::services::calls::{Handlers, Requests};
use recommendations::wire::Refusal;
use support::bookshop::{book, books, books_message, import_books};
use support::{MYSTERY, call, calls, drain, refusal, request, serve_services, stub};

/// Which part of the handler panics, by `user_id`.
const NONE: i32 = 0;
const FIRST_POLL: i32 = 1;
const LATER_POLL: i32 = 2;

/// Panics in `Recommend` as `user_id` says.
async fn recommend(request: RecommendationRequest) -> Result<RecommendationResponse, Refusal> {
    match request.user_id {
        FIRST_POLL => panic!("in the first poll"),
        LATER_POLL => {
            after_a_wake().await;
            panic!("in a later poll")
        }
        _ => Ok(RecommendationResponse::new()),
    }
}

/// Panics in `ImportBooks` at the book whose id says which part.
async fn import_books_of(
    requests: &mut Requests<ImportBooksRequest>,
) -> Result<ImportBooksResponse, Refusal> {
    while let Some(request) = requests.next().await {
        match request?.books[0].id {
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

/// Is pending until another thread wakes it.
async fn after_a_wake() {
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || sender.send(()));
    receiver.await.unwrap();
}

fn serve() -> Server {
    let recommendations = Handlers::new(calls(), ())
        .unary(&METHOD_RECOMMENDATIONS_RECOMMEND, |(), request, _| {
            recommend(request)
        })
        .build();
    let books = Handlers::new(calls(), ())
        .client_streaming(&METHOD_BOOKS_IMPORT_BOOKS, |(), requests, _| {
            import_books_of(requests).boxed()
        })
        .build();
    let services = vec![recommendations, books];
    serve_services(services)
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
    server.stop(drain(Duration::from_secs(20))).unwrap();
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
    server.stop(drain(Duration::from_secs(20))).unwrap();
}

#[test]
fn a_panic_between_two_messages_is_answered_and_survived() {
    the_server_survives_a_stream(FIRST_POLL);
}

#[test]
fn a_panic_after_a_wait_in_a_stream_is_answered_and_survived() {
    the_server_survives_a_stream(LATER_POLL);
}
