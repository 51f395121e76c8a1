//! Floods: what is sent without end while others call.

use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::support::THREE_MYSTERIES;
use crate::support::http2::{DATA, END_HEADERS, HEADERS, frame, headers, stream};
use crate::ways::{Target, WAYS};

const IMPORT: &str = "/bookshop.v1.Readers/ImportInteractions";

/// More than the server has polling threads.
fn floods() -> usize {
    2 * thread::available_parallelism().unwrap().get()
}

/// That new callers are answered for as long as these floods last: `flood` is called
/// over and over on threads of its own, with what `begin` gave.
#[track_caller]
fn keeps_nobody_waiting<Begun: Send>(
    target: &Target,
    begin: impl Fn() -> Begun,
    flood: impl Fn(&mut Begun) + Sync,
) {
    let stopping = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..floods() {
            let mut begun = begin();
            scope.spawn({
                let (flood, stopping) = (&flood, &stopping);
                move || {
                    while !stopping.load(Ordering::Relaxed) {
                        flood(&mut begun);
                    }
                }
            });
        }
        // Stops the floods where a caller fails, too.
        let _stop = Stop(&stopping);
        for _ in 0..20 {
            target.answers(&[2]);
        }
    });
}

struct Stop<'flag>(&'flag AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn messages_byte_by_byte_keep_nobody_waiting() {
    let bytes = frame(DATA, 0, stream(1), &[0]).repeat(1_000);
    for way in WAYS {
        let (_server, target) = way.serve(THREE_MYSTERIES);
        let begin = || {
            let mut connection = target.open();
            connection.send(HEADERS, END_HEADERS, stream(1), &headers(IMPORT));
            connection
        };
        keeps_nobody_waiting(&target, begin, |connection| {
            // Who sends more than the windows allow and takes no reply is hung up on.
            if connection.send_bytes(&bytes).is_err() {
                *connection = begin();
            }
        });
    }
}

#[test]
fn connections_over_and_over_keep_nobody_waiting() {
    for way in WAYS {
        let (_server, target) = way.serve(THREE_MYSTERIES);
        keeps_nobody_waiting(
            &target,
            || (),
            |()| drop(TcpStream::connect(target.address)),
        );
    }
}
