//! Servers that restart under load: callers with the client's defaults notice
//! nothing.

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use recommendations::category::Category;
use recommendations::client::blocking::Client;
use recommendations::client::{Endpoints, Settings};
use recommendations::files;
use recommendations::server::Server;
use recommendations::server::limits::StopTimes;
use recommendations::services;
use recommendations::shop::Shop;
use support::{HEADER, PATIENCE, THREE_MYSTERIES, any_port, until};

const CALLERS: usize = 50;
const RESTARTS: usize = 20;

/// How many calls are answered before the next restart. A tenth of them may then be
/// repeated: see retryThrottling in gRPC's service config.
const CALLS_BETWEEN: u64 = 2_500;

/// The callers have gone elsewhere when the time of the lame duck is over.
const STOP: StopTimes = StopTimes {
    lame_duck: Duration::from_millis(100),
    drain: PATIENCE,
};

fn start(address: SocketAddr, shop: &Arc<Shop>) -> Server {
    support::serve_at(address, Arc::clone(shop), services::health())
}

fn shop() -> Arc<Shop> {
    let text = format!("{HEADER}{THREE_MYSTERIES}");
    let books = files::parse("books.csv", text.as_bytes()).unwrap();
    Arc::new(Shop::in_memory(books))
}

fn client(addresses: &[SocketAddr]) -> Client {
    let endpoints = addresses
        .iter()
        .map(|each| each.to_string().parse().unwrap());
    let endpoints = Endpoints::new(endpoints.collect()).unwrap();
    Client::connect(&Settings::new(endpoints)).unwrap()
}

/// Restarts each server in turn while callers call; that no call failed, and that
/// there were calls after each restart.
fn restarts_unnoticed(servers: usize) {
    let shop = shop();
    let mut running: Vec<Server> = (0..servers).map(|_| start(any_port(), &shop)).collect();
    let addresses: Vec<SocketAddr> = running.iter().map(Server::address).collect();
    let client = client(&addresses);
    // By caller.
    let answered: Arc<Vec<AtomicU64>> = Arc::new((0..CALLERS).map(|_| 0.into()).collect());
    let stopping = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (client, answered, stopping) =
                (client.clone(), Arc::clone(&answered), Arc::clone(&stopping));
            thread::spawn(move || {
                while !stopping.load(Ordering::Relaxed) {
                    let books = client.recommend(1, Category::Mystery, 1)?;
                    assert_eq!(books.len(), 1);
                    answered[caller].fetch_add(1, Ordering::Relaxed);
                }
                Ok::<(), recommendations::client::CallError>(())
            })
        })
        .collect();
    // Until every caller has had an answer to a call that it began after the restart:
    // a call may meet one restart, but not one after the other.
    let wait_for_calls = || {
        let counts = || answered.iter().map(|each| each.load(Ordering::Relaxed));
        let before: Vec<u64> = counts().collect();
        let enough = before.iter().sum::<u64>() + CALLS_BETWEEN;
        until(|| {
            let all_again = counts().zip(&before).all(|(now, before)| now >= before + 2);
            all_again && counts().sum::<u64>() >= enough
                || callers.iter().any(|each| each.is_finished())
        });
    };
    wait_for_calls();
    for restart in 0..RESTARTS {
        let place = restart % servers;
        running.remove(place).stop(STOP).unwrap();
        running.insert(place, start(addresses[place], &shop));
        wait_for_calls();
    }
    stopping.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.join().unwrap().unwrap();
    }
}

#[test]
fn two_servers_are_restarted_twenty_times_and_no_call_fails() {
    restarts_unnoticed(2);
}

#[test]
fn one_server_is_restarted_twenty_times_and_no_call_fails() {
    restarts_unnoticed(1);
}
