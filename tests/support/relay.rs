//! A relay between clients and a server, to cut their connections.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::any_port;

pub struct Relay {
    address: SocketAddr,
    connections: Arc<Mutex<Vec<TcpStream>>>,
}

impl Relay {
    /// Relays to `server` what connects from now on.
    pub fn to(server: SocketAddr) -> Relay {
        let listener = TcpListener::bind(any_port()).unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(Mutex::new(Vec::new()));
        let relay = Relay {
            address,
            connections: Arc::clone(&connections),
        };
        thread::spawn(move || {
            for client in listener.incoming().map(Result::unwrap) {
                let server = TcpStream::connect(server).unwrap();
                let ends = [&client, &server].map(|end| end.try_clone().unwrap());
                connections.lock().unwrap().extend(ends);
                copy(&client, &server);
                copy(&server, &client);
            }
        });
        relay
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections there were since it was made or they were cut.
    pub fn connections(&self) -> usize {
        self.connections.lock().unwrap().len() / 2
    }

    /// Closes the connections at both ends.
    pub fn cut(&self) {
        for connection in self.connections.lock().unwrap().drain(..) {
            connection.shutdown(Shutdown::Both).unwrap();
        }
    }
}

fn copy(from: &TcpStream, to: &TcpStream) {
    let mut from = from.try_clone().unwrap();
    let mut to = to.try_clone().unwrap();
    // It ends with the connection.
    thread::spawn(move || io::copy(&mut from, &mut to));
}
