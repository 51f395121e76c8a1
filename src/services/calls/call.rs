//! One call.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Instant;

use grpcio::{Deadline, Metadata, RpcContext, RpcStatusCode};

use super::Shared;
use super::method::Method;
use super::requests::Requests;
use super::room::{Place, Room};
use super::shares::Share;
use crate::logging::allowance::Admission;
use crate::logging::panic_message;
use crate::request_id::RequestId;
use crate::server::limits::{MAX_CALLS_PER_CONNECTION, MOST_UNTAKEN, PROMPT};
use crate::shop;
use crate::tls;
use crate::wire::{self, Refusal};

const MOST_CALLS: u32 = MAX_CALLS_PER_CONNECTION.unsigned_abs();

/// A call from when the server takes it.
pub(super) struct Call {
    pub(super) shared: Arc<Shared>,
    method: Arc<Method>,
    began: Instant,
    /// What the metadata tell, or what was said when they could not be read.
    told: Result<Told, String>,
    deadline: Deadline,
}

/// What is known of a call and its caller.
struct Told {
    peer: Arc<str>,
    caller: Option<String>,
    request_id: Option<RequestId>,
}

impl Call {
    pub(super) fn begin(shared: Arc<Shared>, ctx: &RpcContext<'_>) -> Call {
        let method = shared.methods.at(ctx.method());
        method.figures.started.inc();
        // It reads what the caller has sent, outside of the guard.
        let told = panic::catch_unwind(AssertUnwindSafe(|| Told {
            peer: ctx.peer().into(),
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

    /// Whether the call may be made: by this caller, on this connection. It counts on
    /// the connection until what is given is dropped.
    pub(super) fn permit(&self) -> Result<Share, Refusal> {
        let told = self.told()?;
        if self.method.is_for_writers && !self.shared.writers.have(told.caller.as_deref()) {
            return Err(Refusal::NotAWriter(told.caller.clone()));
        }
        let share = self.shared.connections.add_one(&told.peer, MOST_CALLS);
        share.ok_or(Refusal::TooManyOnConnection(MOST_CALLS))
    }

    /// A place among the calls in flight, if there is one.
    pub(super) fn enter(&self) -> Result<Place, Refusal> {
        self.replies_are_taken()?;
        let peer = &self.told()?.peer;
        let rooms = &self.shared.rooms;
        rooms.enter(self.method.room, peer, || self.idle())
    }

    /// Whether another reply may wait for its caller.
    fn replies_are_taken(&self) -> Result<(), Refusal> {
        let has_room = self.shared.untaken.has_room(&self.told()?.peer);
        match self.method.room == Room::Always || has_room {
            true => Ok(()),
            false => Err(Refusal::NotTaken(MOST_UNTAKEN)),
        }
    }

    /// From where the call comes, as far as that is known.
    pub(super) fn peer(&self) -> Arc<str> {
        let told = self.told.as_ref();
        told.map_or_else(|_| Arc::default(), |told| Arc::clone(&told.peer))
    }

    fn told(&self) -> Result<&Told, Refusal> {
        let told = self.told.as_ref();
        told.map_err(|cause| Refusal::Panicked(cause.clone()))
    }

    /// The one request of a call that has found a place, unless it comes too late or,
    /// after a while in which the call was not counted, to a server that has no room
    /// any more.
    pub(super) async fn request<Request>(
        &self,
        requests: &mut Requests<Request>,
    ) -> Result<Request, Refusal> {
        let request = requests.only().await;
        // First, since a call whose deadline passes has no request from then on.
        self.is_in_time()?;
        let request = request?;
        // Again, since others of the connection were answered meanwhile.
        self.replies_are_taken()?;
        let Shared { rooms, .. } = &*self.shared;
        let room = self.method.room;
        if self.began.elapsed() > PROMPT && !rooms.has_room(room, self.idle()) {
            return Err(rooms.refusal(room));
        }
        Ok(request)
    }

    /// How many calls wait for their request for so long that they are not counted.
    fn idle(&self) -> u64 {
        match self.method.room {
            Room::Work => self.shared.arriving.longer_than(PROMPT),
            _ => 0,
        }
    }

    /// Whether somebody still waits for the answer.
    pub(super) fn is_in_time(&self) -> Result<(), Refusal> {
        match self.deadline.exceeded() {
            true => Err(Refusal::Late),
            false => Ok(()),
        }
    }

    /// Until when the call's writes are wanted.
    pub(super) fn deadline(&self) -> shop::Deadline {
        let deadline = self.deadline;
        shop::Deadline::new(move || deadline.exceeded())
    }

    /// Tells whether what ends the call has reached its caller.
    pub(super) fn delivered(&self, sent: grpcio::Result<()>) {
        if let Err(error) = sent {
            // Mostly a caller that went away, which it may do.
            tracing::debug!(method = self.method_name(), %error, "reply not delivered");
        }
    }

    /// Counts and logs how the call ended.
    pub(super) fn ended(&self, refusal: Option<&Refusal>) {
        let Some(refusal) = refusal else {
            return self.count(RpcStatusCode::OK);
        };
        let code = wire::status(refusal).code();
        self.count(code);
        self.shared.figures.refused(refusal);
        if *refusal == Refusal::Stopping {
            // No failure: whatever stays open ends so when its server does.
            tracing::debug!(method = self.method_name(), "ended with the server");
            return;
        }
        let (kind, allowance) = self.shared.lines.of(code);
        if let Admission::Passes { left_out, .. } = allowance.admit(Instant::now()) {
            if left_out > 0 {
                tracing::warn!(left_out, kind, "lines of calls were left out of the log");
            }
            self.log(refusal, code);
        }
    }

    /// Counts a stream of answers whose caller has left, which is how one ends: nobody
    /// was refused anything.
    pub(super) fn left(&self) {
        self.count(RpcStatusCode::CANCELLED);
    }

    fn count(&self, code: RpcStatusCode) {
        self.method.figures.handled(code, self.began.elapsed());
    }

    fn log(&self, refusal: &Refusal, code: RpcStatusCode) {
        let told = self.told.as_ref().ok();
        let request_id = self.request_id().map(RequestId::as_str);
        let peer = told.map(|told| &*told.peer);
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
            RpcStatusCode::CANCELLED => line!(info, "call failed"),
            RpcStatusCode::RESOURCE_EXHAUSTED | RpcStatusCode::PERMISSION_DENIED => {
                line!(warn, "call refused")
            }
            _ => line!(info, "call refused"),
        }
    }

    /// The metadata that the reply begins with.
    pub(super) fn reply_headers(&self) -> Option<Metadata> {
        self.request_id()?.headers()
    }

    /// What the caller calls the call.
    pub(super) fn request_id(&self) -> Option<&RequestId> {
        self.told.as_ref().ok()?.request_id.as_ref()
    }

    pub(super) fn method_name(&self) -> &str {
        &self.method.name
    }
}
