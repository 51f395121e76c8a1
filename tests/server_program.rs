//! `recommendations-server` as its users see it.

mod support;

use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixDatagram;
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};

use grpcio::RpcStatus;
use support::http2::Connection;
use support::program::{Ended, ServerProcess, run, server};
use support::{MYSTERY, PATIENCE, SCIENCE_FICTION, SELF_HELP, any_port, call, ids, request, stub};

fn books(server: &ServerProcess, category: i32) -> Vec<i32> {
    ids(call(&stub(server.address), &request(1, category, 3)))
}

#[track_caller]
fn refused(arguments: &[&str], code: i32, message: &str) {
    let Ended {
        code: ended,
        stdout,
        stderr,
    } = run(&mut server(arguments));
    assert_eq!(stderr, format!("recommendations-server: {message}\n"));
    assert_eq!((ended, stdout.as_str()), (Some(code), ""));
}

#[test]
fn the_tutorials_books_are_served_without_any_argument_but_the_port() {
    let server = ServerProcess::start(&[]);
    assert_ne!(server.address.port(), 0);
    assert_eq!(books(&server, MYSTERY), [1, 2, 3]);
    assert_eq!(books(&server, SCIENCE_FICTION), [4, 5, 6]);
    assert_eq!(books(&server, SELF_HELP), [7, 8, 9]);
}

#[test]
fn the_environment_says_where_to_listen() {
    let mut command = server(&[]);
    let server = ServerProcess::spawn(command.env("RECOMMENDATIONS_LISTEN", "localhost:0"));
    assert_eq!(books(&server, MYSTERY), [1, 2, 3]);
}

#[test]
fn a_service_manager_is_told_when_calls_are_answered_and_when_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let told = || {
        let mut message = [0; 64];
        let length = manager.recv(&mut message).unwrap();
        String::from_utf8(message[..length].to_vec()).unwrap()
    };
    let server =
        ServerProcess::spawn(server(&["--listen", "127.0.0.1:0"]).env("NOTIFY_SOCKET", path));
    assert_eq!(told(), "READY=1\n");
    assert_eq!(books(&server, MYSTERY), [1, 2, 3]);
    server.signal("TERM");
    assert_eq!(told(), "STOPPING=1\n");
    assert_eq!(server.end().code, Some(0));
}

#[test]
fn a_service_manager_that_is_not_there_is_no_reason_not_to_serve() {
    let server = ServerProcess::spawn(
        server(&["--listen", "127.0.0.1:0"]).env("NOTIFY_SOCKET", "/no/such/socket"),
    );
    assert_eq!(books(&server, MYSTERY), [1, 2, 3]);
    server.signal("TERM");
    let Ended { code, stderr, .. } = server.end();
    assert!(
        stderr.contains("the service manager cannot be told"),
        "{stderr}"
    );
    assert_eq!(code, Some(0));
}

#[test]
fn a_variable_that_is_empty_is_as_good_as_none() {
    let mut command = server(&["--listen", "127.0.0.1:0"]);
    for name in [
        "INSECURE",
        "TLS_CERT",
        "TLS_KEY",
        "TLS_CLIENT_CA",
        "WRITER",
        "MAX_IN_FLIGHT",
        "MAX_CONNECTIONS",
        "METRICS",
        "LAME_DUCK",
        "DRAIN",
        "LOG",
        "LOG_LEVEL",
    ] {
        command.env(format!("RECOMMENDATIONS_{name}"), "");
    }
    let server = ServerProcess::spawn(&mut command);
    assert_eq!(books(&server, MYSTERY), [1, 2, 3]);
}

#[test]
fn an_ipv6_address_is_served() {
    if TcpListener::bind("[::1]:0").is_err() {
        // This machine has no IPv6.
        return;
    }
    let server = ServerProcess::spawn(&mut server(&["--listen", "[::1]:0"]));
    assert!(server.address.is_ipv6());
    assert_eq!(books(&server, MYSTERY), [1, 2, 3]);
}

#[test]
fn an_address_without_a_port_is_wrong_usage() {
    refused(
        &["--listen", "127.0.0.1"],
        2,
        "invalid value '127.0.0.1' for '--listen <HOST:PORT>': address \"127.0.0.1\" has no port; \
         it must be HOST:PORT, such as 127.0.0.1:50051; see recommendations-server --help",
    );
}

#[test]
fn a_host_without_an_address_fails() {
    let Ended { code, stderr, .. } = run(&mut server(&["--listen", "no-such-host.invalid:1"]));
    let begin = "recommendations-server: host \"no-such-host.invalid\" cannot be resolved: ";
    assert!(stderr.starts_with(begin), "{stderr}");
    assert_eq!((code, stderr.lines().count()), (Some(1), 1));
}

