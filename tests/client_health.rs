//! `recommendations-client health` and `ping`.

mod support;

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::Command;

use futures::StreamExt;
use futures::executor::block_on;
use grpcio::RpcStatusCode;
use recommendations::client::{CallError, Probe, Serving, Settings, blocking};
use recommendations::endpoint::Endpoint;
use recommendations::server::Server;
use recommendations::services::health::Health;
use serde_json::Value;
use support::program::{client, ended, fails, prints, run, send_signal};
use support::{Nobody, THREE_MYSTERIES, any_port};

fn serve() -> (Server, Health) {
    support::serve_with_health(THREE_MYSTERIES)
}

fn ask(addresses: &[&dyn ToString], arguments: &[&str]) -> Command {
    let mut command = client(arguments);
    for address in addresses {
        command.args(["--addr", &address.to_string()]);
    }
    command
}

fn probe(server: &Server) -> Probe {
    let endpoint: Endpoint = server.address().to_string().parse().unwrap();
    Probe::connect(&Settings::new(endpoint)).unwrap()
}

#[test]
fn a_server_that_serves_is_healthy() {
    let (server, _health) = serve();
    let address = server.address();
    for service in [&["health"][..], &["health", "bookshop.v1.Books"]] {
        prints(
            &mut ask(&[&address], service),
            &format!("SERVING\t{address}\n"),
        );
    }
    prints(
        &mut ask(&[&address], &["health", "--format", "json"]),
        &format!("[{{\"status\":\"SERVING\",\"address\":\"{address}\"}}]\n"),
    );
}

#[test]
fn a_server_that_does_not_serve_is_a_failure() {
    let (server, health) = serve();
    health.set_not_serving();
    let address = server.address();
    let ended = run(&mut ask(&[&address], &["health"]));
    assert_eq!(ended.stdout, format!("NOT_SERVING\t{address}\n"));
    let error = format!("recommendations-client: {address} is not serving\n");
    assert_eq!((ended.code, ended.stderr), (Some(1), error));
}

#[test]
fn a_service_that_is_not_known_is_a_failure() {
    let (server, _health) = serve();
    let address = server.address();
    let ended = run(&mut ask(&[&address], &["health", "no.Such"]));
    let begin = format!("recommendations-client: {address} answers NOT_FOUND: ");
    assert!(ended.stderr.starts_with(&begin), "{}", ended.stderr);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
}

#[test]
fn each_of_several_servers_is_asked() {
    let ((first, _), (second, health)) = (serve(), serve());
    let (first, second) = (first.address(), second.address());
    let both: [&dyn ToString; 2] = [&first, &second];
    prints(
        &mut ask(&both, &["health"]),
        &format!("SERVING\t{first}\nSERVING\t{second}\n"),
    );
    health.set_not_serving();
    let nobody = Nobody::new();
    let address = nobody.address();
    let ended = run(&mut ask(&[&first, &second, &address], &["health"]));
    assert_eq!(
        ended.stdout,
        format!("SERVING\t{first}\nNOT_SERVING\t{second}\n")
    );
    let mut lines = ended.stderr.lines();
    let line = format!("recommendations-client: {second} is not serving");
    assert_eq!(lines.next(), Some(line.as_str()));
    let begin = format!("recommendations-client: nobody answers at {address} (");
    assert!(lines.next().unwrap().starts_with(&begin));
    assert_eq!((ended.code, lines.next()), (Some(1), None));
}

