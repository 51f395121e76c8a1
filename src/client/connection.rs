//! Calls on a channel, whatever they ask for.

use grpcio::{CallOption, Channel, ClientUnaryReceiver, ConnectivityState, RpcStatusCode};

use super::endpoints::Endpoints;
use super::error::CallError;
use super::timeout::Timeout;
use crate::request_id::RequestId;

/// What the C core says of a server that does not serve.
const UNHEALTHY: [&str; 2] = ["backend unhealthy", "health check call failed"];

/// What it says where the client does not accept the server.
const NO_TLS: [&str; 2] = ["Ssl handshake failed", "is not in peer certificate"];

/// What it says where the client has waited as long as it would.
const TIMED_OUT: &str = "Deadline Exceeded";

/// A channel and what its calls have in common.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) channel: Channel,
    pub(super) endpoints: Endpoints,
    pub(super) request_id: Option<RequestId>,
}

impl Connection {
    /// The answer to a call that is not a stream and takes no longer than `timeout`.
    pub(super) async fn answer<Response: Unpin>(
        &self,
        timeout: Timeout,
        call: impl FnOnce(CallOption) -> grpcio::Result<ClientUnaryReceiver<Response>>,
    ) -> Result<Response, CallError> {
        let answered = match call(self.option(timeout)) {
            Ok(receiver) => receiver.await,
            Err(error) => Err(error),
        };
        answered.map_err(|error| self.error(error, timeout))
    }

    /// The options of a call that takes no longer than `timeout`. A service config's
    /// own timeout would not be told to the server.
    pub(super) fn option(&self, timeout: Timeout) -> CallOption {
        self.endless_option().timeout(timeout.duration())
    }

    /// The options of a call that takes as long as it takes.
    pub(super) fn endless_option(&self) -> CallOption {
        let option = CallOption::default();
        match self.request_id.as_ref().and_then(RequestId::headers) {
            Some(headers) => option.headers(headers),
            None => option,
        }
    }

    /// Why a call failed that was to take no longer than `timeout`.
    pub(super) fn error(&self, error: grpcio::Error, timeout: Timeout) -> CallError {
        let endpoints = self.endpoints.clone();
        let status = match error {
            grpcio::Error::RpcFailure(status) => status,
            source => return CallError::Broken { endpoints, source },
        };
        match status.code() {
            // A server may have a deadline of its own, for the next message of a stream.
            RpcStatusCode::DEADLINE_EXCEEDED if status.message().starts_with(TIMED_OUT) => {
                CallError::TimedOut { endpoints, timeout }
            }
            RpcStatusCode::UNAVAILABLE if !self.is_connected() => {
                let says = |what: &&str| status.message().contains(*what);
                if UNHEALTHY.iter().any(says) {
                    CallError::NotServing { endpoints, status }
                } else if NO_TLS.iter().any(says) {
                    CallError::NoTls { endpoints, status }
                } else {
                    CallError::Unreachable { endpoints, status }
                }
            }
            _ => CallError::Refused { endpoints, status },
        }
    }

    /// Whether the last attempt to connect did not fail. UNAVAILABLE does not
    /// tell: a server can answer it too.
    fn is_connected(&self) -> bool {
        let state = self.channel.check_connectivity_state(false);
        state != ConnectivityState::GRPC_CHANNEL_TRANSIENT_FAILURE
    }
}
