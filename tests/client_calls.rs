//! What the client sends, to whom, and how often.

mod support;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::executor::block_on;
use futures::future::join_all;
use futures::{FutureExt, StreamExt, stream};
use grpcio::{Deadline, RpcContext, RpcStatus, RpcStatusCode, UnarySink};
use protobuf::well_known_types::empty::Empty;
use recommendations::book;
use recommendations::book::BookId;
use recommendations::category::{Categories, Category};
use recommendations::client::{CallError, Client, Endpoints, RequestId, Settings, Timeout};
use recommendations::interaction::Kind;
use recommendations::pb::bookshop::{
    self, Books, DeleteBookRequest, DeleteInteractionRequest, DeleteReaderRequest,
    DeleteReaderResponse, GetBookRequest, Readers, RecordInteractionRequest, create_books,
    create_readers,
};
use recommendations::pb::{
    RecommendationRequest, RecommendationResponse, Recommendations, create_recommendations,
};
use recommendations::server::Server;
use recommendations::services::health::Health;
use support::program::{client, fails, prints};
use support::{Nobody, THREE_MYSTERIES, until};

/// A server that refuses the first attempts and keeps what it saw of each.
#[derive(Clone)]
struct Fake {
    refused: usize,
    code: RpcStatusCode,
    seen: Arc<Mutex<Vec<Seen>>>,
}

#[derive(Clone)]
struct Seen {
    deadline: Deadline,
    request_id: Option<String>,
}

impl Fake {
    fn new(refused: usize, code: RpcStatusCode) -> Fake {
        let seen = Arc::default();
        Fake {
            refused,
            code,
            seen,
        }
    }

    fn serve(&self) -> Server {
        let services = vec![
            create_recommendations(self.clone()),
            create_books(self.clone()),
            create_readers(self.clone()),
        ];
        support::serve_services(services)
    }

    fn attempts(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    fn last(&self) -> Seen {
        self.seen.lock().unwrap().last().unwrap().clone()
    }

    fn answer<Response: Send + Default + 'static>(
        &self,
        ctx: &RpcContext<'_>,
        sink: UnarySink<Response>,
    ) {
        let headers = ctx.request_headers().iter();
        let mut ids = headers.filter(|(key, _)| *key == "x-request-id");
        let attempts = {
            let mut seen = self.seen.lock().unwrap();
            seen.push(Seen {
                deadline: ctx.deadline(),
                request_id: ids
                    .next()
                    .map(|(_, id)| String::from_utf8(id.to_vec()).unwrap()),
            });
            seen.len()
        };
        let sent = match attempts <= self.refused {
            true => sink.fail(RpcStatus::with_message(self.code, "not now".to_owned())),
            false => sink.success(Response::default()),
        };
        // The caller may be gone by then.
        ctx.spawn(sent.map(drop));
    }
}

impl Recommendations for Fake {
    fn recommend(
        &mut self,
        ctx: RpcContext<'_>,
        _: RecommendationRequest,
        sink: UnarySink<RecommendationResponse>,
    ) {
        self.answer(&ctx, sink);
    }
}

impl Books for Fake {
    fn get_book(
        &mut self,
        ctx: RpcContext<'_>,
        _: GetBookRequest,
        sink: UnarySink<bookshop::Book>,
    ) {
        self.answer(&ctx, sink);
    }

    fn delete_book(&mut self, ctx: RpcContext<'_>, _: DeleteBookRequest, sink: UnarySink<Empty>) {
        self.answer(&ctx, sink);
    }
}

impl Readers for Fake {
    fn record_interaction(
        &mut self,
        ctx: RpcContext<'_>,
        _: RecordInteractionRequest,
        sink: UnarySink<bookshop::Interaction>,
    ) {
        self.answer(&ctx, sink);
    }

    fn delete_interaction(
        &mut self,
        ctx: RpcContext<'_>,
        _: DeleteInteractionRequest,
        sink: UnarySink<Empty>,
    ) {
        self.answer(&ctx, sink);
    }

    fn delete_reader(
        &mut self,
        ctx: RpcContext<'_>,
        _: DeleteReaderRequest,
        sink: UnarySink<DeleteReaderResponse>,
    ) {
        self.answer(&ctx, sink);
    }
}

fn settings(addresses: &[SocketAddr]) -> Settings {
    let endpoints = addresses
        .iter()
        .map(|each| each.to_string().parse().unwrap());
    Settings::new(Endpoints::new(endpoints.collect()).unwrap())
}

fn connect(addresses: &[SocketAddr]) -> Client {
    Client::connect(&settings(addresses)).unwrap()
}

/// Makes the call against a server that refuses the first two attempts; how often
/// it was sent.
fn attempts<Response>(
    code: RpcStatusCode,
    call: impl AsyncFn(&Client) -> Result<Response, CallError>,
) -> (Result<Response, CallError>, usize) {
    let fake = Fake::new(2, code);
    let server = fake.serve();
    let answer = block_on(call(&connect(&[server.address()])));
    (answer, fake.attempts())
}