#[test]
fn an_address_that_is_not_loopback_is_wrong_usage() {
    refused(
        &["--listen", "192.0.2.1:50051"],
        2,
        "address 192.0.2.1:50051 is not loopback, and there is no TLS: \
         others on the network could call the server and read along; \
         give --tls-cert and --tls-key, listen on 127.0.0.1, or give --insecure to listen there all the same; \
         see recommendations-server --help",
    );
}

#[test]
fn an_address_that_is_not_loopback_is_tried_with_insecure() {
    let Ended { code, stderr, .. } = run(&mut server(&[
        "--listen",
        "192.0.2.1:50051",
        "--insecure",
        "--log-level",
        "off",
    ]));
    let begin = "recommendations-server: cannot listen on 192.0.2.1:50051: ";
    assert!(stderr.starts_with(begin), "{stderr}");
    assert_eq!((code, stderr.lines().count()), (Some(1), 1));
}

#[test]
fn an_unknown_argument_is_wrong_usage() {
    refused(
        &["--lisen", "127.0.0.1:0"],
        2,
        "unexpected argument '--lisen' found; tip: a similar argument exists: '--listen'; \
         see recommendations-server --help",
    );
}

#[test]
fn a_log_filter_that_cannot_be_is_wrong_usage() {
    let mut command = server(&[]);
    let Ended { code, stderr, .. } = run(command.env("RECOMMENDATIONS_LOG_LEVEL", "info=loud"));
    assert_eq!((code, stderr.lines().count()), (Some(2), 1), "{stderr}");
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind(any_port()).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    // Also at the usual level that is all: the core of gRPC adds no line.
    refused(
        &["--listen", &address],
        1,
        &format!(
            "address {address} is in use: another program has it, perhaps for a \
             connection of its own; stop it, or listen on another port"
        ),
    );
}

#[test]
fn each_line_of_a_json_log_is_an_object() {
    let server = ServerProcess::start(&["--log", "json"]);
    let address = server.address.to_string();
    server.signal("TERM");
    let Ended { code, stderr, .. } = server.end();
    assert_eq!(code, Some(0), "{stderr}");
    let messages: Vec<serde_json::Value> = stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let serving = messages
        .iter()
        .find(|line| line["message"] == "serving")
        .unwrap();
    assert_eq!(serving["address"], address.as_str());
}

#[test]
fn nothing_is_logged_at_level_off() {
    let server = ServerProcess::start(&["--log-level", "off"]);
    assert_eq!(books(&server, MYSTERY), [1, 2, 3]);
    server.signal("INT");
    assert_eq!(server.end().stderr, "");
}

#[test]
fn sigint_and_sigterm_stop_the_server_with_exit_code_0() {
    for signal in ["INT", "TERM"] {
        let server = ServerProcess::start(&[]);
        let address = server.address;
        assert_eq!(books(&server, MYSTERY), [1, 2, 3]);
        server.signal(signal);
        let Ended { code, stderr, .. } = server.end();
        assert_eq!(code, Some(0), "{signal}: {stderr}");
        TcpListener::bind(address).unwrap();
    }
}

#[test]
fn the_server_stops_with_exit_code_0_under_load() {
    let server = ServerProcess::start(&[]);
    let callers: Vec<_> = (0..4)
        .map(|_| call_until_it_stops(server.address))
        .collect();
    let answered = callers.iter().map(|(answered, _)| answered.recv().unwrap());
    assert_eq!(answered.count(), 4);
    server.signal("TERM");
    let Ended { code, stderr, .. } = server.end();
    assert_eq!(code, Some(0), "{stderr}");
    for (_, caller) in callers {
        let last = caller.join().unwrap();
        assert!(support::server_went(&last), "{last}");
    }
}

/// Calls again and again; says when the first answer came, ends with the status
/// of the first call that was not answered.
fn call_until_it_stops(address: SocketAddr) -> (Receiver<()>, JoinHandle<RpcStatus>) {
    let (answered, first_answer) = mpsc::channel();
    let caller = thread::spawn(move || {
        let stub = stub(address);
        loop {
            match call(&stub, &request(1, MYSTERY, 3)) {
                // Only the first is waited for.
                Ok(_) => drop(answered.send(())),
                refused => return support::refusal(refused),
            }
        }
    });
    (first_answer, caller)
}

#[test]
fn a_second_signal_ends_the_server_at_once() {
    let server = ServerProcess::start(&[]);
    let mut connection = Connection::open(server.address);
    connection.begin_call();
    server.signal("TERM");
    connection.wait_for_goaway();
    server.signal("TERM");
    let Ended { code, stderr, .. } = server.end();
    assert_eq!(code, Some(1), "{stderr}");
}

#[test]
fn the_version_and_the_help_are_no_errors() {
    for argument in ["--version", "--help"] {
        let Ended {
            code,
            stdout,
            stderr,
        } = run(&mut server(&[argument]));
        assert_eq!((code, stderr.as_str()), (Some(0), ""));
        assert!(!stdout.is_empty());
    }
}
