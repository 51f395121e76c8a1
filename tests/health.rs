//! Health, as load balancers and clients ask for it.

mod support;

use std::ffi::CString;
use std::iter;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures::StreamExt;
use futures::executor::block_on;
use grpcio::{
    CallOption, Channel, ChannelBuilder, ClientSStreamReceiver, EnvBuilder, RpcStatus,
    RpcStatusCode,
};
use recommendations::pb::RecommendationsClient;
use recommendations::pb::health::health_check_response::ServingStatus;
use recommendations::pb::health::{
    HealthCheckRequest, HealthCheckResponse, HealthClient, HealthListRequest,
};
use recommendations::server::{Server, limits};
use recommendations::services::health::Health;
use support::bookshop::patient;
use support::{
    MYSTERY, PATIENCE, THREE_MYSTERIES, call, drain, ids, refusal, refused, request, until,
};

const SERVING: ServingStatus = ServingStatus::SERVING;
const NOT_SERVING: ServingStatus = ServingStatus::NOT_SERVING;
const SERVICE_UNKNOWN: ServingStatus = ServingStatus::SERVICE_UNKNOWN;

fn serve() -> (Server, Health) {
    support::serve_with_health(THREE_MYSTERIES)
}

fn stub(address: SocketAddr) -> HealthClient {
    HealthClient::new(support::channel(address, |builder| builder))
}

fn about(service: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: service.to_owned(),
        ..Default::default()
    }
}

fn check(stub: &HealthClient, service: &str) -> grpcio::Result<ServingStatus> {
    let response = stub.check_opt(&about(service), patient())?;
    Ok(response.status.unwrap())
}

struct Watch(ClientSStreamReceiver<HealthCheckResponse>);

impl Watch {
    fn open(stub: &HealthClient, service: &str) -> Watch {
        Watch(stub.watch_opt(&about(service), patient()).unwrap())
    }

    /// The next status. It waits for one.
    fn next(&mut self) -> grpcio::Result<ServingStatus> {
        let next = block_on(self.0.next()).expect("a watch ends with a status");
        Ok(next?.status.unwrap())
    }

    fn end(mut self) -> RpcStatus {
        refusal(self.next())
    }
}

#[test]
fn the_server_and_each_service_are_serving() {
    let (server, _) = serve();
    let stub = stub(server.address());
    for service in [
        "",
        "Recommendations",
        "bookshop.v1.Books",
        "bookshop.v1.Readers",
    ] {
        assert_eq!(check(&stub, service).unwrap(), SERVING, "{service}");
    }
}

#[test]
fn a_service_that_the_server_does_not_have_is_not_found() {
    let (server, _) = serve();
    refused(
        check(&stub(server.address()), "bookshop.v1.Boks"),
        RpcStatusCode::NOT_FOUND,
        r#"the server has no service "bookshop.v1.Boks""#,
    );
}

#[test]
fn a_list_has_the_server_and_every_service() {
    let (server, health) = serve();
    health.set_not_serving();
    let stub = stub(server.address());
    let list = stub.list_opt(&HealthListRequest::new(), patient()).unwrap();
    let mut names: Vec<&str> = list.statuses.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "",
            "Recommendations",
            "bookshop.v1.Books",
            "bookshop.v1.Readers",
            "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection",
        ]
    );
    let mut statuses = list
        .statuses
        .values()
        .map(|response| response.status.unwrap());
    assert!(statuses.all(|status| status == NOT_SERVING));
}

#[test]
fn a_watch_is_told_the_status_and_each_change() {
    let (server, health) = serve();
    let stub = stub(server.address());
    let mut watch = Watch::open(&stub, "bookshop.v1.Books");
    assert_eq!(watch.next().unwrap(), SERVING);
    for _ in 0..100 {
        health.set_not_serving();
        assert_eq!(watch.next().unwrap(), NOT_SERVING);
        health.set_serving();
        assert_eq!(watch.next().unwrap(), SERVING);
    }
}

#[test]
fn a_watch_of_no_service_stays_open() {
    let (server, health) = serve();
    let stub = stub(server.address());
    let mut watch = Watch::open(&stub, "bookshop.v1.Boks");
    assert_eq!(watch.next().unwrap(), SERVICE_UNKNOWN);
    health.end_watches();
    assert_eq!(watch.end().code(), RpcStatusCode::UNAVAILABLE);
}

