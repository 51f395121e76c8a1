//! All that a server knows and does, without gRPC: the catalogue, the histories,
//! the model, and the store that keeps them.

use std::future::{Future, ready};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use crate::book::{Book, BookId};
use crate::catalog::Catalog;
use crate::history::{Histories, History, MAX_INTERACTIONS};
use crate::interaction::{Interaction, Kind, Time};
use crate::model::Model;
use crate::query::Query;
use crate::reader::ReaderId;

/// A shop's books, its readers' histories and what they tell.
///
/// What is read is in memory. What is written is answered once it is on disk and
/// in memory.
#[derive(Debug)]
pub struct Shop {
    catalog: ArcSwap<Catalog>,
    histories: Histories,
    model: ArcSwap<Model>,
    /// Held by whoever writes.
    writing: Mutex<()>,
}

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
    /// How many were left out, since the recorded one is newer.
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
    /// The store cannot write; the cause is in the log.
    #[error("the store cannot write at present; nothing was recorded; try again later")]
    Unavailable,
    /// The reader has [`MAX_INTERACTIONS`].
    #[error("reader {0} has {MAX_INTERACTIONS} interactions; there can be no more")]
    FullHistory(ReaderId),
}

impl Shop {
    /// A shop of these books without any reader, kept nowhere.
    pub fn in_memory(books: impl IntoIterator<Item = Book>) -> Shop {
        let catalog = Catalog::new(books);
        let histories = Histories::default();
        let model = Model::build(&catalog, &histories);
        Shop {
            catalog: ArcSwap::from_pointee(catalog),
            histories,
            model: ArcSwap::from_pointee(model),
            writing: Mutex::new(()),
        }
    }

    /// The books of the query's category that suit the reader best.
    pub fn recommend(&self, query: &Query) -> Vec<Arc<Book>> {
        let history = self.histories.of(query.reader);
        let catalog = self.catalog.load();
        self.model.load().recommend(&catalog, &history, query)
    }

    /// The catalogue as it is now.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.catalog.load_full()
    }

    /// The model as it is now.
    pub fn model(&self) -> Arc<Model> {
        self.model.load_full()
    }

    /// A reader's history as it is now, empty for a reader who is not known.
    pub fn history(&self, reader: ReaderId) -> History {
        self.histories.of(reader)
    }

    /// Puts books into the catalogue, in place of those with their ids.
    ///
    /// # Errors
    ///
    /// [`WriteError::Busy`] and [`WriteError::Unavailable`].
    pub fn put_books(
        &self,
        books: Vec<Book>,
    ) -> impl Future<Output = Result<BooksPut, WriteError>> + Send + 'static {
        let mut put = BooksPut::default();
        self.change_catalog(|catalog| {
            for book in books {
                match catalog.get(book.id) {
                    Some(_) => put.replaced += 1,
                    None => put.created += 1,
                }
                catalog.insert(book);
            }
        });
        ready(Ok(put))
    }

    /// Takes a book out of the catalogue; whether it was there.
    ///
    /// # Errors
    ///
    /// [`WriteError::Busy`] and [`WriteError::Unavailable`].
    pub fn delete_book(
        &self,
        book: BookId,
    ) -> impl Future<Output = Result<bool, WriteError>> + Send + 'static {
        ready(Ok(self.change_catalog(|catalog| catalog.remove(book))))
    }

    /// Records interactions. Where the reader has one with the book already, it
    /// is replaced unless it is newer.
    ///
    /// # Errors
    ///
    /// [`WriteError`].
    pub fn record(
        &self,
        interactions: Vec<NewInteraction>,
    ) -> impl Future<Output = Result<Recorded, WriteError>> + Send + 'static {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut recorded = Recorded::default();
        for new in interactions {
            let known = self.histories.of(new.reader).get(new.book);
            let oldest = known.map_or(Time::UNKNOWN, |known| known.time);
            let interaction = Interaction {
                book: new.book,
                kind: new.kind,
                time: new.time.unwrap_or(oldest),
            };
            match known {
                Some(known) if known.time > interaction.time => {
                    recorded.outdated += 1;
                    recorded.stored.push(known);
                    continue;
                }
                Some(_) => recorded.replaced += 1,
                None => recorded.created += 1,
            }
            recorded.stored.push(interaction);
            self.histories.put(new.reader, interaction);
        }
        ready(Ok(recorded))
    }

    /// Forgets what a reader did with a book; whether there was something.
    ///
    /// # Errors
    ///
    /// [`WriteError::Busy`] and [`WriteError::Unavailable`].
    pub fn delete_interaction(
        &self,
        reader: ReaderId,
        book: BookId,
    ) -> impl Future<Output = Result<bool, WriteError>> + Send + 'static {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.histories.of(reader).get(book).is_some();
        self.histories.remove(reader, book);
        ready(Ok(known))
    }

    /// Forgets a reader; how many interactions there were.
    ///
    /// # Errors
    ///
    /// [`WriteError::Busy`] and [`WriteError::Unavailable`].
    pub fn delete_reader(
        &self,
        reader: ReaderId,
    ) -> impl Future<Output = Result<usize, WriteError>> + Send + 'static {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.histories.of(reader).interactions().len();
        self.histories.replace(reader, History::default());
        ready(Ok(known))
    }

    fn change_catalog<Outcome>(&self, change: impl FnOnce(&mut Catalog) -> Outcome) -> Outcome {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut catalog = Catalog::clone(&self.catalog.load());
        let outcome = change(&mut catalog);
        self.catalog.store(Arc::new(catalog));
        outcome
    }
}
