//! How servers are.

use std::fmt;

use futures::stream::{self, Stream, StreamExt, TryStreamExt};

use super::connection::Connection;
use super::settings::{ConnectError, Settings};
use super::{CallError, RequestId, Timeout, channel};
use crate::pb::health::health_check_response::ServingStatus;
use crate::pb::health::{HealthCheckRequest, HealthCheckResponse, HealthClient};

/// Asks servers whether they serve, as the health check of gRPC has it.
///
/// It has connections of its own. Nothing is sent twice, and a server that says that
/// it does not serve is asked all the same; of several servers, each in turn.
#[derive(Clone)]
pub struct Probe {
    health: HealthClient,
    connection: Connection,
    timeout: Timeout,
}

/// Whether a server, or a service of it, takes calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Serving {
    /// The server does not know.
    Unknown,
    /// Calls are answered.
    Serving,
    /// Calls should go elsewhere.
    NotServing,
    /// The server has no such service.
    ServiceUnknown,
    /// What a newer server says, by its number.
    Other(i32),
}

impl Probe {
    /// A probe of these servers, which are not called yet. It takes as long as
    /// [`super::Client::connect`].
    ///
    /// # Errors
    ///
    /// [`ConnectError`] when a file cannot be used, one of several hosts has no
    /// address, several hosts have no common name for TLS, or there are too few
    /// threads.
    pub fn connect(settings: &Settings) -> Result<Probe, ConnectError> {
        let channel = channel::for_probes(settings)?;
        Ok(Probe {
            health: HealthClient::new(channel.clone()),
            connection: Connection {
                channel,
                endpoints: settings.endpoints.clone(),
                request_id: None,
            },
            timeout: settings.timeout,
        })
    }

    /// The same probe, whose calls have this id in the server's log.
    pub fn with_request_id(mut self, request_id: RequestId) -> Probe {
        self.connection.request_id = Some(request_id);
        self
    }

    /// How a service is, or with an empty name the server as a whole.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there is no answer in time or the server refuses, NOT_FOUND
    /// where it has no such service.
    pub async fn check(&self, service: &str) -> Result<Serving, CallError> {
        let request = request(service);
        let response = self
            .connection
            .answer(self.timeout, |option| {
                self.health.check_async_opt(&request, option)
            })
            .await?;
        Ok(Serving::from(response))
    }

    /// How a service, or the server, is now, and then whenever that changes, until
    /// the connection is lost. A service that the server does not have is
    /// [`Serving::ServiceUnknown`]. What the server says in the moment when it ends
    /// the call may be lost.
    ///
    /// # Errors
    ///
    /// As the last of the stream: [`CallError`] when the server refuses or is gone.
    pub fn watch(
        &self,
        service: &str,
    ) -> impl Stream<Item = Result<Serving, CallError>> + Send + use<> {
        let watched = self
            .health
            .watch_opt(&request(service), self.connection.endless_option());
        let responses = match watched {
            Ok(responses) => responses.left_stream(),
            Err(error) => stream::iter([Err(error)]).right_stream(),
        };
        let Probe {
            connection,
            timeout,
            ..
        } = self.clone();
        responses
            .map_ok(Serving::from)
            .map_err(move |error| connection.error(error, timeout))
    }
}

fn request(service: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: service.to_owned(),
        ..Default::default()
    }
}

impl From<HealthCheckResponse> for Serving {
    fn from(response: HealthCheckResponse) -> Serving {
        match response.status.enum_value() {
            Ok(ServingStatus::UNKNOWN) => Serving::Unknown,
            Ok(ServingStatus::SERVING) => Serving::Serving,
            Ok(ServingStatus::NOT_SERVING) => Serving::NotServing,
            Ok(ServingStatus::SERVICE_UNKNOWN) => Serving::ServiceUnknown,
            Err(number) => Serving::Other(number),
        }
    }
}

impl fmt::Display for Serving {
    /// The name in the contract, or the number.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Serving::Unknown => "UNKNOWN",
            Serving::Serving => "SERVING",
            Serving::NotServing => "NOT_SERVING",
            Serving::ServiceUnknown => "SERVICE_UNKNOWN",
            Serving::Other(number) => return number.fmt(formatter),
        })
    }
}

#[cfg(test)]
mod tests {
    use protobuf::{Enum, EnumOrUnknown};

    use super::*;

    #[test]
    fn every_status_of_the_contract_has_its_name() {
        for &status in ServingStatus::VALUES {
            let mut response = HealthCheckResponse::new();
            response.status = status.into();
            assert_eq!(Serving::from(response).to_string(), format!("{status:?}"));
        }
        let mut response = HealthCheckResponse::new();
        response.status = EnumOrUnknown::from_i32(9);
        assert_eq!(Serving::from(response).to_string(), "9");
    }
}
