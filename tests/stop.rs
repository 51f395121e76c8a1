//! A server that stops lets calls finish, for as long as it is told.

mod support;

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use futures::executor;
use grpcio::CallOption;
use recommendations::pb::{METHOD_RECOMMENDATIONS_RECOMMEND, RecommendationResponse};
use recommendations::server::Server;
use recommendations::services::calls::Handlers;
use support::held::{Hold, held};
use support::http2::Connection;
use support::{
    MYSTERY, PATIENCE, THREE_MYSTERIES, call, calls, drain, ids, refusal, request, serve_services,
    stub,
};

fn serve() -> (Server, Hold) {
    let (service, hold) = held(calls());
    (serve_services(vec![service]), hold)
}

#[test]
fn a_call_in_flight_is_finished_before_the_server_stops() {
    let (server, hold) = serve();
    let stub = stub(server.address());
    let option = CallOption::default().timeout(PATIENCE);
    let answer = stub
        .recommend_async_opt(&request(1, MYSTERY, 1), option)
        .unwrap();
    hold.wait_for_call();

    let mut watch = Connection::open(server.address());
    let stopped = thread::spawn(move || server.stop(drain(PATIENCE)));
    watch.wait_for_goaway();
    drop(watch);
    hold.release();
    executor::block_on(answer).unwrap();
    stopped.join().unwrap().unwrap();
}

#[test]
fn a_call_that_does_not_finish_is_cancelled() {
    let (server, hold) = serve();
    let stub = stub(server.address());
    let option = CallOption::default().timeout(PATIENCE);
    let answer = stub
        .recommend_async_opt(&request(1, MYSTERY, 1), option)
        .unwrap();
    hold.wait_for_call();

    let begun = Instant::now();
    let stopped = thread::spawn(move || server.stop(drain(Duration::from_millis(100))));
    let status = refusal(executor::block_on(answer));
    assert!(support::server_went(&status), "{status}");
    stopped.join().unwrap().unwrap();
    drop(hold);
    assert!(begun.elapsed() < PATIENCE);
}

#[test]
fn calls_that_do_not_end_when_they_are_cancelled_are_left_behind() {
    let (release, released) = mpsc::channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let (arrival, arrived) = mpsc::channel();
    let blocking = Handlers::new(calls(), ())
        .unary(&METHOD_RECOMMENDATIONS_RECOMMEND, move |(), _, _| {
            let (arrival, released) = (arrival.clone(), Arc::clone(&released));
            async move {
                // No handler may block: what becomes of the server if one does?
                arrival.send(()).unwrap();
                let _ = released.lock().unwrap().recv();
                Ok(RecommendationResponse::new())
            }
        })
        .build();
    let server = serve_services(vec![blocking]);
    let stub = stub(server.address());
    let option = CallOption::default().timeout(PATIENCE);
    let _answer = stub.recommend_async_opt(&request(1, MYSTERY, 1), option);
    arrived.recv_timeout(PATIENCE).unwrap();
    let left = server.stop(drain(Duration::from_millis(100))).unwrap_err();
    assert_eq!(
        left.to_string(),
        "calls still ran 5s after they had been cancelled; they were left behind"
    );
    drop(release);
}

#[test]
fn an_idle_connection_does_not_hold_up_the_stop() {
    let server = support::serve(THREE_MYSTERIES);
    let stub = stub(server.address());
    assert_eq!(ids(call(&stub, &request(1, MYSTERY, 1))), [2]);
    server.stop(drain(PATIENCE)).unwrap();
    let status = refusal(call(&stub, &request(1, MYSTERY, 1)));
    assert!(support::server_went(&status), "{status}");
}
