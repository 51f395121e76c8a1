//! With TLS, only those talk to each other who can show who they are.

#[path = "../support/mod.rs"]
mod support;

mod client_hello;
mod files;
mod handshakes;
mod observed;
mod odd_names;
mod peers;
mod program;
mod resumption;
mod rotation;
mod script;
mod silence;
mod writers;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use grpcio::ChannelCredentials;
use recommendations::pb::{RecommendationResponse, RecommendationsClient};
use recommendations::server::Server;
use recommendations::server::listen::Security;
use recommendations::shop::Shop;
use recommendations::tls::{ServerFiles, ServerTls};
use recommendations::{files as books, logging};
use support::{HEADER, MYSTERY, THREE_MYSTERIES, call, request};

/// How often servers look at their files here.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A server of three mysteries with those files.
fn serve(files: ServerFiles) -> Server {
    serve_with(ServerTls::open(files, LOOK_EVERY).unwrap())
}

fn serve_with(tls: ServerTls) -> Server {
    let text = format!("{HEADER}{THREE_MYSTERIES}");
    let books = books::parse("books.csv", text.as_bytes()).unwrap();
    let shop = Arc::new(Shop::in_memory(books));
    support::serve_all(shop, support::calls(), Security::Tls(tls))
}

/// The answer to a call on a new connection.
fn ask(
    address: SocketAddr,
    credentials: ChannelCredentials,
) -> grpcio::Result<RecommendationResponse> {
    ask_for(address, credentials, None)
}

/// The answer if the server's certificate has that name.
fn ask_for(
    address: SocketAddr,
    credentials: ChannelCredentials,
    server_name: Option<&str>,
) -> grpcio::Result<RecommendationResponse> {
    logging::silence();
    let channel = support::channel(address, |builder| {
        let builder = builder.set_credentials(credentials);
        match server_name {
            Some(name) => builder.override_ssl_target(name),
            None => builder,
        }
    });
    call(
        &RecommendationsClient::new(channel),
        &request(1, MYSTERY, 3),
    )
}

/// That there is no connection.
#[track_caller]
fn shut_out(answer: grpcio::Result<RecommendationResponse>) {
    let status = support::refusal(answer);
    assert_eq!(
        status.code(),
        grpcio::RpcStatusCode::UNAVAILABLE,
        "{status}"
    );
}
