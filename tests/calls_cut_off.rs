//! Calls whose callers go away, or whose messages gRPC refuses, count as neither
//! answered nor wrong.

mod support;

use std::sync::Arc;

use futures::executor::block_on;
use futures::{SinkExt, StreamExt};
use grpcio::{ClientCStreamReceiver, ClientCStreamSender, RpcStatusCode, WriteFlags};
use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use protobuf::Message;
use recommendations::pb::bookshop::{BooksClient, ImportBooksRequest, ImportBooksResponse};
use recommendations::pb::health::{HealthCheckRequest, HealthClient};
use recommendations::server::Server;
use recommendations::server::limits::MAX_REQUEST_BYTES;
use recommendations::server::listen::Security;
use recommendations::services;
use recommendations::services::calls::Settings;
use recommendations::shop::Shop;
use support::bookshop::{book, books, books_message, ids, import_books, patient};
use support::http2::{
    self, Connection, DATA, END_HEADERS, END_STREAM, HEADERS, RST_STREAM, field, frame, headers,
    stream,
};
use support::program::ServerProcess;
use support::relay::Relay;
use support::{MYSTERY, call, channel, refusal, request, serve_all, stub, until};

const IMPORT_BOOKS: &str = "/bookshop.v1.Books/ImportBooks";
const IMPORT: &str =
    r#"grpc_type="client_stream",grpc_service="bookshop.v1.Books",grpc_method="ImportBooks""#;
const RECOMMEND: &str =
    r#"grpc_type="unary",grpc_service="Recommendations",grpc_method="Recommend""#;

const WATCH: &str =
    r#"grpc_type="server_stream",grpc_service="grpc.health.v1.Health",grpc_method="Watch""#;

struct Observed {
    server: Server,
    registry: Registry,
}

impl Observed {
    fn serve() -> Observed {
        let mut registry = Registry::default();
        let calls = services::calls(Settings::default(), &mut registry).unwrap();
        let shop = Arc::new(Shop::in_memory([]));
        let server = serve_all(shop, calls, Security::Plain);
        Observed { server, registry }
    }

    fn figures(&self) -> String {
        let mut shown = String::new();
        text::encode(&mut shown, &self.registry).unwrap();
        shown
    }

    fn shows(&self, line: &str) -> bool {
        self.figures().lines().any(|shown| shown == line)
    }

    fn has_ended(&self, method: &str, code: &str, calls: u64) -> bool {
        self.shows(&format!(
            r#"grpc_server_handled_total{{{method},grpc_code="{code}"}} {calls}"#
        ))
    }

    /// Waits until that method's one call is counted as cut off, and as nothing else.
    fn is_cut_off(&self, method: &str) {
        until(|| self.shows(&format!("grpc_server_handling_seconds_count{{{method}}} 1")));
        let is_cancelled = self.has_ended(method, "Canceled", 1);
        assert!(
            is_cancelled && self.has_ended(method, "OK", 0),
            "{}",
            self.figures()
        );
        assert!(self.refused("cut_off", 1) && self.refused("no_request", 0));
    }

    fn refused(&self, reason: &str, calls: u64) -> bool {
        self.shows(&format!(
            r#"recommendations_calls_refused_total{{reason="{reason}"}} {calls}"#
        ))
    }
}

/// The number of a book that no shop begins with.
const BOOK: i32 = 1000;

/// An import with one book, which the shop has.
struct Import {
    sender: ClientCStreamSender<ImportBooksRequest>,
    receiver: ClientCStreamReceiver<ImportBooksResponse>,
}

impl Import {
    fn begin(stub: &BooksClient) -> Import {
        let (mut sender, receiver) = stub.import_books_opt(patient()).unwrap();
        let message = (books_message([book(BOOK, "A")]), WriteFlags::default());
        block_on(sender.send(message)).unwrap();
        until(|| ids(stub).contains(&BOOK));
        Import { sender, receiver }
    }
}

#[test]
fn an_import_whose_connection_is_cut_is_no_answered_one_and_keeps_what_came() {
    let observed = Observed::serve();
    let relay = Relay::to(observed.server.address());
    let import = Import::begin(&books(relay.address()));
    relay.cut();
    let status = refusal(block_on(import.receiver));
    assert_eq!(status.code(), RpcStatusCode::UNAVAILABLE);
    observed.is_cut_off(IMPORT);
    assert_eq!(ids(&books(observed.server.address())), [BOOK]);
}

#[test]
fn an_import_that_its_caller_cancels_is_no_answered_one() {
    let observed = Observed::serve();
    let stub = books(observed.server.address());
    let mut import = Import::begin(&stub);
    import.sender.cancel();
    observed.is_cut_off(IMPORT);
}

#[test]
fn a_call_whose_deadline_passes_before_its_request_comes_is_a_late_one() {
    let observed = Observed::serve();
    let mut connection = Connection::open(observed.server.address());
    let timeout = field(b"\x00\x0cgrpc-timeout", "50m");
    let block = [headers(http2::RECOMMEND), timeout].concat();
    connection.send(HEADERS, END_HEADERS, stream(1), &block);
    until(|| observed.has_ended(RECOMMEND, "DeadlineExceeded", 1));
    assert!(observed.refused("deadline", 1) && observed.refused("cut_off", 0));
}

