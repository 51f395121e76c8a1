//! Calls that are answered with a stream: each is answered, and what nobody
//! listens to any more is let go.

mod support;

use std::iter;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use futures::channel::oneshot;
use futures::executor::block_on;
use futures::future;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, SinkExt, Stream, StreamExt};
use grpcio::{
    ChannelBuilder, ClientDuplexReceiver, ClientDuplexSender, ClientSStreamReceiver, RpcStatusCode,
    WriteFlags,
};
use protobuf::Message;
use recommendations::pb::health::{
    HealthCheckRequest, HealthCheckResponse, HealthClient, METHOD_HEALTH_WATCH,
};
use recommendations::pb::reflection::{
    METHOD_SERVER_REFLECTION_SERVER_REFLECTION_INFO, ServerReflectionClient,
    ServerReflectionRequest, ServerReflectionResponse,
};
use recommendations::server::{Server, limits};
use recommendations::services::calls::Handlers;
use recommendations::wire::Refusal;
use support::bookshop::patient;
use support::relay::Relay;
use support::{PATIENCE, calls, channel, drain, refused, serve_services};

// What a call is answered with, as its request says.
const ONE: &str = "one answer";
const PANIC_AT_ONCE: &str = "a panic";
const PANIC_LATER: &str = "one answer, then a panic";
const REFUSAL_LATER: &str = "one answer, then a refusal";
const SILENCE: &str = "one answer, then nothing";
const ENDLESS: &str = "answer upon answer";

/// How much of an endless stream may be on its way, in answers of 10 kB.
const MOST_ON_THEIR_WAY: usize = 1000;

#[derive(Clone)]
struct Told {
    /// Is sent something when the answers of a call are dropped.
    dropped: Sender<()>,
    /// Counts the endless answers.
    taken: Arc<AtomicUsize>,
}

struct Held(Sender<()>);

impl Drop for Held {
    fn drop(&mut self) {
        // The test may be over.
        let _ = self.0.send(());
    }
}

impl Told {
    fn answers<Response: Message>(
        &self,
        what: &str,
    ) -> BoxStream<'static, Result<Response, Refusal>> {
        let one = stream::iter([Ok(Response::new())]);
        let held = Held(self.dropped.clone());
        let taken = Arc::clone(&self.taken);
        match what {
            ONE => one.boxed(),
            PANIC_AT_ONCE => panic!("at once"),
            PANIC_LATER => one.chain(after_a_wake(|| panic!("later"))).boxed(),
            REFUSAL_LATER => one.chain(after_a_wake(|| Err(Refusal::Stopping))).boxed(),
            SILENCE => {
                let silence = future::pending().map(move |answer| {
                    let _held = &held;
                    answer
                });
                one.chain(stream::once(silence)).boxed()
            }
            ENDLESS => stream::repeat_with(move || {
                taken.fetch_add(1, Ordering::SeqCst);
                let mut response = Response::new();
                let unknown = response.mut_unknown_fields();
                unknown.add_length_delimited(99, vec![0; 10_000]);
                Ok(response)
            })
            .boxed(),
            _ => unreachable!("{what}"),
        }
    }
}

/// One item, once another thread has woken the stream.
fn after_a_wake<Item>(item: impl FnOnce() -> Item + Send) -> impl Stream<Item = Item> + Send {
    stream::once(async {
        let (sender, receiver) = oneshot::channel();
        thread::spawn(move || sender.send(()));
        receiver.await.unwrap();
        item()
    })
}

struct Serving {
    server: Server,
    dropped: Receiver<()>,
    taken: Arc<AtomicUsize>,
}

fn serve() -> Serving {
    let (sender, dropped) = mpsc::channel();
    let taken = Arc::new(AtomicUsize::new(0));
    let told = Told {
        dropped: sender,
        taken: Arc::clone(&taken),
    };
    let health = Handlers::new(calls(), told.clone())
        .server_streaming(
            &METHOD_HEALTH_WATCH,
            |told: Told, request: HealthCheckRequest| {
                async move { told.answers(&request.service) }.flatten_stream()
            },
        )
        .build();
    let reflection = Handlers::new(calls(), told)
        .duplex(
            &METHOD_SERVER_REFLECTION_SERVER_REFLECTION_INFO,
            |told: Told, requests| {
                let answers = move |request: Result<ServerReflectionRequest, Refusal>| match request
                {
                    Ok(request) => told.answers(&request.host),
                    Err(refusal) => stream::iter([Err(refusal)]).boxed(),
                };
                requests.flat_map(answers).boxed()
            },
        )
        .build();
    let services = vec![health, reflection];
    let server = serve_services(services);
    Serving {
        server,
        dropped,
        taken,
    }
}

/// A call that is answered with a stream, on a connection of its own.
struct Watch {
    answers: ClientSStreamReceiver<HealthCheckResponse>,
    _stub: HealthClient,
}

impl Watch {
    fn open(address: SocketAddr, what: &str) -> Watch {
        // So that a client takes little in advance, however fast the connection is.
        let configured = |builder: ChannelBuilder| builder.http2_bdp_probe(false);
        let stub = HealthClient::new(channel(address, configured));
        let request = HealthCheckRequest {
            service: what.to_owned(),
            ..Default::default()
        };
        let answers = stub.watch_opt(&request, patient()).unwrap();
        Watch {
            answers,
            _stub: stub,
        }
    }

    fn next(&mut self) -> Option<grpcio::Result<HealthCheckResponse>> {
        block_on(self.answers.next())
    }

