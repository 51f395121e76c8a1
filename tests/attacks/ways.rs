//! The ways to a server: what strangers may try in plain text, they may with TLS too.

use std::net::SocketAddr;
use std::sync::Arc;

use grpcio::Channel;
use recommendations::pb::RecommendationsClient;
use recommendations::server::Server;
use recommendations::server::listen::Security;
use recommendations::services::calls::Calls;
use recommendations::shop::Shop;
use recommendations::tls::ServerTls;
use recommendations::{files, logging};

use crate::support::http2::{ACK, Connection, SETTINGS};
use crate::support::tls::{Authority, Files, credentials};
use crate::support::{
    self, HEADER, MYSTERY, PATIENCE, call, calls, channel, ids, request, tls_by_hand,
};

/// How a server is reached.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    PlainText,
    Tls,
}

pub const WAYS: [Way; 2] = [Way::PlainText, Way::Tls];

impl Way {
    /// A server of the books in `rows`.
    pub fn serve(self, rows: &str) -> (Server, Target) {
        let text = format!("{HEADER}{rows}");
        let books = files::parse("books.csv", text.as_bytes()).unwrap();
        self.serve_shop(Shop::in_memory(books), calls())
    }

    /// A server of that shop, whose calls `calls` takes.
    pub fn serve_shop(self, shop: Shop, calls: Calls) -> (Server, Target) {
        logging::silence();
        // So that the output of a test that fails says it.
        println!("{self:?}");
        let (security, trusted) = match self {
            Way::PlainText => (Security::Plain, None),
            Way::Tls => {
                let authority = Authority::new();
                let files = Files::of_server(&authority.server());
                let tls = ServerTls::open(files.server(), PATIENCE).unwrap();
                (Security::Tls(tls), Some(Arc::new(authority)))
            }
        };
        let server = support::serve_all(Arc::new(shop), calls, security);
        let target = Target {
            address: server.address(),
            trusted,
        };
        (server, target)
    }
}

/// A server as strangers see it.
#[derive(Clone)]
pub struct Target {
    pub address: SocketAddr,
    trusted: Option<Arc<Authority>>,
}

impl Target {
    /// A new connection; the server has it when this returns.
    pub fn open(&self) -> Connection {
        let mut connection = self.unconfirmed(&[]);
        connection.send(SETTINGS, ACK, 0, &[]);
        connection
    }

    /// A new connection with these settings, which does not confirm the server's.
    pub fn unconfirmed(&self, settings: &[u8]) -> Connection {
        match &self.trusted {
            Some(trusted) => {
                let client = tls_by_hand::client(trusted, None);
                let stream = tls_by_hand::connect(self.address, &client);
                Connection::over(stream, settings)
            }
            None => Connection::unconfirmed(self.address, settings),
        }
    }

    /// A channel with a connection of its own.
    pub fn channel(&self) -> Channel {
        channel(self.address, |builder| match &self.trusted {
            Some(trusted) => builder.set_credentials(credentials(&[trusted], None)),
            None => builder,
        })
    }

    /// That a new caller is answered; the books are not looked at.
    #[track_caller]
    pub fn answers_somehow(&self) {
        self.ask();
    }

    /// That a new caller gets the first mystery of the shop, if it has any.
    #[track_caller]
    pub fn answers(&self, first: &[i32]) {
        assert_eq!(self.ask(), first);
    }

    #[track_caller]
    fn ask(&self) -> Vec<i32> {
        let stub = RecommendationsClient::new(self.channel());
        ids(call(&stub, &request(1, MYSTERY, 1)))
    }
}
