//! Who gets a connection and who does not.

use std::time::SystemTime;

use recommendations::server::Server;

use super::support::tls::{
    Authority, DAY, Files, Issued, client_params, credentials, server_params,
};
use super::support::{MYSTERY, call, ids, request, serve, stub};
use super::{ask, ask_for, shut_out};

/// A server with TLS, and who issued its certificate.
fn tls() -> (Server, Authority) {
    let authority = Authority::new();
    let files = Files::of_server(&authority.server());
    (super::serve(files.server()), authority)
}

/// A server with mutual TLS, who issued its certificate and who issues those of
/// clients.
fn mutual() -> (Server, Authority, Authority) {
    let (authority, clients) = (Authority::new(), Authority::new());
    let files = Files::of_server(&authority.server());
    files.put_client_ca(&clients);
    (super::serve(files.mutual()), authority, clients)
}

fn expired(mut params: rcgen::CertificateParams) -> rcgen::CertificateParams {
    params.not_before = (SystemTime::now() - 3 * DAY).into();
    params.not_after = (SystemTime::now() - DAY).into();
    params
}

#[test]
fn a_client_that_trusts_the_authority_is_answered() {
    let (server, authority) = tls();
    let answer = ask(server.address(), credentials(&[&authority], None));
    assert_eq!(ids(answer), [2, 5, 8]);
}

#[test]
fn a_client_with_a_certificate_is_answered_with_mutual_tls() {
    let (server, authority, clients) = mutual();
    let own = clients.client("reader");
    let answer = ask(server.address(), credentials(&[&authority], Some(&own)));
    assert_eq!(ids(answer), [2, 5, 8]);
}

#[test]
fn a_chain_through_an_authority_in_between_is_answered() {
    let root = Authority::new();
    let between = root.subordinate();
    let own = between.server();
    let chain = Issued {
        certificate: own.certificate + &between.pem(),
        key: own.key,
    };
    let files = Files::of_server(&chain);
    let server = super::serve(files.server());
    let answer = ask(server.address(), credentials(&[&root], None));
    assert_eq!(ids(answer), [2, 5, 8]);
}

#[test]
fn a_client_that_trusts_another_authority_has_no_connection() {
    let (server, _) = tls();
    let other = Authority::new();
    shut_out(ask(server.address(), credentials(&[&other], None)));
}

#[test]
fn a_client_without_a_certificate_has_no_connection_with_mutual_tls() {
    let (server, authority, _) = mutual();
    shut_out(ask(server.address(), credentials(&[&authority], None)));
}

#[test]
fn a_client_of_another_authority_has_no_connection() {
    let (server, authority, _) = mutual();
    let own = authority.client("reader");
    shut_out(ask(
        server.address(),
        credentials(&[&authority], Some(&own)),
    ));
}

#[test]
fn a_certificate_without_an_extended_usage_is_good_for_both_sides() {
    let (authority, mut params) = (Authority::new(), server_params());
    params.extended_key_usages.clear();
    let own = authority.issue(params);
    let files = Files::of_server(&own);
    files.put_client_ca(&authority);
    let server = super::serve(files.mutual());
    let answer = ask(server.address(), credentials(&[&authority], Some(&own)));
    assert_eq!(ids(answer), [2, 5, 8]);
}

#[test]
fn a_server_with_another_name_is_not_called() {
    let (server, authority) = tls();
    let trusting = || credentials(&[&authority], None);
    let asked = |name| ask_for(server.address(), trusting(), Some(name));
    assert_eq!(ids(asked("localhost")), [2, 5, 8]);
    shut_out(asked("books.example.com"));
}

#[test]
fn a_client_without_tls_has_no_connection_to_a_server_with_it() {
    let (server, _) = tls();
    shut_out(call(&stub(server.address()), &request(1, MYSTERY, 3)));
}

#[test]
fn a_client_with_tls_has_no_connection_to_a_server_without() {
    let server = serve(super::THREE_MYSTERIES);
    let authority = Authority::new();
    shut_out(ask(server.address(), credentials(&[&authority], None)));
}

#[test]
fn a_certificate_that_has_expired_is_refused_by_the_other_side() {
    // Ours check before: what is tested is the core, with what it is given.
    let (server, authority, clients) = mutual();
    let own = clients.issue(expired(client_params("reader")));
    let unchecked = grpcio::ChannelCredentialsBuilder::new()
        .root_cert(authority.pem().into_bytes())
        .cert(own.certificate.into_bytes(), own.key.into_bytes())
        .build();
    shut_out(ask(server.address(), unchecked));

    let own = authority.issue(expired(server_params()));
    let unchecked = grpcio::ServerCredentialsBuilder::new()
        .add_cert(own.certificate.into_bytes(), own.key.into_bytes())
        .build();
    let environment = std::sync::Arc::new(grpcio::EnvBuilder::new().cq_count(1).build());
    let mut other = grpcio::ServerBuilder::new(environment).build().unwrap();
    let port = other.add_listening_port("127.0.0.1:0", unchecked).unwrap();
    other.start();
    let address = ([127, 0, 0, 1], port).into();
    shut_out(ask(address, credentials(&[&authority], None)));
}
