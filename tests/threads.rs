//! The programs on a system that gives them few threads.
#![cfg(target_os = "linux")]

mod support;

use std::fs::{self, Permissions};
use std::ops::Range;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::process::{self, Command};
use std::thread;

use support::program::{Ended, ServerProcess, client, command, run, server};
use support::{MYSTERY, THREE_MYSTERIES, call, ids, request, serve, stub};
use tempfile::TempDir;

/// A program that everybody may run.
struct Limited {
    program: PathBuf,
    /// The folder of the program.
    _folder: TempDir,
    /// Root has as many threads as it likes, so a user is taken that nobody is, whose
    /// threads are the program's alone.
    user: Option<String>,
}

impl Limited {
    fn new(original: &Command, name: &str) -> Limited {
        let folder = tempfile::tempdir().unwrap();
        let everybody = || Permissions::from_mode(0o755);
        fs::set_permissions(folder.path(), everybody()).unwrap();
        let program = folder.path().join(name);
        fs::copy(original.get_program(), &program).unwrap();
        fs::set_permissions(&program, everybody()).unwrap();
        let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
        // Tests run side by side, each with a user of its own.
        let first = if name == "server" { 20_000 } else { 30_000 };
        Limited {
            program,
            _folder: folder,
            user: is_root.then(|| (first + process::id() % 10_000).to_string()),
        }
    }

    /// Numbers of threads from too few to more than the program needs. Who is not root
    /// has other threads, which come and go, so that any number may be enough and then
    /// not.
    fn limits(&self) -> Range<u32> {
        let cores = thread::available_parallelism().unwrap().get();
        match self.user {
            Some(_) => 1..u32::try_from(cores).unwrap() + 50,
            None => 1..2,
        }
    }

    /// The program, to which the system gives so many threads.
    fn with(&self, threads: u32) -> Command {
        let mut limited = match &self.user {
            Some(user) => {
                let group = ["--clear-groups", "--regid", "65534"];
                let mut other = command("setpriv", &group);
                other.args(["--reuid", user, "prlimit"]);
                other
            }
            None => command("prlimit", &[]),
        };
        limited.arg(format!("--nproc={threads}")).arg(&self.program);
        limited
    }

    /// That there were too few for some, and enough for others.
    fn check(&self, refused: usize) {
        assert!(refused > 0);
        assert!(refused < self.limits().len() || self.user.is_none());
    }
}

fn no_thread(program: &str) -> String {
    format!("{program}: cannot start a thread: Resource temporarily unavailable (os error 11)\n")
}

#[test]
fn a_start_without_enough_threads_fails_in_one_line_and_any_other_serves_and_stops() {
    let program = Limited::new(&server(&[]), "server");
    let mut refused = 0;
    for threads in program.limits() {
        let mut limited = program.with(threads);
        limited.args(["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]);
        limited.args(["--lame-duck", "0s", "--log-level", "error"]);
        let server = match ServerProcess::try_spawn(&mut limited) {
            Ok(server) => server,
            Err(ended) => {
                let line = no_thread("recommendations-server");
                assert_eq!((ended.code, ended.stderr), (Some(1), line));
                refused += 1;
                continue;
            }
        };
        assert_eq!(
            ids(call(&stub(server.address), &request(1, MYSTERY, 3))),
            [1, 2, 3]
        );
        server.signal("TERM");
        let ended = server.end();
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
        break;
    }
    program.check(refused);
}

#[test]
fn a_call_without_enough_threads_fails_in_one_line_and_any_other_is_answered() {
    let server = serve(THREE_MYSTERIES);
    let address = server.address().to_string();
    let program = Limited::new(&client(&[]), "client");
    let mut refused = 0;
    for threads in program.limits() {
        let mut limited = program.with(threads);
        let ended = run(limited.args(["--addr", &address, "health"]));
        if ended.code == Some(0) {
            break;
        }
        let Ended { code, stderr, .. } = ended;
        assert_eq!(
            (code, stderr),
            (Some(1), no_thread("recommendations-client"))
        );
        refused += 1;
    }
    program.check(refused);
}
