//! The two programs, run as processes.

use std::env;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;

use recommendations::server::Server;

use super::PATIENCE;

/// The server's program with these arguments, without settings of the
/// environment that the tests run in.
pub fn server(arguments: &[&str]) -> Command {
    command(env!("CARGO_BIN_EXE_recommendations-server"), arguments)
}

/// The client's program with these arguments.
pub fn client(arguments: &[&str]) -> Command {
    command(env!("CARGO_BIN_EXE_recommendations-client"), arguments)
}

/// A command of the client for that server.
pub fn ask(server: &Server, arguments: &[&str]) -> Command {
    ask_at(server.address(), arguments)
}

/// A command of the client for a server at that address.
pub fn ask_at(address: SocketAddr, arguments: &[&str]) -> Command {
    let mut command = client(arguments);
    command.args(["--addr", &address.to_string()]);
    command
}

/// Any program that starts one of them.
pub fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"RECOMMENDATIONS_") {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .env("RECOMMENDATIONS_DATA", ":memory:")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// What a process that ends by itself leaves.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Ended {
    ended(command.spawn().unwrap())
}

/// That a command of the client prints exactly that, and succeeds.
#[track_caller]
pub fn prints(command: &mut Command, stdout: &str) {
    let ended = run(command);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), (stdout, ""));
    assert_eq!(ended.code, Some(0));
}

/// That a command of the client prints nothing but that message, and ends with
/// that code.
#[track_caller]
pub fn fails(command: &mut Command, code: i32, message: &str) {
    let ended = run(command);
    assert_eq!(ended.stderr, format!("recommendations-client: {message}\n"));
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""));
}

/// Waits for a process that ends by itself.
pub fn ended(child: Child) -> Ended {
    let process = child.id();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(PATIENCE) else {
        send_signal("KILL", process);
        panic!("process {process} did not end");
    };
    let Output {
        status,
        stdout,
        stderr,
    } = output.unwrap();
    Ended {
        code: status.code(),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

/// A server that serves in a process of its own, killed when it is dropped.
pub struct ServerProcess {
    child: Option<Child>,
    pub address: SocketAddr,
}

impl ServerProcess {
    /// Starts the server on a free port and waits until it says where it listens.
    pub fn start(arguments: &[&str]) -> ServerProcess {
        let mut command = server(arguments);
        ServerProcess::spawn(command.args(["--listen", "127.0.0.1:0"]))
    }

    pub fn spawn(command: &mut Command) -> ServerProcess {
        ServerProcess::try_spawn(command).unwrap_or_else(|ended| panic!("{ended:?}"))
    }

    /// The same, or what a server leaves that does not start.
    pub fn try_spawn(command: &mut Command) -> Result<ServerProcess, Ended> {
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        // From here on it is killed also where it says nothing.
        let mut server = ServerProcess {
            child: Some(child),
            address: super::any_port(),
        };
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            let read = BufReader::new(stdout).read_line(&mut line);
            sender.send(read.map(|_| line))
        });
        let line = receiver.recv_timeout(PATIENCE).unwrap().unwrap();
        let address = line.strip_prefix("listening on ").map(str::trim_end);
        server.address = match address.map(str::parse) {
            Some(Ok(address)) => address,
            _ => return Err(server.end()),
        };
        Ok(server)
    }

    pub fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub fn signal(&self, name: &str) {
        send_signal(name, self.id());
    }

    /// Waits until the process ends; its standard output after the first line is
    /// lost.
    pub fn end(mut self) -> Ended {
        ended(self.child.take().unwrap())
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

/// Sends a process the signal of that name.
pub fn send_signal(name: &str, process: u32) {
    let kill = format!("kill -s {name} {process}");
    let status = Command::new("sh").args(["-c", &kill]).status().unwrap();
    assert!(status.success(), "{kill}");
}
