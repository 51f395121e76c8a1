//! What whoever runs a server with mutual TLS sees of it: its log and its figures.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use grpcio::{ChannelCredentials, RpcStatusCode};
use prometheus_client::registry::Registry;
use recommendations::metrics::{self, MetricsEndpoint};
use recommendations::pb::bookshop::{Interaction, ReadersClient};
use recommendations::tls::ServerTls;
use serde_json::Value;

use super::support::bookshop::{read, record};
use super::support::program::{ServerProcess, server};
use super::support::tls::{Authority, DAY, Files, credentials, server_params};
use super::support::{self, Nobody, figures, refusal, until};
use super::{LOOK_EVERY, ask, shut_out};

/// A server's program with mutual TLS in which `writer` alone may write, its
/// authority, and where it shows its figures.
fn serving() -> (ServerProcess, Authority, SocketAddr) {
    let authority = Authority::new();
    let files = Files::of_server(&authority.server());
    files.put_client_ca(&authority);
    // A port that was free a moment ago: the program tells its own in the log alone.
    let shown = Nobody::new().address();
    let mut command = server(&["--listen", "127.0.0.1:0", "--writer", "writer"]);
    command
        .args(["--log", "json", "--metrics", &shown.to_string()])
        .env("RECOMMENDATIONS_TLS_CERT", files.path("server.pem"))
        .env("RECOMMENDATIONS_TLS_KEY", files.path("server.key"))
        .env("RECOMMENDATIONS_TLS_CLIENT_CA", files.path("client-ca.pem"));
    (ServerProcess::spawn(&mut command), authority, shown)
}

/// The lines of its log that `is_wanted`, once it has been told to stop.
fn logged(server: ServerProcess, is_wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
    server.signal("TERM");
    let ended = server.end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let lines = ended.stderr.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(is_wanted)
        .collect()
}

fn write(address: SocketAddr, credentials: ChannelCredentials) -> grpcio::Result<Interaction> {
    let channel = support::channel(address, |builder| builder.set_credentials(credentials));
    record(&ReadersClient::new(channel), read(1, 2, 1))
}

#[test]
fn a_write_that_is_denied_is_one_line_of_the_log_and_counted() {
    let (server, authority, shown) = serving();
    let allowed = credentials(&[&authority], Some(&authority.client("writer")));
    write(server.address, allowed).unwrap();
    let denied = credentials(&[&authority], Some(&authority.client("reader")));
    let status = refusal(write(server.address, denied));
    assert_eq!(status.code(), RpcStatusCode::PERMISSION_DENIED);

    let method = r#"grpc_service="bookshop.v1.Readers",grpc_method="RecordInteraction""#;
    for line in [
        r#"recommendations_calls_refused_total{reason="permission"} 1"#.to_owned(),
        format!(r#"grpc_server_handled_total{{{method},grpc_code="PERMISSION_DENIED"}} 1"#),
        format!(r#"grpc_server_handled_total{{{method},grpc_code="OK"}} 1"#),
    ] {
        figures::shows(shown, &line);
    }
    let lines = logged(server, |line| line.get("method").is_some());
    let [line] = &lines[..] else {
        panic!("{lines:?}");
    };
    assert_eq!(line["message"], "call refused");
    assert_eq!(line["level"], "WARN");
    assert_eq!(line["method"], "bookshop.v1.Readers/RecordInteraction");
    assert_eq!(line["status"], "PERMISSION_DENIED");
    assert_eq!(line["caller"], "reader");
    let peer = line["peer"].as_str().unwrap();
    assert!(peer.starts_with("ipv4:127.0.0.1:"), "{peer}");
}

#[test]
fn clients_that_are_not_let_in_are_lines_of_the_log() {
    let (server, authority, _) = serving();
    let other = Authority::new().client("reader");
    for own in [None, Some(&other)] {
        shut_out(ask(server.address, credentials(&[&authority], own)));
    }
    let lines = logged(server, |line| line["target"] == "grpc");
    let told = |cause: &str| {
        let lines = lines.iter().map(|line| line["message"].as_str().unwrap());
        lines.filter(|line| line.contains(cause)).count()
    };
    assert!(told("PEER_DID_NOT_RETURN_A_CERTIFICATE") > 0, "{lines:?}");
    assert!(told("CERTIFICATE_VERIFY_FAILED") > 0, "{lines:?}");
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
