//! Clients of the services `Books` and `Readers`, and the messages of theirs.

use std::net::SocketAddr;

use futures::executor::block_on;
use futures::{SinkExt, StreamExt, stream};
use grpcio::{CallOption, ClientCStreamReceiver, ClientCStreamSender, WriteFlags};
use recommendations::pb::BookCategory;
use recommendations::pb::bookshop::interaction::Kind;
use recommendations::pb::bookshop::{
    Book, BooksClient, DeleteInteractionRequest, GetBookRequest, ImportBooksRequest,
    ImportBooksResponse, ImportInteractionsRequest, ImportInteractionsResponse, Interaction,
    ListBooksRequest, ListBooksResponse, ListInteractionsRequest, ListInteractionsResponse,
    ReadersClient, RecordInteractionRequest,
};

use super::{PATIENCE, channel};

pub fn books(address: SocketAddr) -> BooksClient {
    BooksClient::new(channel(address, |builder| builder))
}

pub fn readers(address: SocketAddr) -> ReadersClient {
    ReadersClient::new(channel(address, |builder| builder))
}

/// So that a server that hangs fails the test.
pub fn patient() -> CallOption {
    CallOption::default().timeout(PATIENCE)
}

/// A mystery without author and year.
pub fn book(id: i32, title: &str) -> Book {
    Book {
        id,
        title: title.to_owned(),
        categories: vec![BookCategory::MYSTERY.into()],
        ..Default::default()
    }
}

pub fn get(stub: &BooksClient, book_id: i32) -> grpcio::Result<Book> {
    let request = GetBookRequest {
        book_id,
        ..Default::default()
    };
    stub.get_book_opt(&request, patient())
}

pub fn list(stub: &BooksClient, request: &ListBooksRequest) -> grpcio::Result<ListBooksResponse> {
    stub.list_books_opt(request, patient())
}

/// The ids of all books.
pub fn ids(stub: &BooksClient) -> Vec<i32> {
    let request = ListBooksRequest {
        page_size: 1000,
        ..Default::default()
    };
    let books = list(stub, &request).unwrap().books;
    books.iter().map(|book| book.id).collect()
}

pub fn books_message(books: impl IntoIterator<Item = Book>) -> ImportBooksRequest {
    ImportBooksRequest {
        books: books.into_iter().collect(),
        ..Default::default()
    }
}

/// Sends the messages and the end of the stream.
pub fn import_books(
    stub: &BooksClient,
    messages: impl IntoIterator<Item = ImportBooksRequest>,
) -> grpcio::Result<ImportBooksResponse> {
    let (sender, receiver) = stub.import_books_opt(patient()).unwrap();
    sent(sender, receiver, messages)
}

pub fn import_interactions(
    stub: &ReadersClient,
    messages: impl IntoIterator<Item = ImportInteractionsRequest>,
) -> grpcio::Result<ImportInteractionsResponse> {
    let (sender, receiver) = stub.import_interactions_opt(patient()).unwrap();
    sent(sender, receiver, messages)
}

fn sent<Message, Response: Unpin>(
    mut sender: ClientCStreamSender<Message>,
    receiver: ClientCStreamReceiver<Response>,
    messages: impl IntoIterator<Item = Message>,
) -> grpcio::Result<Response> {
    block_on(async move {
        let messages = messages
            .into_iter()
            .map(|each| (each, WriteFlags::default()));
        let mut messages = stream::iter(messages).map(Ok);
        // A server that refuses reads no more; its reply says why.
        if sender.send_all(&mut messages).await.is_ok() {
            let _ = sender.close().await;
        }
        receiver.await
    })
}

/// What a reader did with a book so many seconds after 1970.
pub fn interaction(reader_id: i32, book_id: i32, kind: Kind, seconds: i64) -> Interaction {
    let mut interaction = Interaction {
        reader_id,
        book_id,
        kind: kind.into(),
        ..Default::default()
    };
    let time = interaction.interaction_time.mut_or_insert_default();
    time.seconds = seconds;
    interaction
}

pub fn interactions_message(
    interactions: impl IntoIterator<Item = Interaction>,
) -> ImportInteractionsRequest {
    ImportInteractionsRequest {
        interactions: interactions.into_iter().collect(),
        ..Default::default()
    }
}

pub fn recording(interaction: Interaction) -> RecordInteractionRequest {
    RecordInteractionRequest {
        interaction: Some(interaction).into(),
        ..Default::default()
    }
}

pub fn record(stub: &ReadersClient, interaction: Interaction) -> grpcio::Result<Interaction> {
    stub.record_interaction_opt(&recording(interaction), patient())
}

pub fn history(
    stub: &ReadersClient,
    request: &ListInteractionsRequest,
) -> grpcio::Result<ListInteractionsResponse> {
    stub.list_interactions_opt(request, patient())
}

/// The books of a reader's history, the newest first.
pub fn history_books(stub: &ReadersClient, reader_id: i32) -> Vec<i32> {
    let request = ListInteractionsRequest {
        reader_id,
        page_size: 1000,
        ..Default::default()
    };
    let interactions = history(stub, &request).unwrap().interactions;
    interactions.iter().map(|each| each.book_id).collect()
}

pub fn read(reader_id: i32, book_id: i32, seconds: i64) -> Interaction {
    interaction(reader_id, book_id, Kind::READ, seconds)
}

pub fn delete_interaction(
    stub: &ReadersClient,
    reader_id: i32,
    book_id: i32,
) -> grpcio::Result<()> {
    let request = DeleteInteractionRequest {
        reader_id,
        book_id,
        ..Default::default()
    };
    stub.delete_interaction_opt(&request, patient()).map(drop)
}
