//! HTTP/2 by hand, for what no client of gRPC does: to begin a call and never
//! end its request, to take no reply, to break the rules.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::PATIENCE;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// Types of frames, RFC 9113 section 6.
pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const ACK: u8 = 1;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

/// The setting by which a client takes no message before it says so.
pub const NO_WINDOW: [u8; 6] = [0, 4, 0, 0, 0, 0];

pub const RECOMMEND: &str = "/Recommendations/Recommend";

pub struct Connection {
    stream: Box<dyn Bytes>,
    /// What the server has announced, by the setting's number.
    pub settings: BTreeMap<u16, u32>,
}

/// What goes to and fro, encrypted or not.
pub trait Bytes: Read + Write + Send {}

impl<Stream: Read + Write + Send> Bytes for Stream {}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

impl Frame {
    /// Whether these bytes are somewhere in it.
    pub fn contains(&self, bytes: &[u8]) -> bool {
        self.payload
            .windows(bytes.len())
            .any(|window| window == bytes)
    }
}

impl Connection {
    /// Connects; the server has the connection when this returns.
    pub fn open(address: SocketAddr) -> Connection {
        let mut connection = Connection::unconfirmed(address, &[]);
        connection.send(SETTINGS, ACK, 0, &[]);
        connection
    }

    /// Connects with these settings, and does not confirm the server's.
    pub fn unconfirmed(address: SocketAddr, settings: &[u8]) -> Connection {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Connection::over(stream, settings)
    }

    /// Begins to speak with these settings, and does not confirm the server's.
    pub fn over(mut stream: impl Bytes + 'static, settings: &[u8]) -> Connection {
        stream.write_all(PREFACE).unwrap();
        let mut connection = Connection::of(stream);
        connection.send(SETTINGS, 0, 0, settings);
        connection.wait_until_read();
        connection
    }

    fn of(stream: impl Bytes + 'static) -> Connection {
        Connection {
            stream: Box::new(stream),
            settings: BTreeMap::new(),
        }
    }

    /// The server's end of a connection that a client has made.
    pub fn accepted(mut stream: TcpStream) -> Connection {
        stream.set_read_timeout(Some(2 * PATIENCE)).unwrap();
        let mut preface = [0; PREFACE.len()];
        stream.read_exact(&mut preface).unwrap();
        assert_eq!(preface, PREFACE);
        let mut connection = Connection::of(stream);
        connection.send(SETTINGS, 0, 0, &[]);
        connection.send(SETTINGS, ACK, 0, &[]);
        connection
    }

    /// Begins a call; the server has it when this returns.
    pub fn begin_call(&mut self) {
        self.begin_calls(1..=1);
    }

    /// Begins calls of these numbers and sends no request; the server has them when
    /// this returns.
    pub fn begin_calls(&mut self, numbers: impl IntoIterator<Item = u32>) {
        let all: Vec<u8> = numbers.into_iter().flat_map(headers_of_call).collect();
        self.send_bytes(&all).unwrap();
        self.wait_until_read();
    }

    /// Makes a whole call of that number.
    pub fn call(&mut self, number: u32, path: &str, message: &[u8]) {
        self.send(HEADERS, END_HEADERS, stream(number), &headers(path));
        let data = self::message(message);
        self.send(DATA, END_STREAM, stream(number), &data);
    }

    /// Waits until the server says that it takes no more calls.
    pub fn wait_for_goaway(&mut self) -> Frame {
        self.wait_for(|frame| frame.kind == GOAWAY)
    }

    /// The server reads frames in order, so when it answers a ping it has read
    /// all before it.
    pub fn wait_until_read(&mut self) {
        self.send(PING, 0, 0, &[0; 8]);
        self.wait_for(|frame| frame.kind == PING && frame.flags & ACK != 0);
    }

    pub fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        self.send_bytes(&frame(kind, flags, stream, payload))
            .unwrap();
    }

    /// Sends whatever it is.
    ///
    /// # Errors
    ///
    /// When the server has closed the connection.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Reads until such a frame comes.
    pub fn wait_for(&mut self, mut is_wanted: impl FnMut(&Frame) -> bool) -> Frame {
        loop {
            let frame = self.next().expect("the connection was closed");
            if is_wanted(&frame) {
                return frame;
            }
        }
    }

    /// Reads until a frame of that stream comes, or the server closes the connection.
    pub fn wait_for_answer_or_end(&mut self, stream: u32) {
        while self.next().is_some_and(|frame| frame.stream != stream) {}
    }

    /// Reads until the server closes the connection.
    pub fn wait_for_end(&mut self) {
        while self.next().is_some() {}
    }

    /// The next frame; none when the server has closed the connection.
    fn next(&mut self) -> Option<Frame> {
        let mut header = [0; 9];
        self.read(&mut header)?;
        let [high, middle, low, kind, flags, a, b, c, d] = header;
        let length = u32::from_be_bytes([0, high, middle, low]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.read(&mut payload)?;
        if kind == SETTINGS {
            let settings = payload.chunks_exact(6).map(|setting| {
                let [a, b, c, d, e, f] = setting.try_into().unwrap();
                (u16::from_be_bytes([a, b]), u32::from_be_bytes([c, d, e, f]))
            });
            self.settings.extend(settings);
        }
        Some(Frame {
            kind,
            flags,
            stream: u32::from_be_bytes([a, b, c, d]),
            payload,
        })
    }

    fn read(&mut self, bytes: &mut [u8]) -> Option<()> {
        match self.stream.read_exact(bytes) {
            Ok(()) => Some(()),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => None,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => None,
            // With TLS, what is left to be written goes before what is read.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => None,
            Err(error) => panic!("{error}"),
        }
    }
}

/// The stream of a client's call, counted from 1.
pub fn stream(number: u32) -> u32 {
    2 * number - 1
}

/// The headers of a call of that number.
pub fn headers_of_call(number: u32) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream(number), &headers(RECOMMEND))
}

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap();
    let [_, high, middle, low] = length.to_be_bytes();
    let mut frame = vec![high, middle, low, kind, flags];
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// The headers of a call in HPACK, RFC 7541: indexed where the static table has
/// the field, literal and not to be indexed where it has not.
pub fn headers(path: &str) -> Vec<u8> {
    headers_with(path, "application/grpc")
}

pub fn headers_with(path: &str, content_type: &str) -> Vec<u8> {
    let mut block = vec![0x83, 0x86];
    block.extend(field(&[0x04], path));
    block.extend(field(&[0x01], "localhost"));
    block.extend(field(&[0x0f, 0x10], content_type));
    block.extend(field(b"\x00\x02te", "trailers"));
    block
}

/// A field of headers; its name as HPACK has it, a value of at most 126 bytes.
pub fn field(name: &[u8], value: &str) -> Vec<u8> {
    let length = [u8::try_from(value.len()).unwrap()];
    [name, &length, value.as_bytes()].concat()
}

/// A message as gRPC frames it.
pub fn message(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap();
    let mut message = vec![0];
    message.extend(length.to_be_bytes());
    message.extend(bytes);
    message
}
