//! Changes that are being written, before the memory has them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::change::{BooksPut, NewInteraction, Recorded, WriteError};
use super::memory::Memory;
use super::queue::{Answer, Change};
use super::settings::Clock;
use crate::book::{Book, BookId};
use crate::catalog::Catalog;
use crate::history::{History, MAX_INTERACTIONS, replaces};
use crate::interaction::{Interaction, Time};
use crate::reader::ReaderId;
use crate::store::{Batch, StoreError};

/// The memory as it will be once a batch is committed.
///
/// Whatever a change may be refused for is known before anything of it is
/// written. What fails afterwards is the store, and that takes the whole batch.
pub(super) struct Staged<'memory> {
    memory: &'memory Memory,
    clock: &'memory Clock,
    catalog: Catalog,
    catalog_has_changed: bool,
    readers: HashMap<ReaderId, StagedReader>,
    has_erased: bool,
    replies: Vec<Reply>,
}

/// Sends an answer.
type Reply = Box<dyn FnOnce() + Send>;

struct StagedReader {
    interactions: HashMap<BookId, Interaction>,
    has_changed: bool,
}

/// What is left to do once a batch is committed and the memory has it.
pub(super) struct Settled {
    /// Whether the model may be out of date.
    pub(super) has_changed: bool,
    /// Whether somebody asked for something to be forgotten.
    pub(super) has_erased: bool,
    replies: Vec<Reply>,
}

