//! Who calls, as the server sees it.

use std::net::SocketAddr;

use futures::FutureExt;
use grpcio::{ChannelCredentials, RpcContext, UnarySink};
use recommendations::pb::{
    self, BookRecommendation, RecommendationRequest, RecommendationResponse, Recommendations,
};
use recommendations::server::Server;
use recommendations::server::listen::{Listener, Security};
use recommendations::services;
use recommendations::tls::{ServerTls, peer_name};

use super::support::tls::{Authority, Files, client_params, credentials};
use super::support::{MYSTERY, any_port, call, request, stub};
use super::{LOOK_EVERY, ask};

/// Answers a book whose title is the caller's name, or no book.
#[derive(Clone)]
struct Mirror;

impl Recommendations for Mirror {
    fn recommend(
        &mut self,
        ctx: RpcContext<'_>,
        _request: RecommendationRequest,
        sink: UnarySink<RecommendationResponse>,
    ) {
        let named = peer_name(&ctx).map(|title| BookRecommendation {
            title,
            ..Default::default()
        });
        let response = RecommendationResponse {
            recommendations: named.into_iter().collect(),
            ..Default::default()
        };
        ctx.spawn(sink.success(response).map(|_| ()));
    }
}

pub fn mirror(security: Security) -> Server {
    let services = vec![pb::create_recommendations(Mirror)];
    Server::start(
        Listener::new(any_port(), security),
        services,
        services::health(),
    )
    .unwrap()
}

pub fn seen(answer: grpcio::Result<RecommendationResponse>) -> Option<String> {
    let books = answer.unwrap().recommendations;
    books.into_iter().map(|book| book.title).next()
}

fn mutual() -> (Server, Authority) {
    let authority = Authority::new();
    let files = Files::of_server(&authority.server());
    files.put_client_ca(&authority);
    let tls = ServerTls::open(files.mutual(), LOOK_EVERY).unwrap();
    (mirror(Security::Tls(tls)), authority)
}

fn name_seen(address: SocketAddr, credentials: ChannelCredentials) -> Option<String> {
    seen(ask(address, credentials))
}

#[test]
fn a_verified_client_is_known_by_its_common_name() {
    let (server, authority) = mutual();
    for name in ["reader", "Anne Élise", "a\0b", "reader "] {
        let own = authority.client(name);
        let credentials = credentials(&[&authority], Some(&own));
        let seen = name_seen(server.address(), credentials);
        assert_eq!(seen.as_deref(), Some(name));
    }
}

#[test]
fn the_common_name_counts_also_where_there_are_alternative_names() {
    let (server, authority) = mutual();
    let mut params = client_params("reader");
    let writer = "writer".try_into().unwrap();
    params.subject_alt_names = vec![rcgen::SanType::DnsName(writer)];
    let own = authority.issue(params);
    let seen = name_seen(server.address(), credentials(&[&authority], Some(&own)));
    assert_eq!(seen.as_deref(), Some("reader"));
}

#[test]
fn a_client_without_a_common_name_has_no_name() {
    let (server, authority) = mutual();
    let mut params = client_params("");
    params.distinguished_name = rcgen::DistinguishedName::new();
    let own = authority.issue(params);
    let seen = name_seen(server.address(), credentials(&[&authority], Some(&own)));
    assert_eq!(seen, None);
}

#[test]
fn nobody_is_known_without_mutual_tls() {
    let authority = Authority::new();
    let files = Files::of_server(&authority.server());
    let tls = ServerTls::open(files.server(), LOOK_EVERY).unwrap();
    let server = mirror(Security::Tls(tls));
    let own = authority.client("reader");
    let seen_with_tls = name_seen(server.address(), credentials(&[&authority], Some(&own)));
    assert_eq!(seen_with_tls, None);

    let server = mirror(Security::Plain);
    let answer = call(&stub(server.address()), &request(1, MYSTERY, 1));
    assert_eq!(seen(answer), None);
}
