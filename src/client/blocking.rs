//! The same calls for those who wait.

use futures::executor::{block_on, block_on_stream};

use super::{
    Book, BooksImported, CallError, ConnectError, Explanation, Interaction, InteractionsImported,
    Recommendation, RequestId, Serving, Settings, SimilarBook,
};
use crate::book;
use crate::category::Category;
use crate::interaction::{Kind, Time};
use crate::shop::NewInteraction;
use crate::wire;

/// A [`super::Client`] whose calls wait for their answers.
///
/// Make no call on a polling thread of gRPC, and none in an asynchronous task.
#[derive(Clone)]
pub struct Client(super::Client);

impl Client {
    /// As [`super::Client::connect`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn connect(settings: &Settings) -> Result<Client, ConnectError> {
        super::Client::connect(settings).map(Client)
    }

    /// As [`super::Client::with_request_id`].
    pub fn with_request_id(self, request_id: RequestId) -> Client {
        Client(self.0.with_request_id(request_id))
    }

    /// As [`super::Client::recommend`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn recommend(
        &self,
        user_id: i32,
        category: Category,
        max_results: i32,
    ) -> Result<Vec<Recommendation>, CallError> {
        block_on(self.0.recommend(user_id, category, max_results))
    }

    /// As [`super::Client::book`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn book(&self, book_id: i32) -> Result<Book, CallError> {
        block_on(self.0.book(book_id))
    }

    /// As [`super::Client::list_books`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn list_books(
        &self,
        category: Option<Category>,
        limit: usize,
    ) -> impl Iterator<Item = Result<Vec<Book>, CallError>> {
        block_on_stream(Box::pin(self.0.list_books(category, limit)))
    }

    /// As [`super::Client::similar_books`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn similar_books(
        &self,
        book_id: i32,
        category: Option<Category>,
        max_results: i32,
    ) -> Result<Vec<SimilarBook>, CallError> {
        block_on(self.0.similar_books(book_id, category, max_results))
    }

    /// As [`super::Client::import_books`]. What makes the books may make calls.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn import_books(
        &self,
        books: impl IntoIterator<Item = book::Book>,
    ) -> Result<BooksImported, CallError> {
        let mut import = self.0.begin_books()?;
        for book in books {
            block_on(import.add(wire::books::message(&book)))?;
        }
        Ok(block_on(import.end())?.into())
    }

    /// As [`super::Client::delete_book`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn delete_book(&self, book_id: i32) -> Result<(), CallError> {
        block_on(self.0.delete_book(book_id))
    }

    /// As [`super::Client::record`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn record(
        &self,
        reader_id: i32,
        book_id: i32,
        kind: Kind,
        time: Option<Time>,
    ) -> Result<Interaction, CallError> {
        block_on(self.0.record(reader_id, book_id, kind, time))
    }

    /// As [`super::Client::list_interactions`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn list_interactions(
        &self,
        reader_id: i32,
        limit: usize,
    ) -> impl Iterator<Item = Result<Vec<Interaction>, CallError>> {
        block_on_stream(Box::pin(self.0.list_interactions(reader_id, limit)))
    }

    /// As [`super::Client::import_interactions`]. What makes the interactions may
    /// make calls.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn import_interactions(
        &self,
        interactions: impl IntoIterator<Item = NewInteraction>,
    ) -> Result<InteractionsImported, CallError> {
        let mut import = self.0.begin_interactions()?;
        for new in interactions {
            block_on(import.add(wire::readers::new_message(&new)))?;
        }
        Ok(block_on(import.end())?.into())
    }

    /// As [`super::Client::delete_interaction`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn delete_interaction(&self, reader_id: i32, book_id: i32) -> Result<(), CallError> {
        block_on(self.0.delete_interaction(reader_id, book_id))
    }

    /// As [`super::Client::delete_reader`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn delete_reader(&self, reader_id: i32) -> Result<i64, CallError> {
        block_on(self.0.delete_reader(reader_id))
    }

    /// As [`super::Client::explain`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn explain(&self, reader_id: i32, book_id: i32) -> Result<Explanation, CallError> {
        block_on(self.0.explain(reader_id, book_id))
    }
}

/// A [`super::Probe`] whose questions wait for their answers.
///
/// Ask nothing on a polling thread of gRPC, and nothing in an asynchronous task.
#[derive(Clone)]
pub struct Probe(super::Probe);

impl Probe {
    /// As [`super::Probe::connect`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn connect(settings: &Settings) -> Result<Probe, ConnectError> {
        super::Probe::connect(settings).map(Probe)
    }

    /// As [`super::Probe::with_request_id`].
    pub fn with_request_id(self, request_id: RequestId) -> Probe {
        Probe(self.0.with_request_id(request_id))
    }

    /// As [`super::Probe::check`], no longer than the settings' `timeout`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn check(&self, service: &str) -> Result<Serving, CallError> {
        block_on(self.0.check(service))
    }
}
