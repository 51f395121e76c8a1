//! The versions of TLS, by hand: no client here speaks the old ones.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::serve;
use super::support::PATIENCE;
use super::support::tls::{Authority, Files};

const TLS_1_1: [u8; 2] = [3, 2];
const TLS_1_2: [u8; 2] = [3, 3];

/// The type of a record with a handshake, RFC 5246 section 6.2.1.
const HANDSHAKE: u8 = 22;

/// The type of the first record of the answer to a client that speaks that version
/// and nothing newer, if the connection is not closed instead.
fn answer(address: SocketAddr, version: [u8; 2]) -> Option<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&client_hello(version)).unwrap();
    let mut first = [0];
    match stream.read(&mut first).unwrap() {
        0 => None,
        _ => Some(first[0]),
    }
}

/// A hello, RFC 5246 section 7.4.1.2, that offers ECDHE with ECDSA and AES: with GCM,
/// which is new in TLS 1.2, and with CBC, which TLS 1.1 has too.
fn client_hello(version: [u8; 2]) -> Vec<u8> {
    let groups: &[u8] = &[0, 10, 0, 4, 0, 2, 0, 23];
    let signatures: &[u8] = &[0, 13, 0, 4, 0, 2, 4, 3];
    let extensions = [groups, signatures].concat();
    let suites_and_compression = [0, 4, 0xc0, 0x2b, 0xc0, 0x09, 1, 0];
    let mut hello = version.to_vec();
    hello.extend([7; 32]);
    hello.push(0);
    hello.extend(suites_and_compression);
    hello.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
    hello.extend(extensions);
    let length = u16::try_from(hello.len()).unwrap();
    let mut record = vec![HANDSHAKE, 3, 1];
    record.extend((length + 4).to_be_bytes());
    record.extend([1, 0]);
    record.extend(length.to_be_bytes());
    record.extend(hello);
    record
}

#[test]
fn tls_1_1_is_refused() {
    let files = Files::of_server(&Authority::new().server());
    let server = serve(files.server());
    assert_eq!(answer(server.address(), TLS_1_2), Some(HANDSHAKE));
    assert_eq!(answer(server.address(), TLS_1_1), None);
}
