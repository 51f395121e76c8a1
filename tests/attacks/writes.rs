//! More writes than the server has room for.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use futures::executor::block_on;
use grpcio::{CallOption, RpcStatusCode};

use crate::support::bookshop::{history_books, patient, read, readers, recording};
use crate::support::program::ServerProcess;
use crate::support::{MYSTERY, refusal, request, server_went, stub};

const ROOM: &str = "8";

/// Ten times as many writes at a time as there is room for, over several connections.
const CONNECTIONS: i32 = 8;
const WRITES_AT_A_TIME: i32 = 10;

/// How long it goes on.
const LOAD: Duration = Duration::from_secs(2);

/// Whatever is answered or refused is so at once, on a machine that is busy too.
const AT_ONCE: Duration = Duration::from_secs(2);

/// The book that every write is about.
const BOOK: i32 = 2;

/// What became of the writes of a connection.
#[derive(Default)]
struct Outcome {
    answered: HashSet<i32>,
    refused: usize,
    slowest: Duration,
}

/// Writes for one reader after the other, from `first` on, until the server goes.
fn write_until_it_goes(address: SocketAddr, first: i32) -> Outcome {
    let readers = readers(address);
    let mut outcome = Outcome::default();
    for round in 0.. {
        let from = first + round * WRITES_AT_A_TIME;
        let begun = Instant::now();
        let answers: Vec<_> = (from..from + WRITES_AT_A_TIME)
            .map(|reader| {
                let request = recording(read(reader, BOOK, 1));
                let answer = readers.record_interaction_async_opt(&request, patient());
                (reader, answer.unwrap())
            })
            .collect();
        let mut is_over = false;
        for (reader, answer) in answers {
            match block_on(answer) {
                Ok(_) => drop(outcome.answered.insert(reader)),
                Err(error) => {
                    let status = refusal::<()>(Err(error));
                    if server_went(&status) {
                        is_over = true;
                    } else {
                        assert_eq!(status.code(), RpcStatusCode::RESOURCE_EXHAUSTED);
                        outcome.refused += 1;
                    }
                }
            }
        }
        if is_over {
            break;
        }
        outcome.slowest = outcome.slowest.max(begun.elapsed());
    }
    outcome
}

/// How many reads were answered until it was over, none of them late.
fn read_until(address: SocketAddr, is_over: &AtomicBool) -> usize {
    let stub = stub(address);
    let mut answered = 0;
    while !is_over.load(Ordering::Relaxed) {
        let in_time = CallOption::default().timeout(AT_ONCE);
        match stub.recommend_opt(&request(1, MYSTERY, 3), in_time) {
            Ok(_) => answered += 1,
            refused => {
                let code = refusal(refused).code();
                assert_eq!(code, RpcStatusCode::RESOURCE_EXHAUSTED);
            }
        }
    }
    answered
}

#[test]
fn of_too_many_writes_the_answered_are_kept_and_reads_are_quick_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.db");
    let file = file.to_str().unwrap();
    let arguments = [
        "--data",
        file,
        "--max-in-flight",
        ROOM,
        "--log-level",
        "off",
    ];
    let server = ServerProcess::start(&arguments);
    let address = server.address;
    let writers: Vec<_> = (0..CONNECTIONS)
        .map(|connection| thread::spawn(move || write_until_it_goes(address, connection << 20)))
        .collect();
    let is_over = Arc::new(AtomicBool::new(false));
    let reader = thread::spawn({
        let is_over = Arc::clone(&is_over);
        move || read_until(address, &is_over)
    });
    thread::sleep(LOAD);
    is_over.store(true, Ordering::Relaxed);
    assert!(reader.join().unwrap() > 0);
    // It is killed in the midst of writes.
    drop(server);
    let outcomes: Vec<Outcome> = writers
        .into_iter()
        .map(|each| each.join().unwrap())
        .collect();

    let server = ServerProcess::start(&arguments);
    let readers = readers(server.address);
    for outcome in outcomes {
        assert!(outcome.refused > 0);
        assert!(outcome.slowest < AT_ONCE, "{:?}", outcome.slowest);
        for reader in outcome.answered {
            assert_eq!(history_books(&readers, reader), [BOOK], "{reader}");
        }
    }
}
