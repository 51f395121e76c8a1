//! Why a call has no answer.

use grpcio::{RpcStatus, RpcStatusCode};

use super::endpoints::Endpoints;
use super::timeout::Timeout;
use crate::render::escaped;
use crate::wire;

/// What is said with RESOURCE_EXHAUSTED where that does not pass by itself: by the
/// server of a full history, and by the C core of messages and of metadata.
const EACH_TIME: [&str; 3] = [
    "there can be no more",
    "message larger than max",
    "metadata size exceeds",
];

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// There is no connection: nobody listens there, or nobody that speaks gRPC, or
    /// the server hangs up, as it does where it alone wants TLS or a certificate.
    #[error("nobody answers at {endpoints} ({})", escaped(.status.message()))]
    Unreachable {
        /// Who was called.
        endpoints: Endpoints,
        /// What gRPC says.
        status: RpcStatus,
    },
    /// The server does not speak TLS, or its certificate is not accepted.
    #[error("no TLS with {endpoints} ({})", escaped(.status.message()))]
    NoTls {
        /// Who was called.
        endpoints: Endpoints,
        /// What gRPC says.
        status: RpcStatus,
    },
    /// There are connections, but each server says that it does not serve now.
    #[error("no server at {endpoints} is serving")]
    NotServing {
        /// Who was called.
        endpoints: Endpoints,
        /// What gRPC says.
        status: RpcStatus,
    },
    /// The answer did not come in time.
    #[error("no answer from {endpoints} within {timeout}")]
    TimedOut {
        /// Who was called.
        endpoints: Endpoints,
        /// How long the client waited.
        timeout: Timeout,
    },
    /// A server answered with a status that is not OK.
    #[error("{endpoints} answers {}: {}", wire::code_name(.status.code()), escaped(.status.message()))]
    Refused {
        /// Who was called.
        endpoints: Endpoints,
        /// What it said.
        status: RpcStatus,
    },
    /// gRPC itself failed, or the answer cannot be read.
    #[error("call to {endpoints} failed: {}", escaped(&.source.to_string()))]
    Broken {
        /// Who was called.
        endpoints: Endpoints,
        /// What gRPC says.
        source: grpcio::Error,
    },
}

impl CallError {
    /// Who was called: of several servers, one or more of them.
    pub fn endpoints(&self) -> &Endpoints {
        match self {
            CallError::Unreachable { endpoints, .. }
            | CallError::NoTls { endpoints, .. }
            | CallError::NotServing { endpoints, .. }
            | CallError::TimedOut { endpoints, .. }
            | CallError::Refused { endpoints, .. }
            | CallError::Broken { endpoints, .. } => endpoints,
        }
    }

    /// The status's code; none where there is no status.
    pub fn code(&self) -> Option<RpcStatusCode> {
        match self {
            CallError::Unreachable { status, .. }
            | CallError::NoTls { status, .. }
            | CallError::NotServing { status, .. }
            | CallError::Refused { status, .. } => Some(status.code()),
            CallError::TimedOut { .. } => Some(RpcStatusCode::DEADLINE_EXCEEDED),
            CallError::Broken { .. } => None,
        }
    }

    /// Whether the same call may well be answered a little later: nobody took it,
    /// or the server stopped or had too much to do. Wait before the next attempt,
    /// each time longer.
    ///
    /// A write may have been recorded all the same, unless the server refused it.
    /// RESOURCE_EXHAUSTED is retryable, unless it is for a reader who has as many
    /// interactions as there can be or for a message or metadata that are too large:
    /// those are refused each time. A timeout is not: all the time for the call is
    /// over.
    pub fn is_retryable(&self) -> bool {
        match self {
            CallError::Unreachable { .. } | CallError::NotServing { .. } => true,
            CallError::NoTls { .. } | CallError::TimedOut { .. } | CallError::Broken { .. } => {
                false
            }
            CallError::Refused { status, .. } => match status.code() {
                RpcStatusCode::UNAVAILABLE | RpcStatusCode::CANCELLED => true,
                RpcStatusCode::RESOURCE_EXHAUSTED => {
                    !EACH_TIME.iter().any(|what| status.message().contains(what))
                }
                _ => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Endpoint;
    use crate::reader::ReaderId;
    use crate::shop::WriteError;

    fn endpoints() -> Endpoints {
        let endpoint: Endpoint = "127.0.0.1:50051".parse().unwrap();
        endpoint.into()
    }

    fn refused(code: RpcStatusCode, message: &str) -> CallError {
        CallError::Refused {
            endpoints: endpoints(),
            status: RpcStatus::with_message(code, message.to_owned()),
        }
    }

    #[test]
    fn an_error_is_one_line_whatever_the_server_says() {
        let error = refused(RpcStatusCode::INTERNAL, "a\nb\u{1b}[2J");
        assert_eq!(
            error.to_string(),
            "127.0.0.1:50051 answers INTERNAL: a\\nb\\u{1b}[2J"
        );
        let unreachable = CallError::Unreachable {
            endpoints: endpoints(),
            status: RpcStatus::with_message(RpcStatusCode::UNAVAILABLE, "a\nb".to_owned()),
        };
        assert_eq!(
            unreachable.to_string(),
            "nobody answers at 127.0.0.1:50051 (a\\nb)"
        );
    }

    #[test]
    fn a_timeout_names_who_was_called_and_how_long() {
        let error = CallError::TimedOut {
            endpoints: endpoints(),
            timeout: "500ms".parse().unwrap(),
        };
        assert_eq!(
            error.to_string(),
            "no answer from 127.0.0.1:50051 within 500ms"
        );
        assert_eq!(error.code(), Some(RpcStatusCode::DEADLINE_EXCEEDED));
        assert_eq!(error.endpoints(), &endpoints());
        assert!(!error.is_retryable());
    }

    #[test]
    fn a_full_history_is_not_retryable() {
        let full = WriteError::FullHistory(ReaderId::new(5).unwrap());
        let status = wire::status(&full.into());
        let endpoints = endpoints();
        let error = CallError::Refused { endpoints, status };
        assert_eq!(error.code(), Some(RpcStatusCode::RESOURCE_EXHAUSTED));
        assert!(!error.is_retryable());
    }

    #[test]
    fn what_passes_by_itself_is_retryable() {
        for (code, is_retryable) in [
            (RpcStatusCode::UNAVAILABLE, true),
            (RpcStatusCode::CANCELLED, true),
            (RpcStatusCode::RESOURCE_EXHAUSTED, true),
            (RpcStatusCode::INVALID_ARGUMENT, false),
            (RpcStatusCode::NOT_FOUND, false),
            (RpcStatusCode::PERMISSION_DENIED, false),
            (RpcStatusCode::INTERNAL, false),
        ] {
            let error = refused(code, "");
            assert_eq!(error.is_retryable(), is_retryable, "{code:?}");
            assert_eq!(error.code(), Some(code));
        }
    }
}
