//! The service `Books` of `bookshop.proto`.

use std::sync::Arc;

use futures::{FutureExt, Stream, StreamExt};
use grpcio::{ClientStreamingSink, RequestStream, RpcContext, UnarySink};
use protobuf::well_known_types::empty::Empty;

use super::calls::{Calls, deadline};
use crate::pb::bookshop::{
    Book, Books, DeleteBookRequest, GetBookRequest, ImportBooksRequest, ImportBooksResponse,
    ListBooksRequest, ListBooksResponse, ListSimilarBooksRequest, ListSimilarBooksResponse,
};
use crate::shop::{BooksPut, Deadline, Shop};
use crate::wire::{self, Refusal};

/// Answers the methods of `Books`.
#[derive(Clone)]
pub struct BooksService {
    shop: Arc<Shop>,
    calls: Calls,
}

impl BooksService {
    /// A service of `shop`, whose calls `calls` takes.
    pub fn new(shop: Arc<Shop>, calls: Calls) -> BooksService {
        BooksService { shop, calls }
    }

    /// The book that is asked for.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] and [`Refusal::NoBook`].
    pub fn book(&self, request: &GetBookRequest) -> Result<Book, Refusal> {
        let id = wire::books::wanted(request)?;
        let catalog = self.shop.catalog();
        let book = catalog.get(id).ok_or(Refusal::NoBook(id))?;
        Ok(wire::books::message(book))
    }

    /// A page of the catalogue.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`].
    pub fn page(&self, request: &ListBooksRequest) -> Result<ListBooksResponse, Refusal> {
        let asked = wire::books::page(request)?;
        let page = asked.of(&self.shop.catalog());
        Ok(wire::books::page_response(&asked, &page))
    }

    /// Puts the books of each message into the catalogue before it reads the next.
    ///
    /// # Errors
    ///
    /// [`Refusal::InMessage`] with [`Refusal::Invalid`], [`Refusal::Unreadable`],
    /// [`Refusal::Write`] or [`Refusal::Gone`]. The messages before stay recorded.
    pub async fn import<Requests>(
        &self,
        requests: &mut Requests,
        deadline: Deadline,
    ) -> Result<ImportBooksResponse, Refusal>
    where
        Requests: Stream<Item = Result<ImportBooksRequest, Refusal>> + Unpin,
    {
        let mut all = BooksPut::default();
        let mut number = 0;
        while let Some(request) = requests.next().await {
            number += 1;
            let put = self.put(request, deadline.clone()).await;
            let put = put.map_err(|refusal| refusal.in_message(number))?;
            all.created += put.created;
            all.replaced += put.replaced;
        }
        Ok(wire::books::import_response(all))
    }

    async fn put(
        &self,
        request: Result<ImportBooksRequest, Refusal>,
        deadline: Deadline,
    ) -> Result<BooksPut, Refusal> {
        let books = wire::books::imported(&request?)?;
        Ok(self.shop.put_books(books, deadline).await?)
    }

    /// Takes a book out of the catalogue.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`], [`Refusal::NoBook`] and [`Refusal::Write`].
    pub async fn delete(
        &self,
        request: &DeleteBookRequest,
        deadline: Deadline,
    ) -> Result<Empty, Refusal> {
        let id = wire::books::unwanted(request)?;
        if !self.shop.delete_book(id, deadline).await? {
            return Err(Refusal::NoBook(id));
        }
        Ok(Empty::new())
    }

    /// The books that are similar to one.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] and [`Refusal::UnknownBook`].
    pub fn similar(
        &self,
        request: &ListSimilarBooksRequest,
    ) -> Result<ListSimilarBooksResponse, Refusal> {
        let query = wire::books::similar_query(request)?;
        let catalog = self.shop.catalog();
        let model = self.shop.model();
        let most = query.limit.books();
        let similar = model.similar(&catalog, query.book, query.category, most);
        if catalog.get(query.book).is_none() && !model.knows(query.book) {
            return Err(Refusal::UnknownBook(query.book));
        }
        Ok(wire::books::similar_response(&similar))
    }
}

impl Books for BooksService {
    fn get_book(&mut self, ctx: RpcContext<'_>, request: GetBookRequest, sink: UnarySink<Book>) {
        let service = self.clone();
        self.calls
            .reply(&ctx, sink, async move { service.book(&request) });
    }

    fn list_books(
        &mut self,
        ctx: RpcContext<'_>,
        request: ListBooksRequest,
        sink: UnarySink<ListBooksResponse>,
    ) {
        let service = self.clone();
        self.calls
            .reply(&ctx, sink, async move { service.page(&request) });
    }

    fn import_books(
        &mut self,
        ctx: RpcContext<'_>,
        requests: RequestStream<ImportBooksRequest>,
        sink: ClientStreamingSink<ImportBooksResponse>,
    ) {
        let (service, deadline) = (self.clone(), deadline(&ctx));
        self.calls
            .reply_to_stream(&ctx, requests, sink, |requests| {
                async move { service.import(requests, deadline).await }.boxed()
            });
    }

    fn delete_book(
        &mut self,
        ctx: RpcContext<'_>,
        request: DeleteBookRequest,
        sink: UnarySink<Empty>,
    ) {
        let (service, deadline) = (self.clone(), deadline(&ctx));
        self.calls.reply(&ctx, sink, async move {
            service.delete(&request, deadline).await
        });
    }

    fn list_similar_books(
        &mut self,
        ctx: RpcContext<'_>,
        request: ListSimilarBooksRequest,
        sink: UnarySink<ListSimilarBooksResponse>,
    ) {
        let service = self.clone();
        self.calls
            .reply(&ctx, sink, async move { service.similar(&request) });
    }
}
