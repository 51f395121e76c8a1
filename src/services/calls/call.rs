//! One call.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Instant;

use grpcio::{Deadline, Metadata, RpcContext, RpcStatusCode};

use super::Shared;
use super::lines::Line;
use super::method::Method;
use super::request_id::RequestId;
use super::room::Place;
use crate::logging::panic_message;
use crate::tls;
use crate::wire::{self, Refusal};

/// A call from when the server takes it.
pub(super) struct Call {
    shared: Arc<Shared>,
    method: Arc<Method>,
    began: Instant,
    /// What the metadata tell, or what was said when they could not be read.
    told: Result<Told, String>,
    deadline: Deadline,
}

/// What is known of a call and its caller.
struct Told {
    peer: String,
    caller: Option<String>,
    request_id: Option<RequestId>,
}

impl Call {
    pub(super) fn begin(shared: Arc<Shared>, ctx: &RpcContext<'_>) -> Call {
        let method = shared.methods.at(ctx.method());
        method.figures.started.inc();
        // It reads what the caller has sent, outside of the guard.
        let told = panic::catch_unwind(AssertUnwindSafe(|| Told {
            peer: ctx.peer(),
            caller: tls::peer_name(ctx),
            request_id: RequestId::of(ctx.request_headers()),
        }));
        Call {
            shared,
            method,
            began: Instant::now(),
            told: told.map_err(|panic| panic_message(&*panic).to_owned()),
            deadline: ctx.deadline(),
        }
    }

    /// A place for the call if it may be made, is not too late and there is room.
    pub(super) fn admit(&self) -> Result<Place, Refusal> {
        let told = self.told.as_ref();
        let told = told.map_err(|cause| Refusal::Panicked(cause.clone()))?;
        if self.method.is_for_writers && !self.shared.writers.have(told.caller.as_deref()) {
            return Err(Refusal::NotAWriter(told.caller.clone()));
        }
        if self.deadline.exceeded() {
            return Err(Refusal::Late);
        }
        self.shared.rooms.enter(self.method.room)
    }

    /// Counts and logs how the call ended.
    pub(super) fn ended(&self, refusal: Option<&Refusal>) {
        let code = refusal.map_or(RpcStatusCode::OK, |refusal| wire::status(refusal).code());
        let took = self.began.elapsed();
        self.method.figures.handled(code, took);
        let Some(refusal) = refusal else { return };
        self.shared.figures.refused(refusal);
        if let Line::Write { left_out } = self.shared.lines.next(Instant::now()) {
            if left_out > 0 {
                tracing::warn!(left_out, "lines of refused calls were left out of the log");
            }
            self.log(refusal, code);
        }
    }

    fn log(&self, refusal: &Refusal, code: RpcStatusCode) {
        let told = self.told.as_ref().ok();
        let request_id = told.and_then(|told| told.request_id.as_ref());
        let request_id = request_id.map(RequestId::as_str);
        let peer = told.map(|told| told.peer.as_str());
        let caller = told.and_then(|told| told.caller.as_deref());
        let method = self.method_name();
        let status = wire::code_name(code);
        let took_us = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        macro_rules! line {
            ($level:ident, $message:literal) => {
                tracing::$level!(
                    method, status, peer, caller, request_id, took_us, cause = %refusal, $message
                )
            };
        }
        match code {
            RpcStatusCode::INTERNAL => line!(error, "call failed"),
            RpcStatusCode::UNAVAILABLE => line!(warn, "call failed"),
            RpcStatusCode::RESOURCE_EXHAUSTED | RpcStatusCode::PERMISSION_DENIED => {
                line!(warn, "call refused")
            }
            _ => line!(info, "call refused"),
        }
    }

    /// The metadata that the reply begins with.
    pub(super) fn reply_headers(&self) -> Option<Metadata> {
        self.told.as_ref().ok()?.request_id.as_ref()?.headers()
    }

    pub(super) fn method_name(&self) -> &str {
        &self.method.name
    }
}
