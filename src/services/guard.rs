//! The guard round every handler: each call is answered.
//!
//! grpcio runs handlers on the threads that poll gRPC. A panic ends such a
//! thread for good: its calls hang, new connections that fall to it hang, and
//! the server can no longer be shut down. And a call whose sink is dropped is
//! told CANCELLED, which sounds like the caller's own doing.

mod streaming;

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use futures::future::BoxFuture;
use grpcio::{ClientStreamingSink, RequestStream, RpcContext, RpcStatus, UnarySink};

pub use self::streaming::{converse, reply_with_stream};
use crate::logging::panic_message;
use crate::shop::WriteError;
use crate::wire::{self, Refusal};

#[cfg(not(panic = "unwind"))]
compile_error!("the guard catches panics; build with `panic = \"unwind\"`");

/// Answers a unary call with what `answer` gives. If it panics, the caller gets
/// INTERNAL, and the panic goes to the log together with `method`, the method's
/// name.
///
/// All of a handler's work belongs into `answer`, so that nothing of it runs
/// outside of the guard. It runs on a polling thread: it must not block.
pub fn reply<Response: Send + 'static>(
    ctx: &RpcContext<'_>,
    method: &'static str,
    sink: UnarySink<Response>,
    answer: impl Future<Output = Result<Response, Refusal>> + Send + 'static,
) {
    spawn(ctx, method, async move {
        let answered = guarded(answer).await;
        deliver(method, sink, answered).await;
    });
}

/// Answers a call whose requests are a stream with what `answer` gives, which
/// reads the stream as far as it likes. It is guarded as that of [`reply`].
///
/// Of the messages that `answer` has not asked for, one is kept here at most; the
/// others wait at the caller's.
pub fn reply_to_stream<Request, Response, Answer>(
    ctx: &RpcContext<'_>,
    method: &'static str,
    mut requests: RequestStream<Request>,
    sink: ClientStreamingSink<Response>,
    answer: Answer,
) where
    Request: Send + 'static,
    Response: Send + 'static,
    Answer: for<'stream> FnOnce(
            &'stream mut RequestStream<Request>,
        ) -> BoxFuture<'stream, Result<Response, Refusal>>
        + Send
        + 'static,
{
    spawn(ctx, method, async move {
        let answered = guarded(async { answer(&mut requests).await }).await;
        deliver(method, sink, answered).await;
        // Dropped before the reply is out, a stream that was not read to its end
        // would cancel the call.
        drop(requests);
    });
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

async fn deliver<Response>(
    method: &'static str,
    sink: impl Sink<Response>,
    answered: Result<Response, Refusal>,
) {
    let sent = match answered {
        Ok(response) => sink.succeed(response).await,
        Err(refusal) => {
            log(method, &refusal);
            sink.refuse(wire::status(&refusal)).await
        }
    };
    if let Err(error) = sent {
        // Mostly a caller that went away, which it may do.
        tracing::debug!(method, %error, "reply not delivered");
    }
}

fn spawn(
    ctx: &RpcContext<'_>,
    method: &'static str,
    call: impl Future<Output = ()> + Send + 'static,
) {
    ctx.spawn(AssertUnwindSafe(call).catch_unwind().map(move |ended| {
        if let Err(panic) = ended {
            tracing::error!(
                method,
                cause = panic_message(&*panic),
                "sending a reply panicked"
            );
        }
    }));
}

fn log(method: &'static str, refusal: &Refusal) {
    match refusal {
        Refusal::Panicked(cause) => tracing::error!(method, cause, "handler panicked"),
        Refusal::Write(WriteError::Unavailable) => {
            tracing::warn!(method, %refusal, "write refused")
        }
        _ => tracing::debug!(method, %refusal, "request refused"),
    }
}

/// Where the one reply to a call goes.
trait Sink<Response>: Send {
    fn succeed(self, response: Response) -> impl Future<Output = grpcio::Result<()>> + Send;
    fn refuse(self, status: RpcStatus) -> impl Future<Output = grpcio::Result<()>> + Send;
}

impl<Response: Send> Sink<Response> for UnarySink<Response> {
    fn succeed(self, response: Response) -> impl Future<Output = grpcio::Result<()>> + Send {
        self.success(response)
    }

    fn refuse(self, status: RpcStatus) -> impl Future<Output = grpcio::Result<()>> + Send {
        self.fail(status)
    }
}

impl<Response: Send> Sink<Response> for ClientStreamingSink<Response> {
    fn succeed(self, response: Response) -> impl Future<Output = grpcio::Result<()>> + Send {
        self.success(response)
    }

    fn refuse(self, status: RpcStatus) -> impl Future<Output = grpcio::Result<()>> + Send {
        self.fail(status)
    }
}
