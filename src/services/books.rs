//! The service `Books` of `bookshop.proto`.

use std::sync::Arc;

use futures::{FutureExt, Stream, StreamExt};
use grpcio::Service;
use protobuf::well_known_types::empty::Empty;

use super::calls::{Calls, Handlers};
use crate::pb::bookshop::{
    Book, DeleteBookRequest, GetBookRequest, ImportBooksRequest, ImportBooksResponse,
    ListBooksRequest, ListBooksResponse, ListSimilarBooksRequest, ListSimilarBooksResponse,
    METHOD_BOOKS_DELETE_BOOK, METHOD_BOOKS_GET_BOOK, METHOD_BOOKS_IMPORT_BOOKS,
    METHOD_BOOKS_LIST_BOOKS, METHOD_BOOKS_LIST_SIMILAR_BOOKS,
};
use crate::shop::{BooksPut, Deadline, Shop};
use crate::wire::{self, Refusal};

/// Answers the methods of `Books`.
#[derive(Clone)]
struct BooksService {
    shop: Arc<Shop>,
}

impl BooksService {
    /// The book that is asked for.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] and [`Refusal::NoBook`].
    fn book(&self, request: &GetBookRequest) -> Result<Book, Refusal> {
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
    fn page(&self, request: &ListBooksRequest) -> Result<ListBooksResponse, Refusal> {
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
    async fn import<Requests>(
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
    async fn delete(
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
    fn similar(
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

/// The service, answering from `shop`, whose calls `calls` takes.
pub fn service(shop: Arc<Shop>, calls: Calls) -> Service {
    Handlers::new(calls, BooksService { shop })
        .unary(&METHOD_BOOKS_GET_BOOK, |service, request, _| async move {
            service.book(&request)
        })
        .unary(&METHOD_BOOKS_LIST_BOOKS, |service, request, _| async move {
            service.page(&request)
        })
        .client_streaming(&METHOD_BOOKS_IMPORT_BOOKS, |service, requests, deadline| {
            async move { service.import(requests, deadline).await }.boxed()
        })
        .unary(
            &METHOD_BOOKS_DELETE_BOOK,
            |service, request, deadline| async move { service.delete(&request, deadline).await },
        )
        .unary(
            &METHOD_BOOKS_LIST_SIMILAR_BOOKS,
            |service, request, _| async move { service.similar(&request) },
        )
        .build()
}
