//! What whoever runs `recommendations-server` sees of it: its log, its figures, and
//! how it stops.

mod support;

use futures::executor::block_on;
use futures::{SinkExt, StreamExt};
use grpcio::{CallOption, MetadataBuilder, RpcStatusCode, WriteFlags};
use recommendations::pb::health::health_check_response::ServingStatus;
use recommendations::pb::health::{HealthCheckRequest, HealthClient};
use recommendations::pb::reflection::{ServerReflectionClient, ServerReflectionRequest};
use serde_json::Value;
use support::bookshop::patient;
use support::bytes;
use support::figures::{self, shown};
use support::http2::Connection;
use support::log::Log;
use support::program::{ServerProcess, run, server};
use support::{MYSTERY, PATIENCE, call, channel, ids, refusal, request, stub, until};

#[test]
fn a_refused_call_is_one_line_of_the_log_and_an_answered_one_none() {
    let server = ServerProcess::start(&["--log", "json"]);
    let stub = stub(server.address);
    assert_eq!(ids(call(&stub, &request(1, MYSTERY, 3))), [1, 2, 3]);
    let mut headers = MetadataBuilder::new();
    headers.add_str("x-request-id", "shop-7").unwrap();
    let option = CallOption::default()
        .timeout(PATIENCE)
        .headers(headers.build());
    refusal(stub.recommend_opt(&request(-1, MYSTERY, 3), option));
    drop(stub);
    server.signal("TERM");
    let ended = server.end();
    assert_eq!(ended.code, Some(0));
    let lines = ended.stderr.lines();
    let calls: Vec<Value> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line.get("method").is_some())
        .collect();
    let [line] = &calls[..] else {
        panic!("{calls:?}");
    };
    assert_eq!(line["message"], "call refused");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["method"], "Recommendations/Recommend");
    assert_eq!(line["status"], "INVALID_ARGUMENT");
    assert_eq!(line["request_id"], "shop-7");
    assert_eq!(line["cause"], "user_id is -1; it must be 0 or more");
    assert!(
        line["peer"]
            .as_str()
            .unwrap()
            .starts_with("ipv4:127.0.0.1:")
    );
}

