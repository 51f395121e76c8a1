//! Sockets that begin a handshake and do not go on with it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use recommendations::server::Server;

use super::support::tls::{Authority, Files, credentials};
use super::support::{PATIENCE, ids, open_many_files};
use super::{ask, serve};

/// The first bytes of a handshake's record.
const HALF_A_RECORD: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00";

fn mutual() -> (Server, Authority) {
    let authority = Authority::new();
    let files = Files::of_server(&authority.server());
    files.put_client_ca(&authority);
    (serve(files.mutual()), authority)
}

fn say(address: SocketAddr, begin: &[u8]) -> TcpStream {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.write_all(begin).unwrap();
    socket
}

/// That the server closes a connection on which comes no more than that.
#[track_caller]
fn is_hung_up_on(begin: &[u8]) {
    let (server, _) = mutual();
    let mut socket = say(server.address(), begin);
    socket.read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn who_begins_no_handshake_in_5_seconds_is_hung_up_on() {
    is_hung_up_on(b"");
}

#[test]
fn who_does_not_finish_a_handshake_is_hung_up_on_too() {
    is_hung_up_on(HALF_A_RECORD);
}

#[test]
fn a_thousand_handshakes_that_are_not_finished_keep_nobody_out() {
    open_many_files();
    let (server, authority) = mutual();
    let _sockets: Vec<TcpStream> = (0..1000)
        .map(|number| {
            let begin = if number % 2 == 0 { HALF_A_RECORD } else { b"" };
            say(server.address(), begin)
        })
        .collect();
    let own = authority.client("reader");
    for _ in 0..10 {
        let credentials = credentials(&[&authority], Some(&own));
        assert_eq!(ids(ask(server.address(), credentials)), [2, 5, 8]);
    }
}
