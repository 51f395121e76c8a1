//! What every call goes through: room, deadline, ids, figures.

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use futures::SinkExt;
use futures::executor::block_on;
use grpcio::{CallOption, MetadataBuilder, RpcStatusCode, WriteFlags};
use prometheus_client::registry::Registry;
use recommendations::metrics::{self, MetricsEndpoint};
use recommendations::pb::health::{HealthCheckRequest, HealthClient};
use recommendations::server::Server;
use recommendations::server::listen::Security;
use recommendations::services;
use recommendations::services::calls::Settings;
use recommendations::shop::Shop;
use support::bookshop::{book, books, books_message, import_books, patient};
use support::held::held;
use support::{
    MYSTERY, PATIENCE, THREE_MYSTERIES, any_port, call, channel, ids, refusal, refused, request,
    serve_all, serve_services, serve_shop, stub, until,
};

fn at_most(max_in_flight: u32) -> Settings {
    Settings {
        max_in_flight,
        ..Settings::default()
    }
}

#[test]
fn a_call_too_many_is_refused_at_once_and_the_others_are_answered() {
    let calls = services::calls(at_most(2), &mut Registry::default()).unwrap();
    let (service, hold) = held(calls);
    let server = serve_services(vec![service]);
    let stub = stub(server.address());
    let answers = [(); 2].map(|()| {
        let answer = stub.recommend_async_opt(&request(1, MYSTERY, 1), patient());
        hold.wait_for_call();
        answer.unwrap()
    });
    for _ in 0..20 {
        refused(
            call(&stub, &request(1, MYSTERY, 1)),
            RpcStatusCode::RESOURCE_EXHAUSTED,
            "2 calls are in flight, the most that may be; try again a little later",
        );
    }
    hold.release();
    for answer in answers {
        block_on(answer).unwrap();
    }
    call(&stub, &request(1, MYSTERY, 1)).unwrap();
}

#[test]
fn calls_that_the_server_has_no_time_for_are_refused_at_once() {
    let server = serve_shop(Shop::in_memory([]), at_most(8));
    // Each call takes no time to speak of; together they come faster than they go.
    let stubs: Vec<_> = (0..10).map(|_| stub(server.address())).collect();
    let answers: Vec<_> = (0..1000)
        .map(|number| {
            let stub = &stubs[number % stubs.len()];
            stub.recommend_async_opt(&request(1, MYSTERY, 1), patient())
                .unwrap()
        })
        .collect();
    let mut answered = 0;
    for answer in answers {
        match block_on(answer) {
            Ok(_) => answered += 1,
            refused => {
                let code = refusal(refused).code();
                assert_eq!(code, RpcStatusCode::RESOURCE_EXHAUSTED);
            }
        }
    }
    assert!((8..1000).contains(&answered), "{answered}");
}

#[test]
fn health_is_told_also_when_there_is_no_room() {
    let calls = services::calls(at_most(1), &mut Registry::default()).unwrap();
    let (service, hold) = held(calls.clone());
    let health = services::health::service(services::health(), calls);
    let server = serve_services(vec![service, health]);
    let stub = stub(server.address());
    let answer = stub.recommend_async_opt(&request(1, MYSTERY, 1), patient());
    hold.wait_for_call();
    refusal(call(&stub, &request(1, MYSTERY, 1)));
    let health = HealthClient::new(channel(server.address(), |builder| builder));
    health
        .check_opt(&HealthCheckRequest::new(), patient())
        .unwrap();
    hold.release();
    block_on(answer.unwrap()).unwrap();
}

#[test]
fn imports_that_stay_open_leave_room_for_others() {
    let server = serve_shop(Shop::in_memory([]), at_most(8));
    let stub = books(server.address());
    let open: Vec<_> = (0..2)
        .map(|_| {
            let (mut sender, receiver) = stub.import_books_opt(patient()).unwrap();
            let message = (books_message([book(1, "A")]), WriteFlags::default());
            block_on(sender.send(message)).unwrap();
            (sender, receiver)
        })
        .collect();
    // Both are in flight once a third finds no room.
    until(|| match import_books(&stub, []) {
        Ok(_) => false,
        refused => refusal(refused).code() == RpcStatusCode::RESOURCE_EXHAUSTED,
    });
    let stub = support::stub(server.address());
    call(&stub, &request(1, MYSTERY, 1)).unwrap();
    drop(open);
}

