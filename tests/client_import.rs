//! The client's imports when the server does not take everything.

mod support;

use std::cell::Cell;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use futures::{FutureExt, StreamExt};
use grpcio::RpcStatusCode;
use protobuf::Message;
use recommendations::book::{Book, BookId};
use recommendations::category::Categories;
use recommendations::client::blocking::Client;
use recommendations::client::{CallError, Settings, Timeout};
use recommendations::endpoint::Endpoint;
use recommendations::history::MAX_INTERACTIONS;
use recommendations::interaction::Kind;
use recommendations::pb::bookshop::{
    ImportBooksRequest, ImportBooksResponse, METHOD_BOOKS_IMPORT_BOOKS,
};
use recommendations::reader::ReaderId;
use recommendations::server::{Server, limits};
use recommendations::services::calls::{Handlers, Requests};
use recommendations::shop::{NewInteraction, WriteError};
use recommendations::wire::Refusal;
use support::{PATIENCE, THREE_MYSTERIES, serve};

/// What a server does with the second message of a stream.
#[derive(Clone, Copy)]
enum Does {
    Refuse,
    Answer,
    Nothing,
}

#[derive(Clone)]
struct Fake {
    does: Does,
    /// The messages that were read.
    read: Arc<AtomicUsize>,
    wakers: Wakers,
}

type Wakers = Arc<Mutex<Vec<Waker>>>;

/// Ends never, and is not dropped for it: somebody could still wake it.
async fn never(wakers: &Wakers) {
    poll_fn(|context| {
        wakers.lock().unwrap().push(context.waker().clone());
        Poll::Pending
    })
    .await
}

impl Fake {
    async fn import_books(
        self,
        requests: &mut Requests<ImportBooksRequest>,
    ) -> Result<ImportBooksResponse, Refusal> {
        while let Some(request) = requests.next().await {
            let size = i32::try_from(request?.compute_size()).unwrap();
            assert!(size < limits::MAX_REQUEST_BYTES);
            if self.read.fetch_add(1, Ordering::SeqCst) == 0 {
                continue;
            }
            match self.does {
                Does::Refuse => return Err(Refusal::from(WriteError::Busy)),
                Does::Answer => break,
                Does::Nothing => never(&self.wakers).await,
            }
        }
        Ok(ImportBooksResponse::new())
    }
}

fn fake(does: Does) -> (Server, Arc<AtomicUsize>) {
    let read = Arc::new(AtomicUsize::new(0));
    let service = Fake {
        does,
        read: Arc::clone(&read),
        wakers: Wakers::default(),
    };
    let books = Handlers::new(support::calls(), service)
        .client_streaming(&METHOD_BOOKS_IMPORT_BOOKS, |fake: Fake, requests, _| {
            fake.import_books(requests).boxed()
        })
        .build();
    let server = support::serve_services(vec![books]);
    (server, read)
}

fn settings(server: &Server) -> Settings {
    let endpoint: Endpoint = server.address().to_string().parse().unwrap();
    let timeout = Timeout::new(PATIENCE).unwrap();
    Settings {
        timeout,
        import_timeout: timeout,
        ..Settings::new(endpoint)
    }
}

fn connect(server: &Server) -> Client {
    Client::connect(&settings(server)).unwrap()
}

fn large(id: i32) -> Book {
    Book {
        id: BookId::new(id).unwrap(),
        title: "t".repeat(1000),
        author: "a".repeat(1000),
        year: None,
        categories: Categories::NONE,
    }
}

#[test]
fn a_refused_import_is_told_in_the_servers_words() {
    for count in [50, 5_000] {
        let (server, _) = fake(Does::Refuse);
        let error = connect(&server)
            .import_books((1..=count).map(large))
            .unwrap_err();
        let CallError::Refused { status, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(status.code(), RpcStatusCode::RESOURCE_EXHAUSTED);
        assert_eq!(
            error.to_string(),
            format!(
                "{} answers RESOURCE_EXHAUSTED: \
                 too many writes are waiting; try again a little later",
                server.address()
            )
        );
    }
}

#[test]
fn a_book_that_is_too_large_to_send_is_not_to_be_sent_again() {
    let server = serve(THREE_MYSTERIES);
    let mut book = large(1);
    book.title = "t".repeat(70_000);
    let error = connect(&server).import_books([book]).unwrap_err();
    assert_eq!(error.code(), Some(RpcStatusCode::RESOURCE_EXHAUSTED));
    assert!(!error.is_retryable(), "{error}");
}

#[test]
fn a_full_history_takes_no_more_until_something_of_it_is_deleted() {
    let server = serve(THREE_MYSTERIES);
    let client = connect(&server);
    let most = i32::try_from(MAX_INTERACTIONS).unwrap();
    let new = |book| NewInteraction {
        reader: ReaderId::new(1).unwrap(),
        book: BookId::new(book).unwrap(),
        kind: Kind::Read,
        time: None,
    };
    client.import_interactions((1..=most).map(new)).unwrap();
    for error in [
        client.record(1, most + 1, Kind::Read, None).unwrap_err(),
        client.import_interactions([new(most + 1)]).unwrap_err(),
    ] {
        assert_eq!(error.code(), Some(RpcStatusCode::RESOURCE_EXHAUSTED));
        assert!(!error.is_retryable(), "{error}");
    }
    client.record(1, most, Kind::Wanted, None).unwrap();
    client.delete_interaction(1, 1).unwrap();
    client.record(1, most + 1, Kind::Read, None).unwrap();
}

#[test]
fn no_more_books_are_taken_once_the_server_has_refused() {
    let (server, _) = fake(Does::Refuse);
    let endless = (1..=i32::MAX).map(large);
    connect(&server).import_books(endless).unwrap_err();
}

#[test]
fn an_import_that_the_server_ends_early_has_not_succeeded() {
    let (server, _) = fake(Does::Answer);
    let endless = (1..=i32::MAX).map(large);
    let error = connect(&server).import_books(endless).unwrap_err();
    assert!(matches!(error, CallError::Broken { .. }), "{error}");
}

#[test]
fn books_are_taken_as_fast_as_the_server_reads_and_no_faster() {
    let (server, read) = fake(Does::Nothing);
    let client = Client::connect(&Settings {
        import_timeout: "500ms".parse().unwrap(),
        ..settings(&server)
    });
    let taken = Cell::new(0);
    let endless = (1..=i32::MAX)
        .map(large)
        .inspect(|_| taken.set(taken.get() + 1));
    let error = client.unwrap().import_books(endless).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("no answer from {} within 500ms", server.address())
    );
    assert_eq!(read.load(Ordering::SeqCst), 2);
    // 2 KiB each: some MiB wait in buffers of gRPC and the system.
    assert!(taken.get() < 20_000, "{}", taken.get());
}

#[test]
fn an_import_takes_longer_than_a_call_may() {
    let server = serve(THREE_MYSTERIES);
    let client = Client::connect(&Settings {
        timeout: "50ms".parse().unwrap(),
        ..settings(&server)
    });
    let start = Instant::now();
    let books = (1..=3).map(large).inspect(|_| {
        while start.elapsed() < Duration::from_millis(100) {
            std::thread::yield_now();
        }
    });
    assert_eq!(client.unwrap().import_books(books).unwrap().created, 2);
}

#[test]
fn what_makes_the_books_may_make_calls() {
    let server = serve(THREE_MYSTERIES);
    let client = connect(&server);
    let books = (1..=2_000).map(|id| {
        client.book(2).unwrap();
        large(id)
    });
    assert_eq!(client.import_books(books).unwrap().created, 1_997);
}
