//! What strangers may try: whatever they send, others are served meanwhile and
//! afterwards.

#[path = "../support/mod.rs"]
mod support;

mod floods;
mod frames;
mod idle;
mod messages;
mod mutations;
mod overload;
mod replies;
mod slow;
mod ways;
mod writes;

use std::env;
use std::net::SocketAddr;

use proptest::test_runner::{Config, FileFailurePersistence, RngSeed};

use self::support::{MYSTERY, call, ids, request, stub};

/// That a new caller gets the first mystery of the shop, if it has any.
#[track_caller]
fn answers(address: SocketAddr, first: &[i32]) {
    assert_eq!(ids(call(&stub(address), &request(1, MYSTERY, 1))), first);
}

/// So many cases, or as many as the environment's `PROPTEST_CASES` says, and the same
/// ones every time; those that failed once are in that file.
fn seeded(cases: u32, failed: &'static str) -> Config {
    let wanted = env::var("PROPTEST_CASES");
    Config {
        cases: wanted.map_or(cases, |wanted| wanted.parse().unwrap()),
        rng_seed: RngSeed::Fixed(20_261_124),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(failed))),
        ..Config::default()
    }
}
