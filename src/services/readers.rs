//! The service `Readers` of `bookshop.proto`.

use std::sync::Arc;

use futures::{FutureExt, Stream, StreamExt};
use grpcio::Service;
use protobuf::well_known_types::empty::Empty;

use super::calls::{Calls, Handlers};
use crate::pb::bookshop::{
    DeleteInteractionRequest, DeleteReaderRequest, DeleteReaderResponse,
    ExplainRecommendationRequest, ExplainRecommendationResponse, ImportInteractionsRequest,
    ImportInteractionsResponse, Interaction, ListInteractionsRequest, ListInteractionsResponse,
    METHOD_READERS_DELETE_INTERACTION, METHOD_READERS_DELETE_READER,
    METHOD_READERS_EXPLAIN_RECOMMENDATION, METHOD_READERS_IMPORT_INTERACTIONS,
    METHOD_READERS_LIST_INTERACTIONS, METHOD_READERS_RECORD_INTERACTION, RecordInteractionRequest,
};
use crate::shop::{Deadline, Recorded, Shop};
use crate::wire::{self, Refusal};

/// Answers the methods of `Readers`.
#[derive(Clone)]
struct ReadersService {
    shop: Arc<Shop>,
}

impl ReadersService {
    /// Records an interaction; what is recorded now.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] and [`Refusal::Write`].
    async fn record(
        &self,
        request: &RecordInteractionRequest,
        deadline: Deadline,
    ) -> Result<Interaction, Refusal> {
        let new = wire::readers::recorded(request)?;
        let recorded = self.shop.record(vec![new], deadline).await?;
        let messages = recorded.stored.iter();
        let mut messages = messages.map(|&stored| wire::readers::message(new.reader, stored));
        // There is one for each that was given.
        Ok(messages.next().unwrap_or_default())
    }

    /// Records the interactions of each message before it reads the next.
    ///
    /// # Errors
    ///
    /// [`Refusal::InMessage`] with [`Refusal::Invalid`], [`Refusal::Unreadable`],
    /// [`Refusal::Write`] or [`Refusal::Gone`]. The messages before stay recorded.
    async fn import<Requests>(
        &self,
        requests: &mut Requests,
        deadline: Deadline,
    ) -> Result<ImportInteractionsResponse, Refusal>
    where
        Requests: Stream<Item = Result<ImportInteractionsRequest, Refusal>> + Unpin,
    {
        let mut all = Recorded::default();
        let mut number = 0;
        while let Some(request) = requests.next().await {
            number += 1;
            let recorded = self.record_all(request, deadline.clone()).await;
            let recorded = recorded.map_err(|refusal| refusal.in_message(number))?;
            all.created += recorded.created;
            all.replaced += recorded.replaced;
            all.outdated += recorded.outdated;
        }
        Ok(wire::readers::import_response(&all))
    }

    async fn record_all(
        &self,
        request: Result<ImportInteractionsRequest, Refusal>,
        deadline: Deadline,
    ) -> Result<Recorded, Refusal> {
        let interactions = wire::readers::imported(&request?)?;
        Ok(self.shop.record(interactions, deadline).await?)
    }

    /// A page of a reader's history.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`].
    fn page(&self, request: &ListInteractionsRequest) -> Result<ListInteractionsResponse, Refusal> {
        let asked = wire::readers::page(request)?;
        let page = asked.of(&self.shop.history(asked.reader));
        Ok(wire::readers::page_response(&asked, &page))
    }

    /// Forgets what a reader did with a book.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`], [`Refusal::NoInteraction`] and [`Refusal::Write`].
    async fn delete(
        &self,
        request: &DeleteInteractionRequest,
        deadline: Deadline,
    ) -> Result<Empty, Refusal> {
        let (reader, book) = wire::readers::forgotten(request)?;
        if !self.shop.delete_interaction(reader, book, deadline).await? {
            return Err(Refusal::NoInteraction { reader, book });
        }
        Ok(Empty::new())
    }

    /// Forgets a reader.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] and [`Refusal::Write`].
    async fn delete_reader(
        &self,
        request: &DeleteReaderRequest,
        deadline: Deadline,
    ) -> Result<DeleteReaderResponse, Refusal> {
        let reader = wire::readers::forgotten_reader(request)?;
        let interactions = self.shop.delete_reader(reader, deadline).await?;
        Ok(wire::readers::delete_response(interactions))
    }

    /// What speaks for a book.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] and [`Refusal::NoBook`].
    fn explain(
        &self,
        request: &ExplainRecommendationRequest,
    ) -> Result<ExplainRecommendationResponse, Refusal> {
        let (reader, book) = wire::readers::explained(request)?;
        let catalog = self.shop.catalog();
        if catalog.get(book).is_none() {
            return Err(Refusal::NoBook(book));
        }
        let history = self.shop.history(reader);
        let explanation = self.shop.model().explain(&history, book);
        let own = history.get(book);
        Ok(wire::readers::explanation(
            &explanation,
            &catalog,
            reader,
            own,
        ))
    }
}

/// The service, answering from `shop`, whose calls `calls` takes.
pub fn service(shop: Arc<Shop>, calls: Calls) -> Service {
    Handlers::new(calls, ReadersService { shop })
        .unary(
            &METHOD_READERS_RECORD_INTERACTION,
            |service, request, deadline| async move { service.record(&request, deadline).await },
        )
        .client_streaming(
            &METHOD_READERS_IMPORT_INTERACTIONS,
            |service, requests, deadline| {
                async move { service.import(requests, deadline).await }.boxed()
            },
        )
        .unary(
            &METHOD_READERS_LIST_INTERACTIONS,
            |service, request, _| async move { service.page(&request) },
        )
        .unary(
            &METHOD_READERS_DELETE_INTERACTION,
            |service, request, deadline| async move { service.delete(&request, deadline).await },
        )
        .unary(
            &METHOD_READERS_DELETE_READER,
            |service, request, deadline| async move {
                service.delete_reader(&request, deadline).await
            },
        )
        .unary(
            &METHOD_READERS_EXPLAIN_RECOMMENDATION,
            |service, request, _| async move { service.explain(&request) },
        )
        .build()
}
