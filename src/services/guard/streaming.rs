//! The guard round handlers that answer with a stream.

use std::future::{self, Future};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::ready;

use futures::stream::BoxStream;
use futures::{FutureExt, Sink, SinkExt, Stream, StreamExt};
use grpcio::{DuplexSink, RequestStream, RpcContext, RpcStatus, ServerStreamingSink, WriteFlags};

use super::{log, spawn};
use crate::logging::panic_message;
use crate::wire::{self, Refusal};

/// Answers a call with each of `answers`; the first refusal ends it. It is guarded
/// as that of [`super::reply`].
///
/// The next answer is asked for when the one before is sent, so a caller that
/// reads slowly slows `answers` down. They are dropped as soon as the caller goes
/// away, also while there is nothing to send.
pub fn reply_with_stream<Response: Send + 'static>(
    ctx: &RpcContext<'_>,
    method: &'static str,
    sink: ServerStreamingSink<Response>,
    answers: impl Stream<Item = Result<Response, Refusal>> + Send + 'static,
) {
    spawn(ctx, method, deliver_all(method, sink, answers));
}

/// Answers a call whose requests are a stream, too, with each of the answers that
/// `answers` makes of them. All else is as with [`reply_with_stream`].
pub fn converse<Request, Response, Answers>(
    ctx: &RpcContext<'_>,
    method: &'static str,
    mut requests: RequestStream<Request>,
    sink: DuplexSink<Response>,
    answers: Answers,
) where
    Request: Send + 'static,
    Response: Send + 'static,
    Answers: for<'stream> FnOnce(
            &'stream mut RequestStream<Request>,
        ) -> BoxStream<'stream, Result<Response, Refusal>>
        + Send
        + 'static,
{
    spawn(ctx, method, async move {
        // Made within the first poll, so that making them is guarded, too.
        let answers = async { answers(&mut requests) }.flatten_stream();
        deliver_all(method, sink, answers).await;
        // Dropped before the status is out, a stream that was not read to its end
        // would cancel the call.
        drop(requests);
    });
}

async fn deliver_all<Response>(
    method: &'static str,
    mut sink: impl StreamSink<Response>,
    answers: impl Stream<Item = Result<Response, Refusal>>,
) {
    // As with a single reply, a panic leaves nothing half-done.
    let mut answers = pin!(AssertUnwindSafe(answers).catch_unwind());
    let delivered = loop {
        // The sink is asked first every time: it is what notices that the caller
        // went away, and wakes this task when that happens.
        let next = future::poll_fn(|cx| {
            ready!(sink.poll_ready_unpin(cx))?;
            answers.as_mut().poll_next(cx).map(Ok)
        });
        let refusal = match next.await {
            Ok(Some(Ok(Ok(response)))) => {
                match sink.start_send_unpin((response, WriteFlags::default())) {
                    Ok(()) => continue,
                    Err(error) => break Err(error),
                }
            }
            Ok(Some(Ok(Err(refusal)))) => refusal,
            Ok(Some(Err(panic))) => Refusal::Panicked(panic_message(&*panic).to_owned()),
            Ok(None) => break sink.close().await,
            Err(error) => break Err(error),
        };
        log(method, &refusal);
        break sink.refuse(wire::status(&refusal)).await;
    };
    if let Err(error) = delivered {
        // Mostly a caller that went away, which it may do.
        tracing::debug!(method, %error, "stream not delivered");
    }
}

/// Where the replies to a call go.
trait StreamSink<Response>: Sink<(Response, WriteFlags), Error = grpcio::Error> + Unpin + Send {
    fn refuse(self, status: RpcStatus) -> impl Future<Output = grpcio::Result<()>> + Send;
}

impl<Response: Send> StreamSink<Response> for ServerStreamingSink<Response> {
    fn refuse(self, status: RpcStatus) -> impl Future<Output = grpcio::Result<()>> + Send {
        self.fail(status)
    }
}

impl<Response: Send> StreamSink<Response> for DuplexSink<Response> {
    fn refuse(self, status: RpcStatus) -> impl Future<Output = grpcio::Result<()>> + Send {
        self.fail(status)
    }
}
