//! Calls that are answered with a stream.

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::pin;

use futures::future::{self, Either};
use futures::{FutureExt, SinkExt, Stream, StreamExt};
use grpcio::{DuplexSink, RpcStatus, WriteFlags};
use protobuf::Message;

use super::call::Call;
use super::patience::Over;
use super::replies::known_at_the_end;
use crate::logging::panic_message;
use crate::wire::{self, Refusal};

impl Call {
    /// Ends the call with each of the answers, or with the refusal in their place.
    pub(super) async fn deliver_all<Response: Message>(
        &self,
        mut sink: DuplexSink<Response>,
        answers: Result<impl Stream<Item = Result<Response, Refusal>>, Refusal>,
    ) {
        if let Some(headers) = self.reply_headers() {
            sink.set_headers(headers);
        }
        let ended = match answers {
            Ok(answers) => self.forward(&mut sink, answers).await,
            Err(refusal) => Ended::Refused(refusal),
        };
        let (ending, refusal) = match ended {
            Ended::Told => (sink.close().left_future(), None),
            Ended::Refused(refusal) => {
                let ending = sink.fail(self.stream_status(&refusal)).right_future();
                (ending, Some(refusal))
            }
            Ended::Gone(error) => {
                self.left();
                return self.delivered(Err(error));
            }
            Ended::NotTaken(over) => {
                self.left();
                return self.not_taken(over);
            }
        };
        let sent = future::select(ending, self.untaken(0)).await;
        let is_cut_off = matches!(sent, Either::Left((Err(_), _)));
        match refusal {
            None if is_cut_off => self.left(),
            refusal => self.ended(known_at_the_end(is_cut_off, refusal).as_ref()),
        }
        match sent {
            Either::Left((sent, _)) => self.delivered(sent),
            Either::Right((over, _)) => self.not_taken(over),
        }
    }

    /// The status of a refused stream. grpcio sends it without the metadata that replies
    /// begin with, so the caller finds its id for the call in the message.
    fn stream_status(&self, refusal: &Refusal) -> RpcStatus {
        let status = wire::status(refusal);
        match self.request_id() {
            Some(id) => {
                let message = format!("{}; request id {id}", status.message());
                RpcStatus::with_message(status.code(), message)
            }
            None => status,
        }
    }

    async fn forward<Response: Message>(
        &self,
        sink: &mut DuplexSink<Response>,
        answers: impl Stream<Item = Result<Response, Refusal>>,
    ) -> Ended {
        // As with a single reply, a panic leaves nothing half-done.
        let mut answers = pin!(AssertUnwindSafe(answers).catch_unwind());
        let mut untaken = self.untaken(0);
        loop {
            // The sink is asked first every time: it is what notices that the caller
            // went away, and wakes this task when that happens.
            let next = poll_fn(|cx| {
                let ready = sink.poll_ready_unpin(cx)?;
                if ready.is_pending() {
                    return untaken.poll_unpin(cx).map(|over| Ok(Next::NotTaken(over)));
                }
                untaken.taken();
                answers
                    .as_mut()
                    .poll_next(cx)
                    .map(|next| Ok(Next::Answer(next)))
            });
            let sent = match next.await {
                Ok(Next::Answer(Some(Ok(Ok(response))))) => {
                    untaken = self.untaken(response.compute_size());
                    sink.start_send_unpin((response, WriteFlags::default()))
                }
                Ok(Next::Answer(Some(Ok(Err(refusal))))) => return Ended::Refused(refusal),
                Ok(Next::Answer(Some(Err(panic)))) => {
                    let cause = panic_message(&*panic).to_owned();
                    return Ended::Refused(Refusal::Panicked(cause));
                }
                Ok(Next::Answer(None)) => return Ended::Told,
                Ok(Next::NotTaken(over)) => return Ended::NotTaken(over),
                Err(error) => Err(error),
            };
            if let Err(error) = sent {
                return Ended::Gone(error);
            }
        }
    }
}

/// How a stream of answers ended.
enum Ended {
    Told,
    Refused(Refusal),
    /// Nobody listens any more.
    Gone(grpcio::Error),
    /// Somebody does, and takes nothing.
    NotTaken(Over),
}

enum Next<Answer> {
    Answer(Answer),
    NotTaken(Over),
}
