//! Calls that are answered with a stream.

use std::future;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::ready;

use futures::stream::BoxStream;
use futures::{FutureExt, Sink, SinkExt, Stream, StreamExt};
use grpcio::{
    DuplexSink, Metadata, RequestStream, RpcContext, RpcStatus, ServerStreamingSink, WriteFlags,
};

use super::call::Call;
use super::requests::Requests;
use super::{Calls, spawn};
use crate::logging::panic_message;
use crate::wire::{self, Refusal};

impl Calls {
    /// Answers a call with each of `answers`; the first refusal ends it. It is
    /// guarded as that of [`Calls::reply`].
    ///
    /// The next answer is asked for when the one before is sent, so a caller that
    /// reads slowly slows `answers` down. They are dropped as soon as the caller
    /// goes away, also while there is nothing to send.
    pub fn reply_with_stream<Response: Send + 'static>(
        &self,
        ctx: &RpcContext<'_>,
        sink: ServerStreamingSink<Response>,
        answers: impl Stream<Item = Result<Response, Refusal>> + Send + 'static,
    ) {
        let call = self.begin(ctx);
        spawn(ctx, async move { call.deliver_all(sink, answers).await });
    }

    /// Answers a call whose requests are a stream, too, with each of the answers
    /// that `answers` makes of them. All else is as with
    /// [`Calls::reply_with_stream`].
    pub fn converse<Request, Response, Answers>(
        &self,
        ctx: &RpcContext<'_>,
        requests: RequestStream<Request>,
        sink: DuplexSink<Response>,
        answers: Answers,
    ) where
        Request: Send + 'static,
        Response: Send + 'static,
        Answers: for<'stream> FnOnce(
                &'stream mut Requests<Request>,
            ) -> BoxStream<'stream, Result<Response, Refusal>>
            + Send
            + 'static,
    {
        let call = self.begin(ctx);
        let mut requests = self.requests(requests);
        spawn(ctx, async move {
            // Made within the first poll, so that making them is guarded, too.
            let answers = async { answers(&mut requests) }.flatten_stream();
            call.deliver_all(sink, answers).await;
            // Dropped before the status is out, a stream that was not read to its
            // end would cancel the call.
            drop(requests);
        });
    }
}

impl Call {
    /// Delivers `answers` if the call is admitted, or the refusal in their place.
    async fn deliver_all<Response>(
        &self,
        mut sink: impl StreamSink<Response>,
        answers: impl Stream<Item = Result<Response, Refusal>>,
    ) {
        if let Some(headers) = self.reply_headers() {
            sink.set_headers(headers);
        }
        // Kept until all is told: it is for how long they listen that such callers
        // need room.
        let ended = match self.admit() {
            Ok(_place) => forward(&mut sink, answers).await,
            Err(refusal) => Ended::Refused(refusal),
        };
        let delivered = match ended {
            Ended::Told => {
                self.ended(None);
                sink.close().await
            }
            Ended::Refused(refusal) => {
                self.ended(Some(&refusal));
                sink.refuse(wire::status(&refusal)).await
            }
            Ended::Gone(error) => {
                self.ended(Some(&Refusal::Gone));
                Err(error)
            }
        };
        if let Err(error) = delivered {
            // Mostly a caller that went away, which it may do.
            tracing::debug!(method = self.method_name(), %error, "stream not delivered");
        }
    }
}

/// How a stream of answers ended.
enum Ended {
    Told,
    Refused(Refusal),
    /// Nobody listens any more.
    Gone(grpcio::Error),
}

async fn forward<Response>(
    sink: &mut impl StreamSink<Response>,
    answers: impl Stream<Item = Result<Response, Refusal>>,
) -> Ended {
    // As with a single reply, a panic leaves nothing half-done.
    let mut answers = pin!(AssertUnwindSafe(answers).catch_unwind());
    loop {
        // The sink is asked first every time: it is what notices that the caller
        // went away, and wakes this task when that happens.
        let next = future::poll_fn(|cx| {
            ready!(sink.poll_ready_unpin(cx))?;
            answers.as_mut().poll_next(cx).map(Ok)
        });
        let sent = match next.await {
            Ok(Some(Ok(Ok(response)))) => sink.start_send_unpin((response, WriteFlags::default())),
            Ok(Some(Ok(Err(refusal)))) => return Ended::Refused(refusal),
            Ok(Some(Err(panic))) => {
                let cause = panic_message(&*panic).to_owned();
                return Ended::Refused(Refusal::Panicked(cause));
            }
            Ok(None) => return Ended::Told,
            Err(error) => Err(error),
        };
        if let Err(error) = sent {
            return Ended::Gone(error);
        }
    }
}

/// Where the replies to a call go.
trait StreamSink<Response>: Sink<(Response, WriteFlags), Error = grpcio::Error> + Unpin + Send {
    fn set_headers(&mut self, headers: Metadata);
    fn refuse(self, status: RpcStatus) -> impl Future<Output = grpcio::Result<()>> + Send;
}

impl<Response: Send> StreamSink<Response> for ServerStreamingSink<Response> {
    fn set_headers(&mut self, headers: Metadata) {
        ServerStreamingSink::set_headers(self, headers);
    }

    fn refuse(self, status: RpcStatus) -> impl Future<Output = grpcio::Result<()>> + Send {
        self.fail(status)
    }
}

impl<Response: Send> StreamSink<Response> for DuplexSink<Response> {
    fn set_headers(&mut self, headers: Metadata) {
        DuplexSink::set_headers(self, headers);
    }

    fn refuse(self, status: RpcStatus) -> impl Future<Output = grpcio::Result<()>> + Send {
        self.fail(status)
    }
}
