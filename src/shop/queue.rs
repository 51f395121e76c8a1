//! The changes that wait for the writer.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::time::Duration;

use futures::channel::oneshot;

use super::change::{BooksPut, NewInteraction, Recorded, WriteError};
use super::deadline::Deadline;
use crate::book::{Book, BookId};
use crate::reader::ReaderId;

/// So many changes wait at most.
const MOST_WAITING: usize = 1024;

/// So many changes are written together at most,
const MOST_TOGETHER: usize = 256;

/// and so many books and interactions, so that nobody waits long.
const MOST_ROWS_TOGETHER: usize = 10_000;

/// Where the answer goes. If it is dropped, the answer is
/// [`WriteError::Unavailable`].
pub(super) type Answer<Outcome> = oneshot::Sender<Result<Outcome, WriteError>>;

/// A change, and until when it is wanted.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) change: Change,
    pub(super) deadline: Deadline,
}

/// A change that somebody waits for.
#[derive(Debug)]
pub(super) enum Change {
    PutBooks(Vec<Book>, Answer<BooksPut>),
    DeleteBook(BookId, Answer<bool>),
    Record(Vec<NewInteraction>, Answer<Recorded>),
    DeleteInteraction(ReaderId, BookId, Answer<bool>),
    DeleteReader(ReaderId, Answer<usize>),
}

/// The changes that wait: one end takes them in, the other hands them out.
pub(super) fn queue() -> (Entrance, Exit) {
    let (sender, receiver) = mpsc::sync_channel(MOST_WAITING);
    (Entrance(sender), Exit(receiver))
}

/// Where changes come in.
#[derive(Debug)]
pub(super) struct Entrance(SyncSender<Waiting>);

impl Entrance {
    /// Lets a change wait. It does not wait itself.
    ///
    /// # Errors
    ///
    /// [`WriteError::Busy`] when too many wait already, and
    /// [`WriteError::Unavailable`] when nobody takes them out any more.
    pub(super) fn put(&self, waiting: Waiting) -> Result<(), WriteError> {
        self.0.try_send(waiting).map_err(|refused| match refused {
            TrySendError::Full(_) => WriteError::Busy,
            TrySendError::Disconnected(_) => WriteError::Unavailable,
        })
    }
}

/// What the writer has to do next.
#[derive(Debug)]
pub(super) enum Next {
    /// These changes.
    Group(Vec<Waiting>),
    /// Nothing has come for some time.
    Idle,
    /// Nothing will come any more.
    Closed,
}

/// Where changes go out, in the order in which they came.
#[derive(Debug)]
pub(super) struct Exit(Receiver<Waiting>);

impl Exit {
    /// Waits for a change, but no longer than `patience` if there is one, and takes
    /// with it what else waits.
    pub(super) fn next(&self, patience: Option<Duration>) -> Next {
        let first = match patience {
            None => self.0.recv().map_err(|_| Next::Closed),
            Some(patience) => self.0.recv_timeout(patience).map_err(|why| match why {
                RecvTimeoutError::Timeout => Next::Idle,
                RecvTimeoutError::Disconnected => Next::Closed,
            }),
        };
        let first = match first {
            Ok(first) => first,
            Err(next) => return next,
        };
        let mut rows = first.change.rows();
        let mut group = vec![first];
        while group.len() < MOST_TOGETHER
            && rows < MOST_ROWS_TOGETHER
            && let Ok(next) = self.0.try_recv()
        {
            rows += next.change.rows();
            group.push(next);
        }
        Next::Group(group)
    }
}

impl Change {
    /// Answers that it was not made.
    pub(super) fn refuse(self, error: WriteError) {
        // Whoever waited may be gone.
        match self {
            Change::PutBooks(_, answer) => drop(answer.send(Err(error))),
            Change::Record(_, answer) => drop(answer.send(Err(error))),
            Change::DeleteBook(_, answer) | Change::DeleteInteraction(_, _, answer) => {
                drop(answer.send(Err(error)));
            }
            Change::DeleteReader(_, answer) => drop(answer.send(Err(error))),
        }
    }

    /// How many books and interactions it has at most.
    fn rows(&self) -> usize {
        match self {
            Change::PutBooks(books, _) => books.len(),
            Change::Record(interactions, _) => interactions.len(),
            Change::DeleteBook(..) | Change::DeleteInteraction(..) | Change::DeleteReader(..) => 1,
        }
    }
}
