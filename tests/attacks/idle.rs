//! Calls and connections on which nothing comes.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use prometheus_client::registry::Registry;
use recommendations::server::Server;
use recommendations::server::limits::MAX_CALLS_PER_CONNECTION;
use recommendations::services;
use recommendations::services::calls::Settings;
use recommendations::shop::Shop;

use crate::support::http2::{
    Connection, DATA, HEADERS, RECOMMEND, RST_STREAM, frame, headers_of_call, stream,
};
use crate::support::open_many_files;
use crate::ways::{Target, WAYS, Way};

/// So long that nothing in a test ends because of it.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

fn most_on_connection() -> u32 {
    u32::try_from(MAX_CALLS_PER_CONNECTION).unwrap()
}

/// A server whose calls may wait for their request for so long.
fn serve(way: Way, max_idle: Duration) -> (Server, Target) {
    let settings = Settings {
        max_idle,
        ..Settings::default()
    };
    let calls = services::calls(settings, &mut Registry::default()).unwrap();
    way.serve_shop(Shop::in_memory([]), calls)
}

fn open(target: &Target, connections: u32) -> Vec<Connection> {
    let open = (0..connections).map(|_| {
        let mut connection = target.open();
        connection.begin_calls(1..=most_on_connection());
        connection
    });
    open.collect()
}

#[test]
fn calls_without_a_request_keep_nobody_out() {
    for way in WAYS {
        let (_server, target) = serve(way, NEVER);
        let _open = open(&target, 25);
        for _ in 0..10 {
            target.answers(&[]);
        }
    }
}

#[test]
fn of_too_many_calls_without_a_request_the_oldest_are_ended() {
    for way in WAYS {
        let (_server, target) = serve(way, NEVER);
        let mut connections = open(&target, 8192 / most_on_connection() + 1);
        target.answers(&[]);
        connections[0].wait_for(|frame| frame.kind == HEADERS && frame.stream == stream(1));
    }
}

#[test]
fn a_call_whose_request_does_not_come_is_ended() {
    for way in WAYS {
        let (_server, target) = serve(way, Duration::from_millis(300));
        let mut connection = target.open();
        connection.begin_call();
        // Half a message is none.
        connection.send(DATA, 0, stream(1), &[0, 0, 0, 0, 4, 8]);
        connection.wait_for(|frame| frame.kind == HEADERS && frame.stream == stream(1));
    }
}

#[test]
fn who_does_not_confirm_the_settings_has_no_more_calls_than_others() {
    for way in WAYS {
        let (_server, target) = serve(way, NEVER);
        let mut connection = target.unconfirmed(&[]);
        let opened = 1000;
        connection
            .send_bytes(&(1..=opened).flat_map(headers_of_call).collect::<Vec<u8>>())
            .unwrap();
        let mut refused = 0;
        connection.wait_for(|frame| {
            refused += u32::from(frame.kind == HEADERS);
            refused == opened - most_on_connection()
        });
        target.answers(&[]);
    }
}

#[test]
fn calls_that_are_reset_make_room_on_their_connection() {
    for way in WAYS {
        let (_server, target) = serve(way, NEVER);
        let mut connection = target.open();
        let resets = 3000;
        let cancel = 8_u32.to_be_bytes();
        let all = (1..=resets).flat_map(|number| {
            let reset = frame(RST_STREAM, 0, stream(number), &cancel);
            [headers_of_call(number), reset].concat()
        });
        connection.send_bytes(&all.collect::<Vec<u8>>()).unwrap();
        connection.wait_until_read();
        target.answers(&[]);
        // One call after the other, until the last of those before has gone.
        for number in resets + 1.. {
            connection.call(number, RECOMMEND, &[]);
            let mut is_answered = false;
            connection.wait_for(|frame| {
                is_answered |= frame.kind == DATA;
                frame.stream == stream(number) && frame.flags & 1 != 0
            });
            if is_answered {
                break;
            }
        }
    }
}

#[test]
fn a_thousand_sockets_that_say_nothing_keep_nobody_out() {
    open_many_files();
    let (_server, target) = serve(Way::PlainText, NEVER);
    let _sockets: Vec<TcpStream> = (0..1000)
        .map(|number| {
            let mut socket = TcpStream::connect(target.address).unwrap();
            // Every other one begins to speak TLS, to a server that does not.
            if number % 2 == 0 {
                socket.write_all(b"\x16\x03\x01\x02\x00\x01\x00").unwrap();
            }
            socket
        })
        .collect();
    for _ in 0..10 {
        target.answers(&[]);
    }
}
