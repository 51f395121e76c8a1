//! The server's program on a system that gives it few threads.
#![cfg(target_os = "linux")]

mod support;

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::{process, thread};

use support::program::{ServerProcess, command, server};
use support::{MYSTERY, call, ids, request, stub};

#[test]
fn a_start_without_enough_threads_fails_in_one_line_and_any_other_serves_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    let everybody = || Permissions::from_mode(0o755);
    fs::set_permissions(folder.path(), everybody()).unwrap();
    let program = folder.path().join("server");
    fs::copy(server(&[]).get_program(), &program).unwrap();
    fs::set_permissions(&program, everybody()).unwrap();

    // Root has as many threads as it likes. So it takes a user that nobody is, whose
    // threads are the server's alone; who is not root has others, too.
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let user = (20_000 + process::id() % 40_000).to_string();
    let launcher: &[&str] = match is_root {
        true => &[
            "setpriv",
            "--clear-groups",
            "--regid",
            "65534",
            "--reuid",
            &user,
            "prlimit",
        ],
        false => &["prlimit"],
    };
    // Those others come and go, so that any number may be enough and then not.
    let limits = match is_root {
        true => 1..enough(),
        false => 1..2,
    };
    let mut refused = 0;
    for threads in limits.clone() {
        let mut limited = command(launcher[0], &launcher[1..]);
        limited.arg(format!("--nproc={threads}")).arg(&program);
        limited.args(["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]);
        limited.args(["--lame-duck", "0s", "--log-level", "error"]);
        let server = match ServerProcess::try_spawn(&mut limited) {
            Ok(server) => server,
            Err(ended) => {
                let line = "recommendations-server: cannot start a thread: \
                            Resource temporarily unavailable (os error 11)\n";
                assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), line));
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
    assert!(refused > 0);
    assert!(refused < limits.len() || !is_root);
}

/// More threads than a server needs here.
fn enough() -> u32 {
    let cores = thread::available_parallelism().unwrap().get();
    u32::try_from(cores).unwrap() + 50
}
