//! The program on a file and with TLS, restarted under load as whoever runs it
//! restarts it: callers with the client's defaults notice nothing.

mod support;

use std::net::SocketAddr;
use std::path::Path;

use recommendations::category::Category;
use recommendations::client::blocking::Client;
use recommendations::client::{CallError, Endpoints, Settings, Tls};
use recommendations::interaction::Kind;
use recommendations::tls::ClientFiles;
use support::any_port;
use support::callers::Callers;
use support::program::{Ended, ServerProcess, server};
use support::tls::{Authority, Files};

const CALLERS: usize = 50;
const RESTARTS: usize = 20;

/// How many reads, and as many writes, are answered before the next restart.
const ROUNDS_BETWEEN: u64 = 500;

/// A reader of whom nothing is known, and one who is written about.
const STRANGER: i32 = 1;
const READER: i32 = 2;

/// Starts a server on that file, which stops as it does by default.
fn start(listen: SocketAddr, data: &Path, tls: &Files) -> ServerProcess {
    let mut command = server(&["--listen", &listen.to_string()]);
    command.arg("--data").arg(data);
    command.arg("--tls-cert").arg(tls.path("server.pem"));
    command.arg("--tls-key").arg(tls.path("server.key"));
    ServerProcess::spawn(&mut command)
}

fn client(addresses: &[SocketAddr], tls: &Files) -> Client {
    let endpoints = addresses
        .iter()
        .map(|each| each.to_string().parse().unwrap());
    let mut settings = Settings::new(Endpoints::new(endpoints.collect()).unwrap());
    let files = ClientFiles {
        ca: Some(tls.path("ca.pem")),
        identity: None,
    };
    settings.tls = Some(Tls {
        files,
        server_name: None,
    });
    Client::connect(&settings).unwrap()
}

fn read_and_write(client: &Client) -> Result<(), CallError> {
    let books = client.recommend(STRANGER, Category::Mystery, 3)?;
    assert_eq!(books.len(), 3);
    client.record(READER, 1, Kind::Read, None)?;
    Ok(())
}

#[test]
fn two_servers_are_restarted_twenty_times_and_no_call_fails() {
    let authority = Authority::new();
    let tls = Files::of_server(&authority.server());
    tls.write("ca.pem", authority.pem());
    let folder = tempfile::tempdir().unwrap();
    let stores = ["first.db", "second.db"].map(|name| folder.path().join(name));
    let mut running: Vec<ServerProcess> = stores
        .iter()
        .map(|store| start(any_port(), store, &tls))
        .collect();
    let addresses: Vec<SocketAddr> = running.iter().map(|each| each.address).collect();
    let callers = Callers::start(vec![client(&addresses, &tls); CALLERS], read_and_write);
    callers.wait_for(ROUNDS_BETWEEN);
    for restart in 0..RESTARTS {
        let place = restart % running.len();
        let stopping = running.remove(place);
        stopping.signal("TERM");
        let Ended { code, stderr, .. } = stopping.end();
        assert_eq!(code, Some(0), "restart {restart}: {stderr}");
        running.insert(place, start(addresses[place], &stores[place], &tls));
        callers.wait_for(ROUNDS_BETWEEN);
    }
    callers.end();
}
