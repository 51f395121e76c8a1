//! A server that stops lets calls finish, for as long as it is told.

mod support;

use std::thread;
use std::time::{Duration, Instant};

use futures::executor;
use grpcio::CallOption;
use recommendations::server::Server;
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
fn an_idle_connection_does_not_hold_up_the_stop() {
    let server = support::serve(THREE_MYSTERIES);
    let stub = stub(server.address());
    assert_eq!(ids(call(&stub, &request(1, MYSTERY, 1))), [2]);
    server.stop(drain(PATIENCE)).unwrap();
    let status = refusal(call(&stub, &request(1, MYSTERY, 1)));
    assert!(support::server_went(&status), "{status}");
}
