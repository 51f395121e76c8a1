//! Servers, clients and programs for the tests. What listens does so on a free
//! port of 127.0.0.1 and stops when it is dropped.

// Each test file uses its own part of it.
#![allow(dead_code)]

pub mod bookshop;
pub mod bytes;
pub mod callers;
pub mod figures;
pub mod given;
pub mod held;
pub mod http2;
pub mod log;
pub mod program;
pub mod relay;
#[path = "../../src/client/channel/settings_read_back.rs"]
pub mod settings;
pub mod tls;
pub mod tls_by_hand;
pub mod wire;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use grpcio::{CallOption, Channel, ChannelBuilder, EnvBuilder, RpcStatus, RpcStatusCode, Service};
use prometheus_client::registry::Registry;
use protobuf::EnumOrUnknown;
use recommendations::files;
use recommendations::open_files;
use recommendations::pb::{RecommendationRequest, RecommendationResponse, RecommendationsClient};
use recommendations::server::Server;
use recommendations::server::limits::StopTimes;
use recommendations::server::listen::{Listener, Security};
use recommendations::services;
use recommendations::services::calls::{Calls, Settings};
use recommendations::services::health::Health;
use recommendations::shop::Shop;

/// Far longer than anything here takes: whoever waits that long has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The numbers of the categories in the contract.
pub const MYSTERY: i32 = 0;
pub const SCIENCE_FICTION: i32 = 1;
pub const SELF_HELP: i32 = 2;

pub const HEADER: &str = "id,title,author,year,categories\n";

pub const THREE_MYSTERIES: &str = "\
    2,Gaudy Night,Dorothy L. Sayers,1935,MYSTERY\n\
    5,The Moonstone,Wilkie Collins,1868,MYSTERY\n\
    8,The Nine Tailors,Dorothy L. Sayers,1934,MYSTERY\n";

/// A server of the books in `rows`.
pub fn serve(rows: &str) -> Server {
    let text = format!("{HEADER}{rows}");
    let books = files::parse("books.csv", text.as_bytes()).unwrap();
    serve_shop(Shop::in_memory(books), Settings::default())
}

/// A server of that shop, within those limits.
pub fn serve_shop(shop: Shop, settings: Settings) -> Server {
    let calls = services::calls(settings, &mut Registry::default()).unwrap();
    serve_all(Arc::new(shop), calls, Security::Plain)
}

/// A server of that shop, whose calls `calls` takes.
pub fn serve_all(shop: Arc<Shop>, calls: Calls, security: Security) -> Server {
    let health = services::health();
    let services = services::all(shop, calls, health.clone());
    Server::start(Listener::new(any_port(), security), services, health).unwrap()
}

/// A server of those books, and its health.
pub fn serve_with_health(rows: &str) -> (Server, Health) {
    let text = format!("{HEADER}{rows}");
    let books = files::parse("books.csv", text.as_bytes()).unwrap();
    let health = services::health();
    let shop = Arc::new(Shop::in_memory(books));
    let server = serve_at(any_port(), shop, health.clone());
    (server, health)
}

/// A server of that shop at that address, with that health.
pub fn serve_at(address: SocketAddr, shop: Arc<Shop>, health: Health) -> Server {
    let services = services::all(shop, calls(), health.clone());
    Server::start(Listener::new(address, Security::Plain), services, health).unwrap()
}

/// A server of services that a test makes.
pub fn serve_services(services: Vec<Service>) -> Server {
    let health = services::health();
    Server::start(Listener::new(any_port(), Security::Plain), services, health).unwrap()
}

/// What takes the calls of a service that a test makes, within the usual limits.
pub fn calls() -> Calls {
    services::calls(Settings::default(), &mut Registry::default()).unwrap()
}

/// How a server stops that waits for nothing but calls in flight.
pub fn drain(drain: Duration) -> StopTimes {
    StopTimes {
        lame_duck: Duration::ZERO,
        drain,
    }
}

pub fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// A client with a connection of its own.
pub fn stub(address: SocketAddr) -> RecommendationsClient {
    RecommendationsClient::new(channel(address, |builder| builder))
}

pub fn channel(
    address: SocketAddr,
    configured: impl FnOnce(ChannelBuilder) -> ChannelBuilder,
) -> Channel {
    let environment = Arc::new(EnvBuilder::new().cq_count(1).build());
    let builder = ChannelBuilder::new(environment)
        .enable_http_proxy(false)
        .use_local_subchannel_pool(true);
    configured(builder).connect(&address.to_string())
}

pub fn request(user_id: i32, category: i32, max_results: i32) -> RecommendationRequest {
    RecommendationRequest {
        user_id,
        category: EnumOrUnknown::from_i32(category),
        max_results,
        ..Default::default()
    }
}

/// Calls with patience, so that a server that hangs fails the test.
pub fn call(
    stub: &RecommendationsClient,
    request: &RecommendationRequest,
) -> grpcio::Result<RecommendationResponse> {
    stub.recommend_opt(request, CallOption::default().timeout(PATIENCE))
}

pub fn ids(response: grpcio::Result<RecommendationResponse>) -> Vec<i32> {
    let books = response.unwrap().recommendations.into_iter();
    books.map(|book| book.id).collect()
}

#[track_caller]
pub fn refusal<Response: std::fmt::Debug>(response: grpcio::Result<Response>) -> RpcStatus {
    match response {
        Err(grpcio::Error::RpcFailure(status)) => status,
        other => panic!("not refused: {other:?}"),
    }
}

/// That a call is refused with that code and exactly that message.
#[track_caller]
pub fn refused<Response: std::fmt::Debug>(
    response: grpcio::Result<Response>,
    code: RpcStatusCode,
    message: &str,
) {
    let status = refusal(response);
    assert_eq!((status.code(), status.message()), (code, message));
}

/// Lets the process of the test open as many files as the system gives it. Many a shell
/// gives 1024, and each connection here takes two.
pub fn open_many_files() {
    open_files::allow(u64::MAX).unwrap();
}

/// Asks until it is so, and fails when that takes too long.
#[track_caller]
pub fn until(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "it is still not so");
        // So that what is waited for has the core.
        thread::sleep(Duration::from_millis(1));
    }
}

/// Whether a call ended because the server stopped: which of the two the caller
/// is told depends on how far the call had got.
pub fn server_went(status: &RpcStatus) -> bool {
    [RpcStatusCode::UNAVAILABLE, RpcStatusCode::CANCELLED].contains(&status.code())
}

/// An address where nobody listens and nobody else will: it is the near end of
/// a connection.
pub struct Nobody {
    _listener: TcpListener,
    stream: TcpStream,
}

impl Nobody {
    pub fn new() -> Nobody {
        let listener = TcpListener::bind(any_port()).unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        Nobody {
            _listener: listener,
            stream,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.stream.local_addr().unwrap()
    }
}