#[test]
fn a_call_that_comes_after_its_deadline_is_not_begun_whatever_of_it_is_a_stream() {
    for path in [
        http2::RECOMMEND,
        IMPORT_BOOKS,
        "/grpc.health.v1.Health/Watch",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    ] {
        let observed = Observed::serve();
        let mut connection = Connection::open(observed.server.address());
        let timeout = field(b"\x00\x0cgrpc-timeout", "0m");
        let block = [headers(path), timeout].concat();
        let mut number = 0;
        // A deadline is rounded, so that a call or two may come in time.
        until(|| {
            number += 1;
            let flags = END_HEADERS | END_STREAM;
            connection.send(HEADERS, flags, stream(number), &block);
            connection.wait_until_read();
            !observed.refused("deadline", 0)
        });
    }
}

#[test]
fn an_import_to_its_end_is_an_answered_one() {
    let observed = Observed::serve();
    let stub = books(observed.server.address());
    let answer = import_books(&stub, [books_message([book(1, "A")])]).unwrap();
    assert_eq!(answer.created, 1);
    until(|| observed.has_ended(IMPORT, "OK", 1));
    assert!(!observed.has_ended(IMPORT, "Canceled", 1));
}

#[test]
fn nothing_is_kept_of_a_message_that_was_cut() {
    let observed = Observed::serve();
    let mut connection = Connection::open(observed.server.address());
    let block = headers(IMPORT_BOOKS);
    connection.send(HEADERS, END_HEADERS, stream(1), &block);
    let message = books_message([book(1, "A"), book(2, "B")])
        .write_to_bytes()
        .unwrap();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    // All of the first book, and none of the second.
    let (first, _) = message.split_at(message.len() / 2);
    let data = [&[0], &length[..], first].concat();
    connection.send(DATA, 0, stream(1), &data);
    connection.wait_until_read();
    drop(connection);
    observed.is_cut_off(IMPORT);
    assert!(ids(&books(observed.server.address())).is_empty());
}

#[test]
fn a_call_that_is_reset_before_its_request_has_come_is_no_wrong_one() {
    let observed = Observed::serve();
    let mut connection = Connection::open(observed.server.address());
    connection.begin_call();
    let cancel = 8_u32.to_be_bytes();
    let reset = frame(RST_STREAM, 0, stream(1), &cancel);
    connection.send_bytes(&reset).unwrap();
    observed.is_cut_off(RECOMMEND);
}

#[test]
fn a_call_that_ends_without_a_request_is_a_wrong_one() {
    let observed = Observed::serve();
    let mut connection = Connection::open(observed.server.address());
    let block = headers(http2::RECOMMEND);
    connection.send(HEADERS, END_HEADERS | END_STREAM, stream(1), &block);
    until(|| observed.has_ended(RECOMMEND, "InvalidArgument", 1));
    assert!(observed.refused("no_request", 1) && observed.refused("cut_off", 0));
}

#[test]
fn a_watch_whose_caller_leaves_is_cancelled_and_was_refused_nothing() {
    let observed = Observed::serve();
    let relay = Relay::to(observed.server.address());
    let stub = HealthClient::new(channel(relay.address(), |builder| builder));
    let request = HealthCheckRequest::new();
    let mut statuses = stub.watch_opt(&request, patient()).unwrap();
    block_on(statuses.next()).unwrap().unwrap();
    relay.cut();
    until(|| observed.has_ended(WATCH, "Canceled", 1));
    assert!(observed.refused("cut_off", 0));
}

#[test]
fn a_call_whose_message_grpc_refuses_is_no_wrong_one() {
    let observed = Observed::serve();
    let mut large = request(1, MYSTERY, 3);
    let size = usize::try_from(MAX_REQUEST_BYTES).unwrap();
    let unknown = large.special_fields.mut_unknown_fields();
    unknown.add_length_delimited(99, vec![0; size]);
    let status = refusal(call(&stub(observed.server.address()), &large));
    assert_eq!(status.code(), RpcStatusCode::RESOURCE_EXHAUSTED);
    observed.is_cut_off(RECOMMEND);
}

#[test]
fn a_call_that_was_cut_off_is_one_line_of_the_log() {
    let server = ServerProcess::start(&["--log", "json"]);
    let relay = Relay::to(server.address);
    let import = Import::begin(&books(relay.address()));
    relay.cut();
    refusal(block_on(import.receiver));
    server.signal("TERM");
    let ended = server.end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let is_it = |line: &&str| line.contains(r#""message":"call failed""#);
    let lines: Vec<&str> = ended.stderr.lines().filter(is_it).collect();
    let [line] = lines[..] else {
        panic!("{}", ended.stderr);
    };
    for part in [
        r#""method":"bookshop.v1.Books/ImportBooks""#,
        r#""status":"CANCELLED""#,
        "the call was cut off",
    ] {
        assert!(line.contains(part), "{line}");
    }
}