#[test]
fn watches_are_told_that_the_server_stops_and_do_not_hold_it_up() {
    let (server, health) = serve();
    let stub = stub(server.address());
    let mut watches: Vec<Watch> = (0..50).map(|_| Watch::open(&stub, "")).collect();
    for watch in &mut watches {
        assert_eq!(watch.next().unwrap(), SERVING);
    }
    health.set_not_serving();
    for watch in &mut watches {
        assert_eq!(watch.next().unwrap(), NOT_SERVING);
    }
    assert_eq!(check(&stub, "").unwrap(), NOT_SERVING);
    // It would wait for ever, and only then cancel what is open.
    let stopped = thread::spawn(move || server.stop(drain(PATIENCE * 2)));
    for watch in watches {
        let end = watch.end();
        let told = (end.code(), end.message());
        assert_eq!(told, (RpcStatusCode::UNAVAILABLE, "the server is stopping"));
    }
    stopped.join().unwrap().unwrap();
}

#[test]
fn a_client_that_checks_health_calls_only_while_the_server_is_serving() {
    let (server, health) = serve();
    let config = r#"{
        "loadBalancingConfig": [{"round_robin": {}}],
        "healthCheckConfig": {"serviceName": "Recommendations"}
    }"#;
    let config = CString::new(config).unwrap();
    let channel = support::channel(server.address(), |builder| {
        builder.raw_cfg_string(c"grpc.service_config".to_owned(), config)
    });
    let stub = RecommendationsClient::new(channel);
    for _ in 0..3 {
        until(|| call(&stub, &request(1, MYSTERY, 1)).is_ok());
        assert_eq!(ids(call(&stub, &request(1, MYSTERY, 1))), [2]);
        health.set_not_serving();
        until(|| call(&stub, &request(1, MYSTERY, 1)).is_err());
        let status = refusal(call(&stub, &request(1, MYSTERY, 1)));
        assert_eq!(status.code(), RpcStatusCode::UNAVAILABLE);
        health.set_serving();
    }
}

/// So many watches may be open from one host.
const MOST_WATCHES: usize = 1024;

/// So many connections that they can hold as many watches as may be open from here.
fn channels(address: SocketAddr) -> Vec<Channel> {
    let per_connection = usize::try_from(limits::MAX_CALLS_PER_CONNECTION).unwrap();
    let environment = Arc::new(EnvBuilder::new().cq_count(2).build());
    let connect = |_| {
        ChannelBuilder::new(Arc::clone(&environment))
            .enable_http_proxy(false)
            .use_local_subchannel_pool(true)
            .connect(&address.to_string())
    };
    (0..MOST_WATCHES.div_ceil(per_connection))
        .map(connect)
        .collect()
}

/// Opens as many watches as a host may have; each is told the status. A place may still be
/// taken by a watch that was abandoned, but not for long.
fn open_all(channels: &[Channel]) -> Vec<Watch> {
    let stubs: Vec<HealthClient> = channels.iter().cloned().map(HealthClient::new).collect();
    let stubs = stubs.iter().cycle().take(MOST_WATCHES);
    let watches = stubs.map(|stub| {
        let mut opened = None;
        until(|| {
            let mut watch = Watch::open(stub, "");
            let told = watch.next();
            let is_open = told.is_ok();
            opened = Some(watch);
            is_open
        });
        opened.unwrap()
    });
    watches.collect()
}

#[test]
fn watches_that_are_cancelled_or_lose_their_connection_make_room() {
    let (server, _health) = serve();
    let one_more = stub(server.address());
    let first = channels(server.address());
    let watches = open_all(&first);
    refused(
        Watch::open(&one_more, "").next(),
        RpcStatusCode::RESOURCE_EXHAUSTED,
        "1024 calls of this kind are open from this host, the most that may be",
    );
    // Cancelled: the connections stay.
    drop(watches);
    let watches = open_all(&first);
    // The connections go, and the calls with them.
    drop(first);
    drop(watches);
    let _watches = open_all(&channels(server.address()));
    assert_eq!(check(&one_more, "").unwrap(), SERVING);
}

#[test]
fn a_watch_with_a_deadline_ends_with_it() {
    let (server, _health) = serve();
    let deadline = CallOption::default().timeout(Duration::from_millis(50));
    let stub = stub(server.address());
    let mut watch = Watch(stub.watch_opt(&about(""), deadline).unwrap());
    let ended = iter::from_fn(|| Some(watch.next())).find_map(Result::err);
    let status = refusal::<()>(Err(ended.unwrap()));
    assert_eq!(status.code(), RpcStatusCode::DEADLINE_EXCEEDED);
}
