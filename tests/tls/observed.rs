//! What whoever runs a server with mutual TLS sees of it: its log and its figures.

use std::fs;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use grpcio::{ChannelCredentials, RpcStatusCode};
use prometheus_client::registry::Registry;
use recommendations::metrics::{self, MetricsEndpoint};
use recommendations::pb::RecommendationsClient;
use recommendations::pb::bookshop::{Interaction, ReadersClient};
use recommendations::tls::ServerTls;
use serde_json::Value;

use super::support::bookshop::{read, record};
use super::support::log::Log;
use super::support::program::{ServerProcess, server};
use super::support::tls::{Authority, DAY, Files, Issued, credentials, server_params};
use super::support::{self, MYSTERY, call, figures, refusal, request, until};
use super::{LOOK_EVERY, ask, shut_out};

/// A server's program with mutual TLS in which `writer` alone may write.
struct Observed {
    server: ServerProcess,
    log: Log,
    authority: Authority,
    /// The server looks at them as long as it is there.
    files: Files,
}

impl Observed {
    fn start() -> Observed {
        let authority = Authority::new();
        let files = Files::of_server(&authority.server());
        files.put_client_ca(&authority);
        let mut command = server(&["--listen", "127.0.0.1:0", "--writer", "writer"]);
        command
            .args(["--metrics", "127.0.0.1:0"])
            .env("RECOMMENDATIONS_TLS_CERT", files.path("server.pem"))
            .env("RECOMMENDATIONS_TLS_KEY", files.path("server.key"))
            .env("RECOMMENDATIONS_TLS_CLIENT_CA", files.path("client-ca.pem"));
        Observed {
            log: Log::of(&mut command),
            server: ServerProcess::spawn(&mut command),
            authority,
            files,
        }
    }

    /// A client with that certificate, or without.
    fn client(&self, own: Option<&Issued>) -> ChannelCredentials {
        credentials(&[&self.authority], own)
    }
}

fn write(address: SocketAddr, credentials: ChannelCredentials) -> grpcio::Result<Interaction> {
    let channel = support::channel(address, |builder| builder.set_credentials(credentials));
    record(&ReadersClient::new(channel), read(1, 2, 1))
}

#[test]
fn a_write_that_is_denied_is_one_line_of_the_log_and_counted() {
    let observed = Observed::start();
    let address = observed.server.address;
    let [writer, reader] = ["writer", "reader"].map(|name| observed.authority.client(name));
    write(address, observed.client(Some(&writer))).unwrap();
    let status = refusal(write(address, observed.client(Some(&reader))));
    assert_eq!(status.code(), RpcStatusCode::PERMISSION_DENIED);

    let counted = r#"recommendations_calls_refused_total{reason="permission"} 1"#;
    figures::shows(figures::address(&observed.log), counted);
    let is_call = |line: &Value| line.get("method").is_some();
    let line = observed.log.wait_for(is_call);
    assert_eq!(line["message"], "call refused");
    assert_eq!(line["level"], "WARN");
    assert_eq!(line["method"], "bookshop.v1.Readers/RecordInteraction");
    assert_eq!(line["status"], "PERMISSION_DENIED");
    assert_eq!(line["caller"], "reader");
    let peer = line["peer"].as_str().unwrap();
    assert!(peer.starts_with("ipv4:127.0.0.1:"), "{peer}");

    observed.server.signal("TERM");
    observed.log.wait_for(|line| line["message"] == "stopped");
    let calls = observed.log.lines().into_iter().filter(is_call);
    assert_eq!(calls.count(), 1);
}

#[test]
fn a_write_that_is_denied_is_in_the_log_whatever_else_its_caller_sends() {
    let observed = Observed::start();
    let reader = observed.client(Some(&observed.authority.client("reader")));
    let channel = support::channel(observed.server.address, |builder| {
        builder.set_credentials(reader)
    });
    let stub = RecommendationsClient::new(channel.clone());
    for _ in 0..300 {
        let status = refusal(call(&stub, &request(-1, MYSTERY, 1)));
        assert_eq!(status.code(), RpcStatusCode::INVALID_ARGUMENT);
    }
    refusal(record(&ReadersClient::new(channel), read(1, 2, 1)));
    let line = observed
        .log
        .wait_for(|line| line["status"] == "PERMISSION_DENIED");
    assert_eq!(line["caller"], "reader");
}

#[test]
fn clients_that_are_not_let_in_are_lines_of_the_log() {
    let observed = Observed::start();
    let other = Authority::new().client("reader");
    for (own, cause) in [
        (None, "PEER_DID_NOT_RETURN_A_CERTIFICATE"),
        (Some(&other), "CERTIFICATE_VERIFY_FAILED"),
    ] {
        shut_out(ask(observed.server.address, observed.client(own)));
        let line = observed
            .log
            .wait_for(|line| line["message"].as_str().unwrap().contains(cause));
        assert_eq!(line["target"], "grpc");
    }
}

#[test]
fn the_figures_tell_of_new_files_bad_files_and_the_certificates_end() {
    let authority = Authority::new();
    let files = Files::of_server(&authority.server());
    let tls = ServerTls::open(files.server(), LOOK_EVERY).unwrap();
    let counts = tls.counts();
    let mut registry = Registry::default();
    metrics::show_tls(&mut registry, tls.counts());
    let endpoint = MetricsEndpoint::start(support::any_port(), registry).unwrap();
    let shown = endpoint.address();
    figures::shows(shown, "recommendations_tls_reloads_total 0");
    figures::shows(shown, "recommendations_tls_failed_reloads_total 0");

    let last = SystemTime::now() + 30 * DAY;
    let mut params = server_params();
    params.not_after = last.into();
    files.put_server(&authority.issue(params));
    until(|| counts.figures().reloads == 1);
    files.write("server.pem", "no certificate");
    until(|| counts.figures().failed_reloads == 1);

    let seconds = last.duration_since(UNIX_EPOCH).unwrap().as_secs();
    let end = format!("recommendations_tls_not_after_timestamp_seconds {seconds}.0");
    for line in [
        "recommendations_tls_reloads_total 1",
        "recommendations_tls_failed_reloads_total 1",
        &end,
    ] {
        figures::shows(shown, line);
    }
}

#[test]
fn files_that_turn_bad_and_good_again_are_told() {
    let observed = Observed::start();
    let key = observed.files.path("server.key");
    let good = fs::read(&key).unwrap();
    fs::write(&key, "no key").unwrap();
    let bad = "new TLS files cannot be used; the old ones serve on";
    observed.log.wait_for_message(bad);
    fs::write(&key, good).unwrap();
    let again = "the TLS files are again those that serve";
    observed.log.wait_for_message(again);
}
