//! The guard round every handler: each call is answered.
//!
//! grpcio runs handlers on the threads that poll gRPC. A panic ends such a
//! thread for good: its calls hang, new connections that fall to it hang, and
//! the server can no longer be shut down. And a call whose sink is dropped is
//! told CANCELLED, which sounds like the caller's own doing.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use grpcio::{RpcContext, UnarySink};

use crate::logging::panic_message;
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
    // A handler's state is shared and immutable, so a panic leaves nothing
    // half-done for the next call to see.
    let answer = AssertUnwindSafe(answer).catch_unwind();
    let sent = async move {
        let answered = answer
            .await
            .unwrap_or_else(|panic| Err(Refusal::Panicked(panic_message(&*panic).to_owned())));
        let sent = match answered {
            Ok(response) => sink.success(response),
            Err(refusal) => {
                log(method, &refusal);
                sink.fail(wire::status(&refusal))
            }
        };
        if let Err(error) = sent.await {
            // Mostly a caller that went away, which it may do.
            tracing::debug!(method, %error, "reply not delivered");
        }
    };
    ctx.spawn(AssertUnwindSafe(sent).catch_unwind().map(move |sent| {
        if let Err(panic) = sent {
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
        Refusal::Query(refused) => tracing::debug!(method, %refused, "request refused"),
        Refusal::Panicked(cause) => tracing::error!(method, cause, "handler panicked"),
    }
}
