//! The server's program on a disk that hangs.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::process::Command;

use support::bookshop::{patient, read, recording};
use support::log::Log;
use support::program::{ServerProcess, server};
use support::{channel, until};

use recommendations::pb::bookshop::ReadersClient;

/// Takes the place of the C library's calls that wait for the disk: they end when a
/// file is gone, and another one says that somebody waits.
const HANGING: &str = r#"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int hang(long call, int file) {
    while (access(getenv("HANGS"), F_OK) == 0) {
        close(open(getenv("WAITS"), O_CREAT | O_WRONLY, 0600));
        usleep(1000);
    }
    return (int)syscall(call, file);
}

int fsync(int file) { return hang(SYS_fsync, file); }
int fdatasync(int file) { return hang(SYS_fdatasync, file); }
"#;

#[test]
fn writes_that_hang_are_left_behind_and_the_exit_code_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name| folder.path().join(name);
    fs::write(path("hanging.c"), HANGING).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]);
    let compiled = compiler
        .args([path("hanging.so"), path("hanging.c")])
        .status();
    assert!(compiled.unwrap().success());

    let mut command = server(&[
        "--listen",
        "127.0.0.1:0",
        "--drain",
        "0s",
        "--lame-duck",
        "0s",
    ]);
    command
        .env("LD_PRELOAD", path("hanging.so"))
        .env("HANGS", path("hangs"))
        .env("WAITS", path("waits"))
        .env("RECOMMENDATIONS_DATA", path("shop.db"));
    let log = Log::of(&mut command);
    let server = ServerProcess::spawn(&mut command);
    fs::write(path("hangs"), "").unwrap();
    let stub = ReadersClient::new(channel(server.address, |builder| builder));
    let written = stub.record_interaction_async_opt(&recording(read(1, 2, 1)), patient());
    until(|| path("waits").exists());

    server.signal("TERM");
    log.wait_for_message("cancelled calls did not end; they are left behind");
    fs::remove_file(path("hangs")).unwrap();
    assert_eq!(server.end().code, Some(1));
    let last = "recommendations-server: calls still ran 5s after they had been cancelled; \
                they were left behind\n";
    assert!(log.text().ends_with(last), "{}", log.text());
    drop(written);
}
