//! The client's TLS, as its users see it.

mod support;

use std::process::Command;
use std::sync::Arc;

use recommendations::files;
use recommendations::server::Server;
use recommendations::server::listen::Security;
use recommendations::shop::Shop;
use recommendations::tls::{ServerFiles, ServerTls};
use support::program::{client, fails, prints, run};
use support::tls::{Authority, Files};
use support::{HEADER, PATIENCE, THREE_MYSTERIES, any_port, serve};

const ASKED: [&str; 5] = ["recommend", "--user", "1", "--category", "mystery"];

/// A server of three mysteries with those files.
fn serve_tls(files: ServerFiles) -> Server {
    let text = format!("{HEADER}{THREE_MYSTERIES}");
    let books = files::parse("books.csv", text.as_bytes()).unwrap();
    let tls = ServerTls::open(files, PATIENCE).unwrap();
    let shop = Arc::new(Shop::in_memory(books));
    support::serve_all(shop, support::calls(), Security::Tls(tls))
}

/// `recommend` with more arguments.
fn recommend(address: impl ToString, arguments: &[&str]) -> Command {
    let mut command = client(&ASKED);
    command.args(["--max-results", "1", "--addr", &address.to_string()]);
    command.args(arguments);
    command
}

fn path(files: &Files, name: &str) -> String {
    files.path(name).to_str().unwrap().to_owned()
}

