//! What every call goes through, whatever its service: one way in, one way out.
//!
//! ```text
//! begin ─> admit (access, deadline, room) ─> the handler's answer ─> count, log ─> deliver
//! ```
//!
//! grpcio runs handlers on the threads that poll gRPC. A panic ends such a
//! thread for good: its calls hang, new connections that fall to it hang, and
//! the server can no longer be shut down. And a call whose sink is dropped is
//! told CANCELLED, which sounds like the caller's own doing. So each call is
//! answered here, whatever happens.

mod access;
mod call;
mod figures;
mod lines;
mod method;
mod request_id;
mod requests;
mod room;
mod sink;
mod streaming;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use grpcio::{ClientStreamingSink, RequestStream, RpcContext, UnarySink};
use prometheus_client::registry::Registry;

pub use self::access::{Callers, Writers};
use self::call::Call;
use self::figures::Figures;
use self::lines::Lines;
use self::method::Methods;
pub use self::method::Offered;
pub use self::requests::{MAX_IDLE, Requests};
use self::room::Rooms;
pub use self::room::{MAX_IN_FLIGHT, Room};
use self::sink::Sink;
use crate::logging::panic_message;
use crate::shop::Deadline;
use crate::wire::{self, Refusal};

#[cfg(not(panic = "unwind"))]
compile_error!("panics of handlers are caught; build with `panic = \"unwind\"`");

/// Takes calls to the methods of the services that the server offers. Clones
/// share the limits.
#[derive(Clone)]
pub struct Calls(Arc<Shared>);

struct Shared {
    methods: Methods,
    writers: Writers,
    max_idle: Duration,
    rooms: Rooms,
    figures: Figures,
    lines: Lines,
}

/// What is set by whoever runs the server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How many calls may be in flight.
    pub max_in_flight: u32,
    /// Who may call what writes.
    pub writers: Writers,
    /// How long the next message of a stream may take to come.
    pub max_idle: Duration,
}

impl Default for Settings {
    /// [`MAX_IN_FLIGHT`], everybody may write, and [`MAX_IDLE`].
    fn default() -> Settings {
        Settings {
            max_in_flight: MAX_IN_FLIGHT,
            writers: Writers::Everybody,
            max_idle: MAX_IDLE,
        }
    }
}

impl Calls {
    /// Takes calls to `offered`; what they come to is counted in `registry`.
    pub fn new(
        offered: impl IntoIterator<Item = Offered>,
        settings: Settings,
        registry: &mut Registry,
    ) -> Calls {
        let figures = Figures::new(registry);
        let rooms = Rooms::new(settings.max_in_flight, |room| figures.in_flight(room));
        Calls(Arc::new(Shared {
            methods: Methods::new(offered, &figures),
            writers: settings.writers,
            max_idle: settings.max_idle,
            rooms,
            figures,
            lines: Lines::default(),
        }))
    }

    /// Answers a unary call with what `answer` gives. If it panics, the caller gets
    /// INTERNAL, and the panic goes to the log.
    ///
    /// All of a handler's work belongs into `answer`, so that nothing of it runs
    /// where it is not guarded, or although the call is not admitted. It runs on a
    /// polling thread: it must not block.
    pub fn reply<Response: Send + 'static>(
        &self,
        ctx: &RpcContext<'_>,
        sink: UnarySink<Response>,
        answer: impl Future<Output = Result<Response, Refusal>> + Send + 'static,
    ) {
        let call = self.begin(ctx);
        spawn(ctx, async move {
            let answered = call.answered(answer).await;
            call.deliver(sink, answered).await;
        });
    }

    /// Answers a call whose requests are a stream with what `answer` gives, which
    /// reads the stream as far as it likes. It is guarded as that of
    /// [`Calls::reply`].
    pub fn reply_to_stream<Request, Response, Answer>(
        &self,
        ctx: &RpcContext<'_>,
        requests: RequestStream<Request>,
        sink: ClientStreamingSink<Response>,
        answer: Answer,
    ) where
        Request: Send + 'static,
        Response: Send + 'static,
        Answer: for<'stream> FnOnce(
                &'stream mut Requests<Request>,
            ) -> BoxFuture<'stream, Result<Response, Refusal>>
            + Send
            + 'static,
    {
        let call = self.begin(ctx);
        let mut requests = self.requests(requests);
        spawn(ctx, async move {
            let answered = call.answered(async { answer(&mut requests).await }).await;
            call.deliver(sink, answered).await;
            // Dropped before the reply is out, a stream that was not read to its end
            // would cancel the call.
            drop(requests);
        });
    }

    fn requests<Request>(&self, stream: RequestStream<Request>) -> Requests<Request> {
        Requests::new(stream, self.0.max_idle)
    }

    fn begin(&self, ctx: &RpcContext<'_>) -> Call {
        Call::begin(Arc::clone(&self.0), ctx)
    }
}

impl Call {
    /// What `answer` gives if the call is admitted, or the refusal in its place.
    async fn answered<Response>(
        &self,
        answer: impl Future<Output = Result<Response, Refusal>>,
    ) -> Result<Response, Refusal> {
        let answered = match self.admit() {
            // It makes room when the work is done: a caller that is slow to take its
            // reply must not keep the others out.
            Ok(_place) => guarded(answer).await,
            Err(refusal) => Err(refusal),
        };
        self.ended(answered.as_ref().err());
        answered
    }

    async fn deliver<Response>(
        &self,
        mut sink: impl Sink<Response>,
        answered: Result<Response, Refusal>,
    ) {
        if let Some(headers) = self.reply_headers() {
            sink.set_headers(headers);
        }
        let sent = match answered {
            Ok(response) => sink.succeed(response).await,
            Err(refusal) => sink.refuse(wire::status(&refusal)).await,
        };
        if let Err(error) = sent {
            // Mostly a caller that went away, which it may do.
            tracing::debug!(method = self.method_name(), %error, "reply not delivered");
        }
    }
}

/// What `answer` gives, or the refusal that stands for its panic.
async fn guarded<Response>(
    answer: impl Future<Output = Result<Response, Refusal>>,
) -> Result<Response, Refusal> {
    // What handlers share is whole between any two of its own operations, so a
    // panic leaves nothing half-done for the next call to see.
    let answered = AssertUnwindSafe(answer).catch_unwind().await;
    answered.unwrap_or_else(|panic| Err(Refusal::Panicked(panic_message(&*panic).to_owned())))
}

fn spawn(ctx: &RpcContext<'_>, call: impl Future<Output = ()> + Send + 'static) {
    ctx.spawn(AssertUnwindSafe(call).catch_unwind().map(|ended| {
        if let Err(panic) = ended {
            tracing::error!(
                cause = panic_message(&*panic),
                "taking a call or sending its reply panicked"
            );
        }
    }));
}

/// Until when a call's writes are wanted.
pub(super) fn deadline(ctx: &RpcContext<'_>) -> Deadline {
    let deadline = ctx.deadline();
    Deadline::new(move || deadline.exceeded())
}
