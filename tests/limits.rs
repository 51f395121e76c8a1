//! What a client may not do to the server.

mod support;

use std::net::TcpListener;

use grpcio::{CompressionAlgorithms, RpcStatusCode};
use recommendations::pb::RecommendationsClient;
use recommendations::server::listen::{Listener, Security};
use recommendations::server::{Server, StartError, limits};
use recommendations::services;
use support::{MYSTERY, THREE_MYSTERIES, any_port, call, ids, refusal, request, stub};

#[test]
fn a_request_of_more_than_64_kib_is_refused() {
    let server = support::serve(THREE_MYSTERIES);
    let stub = stub(server.address());
    let mut large = request(1, MYSTERY, 3);
    let size = usize::try_from(limits::MAX_REQUEST_BYTES).unwrap();
    let unknown = large.special_fields.mut_unknown_fields();
    unknown.add_length_delimited(99, vec![0; size]);
    let status = refusal(call(&stub, &large));
    assert_eq!(status.code(), RpcStatusCode::RESOURCE_EXHAUSTED);
    assert_eq!(ids(call(&stub, &request(1, MYSTERY, 1))), [2]);
}

#[test]
fn a_compressed_request_is_refused() {
    let server = support::serve(THREE_MYSTERIES);
    for algorithm in [
        CompressionAlgorithms::GRPC_COMPRESS_GZIP,
        CompressionAlgorithms::GRPC_COMPRESS_DEFLATE,
    ] {
        let channel = support::channel(server.address(), |builder| {
            builder.default_compression_algorithm(algorithm)
        });
        let stub = RecommendationsClient::new(channel);
        let status = refusal(call(&stub, &request(1, MYSTERY, 3)));
        assert_eq!(status.code(), RpcStatusCode::UNIMPLEMENTED);
    }
}

#[test]
fn a_port_in_use_is_not_shared() {
    let server = support::serve(THREE_MYSTERIES);
    let address = server.address();
    let error = Server::start(
        Listener::new(address, Security::Plain),
        Vec::new(),
        services::health(),
    )
    .unwrap_err();
    assert!(matches!(error, StartError::InUse(_)), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!(
            "address {address} is in use: another program has it, perhaps for a \
             connection of its own; stop it, or listen on another port"
        )
    );
}

#[test]
fn a_port_is_free_again_after_the_server_is_dropped() {
    let server = support::serve(THREE_MYSTERIES);
    let address = server.address();
    drop(server);
    TcpListener::bind(address).unwrap();
}

#[test]
fn an_address_of_another_machine_is_refused() {
    let mut address = any_port();
    // Reserved for documentation: no machine has it.
    address.set_ip([192, 0, 2, 1].into());
    let error = Server::start(
        Listener::new(address, Security::Plain),
        Vec::new(),
        services::health(),
    )
    .unwrap_err();
    assert!(matches!(error, StartError::Refused { .. }), "{error:?}");
    assert_eq!(error.to_string(), "cannot listen on 192.0.2.1:0");
}