#[test]
fn a_watch_prints_every_change_until_the_server_is_gone() {
    let (server, health) = serve();
    let address = server.address();
    let mut child = ask(&[&address], &["health", "--watch"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || lines.next().map(Result::unwrap);
    assert_eq!(next(), Some(format!("SERVING\t{address}")));
    health.set_not_serving();
    assert_eq!(next(), Some(format!("NOT_SERVING\t{address}")));
    health.set_serving();
    assert_eq!(next(), Some(format!("SERVING\t{address}")));
    health.set_not_serving();
    assert_eq!(next(), Some(format!("NOT_SERVING\t{address}")));
    health.end_watches();
    assert_eq!(next(), None);
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn a_probe_tells_of_a_server_that_calls_avoid() {
    let (server, health) = serve();
    let probe = probe(&server);
    assert_eq!(block_on(probe.check("")).unwrap(), Serving::Serving);
    let mut watch = Box::pin(probe.watch("no.Such"));
    let first = block_on(watch.next()).unwrap();
    assert_eq!(first.unwrap(), Serving::ServiceUnknown);
    health.set_not_serving();
    assert_eq!(block_on(probe.check("")).unwrap(), Serving::NotServing);
    health.end_watches();
    let error = block_on(watch.next()).unwrap().unwrap_err();
    assert_eq!(error.code(), Some(RpcStatusCode::UNAVAILABLE));
    assert!(matches!(error, CallError::Refused { .. }), "{error}");
}

#[test]
fn whoever_waits_can_ask_how_a_server_is_and_no_longer_than_the_timeout() {
    let (server, health) = serve();
    let endpoint: Endpoint = server.address().to_string().parse().unwrap();
    let probe = blocking::Probe::connect(&Settings::new(endpoint)).unwrap();
    assert_eq!(probe.check("").unwrap(), Serving::Serving);
    health.set_not_serving();
    assert_eq!(probe.check("").unwrap(), Serving::NotServing);
    let error = probe.check("no.Such").unwrap_err();
    assert_eq!(error.code(), Some(RpcStatusCode::NOT_FOUND));

    let silent = TcpListener::bind(any_port()).unwrap();
    let endpoint: Endpoint = silent.local_addr().unwrap().to_string().parse().unwrap();
    let settings = Settings {
        timeout: "100ms".parse().unwrap(),
        ..Settings::new(endpoint)
    };
    let error = blocking::Probe::connect(&settings).unwrap().check("");
    assert!(
        matches!(error, Err(CallError::TimedOut { .. })),
        "{error:?}"
    );
}

#[test]
fn a_ping_has_a_row_for_each_call() {
    let (server, health) = serve();
    // It is there all the same.
    health.set_not_serving();
    let arguments = ["ping", "--count", "3", "--interval", "0s"];
    let ended = run(&mut ask(&[&server.address()], &arguments));
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let rows: Vec<Vec<&str>> = ended
        .stdout
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(rows.len(), 3);
    for (row, seq) in rows.iter().zip(["1", "2", "3"]) {
        assert_eq!((row[0], row[2]), (seq, ""));
        assert!(row[1].parse::<f64>().unwrap() > 0.0, "{row:?}");
    }
}

#[test]
fn the_environment_says_how_often_to_ping() {
    let (server, _health) = serve();
    let mut command = ask(&[&server.address()], &["ping"]);
    command.env("RECOMMENDATIONS_COUNT", "2");
    command.env("RECOMMENDATIONS_INTERVAL", "0s");
    assert_eq!(run(&mut command).stdout.lines().count(), 2);
}

#[test]
fn a_ping_for_the_eye_has_a_summary() {
    let (server, _health) = serve();
    let arguments = [
        "ping",
        "--count",
        "2",
        "--interval",
        "0s",
        "--format",
        "table",
    ];
    let ended = run(&mut ask(&[&server.address()], &arguments));
    let lines: Vec<&str> = ended.stdout.lines().collect();
    let [first, second, calls, times] = lines[..] else {
        panic!("{ended:?}");
    };
    assert!(
        first.starts_with("seq=1 time=") && first.ends_with(" ms"),
        "{first}"
    );
    assert!(second.starts_with("seq=2 time="), "{second}");
    assert_eq!(calls, "2 calls, 0 failed (0.0%)");
    assert!(times.starts_with("min="), "{times}");
}

#[test]
fn a_ping_that_is_interrupted_has_a_summary_too() {
    let (server, _health) = serve();
    let arguments = ["ping", "--interval", "1h", "--format", "table"];
    let mut child = ask(&[&server.address()], &arguments).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    assert!(first.starts_with("seq=1 time="), "{first}");
    send_signal("INT", child.id());
    let ended = ended(child);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert!(rest.starts_with("1 calls, 0 failed (0.0%)\nmin="), "{rest}");
}

#[test]
fn a_ping_in_json_is_one_object() {
    let (server, _health) = serve();
    let arguments = [
        "ping",
        "--count",
        "2",
        "--interval",
        "1ms",
        "--format",
        "json",
    ];
    let ended = run(&mut ask(&[&server.address()], &arguments));
    let seen: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(seen["calls"][1]["seq"], 2);
    assert_eq!(seen["calls"][1]["error"], Value::Null);
    assert_eq!(seen["summary"]["sent"], 2);
    let of = |name: &str| seen["summary"][name].as_f64().unwrap();
    assert!(of("min_ms") <= of("p50_ms") && of("p99_ms") <= of("max_ms"));
}

#[test]
fn calls_that_fail_are_told_and_counted() {
    let nobody = Nobody::new();
    let address = nobody.address();
    let arguments = ["ping", "--count", "2", "--interval", "0s"];
    let ended = run(&mut ask(&[&address], &arguments));
    let begin = format!("1\t\tnobody answers at {address} (");
    assert!(ended.stdout.starts_with(&begin), "{}", ended.stdout);
    let error = "recommendations-client: 2 of 2 calls failed\n";
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), error));
}

#[test]
fn a_ping_ends_when_nobody_reads_it() {
    let (server, _health) = serve();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let arguments = ["ping", "--count", "1000000", "--interval", "0s"];
    let ended = run(ask(&[&server.address()], &arguments).stdout(writer));
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

#[test]
fn an_interval_that_cannot_be_is_wrong_usage() {
    fails(
        &mut ask(&[&any_port()], &["ping", "--interval", "2h"]),
        2,
        "invalid value '2h' for '--interval <DURATION>': it must be from 0s to 1h, such as 500ms, 25s, 1m, or a whole number of seconds; \
         see recommendations-client --help",
    );
}
