//! Calls to a server.

mod timeout;

use std::sync::Arc;
use std::time::Duration;

use grpcio::{CallOption, ChannelBuilder, ConnectivityState, EnvBuilder, RpcStatus, RpcStatusCode};
use serde::Serialize;

pub use self::timeout::{Timeout, TimeoutError};
use crate::category::Category;
use crate::endpoint::Endpoint;
use crate::pb::{BookRecommendation, RecommendationRequest, RecommendationsClient};
use crate::render::escaped;
use crate::wire;

/// A client of one server, with a deadline on every call.
///
/// It connects when it is first called, and again whenever the connection is
/// lost. Its clones share the connection.
#[derive(Clone)]
pub struct Client {
    stub: RecommendationsClient,
    endpoint: Endpoint,
    timeout: Timeout,
}

/// A book that the server recommends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recommendation {
    /// The book's number.
    pub id: i32,
    /// Its title, as the server sent it.
    pub title: String,
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
            stub: RecommendationsClient::new(channel),
            endpoint,
            timeout,
        }
    }

    /// At most `max_results` books of `category` for the reader `user_id`.
    ///
    /// It waits for the answer: do not call it on a polling thread of gRPC. The
    /// server judges the numbers, so negative ones are sent too.
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
        let option = CallOption::default().timeout(self.timeout.duration());
        let response = self
            .stub
            .recommend_opt(&request, option)
            .map_err(|error| self.call_error(error))?;
        let books = response.recommendations.into_iter();
        Ok(books.map(Recommendation::from).collect())
    }

    fn call_error(&self, error: grpcio::Error) -> CallError {
        let endpoint = self.endpoint.clone();
        let status = match error {
            grpcio::Error::RpcFailure(status) => status,
            source => return CallError::Broken { endpoint, source },
        };
        match status.code() {
            RpcStatusCode::DEADLINE_EXCEEDED => CallError::TimedOut {
                endpoint,
                timeout: self.timeout,
            },
            RpcStatusCode::UNAVAILABLE if !self.is_connected() => {
                CallError::Unreachable { endpoint, status }
            }
            _ => CallError::Refused { endpoint, status },
        }
    }

    /// Whether the last attempt to connect did not fail. UNAVAILABLE does not
    /// tell: a server can answer it too.
    fn is_connected(&self) -> bool {
        let state = self.stub.client.channel().check_connectivity_state(false);
        state != ConnectivityState::GRPC_CHANNEL_TRANSIENT_FAILURE
    }
}

impl From<BookRecommendation> for Recommendation {
    fn from(book: BookRecommendation) -> Self {
        let BookRecommendation { id, title, .. } = book;
        Recommendation { id, title }
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