#[test]
fn a_stream_on_which_nothing_comes_is_ended() {
    let settings = Settings {
        max_idle: Duration::from_millis(200),
        ..Settings::default()
    };
    let server = serve_shop(Shop::in_memory([]), settings);
    let stub = books(server.address());
    let (mut sender, receiver) = stub.import_books_opt(patient()).unwrap();
    let message = (books_message([book(1, "A")]), WriteFlags::default());
    block_on(sender.send(message)).unwrap();
    refused(
        block_on(receiver),
        RpcStatusCode::DEADLINE_EXCEEDED,
        "message 2, no request came for 200ms",
    );
    assert_eq!(support::bookshop::ids(&stub), [1]);
}

/// The `x-request-id` that a reply to a call with that id begins with.
fn echoed(server: &Server, id: &str) -> Option<String> {
    let mut headers = MetadataBuilder::new();
    headers.add_str("x-request-id", id).unwrap();
    let option = CallOption::default()
        .timeout(PATIENCE)
        .headers(headers.build());
    let stub = stub(server.address());
    let mut answer = stub
        .recommend_async_opt(&request(1, MYSTERY, 1), option)
        .unwrap();
    let headers = block_on(answer.headers()).unwrap();
    let found = headers.iter().find(|(key, _)| *key == "x-request-id");
    found.map(|(_, value)| String::from_utf8(value.to_vec()).unwrap())
}

#[test]
fn a_request_id_is_sent_back() {
    let server = support::serve(THREE_MYSTERIES);
    assert_eq!(echoed(&server, "shop-7/a"), Some("shop-7/a".to_owned()));
    assert_eq!(echoed(&server, &"a".repeat(129)), None);
}

/// What an endpoint of metrics answers to a request with that first line.
fn http(address: SocketAddr, first_line: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "{first_line}\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn calls_are_counted_by_method_and_status() {
    let mut registry = Registry::default();
    let calls = services::calls(Settings::default(), &mut registry).unwrap();
    let shop = Arc::new(Shop::in_memory([]));
    metrics::show_shop(&mut registry, shop.clone());
    let server = serve_all(shop, calls, Security::Plain);
    let endpoint = MetricsEndpoint::start(any_port(), registry).unwrap();

    let stub = stub(server.address());
    assert!(ids(call(&stub, &request(1, MYSTERY, 1))).is_empty());
    refusal(call(&stub, &request(-1, MYSTERY, 1)));
    refusal(call(&stub, &request(-1, MYSTERY, 1)));

    let shown = http(endpoint.address(), "GET /metrics HTTP/1.1");
    assert!(shown.starts_with("HTTP/1.1 200 OK\r\n"), "{shown}");
    assert!(shown.contains("content-type: application/openmetrics-text; version=1.0.0"));
    let method = r#"grpc_type="unary",grpc_service="Recommendations",grpc_method="Recommend""#;
    for line in [
        format!("grpc_server_started_total{{{method}}} 3"),
        format!(r#"grpc_server_handled_total{{{method},grpc_code="OK"}} 1"#),
        format!(r#"grpc_server_handled_total{{{method},grpc_code="InvalidArgument"}} 2"#),
        format!("grpc_server_handling_seconds_count{{{method}}} 3"),
        r#"recommendations_calls_in_flight{room="work"} 0"#.to_owned(),
        r#"recommendations_calls_refused_total{reason="overload"} 0"#.to_owned(),
        "recommendations_panics_total 0".to_owned(),
        "recommendations_catalog_books 0.0".to_owned(),
        "recommendations_store_failed_commits_total 0".to_owned(),
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    }
    assert!(shown.ends_with("# EOF\n"), "{shown}");
}

#[test]
fn metrics_have_one_path_and_can_only_be_read() {
    let metrics = MetricsEndpoint::start(any_port(), Registry::default()).unwrap();
    let elsewhere = http(metrics.address(), "GET / HTTP/1.1");
    assert!(
        elsewhere.starts_with("HTTP/1.1 404 Not Found\r\n"),
        "{elsewhere}"
    );
    let written = http(metrics.address(), "POST /metrics HTTP/1.1");
    assert!(
        written.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"),
        "{written}"
    );
}

#[test]
fn an_address_in_use_shows_no_metrics() {
    let metrics = MetricsEndpoint::start(any_port(), Registry::default()).unwrap();
    let address = metrics.address();
    let error = MetricsEndpoint::start(address, Registry::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot show metrics on {address}")
    );
}
