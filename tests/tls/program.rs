//! The options and the log of the server's program.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::SystemTime;

use recommendations::server::limits::MAX_HANDSHAKES;

use super::support::program::{Ended, ServerProcess, run, server};
use super::support::tls::{Authority, DAY, Files, credentials, server_params};
use super::support::{PATIENCE, ids, open_many_files};
use super::{ask, shut_out};

/// Files of a server and its clients' authority, and who issued all.
fn files() -> (Files, Authority) {
    let authority = Authority::new();
    let files = Files::of_server(&authority.server());
    files.put_client_ca(&authority);
    let key = files.path("server.key");
    std::fs::set_permissions(key, PermissionsExt::from_mode(0o600)).unwrap();
    (files, authority)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn start(files: &Files) -> ServerProcess {
    let (certificate, key) = (files.path("server.pem"), files.path("server.key"));
    ServerProcess::start(&["--tls-cert", text(&certificate), "--tls-key", text(&key)])
}

fn stderr(server: ServerProcess) -> String {
    server.signal("TERM");
    let Ended { code, stderr, .. } = server.end();
    assert_eq!(code, Some(0), "{stderr}");
    stderr
}

#[track_caller]
fn wrong_usage(arguments: &[&str], message: &str) {
    let Ended { code, stderr, .. } = run(&mut server(arguments));
    let expected =
        format!("recommendations-server: {message}; see recommendations-server --help\n");
    assert_eq!((code, stderr), (Some(2), expected));
}

#[test]
fn the_options_serve_with_mutual_tls() {
    let (files, authority) = files();
    let paths = ["server.pem", "server.key", "client-ca.pem"].map(|name| files.path(name));
    let [certificate, key, client_ca] = &paths;
    let server = ServerProcess::start(&[
        "--tls-cert",
        text(certificate),
        "--tls-key",
        text(key),
        "--tls-client-ca",
        text(client_ca),
    ]);
    let own = authority.client("reader");
    let answer = ask(server.address, credentials(&[&authority], Some(&own)));
    assert_eq!(ids(answer), [1, 2, 3]);
    shut_out(ask(server.address, credentials(&[&authority], None)));
}

#[test]
fn the_environment_names_the_files_too() {
    let (files, authority) = files();
    let mut command = server(&["--listen", "127.0.0.1:0"]);
    command
        .env("RECOMMENDATIONS_TLS_CERT", files.path("server.pem"))
        .env("RECOMMENDATIONS_TLS_KEY", files.path("server.key"))
        .env("RECOMMENDATIONS_TLS_CLIENT_CA", files.path("client-ca.pem"));
    let server = ServerProcess::spawn(&mut command);
    let own = authority.client("reader");
    let answer = ask(server.address, credentials(&[&authority], Some(&own)));
    assert_eq!(ids(answer), [1, 2, 3]);
    shut_out(ask(server.address, credentials(&[&authority], None)));
}

#[test]
fn options_that_do_not_go_together_are_wrong_usage() {
    let missing = "the following required arguments were not provided:";
    wrong_usage(&["--tls-cert", "a"], &format!("{missing} --tls-key <FILE>"));
    wrong_usage(&["--tls-key", "a"], &format!("{missing} --tls-cert <FILE>"));
    wrong_usage(
        &["--tls-client-ca", "a"],
        &format!("{missing} --tls-key <FILE> --tls-cert <FILE>"),
    );
    wrong_usage(
        &["--insecure", "--tls-cert", "a", "--tls-key", "b"],
        "--insecure and --tls-cert exclude each other: leave one of them out",
    );
}

#[test]
fn commas_part_the_names_of_writers_in_the_environment() {
    let mut command = server(&["--tls-cert=a", "--tls-key=b", "--tls-client-ca=c"]);
    let Ended { code, stderr, .. } = run(command.env("RECOMMENDATIONS_WRITER", "anna,,bob"));
    assert_eq!(
        stderr,
        "recommendations-server: a value is required for '--writer <CN>' but none was supplied; \
         see recommendations-server --help\n"
    );
    assert_eq!(code, Some(2));
}

#[test]
fn a_certificate_of_the_environment_goes_with_no_insecure_either() {
    let mut command = server(&["--insecure"]);
    command
        .env("RECOMMENDATIONS_TLS_CERT", "a")
        .env("RECOMMENDATIONS_TLS_KEY", "b");
    let Ended { code, stderr, .. } = run(&mut command);
    assert_eq!(code, Some(2), "{stderr}");
    assert!(
        stderr.contains("--insecure and --tls-cert exclude each other"),
        "{stderr}"
    );
}

#[test]
fn a_file_that_cannot_be_read_stops_the_start() {
    let (files, _) = files();
    let (certificate, none) = (files.path("server.pem"), files.path("none.key"));
    let arguments = ["--tls-cert", text(&certificate), "--tls-key", text(&none)];
    let Ended { code, stderr, .. } = run(&mut server(&arguments));
    let expected = format!(
        "recommendations-server: cannot read {}: No such file or directory (os error 2)\n",
        none.display()
    );
    assert_eq!((code, stderr), (Some(1), expected));
}

#[test]
fn an_address_that_is_not_loopback_is_tried_with_tls() {
    let (files, _) = files();
    let (certificate, key) = (files.path("server.pem"), files.path("server.key"));
    let Ended { code, stderr, .. } = run(&mut server(&[
        "--listen",
        "192.0.2.1:50051",
        "--log-level",
        "off",
        "--tls-cert",
        text(&certificate),
        "--tls-key",
        text(&key),
    ]));
    let begin = "recommendations-server: cannot listen on 192.0.2.1:50051: ";
    assert!(stderr.starts_with(begin), "{stderr}");
    assert_eq!(code, Some(1));
}

/// Says something that is no TLS, and waits until the server has hung up.
fn say_no_tls(server: &ServerProcess) {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    // It may reset the connection too.
    let _ = stream.read_to_end(&mut Vec::new());
}

fn failed_handshakes(log: &str) -> usize {
    let lines = log.lines();
    lines
        .filter(|line| line.contains("Handshake failed"))
        .count()
}

#[test]
fn a_handshake_that_fails_is_one_line_of_the_log() {
    let (files, authority) = files();
    let server = start(&files);
    say_no_tls(&server);
    let answer = ask(server.address, credentials(&[&authority], None));
    assert_eq!(ids(answer), [1, 2, 3]);
    let log = stderr(server);
    assert_eq!(failed_handshakes(&log), 1, "{log}");
    assert!(log.contains("HTTP_REQUEST"), "{log}");
}

#[test]
fn a_flood_of_handshakes_that_fail_does_not_flood_the_log() {
    let (files, authority) = files();
    let server = start(&files);
    for _ in 0..500 {
        say_no_tls(&server);
    }
    let answer = ask(server.address, credentials(&[&authority], None));
    assert_eq!(ids(answer), [1, 2, 3]);
    let log = stderr(server);
    // It may have begun in one minute and ended in the next.
    let logged = failed_handshakes(&log);
    assert!((60..=120).contains(&logged), "{logged}: {log}");
    assert!(log.contains("other warnings of this minute are left out"));
}

#[test]
fn of_too_many_handshakes_the_one_that_began_first_is_given_up() {
    open_many_files();
    let (files, authority) = files();
    let server = start(&files);
    let sockets: Vec<TcpStream> = (0..=MAX_HANDSHAKES)
        .map(|_| TcpStream::connect(server.address).unwrap())
        .collect();
    let answer = ask(server.address, credentials(&[&authority], None));
    assert_eq!(ids(answer), [1, 2, 3]);
    let mut first = &sockets[0];
    first.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(first.read(&mut [0]).unwrap(), 0);
    let log = stderr(server);
    let told = "There are 2048 handshakes; the one that began first is given up";
    assert!(log.contains(told), "{log}");
}

#[test]
fn handshakes_that_do_not_go_on_take_nobodys_place() {
    let (files, authority) = files();
    let (certificate, key) = (files.path("server.pem"), files.path("server.key"));
    let server = ServerProcess::start(&[
        "--tls-cert",
        text(&certificate),
        "--tls-key",
        text(&key),
        "--max-connections",
        "2",
    ]);
    let _sockets = [(); 10].map(|()| TcpStream::connect(server.address).unwrap());
    let answer = ask(server.address, credentials(&[&authority], None));
    assert_eq!(ids(answer), [1, 2, 3]);
}

#[test]
fn a_certificate_that_expires_soon_is_told_at_the_start() {
    let (files, authority) = files();
    let mut params = server_params();
    params.not_after = (SystemTime::now() + 13 * DAY).into();
    files.put_server(&authority.issue(params));
    let server = start(&files);
    let answer = ask(server.address, credentials(&[&authority], None));
    assert_eq!(ids(answer), [1, 2, 3]);
    let log = stderr(server);
    let warnings = log.matches("the server's certificate expires soon").count();
    assert_eq!(warnings, 1, "{log}");
}

#[test]
fn a_key_that_everybody_can_read_is_told() {
    let message = "everybody on this machine can read the private key";
    let (files, _) = files();
    assert!(!stderr(start(&files)).contains(message));
    let key = files.path("server.key");
    std::fs::set_permissions(key, PermissionsExt::from_mode(0o644)).unwrap();
    let log = stderr(start(&files));
    assert!(log.contains(message) && log.contains("mode=644"), "{log}");
}
