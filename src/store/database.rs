//! An open database.

use rusqlite::{Connection, Transaction};

use super::error::{Reason, StoreError};
use super::location::Location;
use super::open;
use super::sql::{self, rows};
use crate::book::{Book, BookId};
use crate::history::History;
use crate::interaction::Interaction;
use crate::reader::ReaderId;

/// The size of the largest file that is written anew while others wait, in bytes
/// (256 MiB): a few seconds' work, some ten million interactions.
pub const LARGEST_REWRITTEN: i64 = 256 * 1024 * 1024;

/// An open database, ours alone until it is dropped.
///
/// Never open its file by other means in the same process: whoever closes a file
/// lets go of all locks that the process has on it (POSIX, `fcntl`).
#[derive(Debug)]
pub struct Database {
    pub(super) location: Location,
    pub(super) connection: Connection,
    /// Whether the file can be written.
    is_writable: bool,
    was_left_open: bool,
}

/// Changes that are written together, or not at all if it is dropped.
#[derive(Debug)]
pub struct Batch<'database> {
    location: &'database Location,
    pub(super) transaction: Transaction<'database>,
}

impl Database {
    /// Opens the database at `location`. Where there is none it is made, with
    /// `first_books` in it.
    ///
    /// A file that cannot be written is opened for reading, if that shows all that
    /// was ever committed; see [`Database::is_writable`].
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file is in use, not ours, newer than we know,
    /// damaged, or cannot be read or made. It is as it was then.
    pub fn open(location: &Location, first_books: &[Book]) -> Result<Database, StoreError> {
        let opened = match location {
            Location::Memory => open::memory(first_books),
            Location::File(path) => open::file(path, first_books),
        };
        let opened = opened.map_err(|reason| failed(location, reason))?;
        Ok(Database {
            location: location.clone(),
            connection: opened.connection,
            is_writable: opened.is_writable,
            was_left_open: opened.was_left_open,
        })
    }

    /// Opens the database at `location`, which must be there.
    ///
    /// # Errors
    ///
    /// [`StoreError`] as [`Database::open`] has it, and when there is no such file.
    pub fn open_existing(location: &Location) -> Result<Database, StoreError> {
        match location {
            Location::File(path) if path.exists() => Database::open(location, &[]),
            _ => Err(failed(location, Reason::Missing)),
        }
    }

    /// Where the database is.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Whether the database can be written. If not, [`Database::begin`] fails.
    pub fn is_writable(&self) -> bool {
        self.is_writable
    }

    /// Whether whoever had the file last did not close it, so that it may hold what
    /// [`Database::rewrite`] would have taken out.
    pub fn was_left_open(&self) -> bool {
        self.was_left_open
    }

    /// Calls `look` with every book, by ascending id, until it fails.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when a row cannot be read or is not a book; what `look`
    /// says.
    pub fn each_book<Failure: From<StoreError>>(
        &self,
        mut look: impl FnMut(Book) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let fail = |error: rusqlite::Error| failed(&self.location, error);
        let mut statement = rows::books(&self.connection).map_err(fail)?;
        let mut found = statement.query([]).map_err(fail)?;
        while let Some(row) = found.next().map_err(fail)? {
            look(rows::book(row).map_err(|reason| failed(&self.location, reason))?)?;
        }
        Ok(())
    }

    /// Calls `look` with every reader's history, by ascending reader, until it
    /// fails.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when a row cannot be read or is not an interaction; what
    /// `look` says.
    pub fn each_history<Failure: From<StoreError>>(
        &self,
        mut look: impl FnMut(ReaderId, History) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let fail = |error: rusqlite::Error| failed(&self.location, error);
        let mut statement = rows::interactions(&self.connection).map_err(fail)?;
        let mut found = statement.query([]).map_err(fail)?;
        let mut of_reader: Option<ReaderId> = None;
        let mut interactions = Vec::new();
        while let Some(row) = found.next().map_err(fail)? {
            let (reader, interaction) =
                rows::interaction(row).map_err(|reason| failed(&self.location, reason))?;
            if let Some(before) = of_reader.replace(reader)
                && before != reader
            {
                look(before, History::of_books(&mut interactions))?;
            }
            interactions.push(interaction);
        }
        match of_reader {
            Some(last) => look(last, History::of_books(&mut interactions)),
            None => Ok(()),
        }
    }

