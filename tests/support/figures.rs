//! What an endpoint of metrics shows.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::PATIENCE;
use super::log::Log;

/// Where a server's program shows its figures.
pub fn address(log: &Log) -> SocketAddr {
    let line = log.wait_for_message("metrics are shown");
    line["address"].as_str().unwrap().parse().unwrap()
}

/// All lines of the endpoint at that address.
pub fn shown(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// That the endpoint at that address shows exactly that line.
#[track_caller]
pub fn shows(address: SocketAddr, line: &str) {
    let shown = shown(address);
    assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
}
