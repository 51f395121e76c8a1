//! More connections than the server, or the system, lets be open.

mod support;

use std::fs;
use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use recommendations::server::limits::{MAX_CONNECTIONS, OTHER_FILES};
use support::http2::Connection;
use support::program::ServerProcess;
use support::{MYSTERY, PATIENCE, call, request, stub, until};

fn answers(address: SocketAddr) -> bool {
    call(&stub(address), &request(1, MYSTERY, 3)).is_ok()
}

/// Connects, and reads until the server hangs up.
#[track_caller]
fn is_hung_up_on(address: SocketAddr) {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let _ = socket.read_to_end(&mut Vec::new());
}

#[test]
fn who_connects_beyond_the_limit_is_hung_up_on_until_another_goes() {
    let server = ServerProcess::start(&["--max-connections", "3"]);
    let open = [(); 3].map(|()| Connection::open(server.address));
    is_hung_up_on(server.address);
    assert!(!answers(server.address));
    for mut connection in open {
        // Those that are open stay so.
        connection.wait_until_read();
        drop(connection);
    }
    until(|| answers(server.address));
    server.signal("TERM");
    let ended = server.end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let told = "There are 3 connections; another is hung up on";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
}

/// A server to which the shell gives a limit of open files, by `ulimit` with those
/// arguments.
fn limited(ulimit: &str) -> ServerProcess {
    let program = env!("CARGO_BIN_EXE_recommendations-server");
    let run = format!("ulimit {ulimit} && exec {program} --listen 127.0.0.1:0");
    ServerProcess::spawn(
        Command::new("sh")
            .args(["-c", &run])
            .env("RECOMMENDATIONS_DATA", ":memory:")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped()),
    )
}

/// How many files that process may open, and how many it may let itself open.
fn limits_of(process: u32) -> [Option<u64>; 2] {
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .unwrap();
    let mut numbers = line.split_whitespace().map(|number| number.parse().ok());
    [(); 2].map(|()| numbers.next().unwrap())
}

#[test]
fn a_low_limit_of_open_files_is_raised_where_the_system_lets_it() {
    let server = limited("-S -n 64");
    let [current, maximum] = limits_of(server.id());
    let needed = u64::from(MAX_CONNECTIONS) + OTHER_FILES;
    let expected = maximum.map_or(needed, |maximum| maximum.min(needed));
    assert_eq!(current, Some(expected));
    let _open: Vec<_> = (0..100).map(|_| Connection::open(server.address)).collect();
    assert!(answers(server.address));
}

#[test]
fn too_few_open_files_for_the_connections_are_told() {
    let server = limited("-n 200");
    assert_eq!(limits_of(server.id()), [Some(200), Some(200)]);
    server.signal("TERM");
    let log = server.end().stderr;
    let told = "the system lets this process open fewer files than --max-connections 10000 \
                needs, 10256";
    assert!(log.contains(told) && log.contains("files=200"), "{log}");
}
