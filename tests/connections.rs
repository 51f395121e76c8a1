//! Connections: what is announced on them, and when they end.

mod support;

use std::ffi::CStr;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use grpcio::{ChannelBuilder, EnvBuilder, Server, ServerBuilder, ServerCredentials};
use recommendations::category::Category;
use recommendations::client::Settings;
use recommendations::client::blocking::Client;
use recommendations::endpoint::Endpoint;
use recommendations::server::limits;
use recommendations::services;
use recommendations::shop::Shop;
use support::http2::{ACK, Connection, Frame, PING};
use support::relay::Relay;
use support::{PATIENCE, THREE_MYSTERIES, any_port, calls, given, serve, until};

// Settings of HTTP/2, RFC 9113 section 6.5.2.
const HEADER_TABLE_SIZE: u16 = 1;
const MAX_CONCURRENT_STREAMS: u16 = 3;
const INITIAL_WINDOW_SIZE: u16 = 4;
const MAX_HEADER_LIST_SIZE: u16 = 6;

#[test]
fn the_server_announces_what_a_client_may_do() {
    let server = serve(THREE_MYSTERIES);
    let announced = Connection::open(server.address()).settings;
    for (setting, most) in [
        (HEADER_TABLE_SIZE, 0),
        (MAX_CONCURRENT_STREAMS, 100),
        (INITIAL_WINDOW_SIZE, 64 * 1024),
        (MAX_HEADER_LIST_SIZE, 16 * 1024),
    ] {
        assert_eq!(announced.get(&setting), Some(&most), "{announced:?}");
    }
}

#[test]
fn the_core_is_given_every_limit() {
    let minutes = |count| count * 60 * 1000;
    let expected = [
        ("grpc.absolute_max_metadata_size", 16 * 1024),
        ("grpc.compression_enabled_algorithms_bitset", 1),
        ("grpc.experimental.max_handshakes", 2048),
        ("grpc.experimental.tcp_max_read_chunk_size", 8 * 1024),
        ("grpc.http2.bdp_probe", 0),
        ("grpc.http2.hpack_table_size.decoder", 0),
        ("grpc.http2.lookahead_bytes", 64 * 1024),
        ("grpc.http2.min_ping_interval_without_data_ms", 20_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.max_allowed_incoming_connections", 10_000),
        ("grpc.max_concurrent_streams", 100),
        ("grpc.max_connection_age_grace_ms", 30_000),
        ("grpc.max_connection_age_ms", minutes(30)),
        ("grpc.max_connection_idle_ms", minutes(15)),
        ("grpc.max_metadata_size", 16 * 1024),
        ("grpc.max_receive_message_length", 64 * 1024),
        ("grpc.server_handshake_timeout_ms", 5_000),
        ("grpc.so_reuseport", 0),
    ];
    let expected = expected.map(|(name, limit)| (name.to_owned(), limit));
    assert_eq!(given::to_the_core(), expected.into());
}

/// That the server closes a connection on which comes no more than that.
#[track_caller]
fn is_hung_up_on(begin: &[u8]) {
    let server = serve(THREE_MYSTERIES);
    let mut socket = TcpStream::connect(server.address()).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.write_all(begin).unwrap();
    socket.read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn who_says_nothing_for_5_seconds_is_hung_up_on() {
    is_hung_up_on(b"");
}

#[test]
fn who_says_half_a_greeting_is_hung_up_on_too() {
    is_hung_up_on(b"PRI * HTTP/2.0\r\n\r\nSM");
}

/// A server within the usual limits but for one, which would take minutes here.
fn serve_with(limit: &'static CStr, milliseconds: i32) -> (Server, SocketAddr) {
    let environment = Arc::new(EnvBuilder::new().cq_count(2).build());
    let connections = ChannelBuilder::new(Arc::clone(&environment));
    let settings = limits::limited(connections, limits::MAX_CONNECTIONS)
        .raw_cfg_int(limit.to_owned(), milliseconds);
    let health = services::health();
    health.set_serving();
    let services = services::all(Arc::new(Shop::in_memory([])), calls(), health);
    let builder = ServerBuilder::new(environment).channel_args(settings.build_args());
    let registered = services
        .into_iter()
        .fold(builder, ServerBuilder::register_service);
    let mut server = registered.build().unwrap();
    let port = server
        .add_listening_port(any_port().to_string(), ServerCredentials::insecure())
        .unwrap();
    server.start();
    (server, SocketAddr::new(any_port().ip(), port))
}

#[test]
fn a_connection_without_calls_ends() {
    let (_server, address) = serve_with(c"grpc.max_connection_idle_ms", 200);
    let mut connection = Connection::open(address);
    connection.wait_for_goaway();
    connection.wait_for_end();
}

#[test]
fn a_client_that_vanished_without_a_word_is_noticed() {
    let (_server, address) = serve_with(c"grpc.keepalive_time_ms", 200);
    let mut connection = Connection::open(address);
    let is_asked = |frame: &Frame| frame.kind == PING && frame.flags & ACK == 0;
    // Who answers stays.
    for _ in 0..3 {
        let ping = connection.wait_for(is_asked);
        connection.send(PING, ACK, 0, &ping.payload);
    }
    connection.wait_for(is_asked);
    connection.wait_for_end();
}

#[test]
fn no_call_fails_when_old_connections_end() {
    let (_server, address) = serve_with(c"grpc.max_connection_age_ms", 100);
    let relay = Relay::to(address);
    let client = client(relay.address());
    until(|| {
        client.recommend(1, Category::Mystery, 1).unwrap();
        relay.connections() >= 10
    });
}

fn client(address: SocketAddr) -> Client {
    let endpoint: Endpoint = address.to_string().parse().unwrap();
    Client::connect(&Settings::new(endpoint)).unwrap()
}

#[test]
fn the_client_pings_no_more_often_than_the_server_allows() {
    let listener = TcpListener::bind(any_port()).unwrap();
    let client = client(listener.local_addr().unwrap());
    let caller = client.clone();
    // It gets no answer; the connection stays.
    thread::spawn(move || caller.recommend(1, Category::Mystery, 1));
    let (stream, _) = listener.accept().unwrap();
    let mut connection = Connection::accepted(stream);
    let greeted = Instant::now();
    connection.wait_for(|frame| frame.kind == PING && frame.flags & ACK == 0);
    let allowed = given::to_the_core()["grpc.http2.min_ping_interval_without_data_ms"];
    let allowed = Duration::from_millis(u64::try_from(allowed).unwrap());
    assert!(greeted.elapsed() > allowed, "{:?}", greeted.elapsed());
}
