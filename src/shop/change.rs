//! What is written, and what becomes of it.

use crate::book::BookId;
use crate::history::MAX_INTERACTIONS;
use crate::interaction::{Interaction, Kind, Time};
use crate::reader::ReaderId;

/// What a reader did with a book, as the reader's side tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewInteraction {
    /// Who did it.
    pub reader: ReaderId,
    /// With which book.
    pub book: BookId,
    /// What was done.
    pub kind: Kind,
    /// When; none for now.
    pub time: Option<Time>,
}

/// What became of books that were put into the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BooksPut {
    /// How many it did not have.
    pub created: usize,
    /// How many it had.
    pub replaced: usize,
}

/// What became of interactions that were recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recorded {
    /// How many were new.
    pub created: usize,
    /// How many took the place of a recorded one.
    pub replaced: usize,
    /// How many were left out, since the recorded one is newer or, where neither
    /// has a time, of a stronger kind.
    pub outdated: usize,
    /// What is recorded now, one for each that was given.
    pub stored: Vec<Interaction>,
}

/// Why a write was refused. Nothing of it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Too many writes wait already.
    #[error("too many writes are waiting; try again a little later")]
    Busy,
    /// Its deadline passed before it was begun.
    #[error("the deadline passed while the write waited; nothing of it was recorded")]
    Late,
    /// The store cannot write, and the cause is in the log, or the shop is closed.
    #[error("the store cannot write at present; nothing of this was recorded; try again later")]
    Unavailable,
    /// The reader has [`MAX_INTERACTIONS`].
    #[error("reader {0} has {MAX_INTERACTIONS} interactions; there can be no more")]
    FullHistory(ReaderId),
}
