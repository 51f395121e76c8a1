//! The requests of a call that sends many.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::{FutureExt, Stream, StreamExt};
use futures_timer::Delay;
use grpcio::RequestStream;

use crate::wire::Refusal;

/// How long the next request may take to come. The call is ended then: a caller
/// that says nothing must not keep its place.
pub const MAX_IDLE: Duration = Duration::from_secs(60);

/// The requests as they come, each within [`MAX_IDLE`] of the one before.
///
/// Of the requests that nobody has asked for yet, one is kept here at most; the
/// others wait at the caller's.
pub struct Requests<Request> {
    stream: RequestStream<Request>,
    patience: Duration,
    idle: Delay,
}

impl<Request> Requests<Request> {
    pub(super) fn new(stream: RequestStream<Request>, patience: Duration) -> Requests<Request> {
        Requests {
            stream,
            patience,
            idle: Delay::new(patience),
        }
    }
}

impl<Request> Stream for Requests<Request> {
    type Item = Result<Request, Refusal>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let requests = &mut *self;
        if let Poll::Ready(next) = requests.stream.poll_next_unpin(cx) {
            requests.idle.reset(requests.patience);
            return Poll::Ready(next.map(|request| request.map_err(Refusal::from)));
        }
        let idle = requests.idle.poll_unpin(cx);
        idle.map(|()| Some(Err(Refusal::Idle(requests.patience))))
    }
}
