//! Calls to a server.
//!
//! A call waits for its answer: make none on a polling thread of gRPC, and none
//! in an asynchronous task. The server judges numbers, so those that are not valid
//! are sent too.

mod answers;
mod books;
mod import;
mod pages;
mod readers;
mod timeout;

use std::sync::Arc;
use std::time::Duration;

use grpcio::{
    CallOption, Channel, ChannelBuilder, ConnectivityState, EnvBuilder, RpcStatus, RpcStatusCode,
};

pub use self::answers::{
    Book, BooksImported, Contribution, Explanation, Interaction, InteractionsImported,
    Recommendation, SimilarBook,
};
pub use self::timeout::{Timeout, TimeoutError};
use crate::category::Category;
use crate::endpoint::Endpoint;
use crate::pb::bookshop::{BooksClient, ReadersClient};
use crate::pb::{RecommendationRequest, RecommendationsClient};
use crate::render::escaped;
use crate::wire;

/// A client of one server, with a deadline on every call.
///
/// It connects when it is first called, and again whenever the connection is
/// lost. Its clones share the connection.
#[derive(Clone)]
pub struct Client {
    recommendations: RecommendationsClient,
    books: BooksClient,
    readers: ReadersClient,
    channel: Channel,
    endpoint: Endpoint,
    timeout: Timeout,
    import_timeout: Timeout,
}

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// There is no connection: nobody listens there, or nobody that speaks gRPC.
    #[error("nobody answers at {endpoint} ({})", escaped(.status.message()))]
    Unreachable {
        /// Who was called.
        endpoint: Endpoint,
        /// What gRPC says.
        status: RpcStatus,
    },
    /// The answer did not come in time.
    #[error("no answer from {endpoint} within {timeout}")]
    TimedOut {
        /// Who was called.
        endpoint: Endpoint,
        /// How long the client waited.
        timeout: Timeout,
    },
    /// The server answered with a status that is not OK.
    #[error("{endpoint} answers {}: {}", code_name(.status.code()), escaped(.status.message()))]
    Refused {
        /// Who was called.
        endpoint: Endpoint,
        /// What it said.
        status: RpcStatus,
    },
    /// gRPC itself failed, or the answer cannot be read.
    #[error("call to {endpoint} failed: {}", escaped(&.source.to_string()))]
    Broken {
        /// Who was called.
        endpoint: Endpoint,
        /// What gRPC says.
        source: grpcio::Error,
    },
}

impl Client {
    /// A client of the server at `endpoint` whose calls take no longer than
    /// `timeout`. Each has a connection and a thread of its own; clone it to
    /// share them.
    pub fn connect(endpoint: Endpoint, timeout: Timeout) -> Client {
        let environment = EnvBuilder::new()
            .cq_count(1)
            .name_prefix("grpc-client")
            .build();
        let channel = ChannelBuilder::new(Arc::new(environment))
            .primary_user_agent(concat!("recommendations/", env!("CARGO_PKG_VERSION")))
            // gRPC would send even calls to this machine through the proxy that
            // the environment names.
            .enable_http_proxy(!endpoint.is_loopback())
            // A server that vanished is noticed. The server's limits allow it.
            .keepalive_time(Duration::from_secs(30))
            .keepalive_timeout(Duration::from_secs(20))
            // A server that restarts is found again soon.
            .initial_reconnect_backoff(Duration::from_millis(100))
            .connect(&endpoint.to_string());
        Client {
            recommendations: RecommendationsClient::new(channel.clone()),
            books: BooksClient::new(channel.clone()),
            readers: ReadersClient::new(channel.clone()),
            channel,
            endpoint,
            timeout,
            import_timeout: Timeout::LONGEST,
        }
    }

    /// The same client with imports that take no longer than `timeout` as a whole,
    /// in place of [`Timeout::LONGEST`]. A server that vanishes ends them sooner.
    pub fn with_import_timeout(self, timeout: Timeout) -> Client {
        let import_timeout = timeout;
        Client {
            import_timeout,
            ..self
        }
    }

    /// At most `max_results` books of `category` for the reader `user_id`.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there is no answer in time or the server refuses.
    pub fn recommend(
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
        let response =
            self.answer(|option| self.recommendations.recommend_opt(&request, option))?;
        let books = response.recommendations.into_iter();
        Ok(books.map(Recommendation::from).collect())
    }

    /// The answer to a call that is not a stream.
    fn answer<Response>(
        &self,
        call: impl FnOnce(CallOption) -> grpcio::Result<Response>,
    ) -> Result<Response, CallError> {
        let option = CallOption::default().timeout(self.timeout.duration());
        call(option).map_err(|error| self.call_error(error, self.timeout))
    }

    fn call_error(&self, error: grpcio::Error, timeout: Timeout) -> CallError {
        let endpoint = self.endpoint.clone();
        let status = match error {
            grpcio::Error::RpcFailure(status) => status,
            source => return CallError::Broken { endpoint, source },
        };
        match status.code() {
            RpcStatusCode::DEADLINE_EXCEEDED => CallError::TimedOut { endpoint, timeout },
            RpcStatusCode::UNAVAILABLE if !self.is_connected() => {
                CallError::Unreachable { endpoint, status }
            }
            _ => CallError::Refused { endpoint, status },
        }
    }

    /// Whether the last attempt to connect did not fail. UNAVAILABLE does not
    /// tell: a server can answer it too.
    fn is_connected(&self) -> bool {
        let state = self.channel.check_connectivity_state(false);
        state != ConnectivityState::GRPC_CHANNEL_TRANSIENT_FAILURE
    }
}

/// The code's name in gRPC's documentation.
fn code_name(code: RpcStatusCode) -> String {
    let numbered = format!("{code:?}");
    match numbered.split_once('-') {
        Some((_, name)) => name.to_owned(),
        None => numbered,
    }
}

#[cfg(test)]
mod tests;
