//! Calls to the service `Readers`.

use std::pin::pin;

use futures::{Stream, StreamExt};

use super::import::Import;
use super::pages::pages;
use super::{CallError, Client, Explanation, Interaction, InteractionsImported};
use crate::interaction::{Kind, Time};
use crate::pb::bookshop::{
    self, DeleteInteractionRequest, DeleteReaderRequest, ExplainRecommendationRequest,
    ImportInteractionsRequest, ImportInteractionsResponse, ListInteractionsRequest,
    RecordInteractionRequest,
};
use crate::shop::NewInteraction;
use crate::wire;

impl Client {
    /// Records what a reader did with a book, and when; without a time the server
    /// takes its own clock. What is recorded now: where that is newer, it stays.
    ///
    /// It may be sent more than once, and without a time it then has that of the
    /// last attempt.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there is no answer in time or the server refuses. It may
    /// be recorded all the same where no answer came; recording it again does no
    /// harm.
    pub async fn record(
        &self,
        reader_id: i32,
        book_id: i32,
        kind: Kind,
        time: Option<Time>,
    ) -> Result<Interaction, CallError> {
        let interaction = bookshop::Interaction {
            reader_id,
            book_id,
            kind: wire::readers::kind_number(kind).into(),
            rating: kind.rating().map(|rating| rating.stars().into()),
            interaction_time: time.map(wire::readers::timestamp).into(),
            ..Default::default()
        };
        let request = RecordInteractionRequest {
            interaction: Some(interaction).into(),
            ..Default::default()
        };
        let recorded = self
            .answer(|option| self.readers.record_interaction_async_opt(&request, option))
            .await?;
        Ok(Interaction::from(recorded))
    }

    /// The newest `limit` interactions of a reader, the newest first, a page at a
    /// time. A page is fetched when it is asked for, each with a deadline of its own.
    ///
    /// # Errors
    ///
    /// Instead of a page, and then no more pages: [`CallError`] when there is no
    /// answer in time or the server refuses.
    pub fn list_interactions(
        &self,
        reader_id: i32,
        limit: usize,
    ) -> impl Stream<Item = Result<Vec<Interaction>, CallError>> + Send {
        pages(limit, move |page_size, page_token| async move {
            let request = ListInteractionsRequest {
                reader_id,
                page_size,
                page_token,
                ..Default::default()
            };
            let page = self
                .answer(|option| self.readers.list_interactions_async_opt(&request, option))
                .await?;
            let interactions = page.interactions.into_iter().map(Interaction::from);
            Ok((interactions.collect(), page.next_page_token))
        })
    }

    /// Records interactions of any number of readers. They are taken from
    /// `interactions` as fast as the server records them.
    ///
    /// # Errors
    ///
    /// [`CallError`] when the server refuses or does not answer in time. Some
    /// interactions are recorded then; importing all again does no harm.
    pub async fn import_interactions(
        &self,
        interactions: impl Stream<Item = NewInteraction>,
    ) -> Result<InteractionsImported, CallError> {
        let mut import = self.begin_interactions()?;
        let mut interactions = pin!(interactions);
        while let Some(new) = interactions.next().await {
            import.add(wire::readers::new_message(&new)).await?;
        }
        Ok(import.end().await?.into())
    }

    pub(super) fn begin_interactions(
        &self,
    ) -> Result<
        Import<'_, bookshop::Interaction, ImportInteractionsRequest, ImportInteractionsResponse>,
        CallError,
    > {
        Import::begin(
            &self.connection,
            self.import_timeout,
            |option| self.readers.import_interactions_opt(option),
            |interactions| ImportInteractionsRequest {
                interactions,
                ..Default::default()
            },
        )
    }

    /// Forgets what a reader did with a book. Nothing of it is repeated, unless no
    /// server has seen it: the second attempt would find nothing.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there is no answer in time or the server refuses, NOT_FOUND
    /// where there was nothing.
    pub async fn delete_interaction(&self, reader_id: i32, book_id: i32) -> Result<(), CallError> {
        let request = DeleteInteractionRequest {
            reader_id,
            book_id,
            ..Default::default()
        };
        self.answer(|option| self.readers.delete_interaction_async_opt(&request, option))
            .await?;
        Ok(())
    }

    /// Forgets everything about a reader; how many interactions there were. It may
    /// be sent more than once, and then says how many the last attempt found.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there is no answer in time or the server refuses.
    pub async fn delete_reader(&self, reader_id: i32) -> Result<i64, CallError> {
        let request = DeleteReaderRequest {
            reader_id,
            ..Default::default()
        };
        let response = self
            .answer(|option| self.readers.delete_reader_async_opt(&request, option))
            .await?;
        Ok(response.deleted_interactions)
    }

    /// What speaks for a book for a reader.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there is no answer in time or the server refuses, NOT_FOUND
    /// where the catalogue does not have the book.
    pub async fn explain(&self, reader_id: i32, book_id: i32) -> Result<Explanation, CallError> {
        let request = ExplainRecommendationRequest {
            reader_id,
            book_id,
            ..Default::default()
        };
        let explanation = self
            .answer(|option| {
                self.readers
                    .explain_recommendation_async_opt(&request, option)
            })
            .await?;
        Ok(Explanation::from(explanation))
    }
}
