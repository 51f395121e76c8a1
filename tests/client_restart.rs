//! Servers that restart under load: callers with the client's defaults notice
//! nothing. tests/server_restarts.rs does the same to the program.

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use recommendations::category::Category;
use recommendations::client::blocking::Client;
use recommendations::client::{CallError, Endpoints, Settings};
use recommendations::files;
use recommendations::server::Server;
use recommendations::server::limits::StopTimes;
use recommendations::services;
use recommendations::shop::Shop;
use support::callers::Callers;
use support::{HEADER, PATIENCE, THREE_MYSTERIES, any_port};

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

fn ask(client: &Client) -> Result<(), CallError> {
    let books = client.recommend(1, Category::Mystery, 1)?;
    assert_eq!(books.len(), 1);
    Ok(())
}

/// Restarts each server in turn while callers call; that no call failed, and that
/// there were calls after each restart.
fn restarts_unnoticed(servers: usize) {
    let shop = shop();
    let mut running: Vec<Server> = (0..servers).map(|_| start(any_port(), &shop)).collect();
    let addresses: Vec<SocketAddr> = running.iter().map(Server::address).collect();
    let callers = Callers::start(vec![client(&addresses); CALLERS], ask);
    callers.wait_for(CALLS_BETWEEN);
    for restart in 0..RESTARTS {
        let place = restart % servers;
        running.remove(place).stop(STOP).unwrap();
        running.insert(place, start(addresses[place], &shop));
        callers.wait_for(CALLS_BETWEEN);
    }
    callers.end();
}

#[test]
fn two_servers_are_restarted_twenty_times_and_no_call_fails() {
    restarts_unnoticed(2);
}

#[test]
fn one_server_is_restarted_twenty_times_and_no_call_fails() {
    restarts_unnoticed(1);
}
