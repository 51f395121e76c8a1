//! Callers that are slow, among others who mean no good.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use futures::SinkExt;
use futures::executor::block_on;
use grpcio::WriteFlags;
use recommendations::pb::bookshop::BooksClient;

use crate::support::THREE_MYSTERIES;
use crate::support::bookshop::{self, book, books_message, patient};
use crate::support::http2::{
    Connection, DATA, END_STREAM, PING, frame, headers_of_call, message, stream,
};
use crate::ways::{Target, WAYS, Way};

#[test]
fn calls_that_come_byte_by_byte_are_answered_and_keep_nobody_out() {
    let request = frame(DATA, END_STREAM, stream(1), &message(&[]));
    let bytes = [headers_of_call(1), request].concat();
    for way in WAYS {
        let (_server, target) = way.serve(THREE_MYSTERIES);
        let mut connections: Vec<Connection> = (0..50).map(|_| target.open()).collect();
        for byte in &bytes {
            for connection in &mut connections {
                connection.send_bytes(&[*byte]).unwrap();
            }
            target.answers(&[2]);
        }
        for connection in &mut connections {
            connection.wait_for(|frame| frame.kind == DATA && frame.stream == stream(1));
        }
    }
}

/// Does it over and over until it is told to end.
fn again_and_again(
    is_over: &Arc<AtomicBool>,
    target: &Target,
    attack: fn(&Target),
) -> JoinHandle<()> {
    let (is_over, target) = (Arc::clone(is_over), target.clone());
    thread::spawn(move || {
        while !is_over.load(Ordering::Relaxed) {
            attack(&target);
        }
    })
}

fn a_slow_import_is_finished(way: Way) {
    let (_server, target) = way.serve(THREE_MYSTERIES);
    let is_over = Arc::new(AtomicBool::new(false));
    let attacks = [
        // Calls that send no request, and hang up.
        again_and_again(&is_over, &target, |target| {
            target.open().begin_calls(1..=100);
        }),
        // Pings, for which one is sent away.
        again_and_again(&is_over, &target, |target| {
            let mut connection = target.open();
            let _ = connection.send_bytes(&frame(PING, 0, 0, &[0; 8]).repeat(100));
            connection.wait_for_end();
        }),
        // What is neither HTTP/2 nor TLS.
        again_and_again(&is_over, &target, |target| {
            let mut socket = TcpStream::connect(target.address).unwrap();
            let _ = socket.write_all(&[0; 1000]);
            // It may be reset too.
            let _ = socket.read_to_end(&mut Vec::new());
        }),
    ];
    let stub = BooksClient::new(target.channel());
    let (mut sender, receiver) = stub.import_books_opt(patient()).unwrap();
    let imported: Vec<i32> = (101..=200).collect();
    for &id in &imported {
        let message = books_message([book(id, "A")]);
        block_on(sender.send((message, WriteFlags::default()))).unwrap();
        target.answers(&[2]);
    }
    block_on(sender.close()).unwrap();
    block_on(receiver).unwrap();
    is_over.store(true, Ordering::Relaxed);
    for attack in attacks {
        attack.join().unwrap();
    }
    let all = [vec![2, 5, 8], imported].concat();
    assert_eq!(bookshop::ids(&stub), all);
}

#[test]
fn a_slow_import_is_finished_under_attack() {
    for way in WAYS {
        a_slow_import_is_finished(way);
    }
}
