//! More than the server has room for.

use std::net::TcpStream;
use std::process::Command;

use futures::executor::block_on;
use grpcio::RpcStatusCode;
use prometheus_client::registry::Registry;
use recommendations::services;
use recommendations::services::calls::Settings;

use crate::support::bookshop::patient;
use crate::support::held::held;
use crate::support::program::ServerProcess;
use crate::support::{MYSTERY, call, refusal, request, serve, serve_services, stub};
use crate::support::{THREE_MYSTERIES, until};

#[test]
fn a_thousand_calls_at_a_time_are_all_answered() {
    let server = serve(THREE_MYSTERIES);
    let stubs: Vec<_> = (0..10).map(|_| stub(server.address())).collect();
    let answers: Vec<_> = (0..1000)
        .map(|number| {
            let stub = &stubs[number % stubs.len()];
            stub.recommend_async_opt(&request(1, MYSTERY, 1), patient())
                .unwrap()
        })
        .collect();
    for answer in answers {
        assert_eq!(block_on(answer).unwrap().recommendations.len(), 1);
    }
}

#[test]
fn of_ten_times_as_many_calls_as_there_is_room_those_with_a_place_are_answered() {
    let room = 10;
    let settings = Settings {
        max_in_flight: u32::try_from(room).unwrap(),
        ..Settings::default()
    };
    let (service, hold) = held(services::calls(settings, &mut Registry::default()).unwrap());
    let server = serve_services(vec![service]);
    let stub = stub(server.address());
    let begin = |_| {
        stub.recommend_async_opt(&request(1, MYSTERY, 1), patient())
            .unwrap()
    };
    let inside: Vec<_> = (0..room).map(begin).collect();
    for _ in &inside {
        hold.wait_for_call();
    }
    // None of them is held, so each is answered while the others are.
    for refused in (0..9 * room).map(begin).collect::<Vec<_>>() {
        let status = refusal(block_on(refused));
        assert_eq!(status.code(), RpcStatusCode::RESOURCE_EXHAUSTED);
    }
    hold.release();
    for answer in inside {
        block_on(answer).unwrap();
    }
    call(&stub, &request(1, MYSTERY, 1)).unwrap();
}

#[test]
fn a_server_without_a_file_descriptor_left_serves_again_when_there_are_some() {
    let program = env!("CARGO_BIN_EXE_recommendations-server");
    let run = format!("ulimit -n 64; exec {program} --listen 127.0.0.1:0 --log-level off");
    let server = ServerProcess::spawn(
        Command::new("sh")
            .args(["-c", &run])
            .env("RECOMMENDATIONS_DATA", ":memory:")
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped()),
    );
    let before = stub(server.address);
    call(&before, &request(1, MYSTERY, 1)).unwrap();
    let sockets: Vec<TcpStream> = (0..100)
        .map(|_| TcpStream::connect(server.address).unwrap())
        .collect();
    // Who is connected is served all the while.
    for _ in 0..10 {
        call(&before, &request(1, MYSTERY, 1)).unwrap();
    }
    drop(sockets);
    until(|| call(&stub(server.address), &request(1, MYSTERY, 1)).is_ok());
}