impl<'memory> Staged<'memory> {
    pub(super) fn new(memory: &'memory Memory, clock: &'memory Clock) -> Staged<'memory> {
        Staged {
            memory,
            clock,
            catalog: Catalog::clone(&memory.catalog.load()),
            catalog_has_changed: false,
            readers: HashMap::new(),
            has_erased: false,
            replies: Vec::new(),
        }
    }

    /// Writes a change into the batch.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the batch cannot be written; then drop it and this.
    pub(super) fn apply(&mut self, change: Change, batch: &Batch<'_>) -> Result<(), StoreError> {
        match change {
            Change::PutBooks(books, answer) => {
                let put = self.put_books(books, batch)?;
                self.reply(answer, Ok(put));
            }
            Change::DeleteBook(book, answer) => {
                let known = self.delete_book(book, batch)?;
                self.reply(answer, Ok(known));
            }
            Change::Record(interactions, answer) => {
                let recorded = match self.full_history(&interactions) {
                    Some(reader) => Err(WriteError::FullHistory(reader)),
                    None => Ok(self.record(&interactions, batch)?),
                };
                self.reply(answer, recorded);
            }
            Change::DeleteInteraction(reader, book, answer) => {
                let known = self.delete_interaction(reader, book, batch)?;
                self.reply(answer, Ok(known));
            }
            Change::DeleteReader(reader, answer) => {
                let known = self.delete_reader(reader, batch)?;
                self.reply(answer, Ok(known));
            }
        }
        Ok(())
    }

    /// Puts all of it into the memory.
    pub(super) fn settle(self) -> Settled {
        let mut has_changed = self.catalog_has_changed;
        if self.catalog_has_changed {
            self.memory.catalog.store(Arc::new(self.catalog));
        }
        for (reader, staged) in self.readers {
            if staged.has_changed {
                let mut interactions = staged.interactions.into_values().collect();
                let history = History::of_books(&mut interactions);
                self.memory.histories.replace(reader, history);
                has_changed = true;
            }
        }
        Settled {
            has_changed,
            has_erased: self.has_erased,
            replies: self.replies,
        }
    }

    fn reply<Outcome: Send + 'static>(
        &mut self,
        answer: Answer<Outcome>,
        outcome: Result<Outcome, WriteError>,
    ) {
        // Whoever has gone does not want to know.
        self.replies
            .push(Box::new(move || drop(answer.send(outcome))));
    }

    fn put_books(&mut self, books: Vec<Book>, batch: &Batch<'_>) -> Result<BooksPut, StoreError> {
        let mut put = BooksPut::default();
        for book in books {
            let known = self.catalog.get(book.id);
            match known {
                Some(_) => put.replaced += 1,
                None => put.created += 1,
            }
            if known.is_none_or(|known| **known != book) {
                batch.put_book(&book)?;
                self.catalog.insert(book);
                self.catalog_has_changed = true;
            }
        }
        Ok(put)
    }

    fn delete_book(&mut self, book: BookId, batch: &Batch<'_>) -> Result<bool, StoreError> {
        let is_known = self.catalog.remove(book);
        if is_known {
            batch.delete_book(book)?;
            self.catalog_has_changed = true;
        }
        Ok(is_known)
    }

    /// A reader who would have too many interactions with these.
    fn full_history(&mut self, interactions: &[NewInteraction]) -> Option<ReaderId> {
        let mut new: HashMap<ReaderId, HashSet<BookId>> = HashMap::new();
        for each in interactions {
            if !self
                .reader(each.reader)
                .interactions
                .contains_key(&each.book)
            {
                new.entry(each.reader).or_default().insert(each.book);
            }
        }
        // The first in the order of the change, so that the answer is always the
        // same.
        let mut readers = interactions.iter().map(|each| each.reader);
        readers.find(|reader| {
            let known = self.reader(*reader).interactions.len();
            new.get(reader)
                .is_some_and(|new| known + new.len() > MAX_INTERACTIONS)
        })
    }

    fn record(
        &mut self,
        interactions: &[NewInteraction],
        batch: &Batch<'_>,
    ) -> Result<Recorded, StoreError> {
        let now = self.clock.now();
        let mut recorded = Recorded::default();
        for new in interactions {
            let reader = self.reader(new.reader);
            let known = reader.interactions.get(&new.book).copied();
            let oldest = known.map_or(Time::UNKNOWN, |known| known.time);
            let interaction = Interaction {
                book: new.book,
                kind: new.kind,
                time: new.time.unwrap_or(now.max(oldest)),
            };
            match known {
                Some(known) if !replaces(&interaction, &known) => {
                    recorded.outdated += 1;
                    recorded.stored.push(known);
                    continue;
                }
                Some(_) => recorded.replaced += 1,
                None => recorded.created += 1,
            }
            recorded.stored.push(interaction);
            if known != Some(interaction) {
                batch.put_interaction(new.reader, &interaction)?;
                reader.interactions.insert(new.book, interaction);
                reader.has_changed = true;
            }
        }
        Ok(recorded)
    }

    fn delete_interaction(
        &mut self,
        reader: ReaderId,
        book: BookId,
        batch: &Batch<'_>,
    ) -> Result<bool, StoreError> {
        let staged = self.reader(reader);
        let is_known = staged.interactions.remove(&book).is_some();
        if is_known {
            staged.has_changed = true;
            self.has_erased = true;
            batch.delete_interaction(reader, book)?;
        }
        Ok(is_known)
    }

    fn delete_reader(&mut self, reader: ReaderId, batch: &Batch<'_>) -> Result<usize, StoreError> {
        let staged = self.reader(reader);
        let known = staged.interactions.len();
        if known > 0 {
            staged.interactions.clear();
            staged.has_changed = true;
            self.has_erased = true;
            batch.delete_reader(reader)?;
        }
        Ok(known)
    }

    fn reader(&mut self, reader: ReaderId) -> &mut StagedReader {
        self.readers.entry(reader).or_insert_with(|| {
            let history = self.memory.histories.of(reader);
            let interactions = history.interactions().iter();
            StagedReader {
                interactions: interactions.map(|each| (each.book, *each)).collect(),
                has_changed: false,
            }
        })
    }
}

impl Settled {
    /// Answers everybody, in the order in which they came.
    pub(super) fn answer(self) {
        for reply in self.replies {
            reply();
        }
    }
}