    /// How it ends. An answer that has come with the end may be lost: the client
    /// tells a refusal at once.
    fn end(&mut self) -> Option<grpcio::Error> {
        iter::from_fn(|| self.next()).find_map(Result::err)
    }
}

/// A call whose requests are a stream, too, on a connection of its own.
struct Conversation {
    requests: ClientDuplexSender<ServerReflectionRequest>,
    answers: ClientDuplexReceiver<ServerReflectionResponse>,
    _stub: ServerReflectionClient,
}

impl Conversation {
    fn open(address: SocketAddr) -> Conversation {
        let stub = ServerReflectionClient::new(channel(address, |builder| builder));
        let (requests, answers) = stub.server_reflection_info_opt(patient()).unwrap();
        Conversation {
            requests,
            answers,
            _stub: stub,
        }
    }

    fn ask(&mut self, what: &str) {
        let request = ServerReflectionRequest {
            host: what.to_owned(),
            ..Default::default()
        };
        // A call that has ended takes no more; its status says why.
        let _ = block_on(self.requests.send((request, WriteFlags::default())));
    }

    fn next(&mut self) -> Option<grpcio::Result<ServerReflectionResponse>> {
        block_on(self.answers.next())
    }

    /// How it ends. An answer that has come with the end may be lost: the client
    /// tells a refusal at once.
    fn end(&mut self) -> Option<grpcio::Error> {
        iter::from_fn(|| self.next()).find_map(Result::err)
    }
}

#[track_caller]
fn told_of_a_panic(end: Option<grpcio::Error>) {
    refused::<()>(
        Err(end.unwrap()),
        RpcStatusCode::INTERNAL,
        "internal error; the cause is in the server's log",
    );
}

/// Does `call` several times on every polling thread, each time on a new
/// connection, and then wants answers.
fn the_server_survives(call: impl Fn(SocketAddr)) {
    let server = serve().server;
    let address = server.address();
    for _ in 0..4 * limits::polling_threads() {
        call(address);
    }
    for _ in 0..4 * limits::polling_threads() {
        let mut watch = Watch::open(address, ONE);
        watch.next().unwrap().unwrap();
        assert!(watch.next().is_none());
    }
    server.stop(drain(PATIENCE)).unwrap();
}

#[test]
fn a_panic_before_the_first_answer_is_told_and_survived() {
    the_server_survives(|address| {
        told_of_a_panic(Watch::open(address, PANIC_AT_ONCE).end());
        let mut conversation = Conversation::open(address);
        conversation.ask(PANIC_AT_ONCE);
        told_of_a_panic(conversation.end());
    });
}

#[test]
fn a_panic_after_an_answer_is_told_and_survived() {
    the_server_survives(|address| {
        told_of_a_panic(Watch::open(address, PANIC_LATER).end());
        let mut conversation = Conversation::open(address);
        conversation.ask(ONE);
        conversation.next().unwrap().unwrap();
        conversation.ask(PANIC_LATER);
        told_of_a_panic(conversation.end());
    });
}

#[test]
fn a_refusal_is_told_also_when_requests_are_left() {
    let server = serve().server;
    let told = |end: Option<grpcio::Error>| {
        refused::<()>(
            Err(end.unwrap()),
            RpcStatusCode::UNAVAILABLE,
            "the server is stopping",
        );
    };
    told(Watch::open(server.address(), REFUSAL_LATER).end());
    let mut conversation = Conversation::open(server.address());
    conversation.ask(REFUSAL_LATER);
    // Nobody reads it.
    conversation.ask(ONE);
    told(conversation.end());
}

#[test]
fn a_conversation_ends_when_its_requests_do() {
    let server = serve().server;
    let mut conversation = Conversation::open(server.address());
    conversation.ask(ONE);
    conversation.ask(ONE);
    block_on(conversation.requests.close()).unwrap();
    conversation.next().unwrap().unwrap();
    conversation.next().unwrap().unwrap();
    assert!(conversation.next().is_none());
}

#[test]
fn answers_are_dropped_when_the_caller_cancels() {
    let Serving {
        server, dropped, ..
    } = serve();
    let mut watch = Watch::open(server.address(), SILENCE);
    watch.next().unwrap().unwrap();
    let Watch { answers, _stub } = watch;
    drop(answers);
    dropped.recv_timeout(PATIENCE).unwrap();

    let mut conversation = Conversation::open(server.address());
    conversation.ask(SILENCE);
    conversation.next().unwrap().unwrap();
    conversation.answers.cancel();
    dropped.recv_timeout(PATIENCE).unwrap();
}

#[test]
fn answers_are_dropped_when_the_connection_is_lost() {
    let Serving {
        server, dropped, ..
    } = serve();
    let connection = Relay::to(server.address());
    let mut watch = Watch::open(connection.address(), SILENCE);
    watch.next().unwrap().unwrap();
    let mut conversation = Conversation::open(connection.address());
    conversation.ask(SILENCE);
    conversation.next().unwrap().unwrap();
    connection.cut();
    dropped.recv_timeout(PATIENCE).unwrap();
    dropped.recv_timeout(PATIENCE).unwrap();
}

#[test]
fn a_caller_who_reads_slowly_slows_the_answers_down() {
    let Serving { server, taken, .. } = serve();
    let mut watch = Watch::open(server.address(), ENDLESS);
    for read in 1..=100 {
        watch.next().unwrap().unwrap();
        let taken = taken.load(Ordering::SeqCst);
        assert!(taken <= read + MOST_ON_THEIR_WAY, "{taken} of {read}");
    }
    // Others are served meanwhile.
    Watch::open(server.address(), ONE).next().unwrap().unwrap();
}
