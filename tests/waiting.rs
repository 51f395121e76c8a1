//! Writes that wait for the store: what their deadline does, and that nobody else
//! waits with them.

mod support;

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};

use futures::executor::block_on;
use protobuf::Message;
use recommendations::files;
use recommendations::interaction::Time;
use recommendations::pb::RecommendationsClient;
use recommendations::pb::bookshop::interaction::Kind;
use recommendations::pb::bookshop::{Interaction, ReadersClient, RecordInteractionRequest};
use recommendations::server::Server;
use recommendations::server::listen::Security;
use recommendations::shop::{self, Clock, Shop};
use recommendations::store::{Database, Location};
use support::bookshop::{history_books, patient, read, record, recording};
use support::http2::{
    Connection, DATA, END_HEADERS, END_STREAM, HEADERS, field, headers, message, stream,
};
use support::{HEADER, MYSTERY, PATIENCE, THREE_MYSTERIES, call, channel, ids, request, serve_all};

const RECORD: &str = "/bookshop.v1.Readers/RecordInteraction";

/// Where the writes of a server wait until it is dropped.
struct Gate {
    arrived: Receiver<()>,
    _closed: Sender<()>,
}

/// A server of three mysteries. It asks its clock for the time of each write that has
/// none, and the clock waits at the gate.
fn serve() -> (Server, Gate) {
    let text = format!("{HEADER}{THREE_MYSTERIES}");
    let books = files::parse("books.csv", text.as_bytes()).unwrap();
    let (arrival, arrived) = mpsc::channel();
    let (closed, opened) = mpsc::channel::<()>();
    let opened = Mutex::new(opened);
    let settings = shop::Settings {
        clock: Clock::new(move || {
            // Nobody counts them once the gate is open.
            let _ = arrival.send(());
            let _ = opened.lock().unwrap().recv();
            Time::from_seconds(1)
        }),
        ..Default::default()
    };
    let database = Database::open(&Location::Memory, &books).unwrap();
    let shop = Arc::new(Shop::open(database, settings).unwrap());
    let server = serve_all(shop, support::calls(), Security::Plain);
    let gate = Gate {
        arrived,
        _closed: closed,
    };
    (server, gate)
}

/// What the clock is asked for the time of.
fn timeless(reader_id: i32, book_id: i32) -> RecordInteractionRequest {
    recording(Interaction {
        reader_id,
        book_id,
        kind: Kind::READ.into(),
        ..Default::default()
    })
}

#[test]
fn a_write_that_waits_holds_up_nobody_on_its_connection() {
    let (server, gate) = serve();
    let channel = channel(server.address(), |builder| builder);
    let readers = ReadersClient::new(channel.clone());
    let written = readers
        .record_interaction_async_opt(&timeless(1, 2), patient())
        .unwrap();
    gate.arrived.recv_timeout(PATIENCE).unwrap();
    let recommendations = RecommendationsClient::new(channel);
    for _ in 0..10 {
        let books = call(&recommendations, &request(1, MYSTERY, 3));
        assert_eq!(ids(books), [2, 5, 8]);
    }
    drop(gate);
    block_on(written).unwrap();
}

#[test]
fn a_write_whose_deadline_passes_while_it_waits_is_not_made() {
    let (server, gate) = serve();
    let readers = ReadersClient::new(channel(server.address(), |builder| builder));
    let first = readers
        .record_interaction_async_opt(&timeless(1, 2), patient())
        .unwrap();
    gate.arrived.recv_timeout(PATIENCE).unwrap();
    let mut connection = Connection::open(server.address());
    let block = [headers(RECORD), field(b"\x00\x0cgrpc-timeout", "100m")].concat();
    connection.send(HEADERS, END_HEADERS, stream(1), &block);
    let written = message(&timeless(2, 2).write_to_bytes().unwrap());
    connection.send(DATA, END_STREAM, stream(1), &written);
    // The server says so at its own deadline, which is a little later than a client's.
    let end = connection.wait_for(|frame| frame.stream == stream(1));
    let deadline_exceeded = b"grpc-status\x014";
    assert!(end.contains(deadline_exceeded), "{end:?}");
    drop(gate);
    block_on(first).unwrap();
    // Whatever waited before it is settled once it is answered.
    record(&readers, read(3, 2, 1)).unwrap();
    assert_eq!(history_books(&readers, 1), [2]);
    assert!(history_books(&readers, 2).is_empty());
}
