//! Everything of a file at once.

use std::collections::HashSet;

use super::database::{Database, failed};
use super::error::{Reason, StoreError};
use super::sql::rows;
use crate::book::{Book, BookId};
use crate::history::{MAX_INTERACTIONS, replaces};
use crate::interaction::Interaction;
use crate::reader::ReaderId;

/// After so many rows an import says how far it is.
const ROWS_A_REPORT: usize = 10_000;

/// What became of books and interactions that were imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportSummary {
    /// How many books were new.
    pub books_created: usize,
    /// How many books took the place of one with the same id.
    pub books_replaced: usize,
    /// How many books were taken out, since they were not given.
    pub books_deleted: usize,
    /// How many interactions were new.
    pub created: usize,
    /// How many took the place of a recorded one.
    pub replaced: usize,
    /// How many were left out, since the recorded one is newer or, where neither
    /// has a time, of a stronger kind.
    pub outdated: usize,
    /// How many were left out, since another one that was given, of the same
    /// reader and book, is newer, of a stronger kind where neither has a time, or
    /// later where they are equal in that.
    pub repeated: usize,
}

impl Database {
    /// Puts books and interactions in, all or nothing. Of books with one id the
    /// last counts; of a reader's interactions with a book the newest, of those
    /// without a time the strongest kind, of equal ones the last, and one that was
    /// given before a recorded one.
    ///
    /// With `replace_books`, the books that were not given are taken out.
    ///
    /// `progress` is told now and then, and at the end, how many of the books and
    /// interactions are done.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the file cannot be written, or a reader would have more
    /// than [`MAX_INTERACTIONS`]. Nothing is imported then.
    pub fn import(
        &mut self,
        books: Vec<Book>,
        mut interactions: Vec<(ReaderId, Interaction)>,
        replace_books: bool,
        progress: &mut dyn FnMut(usize),
    ) -> Result<ImportSummary, StoreError> {
        let mut done = 0;
        let mut report = |rows: usize| {
            let reported = done / ROWS_A_REPORT;
            done += rows;
            if done / ROWS_A_REPORT > reported {
                progress(done);
            }
        };
        let location = self.location.clone();
        let batch = self.begin()?;
        let transaction = &batch.transaction;
        let mut summary = ImportSummary::default();

        let known: HashSet<BookId> = batch.done(rows::book_ids(transaction))?;
        let mut given = HashSet::new();
        if replace_books {
            batch.done(rows::delete_books(transaction))?;
        }
        for book in &books {
            batch.put_book(book)?;
            given.insert(book.id);
            report(1);
        }
        summary.books_replaced = given.intersection(&known).count();
        summary.books_created = given.len() - summary.books_replaced;
        if replace_books {
            summary.books_deleted = known.len() - summary.books_replaced;
        }

        // In the order of the table, so that it grows at its end.
        let given = interactions.len();
        sort(&mut interactions);
        summary.repeated = given - interactions.len();
        report(summary.repeated);
        let before = batch.done(rows::count_interactions(transaction))?;
        for (reader, interaction) in &interactions {
            if !batch.put_interaction(*reader, interaction)? {
                summary.outdated += 1;
            }
            report(1);
        }
        let after = batch.done(rows::count_interactions(transaction))?;
        summary.created = after - before;
        summary.replaced = interactions.len() - summary.outdated - summary.created;

        let largest = batch.done(rows::fuller_history(transaction, MAX_INTERACTIONS))?;
        if let Some((reader, found)) = largest {
            return Err(failed(&location, Reason::FullHistory { reader, found }));
        }
        batch.commit()?;
        progress(books.len() + given);
        Ok(summary)
    }
}

/// Sorts interactions by reader and book, and keeps of each pair the newest, of
/// those without a time the strongest kind, of equal ones the last.
fn sort(interactions: &mut Vec<(ReaderId, Interaction)>) {
    interactions.sort_by_key(|(reader, each)| (*reader, each.book, each.time));
    interactions.dedup_by(|later, kept| {
        let is_repeated = (later.0, later.1.book) == (kept.0, kept.1.book);
        if is_repeated && replaces(&later.1, &kept.1) {
            *kept = *later;
        }
        is_repeated
    });
}
