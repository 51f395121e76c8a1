//! Calls to one server, or to several that answer alike.
//!
//! [`Client`] is for asynchronous tasks, whatever runs them: no call holds up a
//! thread. [`blocking::Client`] has the same calls for everybody else; make them
//! neither in an asynchronous task nor on a polling thread of gRPC. [`Probe`] and
//! [`blocking::Probe`] ask servers how they are.
//!
//! ```no_run
//! use recommendations::category::Category;
//! use recommendations::client::{Settings, blocking::Client};
//! use recommendations::endpoint::Endpoint;
//!
//! let server: Endpoint = "127.0.0.1:50051".parse()?;
//! let client = Client::connect(&Settings::new(server))?;
//! for book in client.recommend(1, Category::Mystery, 3)? {
//!     println!("{}", book.title);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The server judges numbers, so those that are not valid are sent too.
//!
//! A program that calls servers by name does well to set `GRPC_DNS_RESOLVER=native`
//! in its environment before it starts a thread: gRPC then asks the system, and not
//! its own resolver, which has known flaws.
//!
//! gRPC's core 1.56 can end the process with a segmentation fault when a connection is
//! lost in the moment in which it is made, where it is not compiled with what
//! `scripts/core` mends: see the README's section on building.

mod answers;
pub mod blocking;
mod books;
mod channel;
mod connection;
mod endpoints;
mod error;
mod import;
mod pages;
mod policy;
mod probe;
mod readers;

mod settings;
mod timeout;

use std::future::Future;

use grpcio::{CallOption, ClientUnaryReceiver};

pub use self::answers::{
    Book, BooksImported, Contribution, Explanation, Interaction, InteractionsImported,
    Recommendation, SimilarBook,
};
use self::connection::Connection;
pub use self::endpoints::Endpoints;
pub use self::error::CallError;
pub use self::probe::{Probe, Serving};
pub use self::settings::{ConnectError, Settings, Tls};
pub use self::timeout::{Timeout, TimeoutError};
use crate::category::Category;
use crate::pb::bookshop::{BooksClient, ReadersClient};
use crate::pb::{RecommendationRequest, RecommendationsClient};
pub use crate::request_id::{NoRequestId, RequestId};
use crate::wire;

/// A client with a deadline on every call.
///
/// It connects when it is first called, and again whenever a connection is lost.
/// Calls go to all servers in turn, but not to one whose health check says that it
/// does not serve. What may be sent twice is sent up to five times within two
/// seconds and a half and the call's deadline, where no server is there or one stops.
///
/// Its clones share its connections and its one thread.
#[derive(Clone)]
pub struct Client {
    recommendations: RecommendationsClient,
    books: BooksClient,
    readers: ReadersClient,
    connection: Connection,
    timeout: Timeout,
    import_timeout: Timeout,
}

impl Client {
    /// A client of these servers, which are not called yet. It reads the files for
    /// TLS, and of several hosts it asks the system for the addresses: that may take
    /// a while.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] when a file cannot be used, one of several hosts has no
    /// address, several hosts have no common name for TLS, or there are too few
    /// threads.
    pub fn connect(settings: &Settings) -> Result<Client, ConnectError> {
        let channel = channel::for_calls(settings)?;
        Ok(Client {
            recommendations: RecommendationsClient::new(channel.clone()),
            books: BooksClient::new(channel.clone()),
            readers: ReadersClient::new(channel.clone()),
            connection: Connection {
                channel,
                endpoints: settings.endpoints.clone(),
                request_id: None,
            },
            timeout: settings.timeout,
            import_timeout: settings.import_timeout,
        })
    }

    /// The same client, whose calls have this id in the server's log. It shares the
    /// connections.
    pub fn with_request_id(mut self, request_id: RequestId) -> Client {
        self.connection.request_id = Some(request_id);
        self
    }

    /// At most `max_results` books of `category` for the reader `user_id`.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there is no answer in time or the server refuses.
    pub async fn recommend(
        &self,
        user_id: i32,
        category: Category,
        max_results: i32,
    ) -> Result<Vec<Recommendation>, CallError> {
        let request = RecommendationRequest {
            user_id,
            category: wire::book_category(category).into(),
            max_results,
            ..Default::default()
        };
        let response = self
            .answer(|option| self.recommendations.recommend_async_opt(&request, option))
            .await?;
        let books = response.recommendations.into_iter();
        Ok(books.map(Recommendation::from).collect())
    }

    fn answer<Response: Unpin>(
        &self,
        call: impl FnOnce(CallOption) -> grpcio::Result<ClientUnaryReceiver<Response>>,
    ) -> impl Future<Output = Result<Response, CallError>> {
        self.connection.answer(self.timeout, call)
    }
}