#[test]
fn a_call_that_may_be_repeated_is_sent_again() {
    for code in [RpcStatusCode::UNAVAILABLE, RpcStatusCode::CANCELLED] {
        let (answer, sent) = attempts(code, async |client: &Client| {
            client.recommend(1, Category::Mystery, 1).await
        });
        assert_eq!((answer.unwrap(), sent), (vec![], 3));
        let (answer, sent) = attempts(code, async |client: &Client| client.book(1).await);
        assert_eq!((answer.unwrap().id, sent), (0, 3));
        let (answer, sent) = attempts(code, async |client: &Client| {
            client.record(1, 1, Kind::Read, None).await
        });
        assert_eq!((answer.unwrap().reader_id, sent), (0, 3));
        let (answer, sent) = attempts(code, async |client: &Client| client.delete_reader(1).await);
        assert_eq!((answer.unwrap(), sent), (0, 3));
    }
}

#[test]
fn a_call_that_would_find_its_work_done_is_sent_once() {
    let code = RpcStatusCode::UNAVAILABLE;
    for (answer, sent) in [
        attempts(code, async |client: &Client| client.delete_book(1).await),
        attempts(code, async |client: &Client| {
            client.delete_interaction(1, 1).await
        }),
    ] {
        let error = answer.unwrap_err();
        assert!(matches!(error, CallError::Refused { .. }), "{error}");
        assert_eq!((error.code(), sent), (Some(code), 1));
        assert!(error.is_retryable());
    }
}

#[test]
fn a_refusal_that_does_not_pass_is_not_asked_again() {
    for code in [RpcStatusCode::INTERNAL, RpcStatusCode::RESOURCE_EXHAUSTED] {
        let (answer, sent) = attempts(code, async |client: &Client| client.book(1).await);
        assert_eq!((answer.unwrap_err().code(), sent), (Some(code), 1));
    }
}

#[test]
fn a_call_is_sent_five_times_at_most() {
    let fake = Fake::new(usize::MAX, RpcStatusCode::UNAVAILABLE);
    let server = fake.serve();
    let error = block_on(connect(&[server.address()]).book(1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{} answers UNAVAILABLE: not now", server.address())
    );
    assert_eq!(fake.attempts(), 5);
}

#[test]
fn servers_that_are_down_are_called_once_a_call_in_the_end() {
    let fake = Fake::new(usize::MAX, RpcStatusCode::UNAVAILABLE);
    let server = fake.serve();
    let client = Client::connect(&Settings {
        timeout: Timeout::LONGEST,
        ..settings(&[server.address()])
    });
    let client = client.unwrap();
    // Half of the 1000 tokens are gone after 500 failed attempts.
    let calls: Vec<_> = (0..130).map(|_| client.book(1)).collect();
    for answer in block_on(join_all(calls)) {
        assert_eq!(answer.unwrap_err().code(), Some(RpcStatusCode::UNAVAILABLE));
    }
    let before = fake.attempts();
    assert!((500..5 * 130).contains(&before), "{before}");
    for _ in 0..10 {
        block_on(client.book(1)).unwrap_err();
    }
    assert_eq!(fake.attempts(), before + 10);
}

#[test]
fn all_attempts_together_keep_to_the_deadline() {
    let fake = Fake::new(usize::MAX, RpcStatusCode::UNAVAILABLE);
    let server = fake.serve();
    let client = Client::connect(&Settings {
        timeout: Timeout::new(Duration::from_millis(200)).unwrap(),
        ..settings(&[server.address()])
    });
    let begun = Instant::now();
    let error = block_on(client.unwrap().book(1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("no answer from {} within 200ms", server.address())
    );
    assert!(begun.elapsed() >= Duration::from_millis(200));
    assert!((1..5).contains(&fake.attempts()), "{}", fake.attempts());
}

#[test]
fn the_server_is_told_the_deadline() {
    let fake = Fake::new(0, RpcStatusCode::OK);
    let server = fake.serve();
    let client = Client::connect(&Settings {
        timeout: Timeout::new(Duration::from_secs(1)).unwrap(),
        ..settings(&[server.address()])
    });
    block_on(client.unwrap().book(1)).unwrap();
    let deadline = fake.last().deadline;
    until(|| deadline.exceeded());
}

#[test]
fn the_server_is_told_the_request_id() {
    let fake = Fake::new(0, RpcStatusCode::OK);
    let server = fake.serve();
    let client = connect(&[server.address()]);
    block_on(client.book(1)).unwrap();
    assert_eq!(fake.last().request_id, None);
    let id: RequestId = "order-7".parse().unwrap();
    block_on(client.with_request_id(id).book(1)).unwrap();
    assert_eq!(fake.last().request_id.as_deref(), Some("order-7"));

    let address = server.address().to_string();
    let mut command = client_asking(&address);
    prints(command.args(["--request-id", "order-8"]), "");
    assert_eq!(fake.last().request_id.as_deref(), Some("order-8"));
    let mut command = client_asking(&address);
    prints(command.env("RECOMMENDATIONS_REQUEST_ID", "order-9"), "");
    assert_eq!(fake.last().request_id.as_deref(), Some("order-9"));
    let mut command = client_asking(&address);
    fails(
        command.args(["--request-id", "order 9"]),
        2,
        "invalid value 'order 9' for '--request-id <ID>': request id \"order 9\"; \
         it must be 1 to 128 visible ASCII characters; see recommendations-client --help",
    );
}

fn client_asking(address: &str) -> std::process::Command {
    client(&[
        "recommend",
        "--user",
        "1",
        "--category",
        "mystery",
        "--addr",
        address,
    ])
}

#[test]
fn calls_go_to_all_servers_in_turn() {
    let fakes = [(); 3].map(|()| Fake::new(0, RpcStatusCode::OK));
    let servers = fakes.each_ref().map(Fake::serve);
    let client = connect(&servers.each_ref().map(Server::address));
    // Until all are connected, some get more.
    until(|| {
        block_on(client.book(1)).unwrap();
        fakes.iter().all(|fake| fake.attempts() > 0)
    });
    let before = fakes.each_ref().map(Fake::attempts);
    for _ in 0..30 {
        block_on(client.book(1)).unwrap();
    }
    let after = fakes.each_ref().map(Fake::attempts);
    assert_eq!(after, before.map(|calls| calls + 10));
}

#[test]
fn addresses_are_given_with_commas_or_one_by_one() {
    let server = support::serve(THREE_MYSTERIES);
    let nobody = Nobody::new();
    let (address, nobody) = (server.address().to_string(), nobody.address().to_string());
    let both = format!("{nobody},{address}");
    let book = "2\tGaudy Night\n5\tThe Moonstone\n8\tThe Nine Tailors\n";
    prints(&mut client_asking(&both), book);
    prints(client_asking(&nobody).args(["--addr", &address]), book);
    let mut command = client(&["recommend", "--user", "1", "--category", "mystery"]);
    prints(command.env("RECOMMENDATIONS_ADDR", &both), book);
}

#[test]
fn addresses_of_both_families_go_together() {
    let fake = Fake::new(0, RpcStatusCode::OK);
    let server = fake.serve();
    let port = Nobody::new().address().port();
    let addresses = [
        server.address(),
        SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], port)),
    ];
    block_on(connect(&addresses).book(1)).unwrap();
    assert_eq!(fake.attempts(), 1);
}

