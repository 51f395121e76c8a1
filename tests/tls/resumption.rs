//! Sessions of TLS that go on on another connection: the server knows their callers
//! all the same, and forgets them with the authority that let them in.

use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;

use protobuf::Message;
use recommendations::pb::bookshop::ListInteractionsRequest;
use rustls::{ClientConfig, HandshakeKind};

use super::support::http2::{Connection, stream};
use super::support::tls::{Authority, Files, Issued, credentials};
use super::support::tls_by_hand::{self, TlsStream};
use super::support::until;
use super::{ask, writers};

/// A method for writers alone.
const LIST_INTERACTIONS: &str = "/bookshop.v1.Readers/ListInteractions";

/// The setting by which the server's headers come as they are.
const NO_TABLE: [u8; 6] = [0, 1, 0, 0, 0, 0];

const OK: &[u8] = b"grpc-status\x010";
const PERMISSION_DENIED: &[u8] = b"grpc-status\x017";

/// A client that keeps its sessions.
fn client(trusted: &Authority, own: &Issued) -> Arc<ClientConfig> {
    tls_by_hand::client(trusted, Some(own))
}

/// A new connection, and whether it goes on with a session of another one.
fn connect(address: SocketAddr, client: &Arc<ClientConfig>) -> (TlsStream, bool) {
    let tls = tls_by_hand::connect(address, client);
    let is_resumed = tls.conn.handshake_kind() == Some(HandshakeKind::Resumed);
    (tls, is_resumed)
}

/// Whether a call, which must come to that status, goes on with a session.
fn call(address: SocketAddr, client: &Arc<ClientConfig>, status: &[u8]) -> bool {
    let (tls, is_resumed) = connect(address, client);
    let mut connection = Connection::over(tls, &NO_TABLE);
    let request = ListInteractionsRequest {
        reader_id: 1,
        ..Default::default()
    };
    connection.call(1, LIST_INTERACTIONS, &request.write_to_bytes().unwrap());
    let end =
        connection.wait_for(|frame| frame.stream == stream(1) && frame.contains(b"grpc-status"));
    assert!(end.contains(status), "{end:?}");
    is_resumed
}

#[test]
fn the_caller_of_a_session_that_goes_on_is_known() {
    let authority = Authority::new();
    let files = Files::of_server(&authority.server());
    files.put_client_ca(&authority);
    let server = writers::serve_mutual(&files);
    for (name, status) in [("writer", OK), ("reader", PERMISSION_DENIED)] {
        let client = client(&authority, &authority.client(name));
        assert!(!call(server.address(), &client, status));
        assert!(call(server.address(), &client, status));
    }
}

#[test]
fn no_session_goes_on_when_the_authority_of_clients_was_replaced() {
    let (authority, old, new) = (Authority::new(), Authority::new(), Authority::new());
    let files = Files::of_server(&authority.server());
    files.put_client_ca(&old);
    let server = writers::serve_mutual(&files);
    let client = client(&authority, &old.client("writer"));
    call(server.address(), &client, OK);

    files.put_client_ca(&new);
    let new_client = new.client("writer");
    until(|| {
        let trusting = credentials(&[&authority], Some(&new_client));
        ask(server.address(), trusting).is_ok()
    });
    let (mut refused, is_resumed) = connect(server.address(), &client);
    assert!(!is_resumed);
    let told = refused.read(&mut [0]);
    assert!(matches!(told, Ok(0) | Err(_)), "{told:?}");
}