/// A server that shows its figures, and its log.
fn observed() -> (ServerProcess, Log) {
    let mut command = server(&["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]);
    let log = Log::of(&mut command);
    (ServerProcess::spawn(&mut command), log)
}

const REFUSED_BY_GRPC: &str = "gRPC refused calls by itself: their methods are unknown, their \
    headers are no call's, or they came while the server stopped";

#[test]
fn calls_to_unknown_methods_are_among_those_that_grpc_has_begun() {
    let (server, log) = observed();
    let channel = channel(server.address, |builder| builder);
    for _ in 0..3 {
        let (code, _) = bytes::call(&channel, "/bookshop.v1.Books/Guess", Vec::new());
        assert_eq!(code, RpcStatusCode::UNIMPLEMENTED);
    }
    call(&stub(server.address), &request(1, MYSTERY, 3)).unwrap();
    let shown = shown(figures::address(&log));
    let all = "recommendations_core_calls_started_total 4";
    assert!(shown.lines().any(|line| line == all), "{shown}");
    let handled: u64 = shown
        .lines()
        .filter(|line| line.starts_with("grpc_server_started_total"))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(handled, 1);
}

#[test]
fn calls_to_unknown_methods_are_told_and_counted() {
    let (server, log) = observed();
    let channel = channel(server.address, |builder| builder);
    for _ in 0..3 {
        bytes::call(&channel, "/bookshop.v1.Books/Guess", Vec::new());
    }
    assert_eq!(log.wait_for_message(REFUSED_BY_GRPC)["level"], "WARN");
    // In two lines where the server looks between two of the calls.
    until(|| {
        let lines = log.lines().into_iter();
        let told = lines.filter(|line| line["message"] == REFUSED_BY_GRPC);
        told.map(|line| line["refused"].as_u64().unwrap())
            .sum::<u64>()
            == 3
    });
    let figures = figures::address(&log);
    figures::shows(figures, "recommendations_core_calls_refused_total 3");
}

#[test]
fn calls_to_unknown_methods_are_told_also_without_figures() {
    let mut command = server(&["--listen", "127.0.0.1:0"]);
    let log = Log::of(&mut command);
    let server = ServerProcess::spawn(&mut command);
    let channel = channel(server.address, |builder| builder);
    bytes::call(&channel, "/Nothing/Recommend", Vec::new());
    assert_eq!(log.wait_for_message(REFUSED_BY_GRPC)["refused"], 1);
}

#[test]
fn calls_that_go_on_are_none_that_grpc_refused() {
    let (server, log) = observed();
    let address = server.address;
    let mut open = Connection::open(address);
    open.begin_calls(1..=100);
    let health = HealthClient::new(channel(address, |builder| builder));
    let mut watch = health
        .watch_opt(&HealthCheckRequest::new(), CallOption::default())
        .unwrap();
    block_on(watch.next()).unwrap().unwrap();
    // A call that is refused once all those are open long since.
    bytes::call(&channel(address, |builder| builder), "/a/b", Vec::new());
    assert_eq!(log.wait_for_message(REFUSED_BY_GRPC)["refused"], 1);
}

#[test]
fn figures_that_other_machines_can_read_are_warned_of() {
    let warning = "whoever reaches the address of --metrics reads the figures";
    // Reserved for documentation: no machine has it, so that nobody reads any.
    let elsewhere = run(&mut server(&["--metrics", "192.0.2.1:9464"]));
    assert!(elsewhere.stderr.contains(warning), "{}", elsewhere.stderr);
    assert_eq!(elsewhere.code, Some(1));
    let server = ServerProcess::start(&["--metrics", "127.0.0.1:0"]);
    server.signal("TERM");
    let here = server.end().stderr;
    assert!(here.contains("metrics are shown"), "{here}");
    assert!(!here.contains(warning), "{here}");
}

#[test]
fn the_figures_are_where_the_option_says() {
    let (server, log) = observed();
    assert_eq!(
        ids(call(&stub(server.address), &request(1, MYSTERY, 3))),
        [1, 2, 3]
    );
    let shown = shown(figures::address(&log));
    for line in [
        format!(
            "recommendations_build_info{{version=\"{}\"}} 1",
            env!("CARGO_PKG_VERSION")
        ),
        "recommendations_log_lost_lines_total 0".to_owned(),
        "recommendations_model_builds_total 1".to_owned(),
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    }
    assert!(shown.contains("process_start_time_seconds 1"));
}

#[test]
fn a_server_that_is_told_to_stop_says_so_and_goes_on_until_it_does() {
    let server = ServerProcess::start(&["--lame-duck", "1h"]);
    let health = HealthClient::new(channel(server.address, |builder| builder));
    let status = || {
        let answer = health.check_opt(&HealthCheckRequest::new(), patient());
        answer.unwrap().status.unwrap()
    };
    assert_eq!(status(), ServingStatus::SERVING);
    server.signal("TERM");
    until(|| status() == ServingStatus::NOT_SERVING);
    // On a new connection, too.
    assert_eq!(
        ids(call(&stub(server.address), &request(1, MYSTERY, 3))),
        [1, 2, 3]
    );
    server.signal("TERM");
    assert_eq!(server.end().code, Some(1));
}

#[test]
fn streams_that_end_with_the_server_are_no_failures() {
    let (server, log) = observed();
    let channel = channel(server.address, |builder| builder);
    let health = HealthClient::new(channel.clone());
    let mut watch = health
        .watch_opt(&HealthCheckRequest::new(), patient())
        .unwrap();
    block_on(watch.next()).unwrap().unwrap();
    let reflection = ServerReflectionClient::new(channel);
    let (mut requests, mut answers) = reflection.server_reflection_info_opt(patient()).unwrap();
    let question = (ServerReflectionRequest::new(), WriteFlags::default());
    block_on(requests.send(question)).unwrap();
    block_on(answers.next()).unwrap().unwrap();
    server.signal("TERM");
    let code = RpcStatusCode::UNAVAILABLE;
    assert_eq!(refusal(block_on(answers.next()).unwrap()).code(), code);
    assert_eq!(server.end().code, Some(0));
    let lines = log.lines();
    let mut failures = lines.iter().filter(|line| line.get("method").is_some());
    assert_eq!(failures.next(), None);
}

#[test]
fn a_terminal_that_closes_stops_the_server_like_any_other_signal() {
    let server = ServerProcess::start(&["--lame-duck", "0s"]);
    server.signal("HUP");
    let ended = server.end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("stopping"), "{}", ended.stderr);
}
