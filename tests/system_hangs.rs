//! How the server's program stops where the system does not go on.
#![cfg(target_os = "linux")]

mod support;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fs};

use recommendations::pb::bookshop::ReadersClient;
use recommendations::store::{Database, Location};
use support::bookshop::{patient, read, recording};
use support::log::Log;
use support::program::{ServerProcess, ended, send_signal, server};
use support::{MYSTERY, channel, request, stub, until};
use tempfile::TempDir;

/// Takes the place of a call of the C library, which then ends only when a file is gone;
/// another one says that somebody waits.
const HANGING: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void hang(const char *call) {
    while (access(getenv(call), F_OK) == 0) {
        close(open(getenv("WAITS"), O_CREAT | O_WRONLY, 0600));
        usleep(1000);
    }
}

int fdatasync(int file) {
    hang("SYNC_HANGS");
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file);
}

int fsync(int file) {
    hang("SYNC_HANGS");
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file);
}

ssize_t sendmsg(int socket, const struct msghdr *message, int flags) {
    hang("SEND_HANGS");
    return ((ssize_t(*)(int, const struct msghdr *, int))dlsym(RTLD_NEXT, "sendmsg"))(
        socket, message, flags);
}
"#;

/// A server that waits for nothing when it stops, on a system that can hang.
struct Hanging {
    folder: TempDir,
    log: Log,
    server: ServerProcess,
}

impl Hanging {
    fn start() -> Hanging {
        let (folder, mut command) = hanging();
        let log = Log::of(&mut command);
        let server = ServerProcess::spawn(&mut command);
        Hanging {
            folder,
            log,
            server,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// The command of a server on a system that can hang, and where its files are.
fn hanging() -> (TempDir, Command) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name| folder.path().join(name);
    fs::write(path("hanging.c"), HANGING).unwrap();
    let mut compiler = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
    compiler
        .args(["-shared", "-fPIC", "-o"])
        .stdin(Stdio::null());
    compiler
        .args([path("hanging.so"), path("hanging.c")])
        .arg("-ldl");
    assert!(compiler.status().unwrap().success());
    let mut command = server(&["--listen", "127.0.0.1:0"]);
    command
        .args(["--drain", "0s", "--lame-duck", "0s"])
        .env("LD_PRELOAD", path("hanging.so"))
        .env("RECOMMENDATIONS_DATA", path("shop.db"));
    for name in ["SYNC_HANGS", "SEND_HANGS", "WAITS"] {
        command.env(name, path(name));
    }
    (folder, command)
}

#[test]
fn a_server_that_is_told_to_stop_while_it_loads_ends_at_once_and_never_serves() {
    let (folder, mut command) = hanging();
    let path = |name| folder.path().join(name);
    fs::write(path("SYNC_HANGS"), "").unwrap();
    let log = Log::of(&mut command);
    // It makes the shop's file, which waits for the disk.
    let loading = command.spawn().unwrap();
    until(|| path("WAITS").exists());
    send_signal("TERM", loading.id());
    let ended = ended(loading);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""));
    assert!(log.lines().iter().all(|line| line["message"] != "serving"));
    fs::remove_file(path("SYNC_HANGS")).unwrap();
    let server = ServerProcess::spawn(&mut command);
    support::call(&stub(server.address), &request(1, MYSTERY, 1)).unwrap();
}

#[test]
fn a_write_that_waits_for_a_disk_is_on_it_before_the_server_ends() {
    let hanging = Hanging::start();
    fs::write(hanging.path("SYNC_HANGS"), "").unwrap();
    let stub = ReadersClient::new(channel(hanging.server.address, |builder| builder));
    let _written = stub.record_interaction_async_opt(&recording(read(1, 2, 1)), patient());
    until(|| hanging.path("WAITS").exists());
    hanging.server.signal("TERM");
    let cancelling = "calls did not finish in time; cancelling them";
    hanging.log.wait_for_message(cancelling);
    fs::remove_file(hanging.path("SYNC_HANGS")).unwrap();
    let file = hanging.path("shop.db");
    assert_eq!(hanging.server.end().code, Some(0));
    let database = Database::open_existing(&Location::File(file)).unwrap();
    let mut histories = 0;
    let counted = database.each_history(|_, _| {
        histories += 1;
        Ok::<(), recommendations::store::StoreError>(())
    });
    counted.unwrap();
    assert_eq!(histories, 1);
}

#[test]
fn calls_that_hang_are_left_behind_and_the_exit_code_says_so() {
    let hanging = Hanging::start();
    let stub = stub(hanging.server.address);
    support::call(&stub, &request(1, MYSTERY, 1)).unwrap();
    fs::write(hanging.path("SEND_HANGS"), "").unwrap();
    let _answer = stub.recommend_async_opt(&request(1, MYSTERY, 1), patient());
    until(|| hanging.path("WAITS").exists());
    hanging.server.signal("TERM");
    assert_eq!(hanging.server.end().code, Some(1));
    let last = "recommendations-server: calls still ran 5s after they had been cancelled; \
                they were left behind\n";
    assert!(hanging.log.text().ends_with(last), "{}", hanging.log.text());
}
