//! Replies, until their callers have taken them.
//!
//! HTTP/2 lets a caller say how much it takes, which may be nothing. What it has
//! been answered then stays in memory, until its connection ends: without a limit,
//! one connection with a hundred calls could hold 200 MB of long pages.

use std::future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use futures::FutureExt;
use grpcio::ClientStreamingSink;
use protobuf::Message;

use super::call::Call;
use super::patience::{Over, Patience, Wait};
use super::requests::Requests;
use super::shares::{Share, Shares};
use crate::server::limits::{MOST_UNTAKEN, UNTAKEN_OF_A_CONNECTION};
use crate::wire::{self, Refusal};

/// What the core needs for a call, in bytes, whatever its reply.
const BYTES_PER_CALL: u64 = 4 * 1024;

/// The replies that wait for their callers, in bytes.
#[derive(Debug)]
pub(super) struct Untaken {
    patience: Patience,
    by_connection: Shares,
}

/// A reply that waits for its caller, and weighs as long as it is there.
#[derive(Debug)]
pub(super) struct UntakenReply {
    wait: Wait,
    share: Option<Share>,
}

impl Untaken {
    /// Lets replies wait for so long each.
    pub(super) fn new(max_idle: Duration) -> Untaken {
        Untaken {
            patience: Patience::new(max_idle, MOST_UNTAKEN),
            by_connection: Shares::default(),
        }
    }

    /// Ends what has waited for too long.
    pub(super) fn look_round(&self, now: Instant) {
        self.patience.look_round(now);
    }

    /// Whether a call on that connection can be answered. When too much waits in all,
    /// that is for those that let it wait to mend: whoever takes replies goes on.
    pub(super) fn has_room(&self, peer: &str) -> bool {
        !self.patience.is_exhausted() || self.by_connection.of(peer) < UNTAKEN_OF_A_CONNECTION
    }
}

impl UntakenReply {
    /// The caller has taken it.
    pub(super) fn taken(&mut self) {
        self.wait.restart();
        self.share = None;
    }
}

impl Future for UntakenReply {
    type Output = Over;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Over> {
        self.wait.poll_unpin(cx)
    }
}

impl Call {
    /// Ends the call with its one answer.
    pub(super) async fn deliver<Request, Response: Message>(
        &self,
        mut sink: ClientStreamingSink<Response>,
        answered: Result<Response, Refusal>,
        mut requests: Requests<Request>,
    ) {
        let may_be_cut_off = requests.have_ended();
        if !may_be_cut_off {
            self.ended(answered.as_ref().err());
        }
        if let Some(headers) = self.reply_headers() {
            sink.set_headers(headers);
        }
        let bytes = answered.as_ref().map_or(0, Message::compute_size);
        let mut untaken = self.untaken(bytes);
        let (mut sending, refusal) = match answered {
            Ok(response) => (sink.success(response), None),
            Err(refusal) => (sink.fail(wire::status(&refusal)), Some(refusal)),
        };
        let is_small = bytes <= BYTES_PER_CALL;
        let taken = future::poll_fn(|cx| {
            let sent = sending.poll_unpin(cx).map(Ok);
            if sent.is_pending() {
                if is_small {
                    requests.look_for_end(cx);
                }
                return untaken.poll_unpin(cx).map(Err);
            }
            sent
        });
        let taken = taken.await;
        if may_be_cut_off {
            let is_cut_off = matches!(taken, Ok(Err(_)));
            self.ended(known_at_the_end(is_cut_off, refusal).as_ref());
        }
        match taken {
            Ok(sent) => self.delivered(sent),
            Err(over) => {
                self.not_taken(over);
                // Requests whose end was not looked for cancel the call.
                drop(requests);
                match is_small {
                    true => let_go(&mut sending),
                    // The wait is over, and weighs as long as there is the reply.
                    false => self.delivered(sending.await),
                }
            }
        }
    }

    /// How long a reply of so many bytes may wait for its caller.
    pub(super) fn untaken(&self, bytes: u64) -> UntakenReply {
        let Untaken {
            patience,
            by_connection,
        } = &self.shared.untaken;
        let bytes = bytes + BYTES_PER_CALL;
        UntakenReply {
            wait: patience.wait(bytes),
            share: Some(by_connection.add(&self.peer(), bytes)),
        }
    }

    /// Counts a reply that is dropped.
    pub(super) fn not_taken(&self, over: Over) {
        self.shared.figures.not_taken.inc();
        tracing::debug!(method = self.method_name(), ?over, "reply not taken");
    }
}

/// What a call came to whose requests have ended: only when it is answered does grpcio
/// tell whether it was still there.
pub(super) fn known_at_the_end(is_cut_off: bool, refusal: Option<Refusal>) -> Option<Refusal> {
    match refusal {
        None | Some(Refusal::NoRequest) if is_cut_off => Some(Refusal::Gone),
        refusal => refusal,
    }
}

/// Lets a call be cancelled that is dropped before its reply is out. The core does so
/// when nobody has the call any more; but what is woken when the reply is out has it,
/// and that would never be.
fn let_go(sending: &mut (impl Future + Unpin)) {
    // Takes the place of this task's waker.
    let _ = sending.poll_unpin(&mut Context::from_waker(Waker::noop()));
}
