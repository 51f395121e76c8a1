//! All that a server knows and does, without gRPC: the catalogue, the histories,
//! the model, and the store that keeps them.
//!
//! ```text
//! recommend, catalog, history ──────────────> memory <──┐
//! put_books, record, … ─> queue ─> writer ─> store      │ then
//!          ▲                          ├─────────────────┘
//!          └────────── answers ───────┴─> rebuild ─> model
//! ```
//!
//! Who reads waits for nobody. Who writes gets a future: the writer, a thread of
//! its own, takes what waits, writes it in one transaction, changes the memory
//! and answers, in that order. So an answered write is on disk, and whoever got
//! the answer reads it.

mod change;
mod deadline;
mod memory;
mod queue;
mod rebuild;
mod settings;
mod staged;
mod writer;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

pub use self::change::{BooksPut, NewInteraction, Recorded, WriteError};
pub use self::deadline::Deadline;
use self::memory::Memory;
pub use self::memory::load;
use self::queue::Change;
pub use self::rebuild::ModelFigures;
use self::rebuild::Rebuild;
pub use self::settings::{Clock, RebuildTimes, Settings};
pub use self::writer::WriteFigures;
use self::writer::Writer;
use crate::book::{Book, BookId};
use crate::catalog::Catalog;
use crate::history::History;
use crate::model::Model;
use crate::query::Query;
use crate::reader::ReaderId;
use crate::store::{Database, Location, StoreError};
use crate::threads::NoThread;

/// A shop's books, its readers' histories and what they tell.
///
/// What is read is in memory. What is written is answered once it is on disk and
/// in memory.
#[derive(Debug)]
pub struct Shop {
    memory: Arc<Memory>,
    // Dropped in this order: the last writes may still ask for a new model.
    writer: Writer,
    rebuild: Rebuild,
}

/// Why a shop was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A row cannot be read or is not valid.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no thread that writes, or none that builds models.
    #[error(transparent)]
    NoThread(#[from] NoThread),
}

impl Shop {
    /// The shop that a database keeps.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub fn open(database: Database, settings: Settings) -> Result<Shop, OpenError> {
        let memory = Arc::new(Memory::load(&database)?);
        let rebuild = Rebuild::start(Arc::clone(&memory), settings.rebuild, Model::build)?;
        let writer = Writer::start(
            database,
            Arc::clone(&memory),
            settings.clock,
            settings.rewrite_after,
            rebuild.trigger(),
        )?;
        Ok(Shop {
            memory,
            writer,
            rebuild,
        })
    }

    /// A shop of these books without any reader, kept nowhere.
    ///
    /// # Panics
    ///
    /// If a book is none that the docs of [`Book`] allow, or there is no thread.
    pub fn in_memory(books: impl IntoIterator<Item = Book>) -> Shop {
        let books: Vec<Book> = books.into_iter().collect();
        let database = Database::open(&Location::Memory, &books).expect("memory can be written");
        Shop::open(database, Settings::default()).expect("there are threads")
    }

    /// Answers the writes that wait, and closes the database. Whoever else has the
    /// shop can still read what it knows; later writes are
    /// [`WriteError::Unavailable`]. A second call does nothing.
    ///
    /// Dropping the shop does the same, but cannot tell how it went.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the log could not be merged into the file. What was
    /// answered is still there, in the log.
    pub fn close(&self) -> Result<(), StoreError> {
        self.writer.close()
    }

    /// The books of the query's category that suit the reader best.
    pub fn recommend(&self, query: &Query) -> Vec<Arc<Book>> {
        let history = self.memory.histories.of(query.reader);
        let catalog = self.memory.catalog.load();
        let model = self.memory.model.load();
        model.recommend(&catalog, &history, query)
    }

    /// The catalogue as it is now.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.memory.catalog.load_full()
    }

    /// The model as it is now.
    pub fn model(&self) -> Arc<Model> {
        self.memory.model.load_full()
    }

    /// A reader's history as it is now, empty for a reader who is not known.
    pub fn history(&self, reader: ReaderId) -> History {
        self.memory.histories.of(reader)
    }

    /// Waits until the model tells of everything that was answered before, but no
    /// longer than `limit`; whether it does.
    pub fn rebuilt(&self, limit: Duration) -> bool {
        self.rebuild.wait(limit)
    }

    /// What the model is like.
    pub fn model_figures(&self) -> ModelFigures {
        self.rebuild.figures()
    }

    /// What was written since the shop was opened.
    pub fn write_figures(&self) -> WriteFigures {
        self.writer.figures()
    }

    /// Puts books into the catalogue, in place of those with their ids.
    ///
    /// # Errors
    ///
    /// [`WriteError::Busy`], [`WriteError::Late`] and [`WriteError::Unavailable`].
    pub fn put_books(
        &self,
        books: Vec<Book>,
        deadline: Deadline,
    ) -> impl Future<Output = Result<BooksPut, WriteError>> + Send + 'static {
        self.writer
            .send(deadline, move |answer| Change::PutBooks(books, answer))
    }

    /// Takes a book out of the catalogue; whether it was there.
    ///
    /// # Errors
    ///
    /// [`WriteError::Busy`], [`WriteError::Late`] and [`WriteError::Unavailable`].
    pub fn delete_book(
        &self,
        book: BookId,
        deadline: Deadline,
    ) -> impl Future<Output = Result<bool, WriteError>> + Send + 'static {
        self.writer
            .send(deadline, move |answer| Change::DeleteBook(book, answer))
    }

    /// Records interactions, all or none. Where the reader has one with the book
    /// already, it is replaced unless it is newer or, where both times are
    /// [`Time::UNKNOWN`](crate::interaction::Time::UNKNOWN), of a stronger kind.
    ///
    /// # Errors
    ///
    /// [`WriteError`].
    pub fn record(
        &self,
        interactions: Vec<NewInteraction>,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Recorded, WriteError>> + Send + 'static {
        self.writer
            .send(deadline, move |answer| Change::Record(interactions, answer))
    }

    /// Forgets what a reader did with a book; whether there was something.
    ///
    /// # Errors
    ///
    /// [`WriteError::Busy`], [`WriteError::Late`] and [`WriteError::Unavailable`].
    pub fn delete_interaction(
        &self,
        reader: ReaderId,
        book: BookId,
        deadline: Deadline,
    ) -> impl Future<Output = Result<bool, WriteError>> + Send + 'static {
        self.writer.send(deadline, move |answer| {
            Change::DeleteInteraction(reader, book, answer)
        })
    }

    /// Forgets a reader; how many interactions there were.
    ///
    /// # Errors
    ///
    /// [`WriteError::Busy`], [`WriteError::Late`] and [`WriteError::Unavailable`].
    pub fn delete_reader(
        &self,
        reader: ReaderId,
        deadline: Deadline,
    ) -> impl Future<Output = Result<usize, WriteError>> + Send + 'static {
        self.writer
            .send(deadline, move |answer| Change::DeleteReader(reader, answer))
    }
}
