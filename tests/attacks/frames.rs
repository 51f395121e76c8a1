//! Frames of HTTP/2 that break its rules or its spirit.

use std::io::Write;
use std::net::TcpStream;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::http2::{
    CONTINUATION, Connection, DATA, END_HEADERS, HEADERS, PING, PRIORITY, RECOMMEND, RST_STREAM,
    SETTINGS, WINDOW_UPDATE, frame, headers, headers_of_call, headers_with, stream,
};
use crate::support::{THREE_MYSTERIES, serve};
use crate::ways::WAYS;
use crate::{answers, seeded};

/// That others are served after these bytes on a connection.
#[track_caller]
fn survives(bytes: &[u8]) {
    for way in WAYS {
        let (_server, target) = way.serve(THREE_MYSTERIES);
        let mut connection = target.open();
        // The server may have closed the connection by then.
        let _ = connection.send_bytes(bytes);
        target.answers(&[2]);
    }
}

/// That the connection is closed that sends these bytes, and others are served.
#[track_caller]
fn is_sent_away(bytes: &[u8]) {
    for way in WAYS {
        let (_server, target) = way.serve(THREE_MYSTERIES);
        let mut connection = target.open();
        let _ = connection.send_bytes(bytes);
        connection.wait_for_end();
        target.answers(&[2]);
    }
}

#[test]
fn who_pings_without_end_is_sent_away_and_told_why() {
    let server = serve(THREE_MYSTERIES);
    let mut connection = Connection::open(server.address());
    let _ = connection.send_bytes(&frame(PING, 0, 0, &[0; 8]).repeat(100));
    let goaway = connection.wait_for_goaway();
    assert!(goaway.contains(b"too_many_pings"), "{goaway:?}");
    answers(server.address(), &[2]);
}

#[test]
fn small_frames_over_and_over_keep_nobody_out() {
    let begun = headers_of_call(1);
    let never_ending = frame(HEADERS, 0, stream(1), &headers(RECOMMEND));
    let cancel = 8_u32.to_be_bytes();
    for (begin, small) in [
        (&b""[..], frame(SETTINGS, 0, 0, &[0, 4, 0, 1, 0, 0])),
        (b"", frame(WINDOW_UPDATE, 0, 0, &1_u32.to_be_bytes())),
        (b"", frame(PRIORITY, 0, stream(1), &[0, 0, 0, 0, 16])),
        (b"", frame(RST_STREAM, 0, stream(1), &cancel)),
        (&begun, frame(DATA, 0, stream(1), &[])),
        (&never_ending, frame(CONTINUATION, 0, stream(1), &[])),
    ] {
        survives(&[begin, &small.repeat(10_000)].concat());
    }
}

#[test]
fn headers_that_never_end_keep_nobody_out() {
    let begun = frame(HEADERS, 0, stream(1), &headers(RECOMMEND));
    let more = frame(CONTINUATION, 0, stream(1), b"\x00\x04name\x05value").repeat(20_000);
    survives(&[begun, more].concat());
}

#[test]
fn a_name_of_a_table_that_is_not_there_closes_the_connection() {
    let mut block = headers(RECOMMEND);
    block.push(0xbe);
    is_sent_away(&frame(HEADERS, END_HEADERS, stream(1), &block));
}

#[test]
fn a_frame_longer_than_allowed_closes_the_connection() {
    is_sent_away(&frame(HEADERS, END_HEADERS, stream(1), &[0; 1 << 20]));
}

#[test]
fn headers_of_20_kb_are_refused_and_the_connection_goes_on() {
    let server = serve(THREE_MYSTERIES);
    let mut connection = Connection::open(server.address());
    // 10,000 bytes, twice: their length takes three bytes.
    let long = [&b"\x00\x04name\x7f\x91\x4d"[..], &[b'x'; 10_000]].concat();
    let begun = [headers(RECOMMEND), long.clone()].concat();
    connection.send(HEADERS, 0, stream(1), &begun);
    connection.send(CONTINUATION, END_HEADERS, stream(1), &long);
    let refusal = connection.wait_for(|frame| frame.stream == stream(1));
    let resource_exhausted = b"grpc-status\x018";
    assert!(refusal.contains(resource_exhausted), "{refusal:?}");
    connection.call(2, RECOMMEND, &[]);
    connection.wait_for(|frame| frame.kind == HEADERS && frame.stream == stream(2));
}

#[test]
fn what_is_no_call_of_grpc_is_answered_all_the_same() {
    let server = serve(THREE_MYSTERIES);
    let mut connection = Connection::open(server.address());
    let block = headers_with(RECOMMEND, "text/html");
    connection.send(HEADERS, END_HEADERS | 1, stream(1), &block);
    connection.wait_for(|frame| frame.stream == stream(1));
    answers(server.address(), &[2]);
}

fn some_frame() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop_oneof![vec(any::<u8>(), 0..40), Just(headers(RECOMMEND))];
    (0..12_u8, any::<u8>(), 0..9_u32, payload)
        .prop_map(|(kind, flags, stream, payload)| frame(kind, flags, stream, &payload))
}

proptest! {
    #![proptest_config(seeded(
        20,
        concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/attacks/frames.proptest-regressions"
        )
    ))]

    #[test]
    fn any_frames_keep_nobody_out(
        conversations in vec(vec(some_frame(), 0..40), 10),
        garbage in vec(any::<u8>(), 0..2000),
    ) {
        for way in WAYS {
            let (_server, target) = way.serve(THREE_MYSTERIES);
            for frames in &conversations {
                let mut connection = target.open();
                let _ = connection.send_bytes(&frames.concat());
            }
            // The server may have closed the connection by then.
            let _ = TcpStream::connect(target.address).unwrap().write_all(&garbage);
            target.answers(&[2]);
        }
    }
}
