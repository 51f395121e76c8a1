//! The service `Health` of gRPC.

mod status;

use futures::{Stream, TryFutureExt, TryStreamExt};
use grpcio::{RpcContext, ServerStreamingSink, UnarySink};

pub use self::status::Health;
use super::calls::Calls;
use crate::pb::health::health_check_response::ServingStatus;
use crate::pb::health::{
    self, HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse,
};
use crate::wire::Refusal;

/// Answers the methods of `Health`.
#[derive(Clone)]
pub struct HealthService {
    health: Health,
    calls: Calls,
}

impl HealthService {
    /// A service that tells of `health`, whose calls `calls` takes.
    pub fn new(health: Health, calls: Calls) -> HealthService {
        HealthService { health, calls }
    }

    /// The status of what the request names.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoService`].
    pub fn check(&self, request: &HealthCheckRequest) -> Result<HealthCheckResponse, Refusal> {
        let status = self.health.status(&request.service);
        let status = status.ok_or_else(|| Refusal::NoService(request.service.clone()))?;
        Ok(response(status))
    }

    /// The status of the server and of all services.
    pub fn list(&self) -> HealthListResponse {
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
    pub fn watch(
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

impl health::Health for HealthService {
    fn check(
        &mut self,
        ctx: RpcContext<'_>,
        request: HealthCheckRequest,
        sink: UnarySink<HealthCheckResponse>,
    ) {
        let service = self.clone();
        self.calls.reply(&ctx, sink, async move {
            HealthService::check(&service, &request)
        });
    }

    fn list(
        &mut self,
        ctx: RpcContext<'_>,
        _request: HealthListRequest,
        sink: UnarySink<HealthListResponse>,
    ) {
        let service = self.clone();
        self.calls
            .reply(&ctx, sink, async move { Ok(HealthService::list(&service)) });
    }

    fn watch(
        &mut self,
        ctx: RpcContext<'_>,
        request: HealthCheckRequest,
        sink: ServerStreamingSink<HealthCheckResponse>,
    ) {
        let statuses = HealthService::watch(self.clone(), request);
        self.calls.reply_with_stream(&ctx, sink, statuses);
    }
}
