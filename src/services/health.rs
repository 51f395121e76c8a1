//! The service `Health` of gRPC.

mod status;

use futures::{Stream, TryFutureExt, TryStreamExt};
use grpcio::Service;

pub use self::status::Health;
use super::calls::{Calls, Handlers};
use crate::pb::health::health_check_response::ServingStatus;
use crate::pb::health::{
    HealthCheckRequest, HealthCheckResponse, HealthListResponse, METHOD_HEALTH_CHECK,
    METHOD_HEALTH_LIST, METHOD_HEALTH_WATCH,
};
use crate::wire::Refusal;

/// Answers the methods of `Health`.
#[derive(Clone)]
struct HealthService {
    health: Health,
}

impl HealthService {
    /// The status of what the request names.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoService`].
    fn check(&self, request: &HealthCheckRequest) -> Result<HealthCheckResponse, Refusal> {
        let status = self.health.status(&request.service);
        let status = status.ok_or_else(|| Refusal::NoService(request.service.clone()))?;
        Ok(response(status))
    }

    /// The status of the server and of all services.
    fn list(&self) -> HealthListResponse {
        let statuses = self.health.statuses();
        let statuses = statuses.map(|(service, status)| (service.to_owned(), response(status)));
        HealthListResponse {
            statuses: statuses.collect(),
            ..Default::default()
        }
    }

    /// The status of what the request names, now and after each change.
    ///
    /// The stream ends with the refusals of [`Health::watch`].
    fn watch(
        self,
        request: HealthCheckRequest,
    ) -> impl Stream<Item = Result<HealthCheckResponse, Refusal>> {
        let statuses = async move { self.health.watch(&request.service) };
        statuses.try_flatten_stream().map_ok(response)
    }
}

fn response(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse {
        status: status.into(),
        ..Default::default()
    }
}

/// The service, telling of `health`, whose calls `calls` takes.
pub fn service(health: Health, calls: Calls) -> Service {
    Handlers::new(calls, HealthService { health })
        .unary(&METHOD_HEALTH_CHECK, |service, request, _| async move {
            service.check(&request)
        })
        .unary(&METHOD_HEALTH_LIST, |service, _, _| async move {
            Ok(service.list())
        })
        .server_streaming(&METHOD_HEALTH_WATCH, HealthService::watch)
        .build()
}