    /// Begins to write.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file is read-only or cannot be written.
    pub fn begin(&mut self) -> Result<Batch<'_>, StoreError> {
        if !self.is_writable {
            return Err(failed(&self.location, Reason::ReadOnly));
        }
        let location = &self.location;
        let transaction = sql::begin(&self.connection).map_err(|error| failed(location, error))?;
        Ok(Batch {
            location,
            transaction,
        })
    }

    /// Merges the log into the file and empties it, so that nothing that was
    /// deleted is in it any more.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file cannot be written. What was committed is
    /// still there, in the log.
    pub fn truncate_log(&mut self) -> Result<(), StoreError> {
        if !self.is_writable {
            return Ok(());
        }
        sql::truncate_log(&self.connection).map_err(|error| failed(&self.location, error))
    }

    /// Writes the whole file anew, so that nothing that was deleted is in it any
    /// more: SQLite overwrites what it deletes, but not the copies that it left
    /// where it had moved rows from one page to another. Whether it did so: a file
    /// of more than [`LARGEST_REWRITTEN`] would take too long.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file cannot be written. It is as it was then.
    pub fn rewrite(&mut self) -> Result<bool, StoreError> {
        self.was_left_open = false;
        let fail = |error: rusqlite::Error| failed(&self.location, error);
        if sql::size(&self.connection).map_err(fail)? > LARGEST_REWRITTEN {
            return Ok(false);
        }
        sql::rewrite(&self.connection).map_err(fail)?;
        self.truncate_log()?;
        Ok(true)
    }

    /// Merges the log into the file, and lets others have it. A file that was left
    /// open before is written anew first, since nobody can tell that afterwards.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file cannot be written. What was committed is
    /// still there, in the log.
    pub fn close(mut self) -> Result<(), StoreError> {
        if self.was_left_open {
            self.rewrite()?;
        }
        self.truncate_log()?;
        let Database {
            location,
            connection,
            ..
        } = self;
        connection
            .close()
            .map_err(|(_, error)| failed(&location, error))
    }
}

impl Batch<'_> {
    /// Puts a book in, in place of the one with its id.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file cannot be written.
    pub fn put_book(&self, book: &Book) -> Result<(), StoreError> {
        self.done(rows::put_book(&self.transaction, book))
    }

    /// Takes a book out.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file cannot be written.
    pub fn delete_book(&self, book: BookId) -> Result<(), StoreError> {
        self.done(rows::delete_book(&self.transaction, book))
    }

    /// Puts an interaction in, in place of the reader's one with its book unless
    /// that one is newer or, where neither has a time, of a stronger kind; whether
    /// it is there now.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file cannot be written.
    pub fn put_interaction(
        &self,
        reader: ReaderId,
        interaction: &Interaction,
    ) -> Result<bool, StoreError> {
        let put = rows::put_interaction(&self.transaction, reader, interaction);
        self.done(put)
    }

    /// Takes a reader's interaction with a book out.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file cannot be written.
    pub fn delete_interaction(&self, reader: ReaderId, book: BookId) -> Result<(), StoreError> {
        let deleted = rows::delete_interaction(&self.transaction, reader, book);
        self.done(deleted)
    }

    /// Takes all of a reader's interactions out.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file cannot be written.
    pub fn delete_reader(&self, reader: ReaderId) -> Result<(), StoreError> {
        self.done(rows::delete_reader(&self.transaction, reader))
    }

    /// Writes all of it to the disk.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file cannot be written; then nothing of it is.
    pub fn commit(self) -> Result<(), StoreError> {
        let location = self.location;
        let committed = self.transaction.commit();
        committed.map_err(|error| failed(location, error))
    }

    pub(super) fn done<Outcome>(
        &self,
        outcome: rusqlite::Result<Outcome>,
    ) -> Result<Outcome, StoreError> {
        outcome.map_err(|error| failed(self.location, error))
    }
}

pub(super) fn failed(location: &Location, reason: impl Into<Reason>) -> StoreError {
    StoreError {
        location: location.clone(),
        reason: Box::new(reason.into()),
    }
}