/// That the only line is an error that begins and ends like that.
#[track_caller]
fn fails_with(command: &mut Command, begin: &str, end: &str) {
    let ended = run(command);
    let stderr = ended.stderr;
    assert!(
        stderr.starts_with(&format!("recommendations-client: {begin}")),
        "{stderr}"
    );
    assert!(stderr.ends_with(&format!("{end}\n")), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
}

/// A server's certificate, its authority, and a client's certificate, in files.
struct Ready {
    files: Files,
}

impl Ready {
    fn new() -> Ready {
        let authority = Authority::new();
        let files = Files::of_server(&authority.server());
        files.put_client_ca(&authority);
        let own = authority.client("shop");
        files.write("own.pem", own.certificate);
        files.write("own.key", own.key);
        Ready { files }
    }

    /// With the server's authority and more arguments.
    fn recommend(&self, address: impl ToString, arguments: &[&str]) -> Command {
        // It signed the clients' certificates too.
        let ca = path(&self.files, "client-ca.pem");
        let mut command = recommend(address, &["--tls-ca", &ca]);
        command.args(arguments);
        command
    }

    /// With the client's own certificate too.
    fn recommend_as_shop(&self, address: impl ToString) -> Command {
        let [certificate, key] = ["own.pem", "own.key"].map(|name| path(&self.files, name));
        self.recommend(address, &["--tls-cert", &certificate, "--tls-key", &key])
    }
}

#[test]
fn a_server_with_tls_is_called_by_address_and_by_name() {
    let ready = Ready::new();
    let server = serve_tls(ready.files.server());
    let port = server.address().port();
    for host in ["127.0.0.1", "localhost"] {
        let mut command = ready.recommend(format!("{host}:{port}"), &[]);
        prints(&mut command, "2\tGaudy Night\n");
    }
}

#[test]
fn the_environment_turns_tls_on() {
    let ready = Ready::new();
    let server = serve_tls(ready.files.mutual());
    let mut command = client(&ASKED);
    for (name, file) in [
        ("CA", "client-ca.pem"),
        ("CERT", "own.pem"),
        ("KEY", "own.key"),
    ] {
        let name = format!("RECOMMENDATIONS_CLIENT_TLS_{name}");
        command.env(name, ready.files.path(file));
    }
    command.env("RECOMMENDATIONS_CLIENT_TLS_SERVER_NAME", "localhost");
    command.env("RECOMMENDATIONS_ADDR", server.address().to_string());
    command.env("RECOMMENDATIONS_CLIENT_TLS", "true");
    command.env("RECOMMENDATIONS_TIMEOUT", "10s");
    command.args(["--max-results", "1"]);
    prints(&mut command, "2\tGaudy Night\n");
}

#[test]
fn a_server_with_mutual_tls_is_called_with_a_certificate() {
    let ready = Ready::new();
    let server = serve_tls(ready.files.mutual());
    let address = server.address();
    prints(&mut ready.recommend_as_shop(address), "2\tGaudy Night\n");
    fails_with(
        &mut ready.recommend(address, &[]),
        &format!("nobody answers at {address} ("),
        "Socket closed); it may want a certificate: give --tls-cert and --tls-key",
    );
}

#[test]
fn a_certificate_that_the_server_does_not_accept_is_told() {
    let ready = Ready::new();
    let server = serve_tls(ready.files.mutual());
    let stranger = Authority::new().client("stranger");
    ready.files.write("own.pem", stranger.certificate);
    ready.files.write("own.key", stranger.key);
    let address = server.address();
    fails_with(
        &mut ready.recommend_as_shop(address),
        &format!("nobody answers at {address} ("),
        "; it may not accept the certificate in --tls-cert, or have as many connections as it \
         takes: its log says why",
    );
}

#[test]
fn a_server_with_tls_that_is_called_without_is_told() {
    let ready = Ready::new();
    let server = serve_tls(ready.files.server());
    let address = server.address();
    fails_with(
        &mut recommend(address, &[]),
        &format!("nobody answers at {address} ("),
        "Socket closed); it may want TLS: give --tls, or --tls-ca with its authority; \
         or it has as many connections as it takes",
    );
}

#[test]
fn a_server_without_tls_that_is_called_with_it_is_told() {
    let server = serve(THREE_MYSTERIES);
    let address = server.address();
    fails_with(
        &mut Ready::new().recommend(address, &[]),
        &format!("no TLS with {address} ("),
        "WRONG_VERSION_NUMBER); it may serve without TLS: leave the --tls options out",
    );
}

#[test]
fn a_server_of_another_authority_is_not_called() {
    let server = serve_tls(Ready::new().files.server());
    let address = server.address();
    fails_with(
        &mut Ready::new().recommend(address, &[]),
        &format!("no TLS with {address} ("),
        "CERTIFICATE_VERIFY_FAILED); \
         its certificate must be valid now and come from an authority in --tls-ca",
    );
}

#[test]
fn a_server_with_another_name_is_not_called() {
    let ready = Ready::new();
    let server = serve_tls(ready.files.server());
    let address = server.address();
    let named = ["--tls-server-name", "books.example"];
    fails_with(
        &mut ready.recommend(address, &named),
        &format!("no TLS with {address} ("),
        "Peer name books.example is not in peer certificate); \
         say with --tls-server-name what name it has",
    );
}

#[test]
fn several_hosts_need_one_name_for_tls() {
    let ready = Ready::new();
    let servers = [ready.files.server(), ready.files.server()].map(serve_tls);
    let [first, second] = servers.each_ref().map(|server| server.address().port());
    let two = format!("127.0.0.1:{first},localhost:{second}");
    let mut command = ready.recommend(&two, &["--tls-server-name", "localhost"]);
    prints(&mut command, "2\tGaudy Night\n");
    let same = format!("localhost:{first},localhost:{second}");
    prints(&mut ready.recommend(&same, &[]), "2\tGaudy Night\n");
    fails(
        &mut ready.recommend(&two, &[]),
        2,
        &format!(
            "--tls-server-name is missing: servers on several hosts, \
             127.0.0.1:{first}, localhost:{second}, need a server name for TLS; \
             see recommendations-client --help"
        ),
    );
}

#[test]
fn half_a_certificate_is_wrong_usage() {
    for option in ["--tls-cert", "--tls-key"] {
        fails(
            &mut recommend(any_port(), &[option, "own.pem"]),
            2,
            "--tls-cert and --tls-key must be given together; see recommendations-client --help",
        );
    }
}

#[test]
fn a_file_that_cannot_be_used_is_told() {
    let ready = Ready::new();
    let missing = path(&ready.files, "missing.pem");
    fails(
        &mut recommend(any_port(), &["--tls-ca", &missing]),
        1,
        &format!("cannot read {missing}: No such file or directory (os error 2)"),
    );
}
