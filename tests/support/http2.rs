//! HTTP/2 by hand, for what no client of gRPC does: to begin a call and never
//! end its request, and to see when the server says goodbye.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::PATIENCE;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// Types of frames, RFC 9113 section 6.
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;

const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

pub struct Connection {
    stream: TcpStream,
}

impl Connection {
    /// Connects; the server has the connection when this returns.
    pub fn open(address: SocketAddr) -> Connection {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(PREFACE).unwrap();
        let mut connection = Connection { stream };
        connection.send(SETTINGS, 0, 0, &[]);
        connection.wait_until_read();
        connection
    }

    /// Begins a call; the server has it when this returns.
    pub fn begin_call(&mut self) {
        self.send(HEADERS, END_HEADERS, 1, &headers());
        self.wait_until_read();
    }

    /// Waits until the server says that it takes no more calls.
    pub fn wait_for_goaway(&mut self) {
        self.wait_for(|kind, _| kind == GOAWAY);
    }

    /// The server reads frames in order, so when it answers a ping it has read
    /// all before it.
    fn wait_until_read(&mut self) {
        self.send(PING, 0, 0, &[0; 8]);
        self.wait_for(|kind, flags| kind == PING && flags & ACK != 0);
    }

    fn send(&mut self, kind: u8, flags: u8, stream: u8, payload: &[u8]) {
        let length = u8::try_from(payload.len()).unwrap();
        let mut frame = vec![0, 0, length, kind, flags, 0, 0, 0, stream];
        frame.extend(payload);
        self.stream.write_all(&frame).unwrap();
    }

    fn wait_for(&mut self, wanted: impl Fn(u8, u8) -> bool) {
        loop {
            let mut header = [0; 9];
            self.stream.read_exact(&mut header).unwrap();
            let [high, middle, low, kind, flags, ..] = header;
            let length = u32::from_be_bytes([0, high, middle, low]);
            let mut payload = vec![0; usize::try_from(length).unwrap()];
            self.stream.read_exact(&mut payload).unwrap();
            if wanted(kind, flags) {
                return;
            }
        }
    }
}

/// The headers of a call in HPACK, RFC 7541: indexed where the static table has
/// the field, literal and not to be indexed where it has not.
fn headers() -> Vec<u8> {
    let mut block = vec![0x83, 0x86];
    let mut literal = |name: &[u8], value: &str| {
        block.extend(name);
        block.push(u8::try_from(value.len()).unwrap());
        block.extend(value.as_bytes());
    };
    literal(&[0x04], "/Recommendations/Recommend");
    literal(&[0x01], "localhost");
    literal(&[0x0f, 0x10], "application/grpc");
    literal(b"\x00\x02te", "trailers");
    block
}
