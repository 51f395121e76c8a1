//! Calls to the service `Readers`.

use super::pages::pages;
use super::{CallError, Client, Explanation, Interaction, InteractionsImported};
use crate::interaction::{Kind, Time};
use crate::pb::bookshop::{
    self, DeleteInteractionRequest, DeleteReaderRequest, ExplainRecommendationRequest,
    ImportInteractionsRequest, ListInteractionsRequest, RecordInteractionRequest,
};
use crate::shop::NewInteraction;
use crate::wire;

impl Client {
    /// Records what a reader did with a book, and when; without a time the server
    /// takes its own clock. What is recorded now: where that is newer, it stays.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there is no answer in time or the server refuses. It may
    /// be recorded all the same where no answer came; recording it again does no
    /// harm.
    pub fn record(
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
        let recorded =
            self.answer(|option| self.readers.record_interaction_opt(&request, option))?;
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
    ) -> impl Iterator<Item = Result<Vec<Interaction>, CallError>> + '_ {
        pages(limit, move |page_size, page_token| {
            let request = ListInteractionsRequest {
                reader_id,
                page_size,
                page_token,
                ..Default::default()
            };
            let page =
                self.answer(|option| self.readers.list_interactions_opt(&request, option))?;
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
    pub fn import_interactions(
        &self,
        interactions: impl IntoIterator<Item = NewInteraction>,
    ) -> Result<InteractionsImported, CallError> {
        let interactions = interactions.into_iter();
        let request = |interactions| ImportInteractionsRequest {
            interactions,
            ..Default::default()
        };
        let response = self.import(
            |option| self.readers.import_interactions_opt(option),
            interactions.map(|new| wire::readers::new_message(&new)),
            request,
        )?;
        Ok(InteractionsImported {
            created: response.created,
            replaced: response.replaced,
            outdated: response.outdated,
        })
    }

    /// Forgets what a reader did with a book.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there is no answer in time or the server refuses, NOT_FOUND
    /// where there was nothing.
    pub fn delete_interaction(&self, reader_id: i32, book_id: i32) -> Result<(), CallError> {
        let request = DeleteInteractionRequest {
            reader_id,
            book_id,
            ..Default::default()
        };
        self.answer(|option| self.readers.delete_interaction_opt(&request, option))?;
        Ok(())
    }

    /// Forgets everything about a reader; how many interactions there were.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there is no answer in time or the server refuses.
    pub fn delete_reader(&self, reader_id: i32) -> Result<i64, CallError> {
        let request = DeleteReaderRequest {
            reader_id,
            ..Default::default()
        };
        let response = self.answer(|option| self.readers.delete_reader_opt(&request, option))?;
        Ok(response.deleted_interactions)
    }

    /// What speaks for a book for a reader.
    ///
    /// # Errors
    ///
    /// [`CallError`] when there is no answer in time or the server refuses, NOT_FOUND
    /// where the catalogue does not have the book.
    pub fn explain(&self, reader_id: i32, book_id: i32) -> Result<Explanation, CallError> {
        let request = ExplainRecommendationRequest {
            reader_id,
            book_id,
            ..Default::default()
        };
        let explanation =
            self.answer(|option| self.readers.explain_recommendation_opt(&request, option))?;
        Ok(Explanation::from(explanation))
    }
}
