//! Calls that are answered with a stream.

use std::future;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::ready;

use futures::{SinkExt, Stream, StreamExt};
use grpcio::{DuplexSink, WriteFlags};

use super::call::Call;
use crate::logging::panic_message;
use crate::wire::{self, Refusal};

impl Call {
    /// Ends the call with each of the answers, or with the refusal in their place.
    pub(super) async fn deliver_all<Response>(
        &self,
        mut sink: DuplexSink<Response>,
        answers: Result<impl Stream<Item = Result<Response, Refusal>>, Refusal>,
    ) {
        if let Some(headers) = self.reply_headers() {
            sink.set_headers(headers);
        }
        let ended = match answers {
            Ok(answers) => forward(&mut sink, answers).await,
            Err(refusal) => Ended::Refused(refusal),
        };
        self.delivered(match ended {
            Ended::Told => {
                self.ended(None);
                sink.close().await
            }
            Ended::Refused(refusal) => {
                self.ended(Some(&refusal));
                sink.fail(wire::status(&refusal)).await
            }
            Ended::Gone(error) => {
                self.ended(Some(&Refusal::Gone));
                Err(error)
            }
        });
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
    sink: &mut DuplexSink<Response>,
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
