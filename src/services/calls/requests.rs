//! The requests of a call, as they come.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::{FutureExt, Stream, StreamExt};
use grpcio::RequestStream;

use super::patience::{Over, Patience, Wait};
use crate::wire::Refusal;

/// The requests as they come, none of which may take too long.
///
/// Of the requests that nobody has asked for yet, one is kept here at most; the
/// others wait at the caller's.
pub struct Requests<Request> {
    stream: RequestStream<Request>,
    wait: Wait,
    have_ended: bool,
}

impl<Request> Requests<Request> {
    pub(super) fn new(stream: RequestStream<Request>, patience: &Patience) -> Requests<Request> {
        Requests {
            stream,
            wait: patience.wait(1),
            have_ended: false,
        }
    }

    /// The one request of a call without a stream.
    pub(super) async fn only(&mut self) -> Result<Request, Refusal> {
        self.next().await.unwrap_or(Err(Refusal::NoRequest))
    }

    /// Looks for the end of the requests after those that were wanted; should there
    /// be another one, it is lost. A stream whose end was seen can be dropped for
    /// nothing, any other has its call cancelled, which costs the core a few
    /// microseconds also where the call is over.
    pub(super) fn look_for_end(&mut self, cx: &mut Context<'_>) {
        if !self.have_ended {
            self.have_ended = self.stream.poll_next_unpin(cx).is_ready();
        }
    }

    /// Whether all have come, or all that will: of a call that is cut off, and of one
    /// with a message that gRPC refuses, the requests end as if there were no more.
    pub(super) fn have_ended(&self) -> bool {
        self.have_ended
    }
}

impl<Request> Stream for Requests<Request> {
    type Item = Result<Request, Refusal>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let requests = &mut *self;
        if let Poll::Ready(next) = requests.stream.poll_next_unpin(cx) {
            requests.wait.restart();
            requests.have_ended |= next.is_none();
            return Poll::Ready(next.map(|request| request.map_err(Refusal::from)));
        }
        requests.wait.poll_unpin(cx).map(|over| {
            Some(Err(match over {
                Over::TooLong(limit) => Refusal::Idle(limit),
                Over::TooMany(most) => Refusal::CrowdedOut(most),
            }))
        })
    }
}