/// A server of one book.
fn serve_book(title: &str) -> (Server, Health) {
    support::serve_with_health(&format!("1,{title},,2000,MYSTERY\n"))
}

/// Until so many calls in a row are answered by one server.
fn until_all_go_to(client: &Client, title: &str) {
    let mut in_a_row = 0;
    until(|| {
        let is_there = block_on(client.book(1)).unwrap().title == title;
        in_a_row = if is_there { in_a_row + 1 } else { 0 };
        in_a_row == 20
    });
}

#[test]
fn a_server_that_does_not_serve_is_not_called() {
    let ((first, health), (second, other)) = (serve_book("first"), serve_book("second"));
    let client = connect(&[first.address(), second.address()]);
    health.set_not_serving();
    until_all_go_to(&client, "second");
    health.set_serving();
    other.set_not_serving();
    until_all_go_to(&client, "first");
    health.set_not_serving();
    let mut error = None;
    until(|| {
        error = block_on(client.delete_book(7)).err();
        !matches!(error, Some(CallError::Refused { .. }))
    });
    let error = error.unwrap();
    assert_eq!(
        error.to_string(),
        format!(
            "no server at {}, {} is serving",
            first.address(),
            second.address()
        )
    );
    assert!(error.is_retryable());
}

#[test]
fn calls_wait_together_and_may_move_between_threads() {
    fn movable<Call: Send>(call: Call) -> Call {
        call
    }
    let (server, _health) = serve_book("only");
    let client = connect(&[server.address()]);
    let books = (0..100).map(|_| movable(client.book(1)));
    for book in block_on(join_all(books)) {
        assert_eq!(book.unwrap().title, "only");
    }
    drop(movable(client.recommend(1, Category::Mystery, 1)));
    drop(movable(client.record(1, 1, Kind::Read, None)));
    drop(movable(client.list_interactions(1, 1)));
    drop(movable(client.import_books(stream::empty())));
    drop(movable(client.import_interactions(stream::empty())));
}

#[test]
fn a_list_is_a_stream_of_pages_and_an_import_takes_a_stream() {
    let (server, _health) = serve_book("first");
    let client = connect(&[server.address()]);
    let books = stream::iter(1..=1_500).map(|id| book::Book {
        id: BookId::new(id).unwrap(),
        title: format!("book {id}"),
        author: String::new(),
        year: None,
        categories: Categories::NONE,
    });
    let imported = block_on(client.import_books(books)).unwrap();
    assert_eq!((imported.created, imported.replaced), (1_499, 1));
    let pages = client.list_books(None, usize::MAX);
    let sizes = pages.map(|page| page.unwrap().len());
    assert_eq!(block_on(sizes.collect::<Vec<_>>()), [1_000, 500]);
}
