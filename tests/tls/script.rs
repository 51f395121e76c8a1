//! What `scripts/dev-certs.sh` makes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use recommendations::server::listen::Security;
use recommendations::tls::{ClientFiles, ServerFiles, ServerTls};
use tempfile::TempDir;

use super::peers::{mirror, seen};
use super::support::program::{Ended, run};
use super::support::tls::identity;
use super::{LOOK_EVERY, ask_for};

/// The script, to be run in that folder.
fn script(folder: &TempDir, arguments: &[&str]) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut bash = Command::new("/bin/bash");
    bash.arg(root.join("scripts/dev-certs.sh"))
        .args(arguments)
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    bash
}

#[track_caller]
fn makes(folder: &TempDir, arguments: &[&str]) -> String {
    let Ended {
        code,
        stdout,
        stderr,
    } = run(&mut script(folder, arguments));
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    stdout
}

#[track_caller]
fn fails(command: &mut Command, code: i32, message: &str) {
    let ended = run(command);
    assert_eq!(ended.stderr, format!("dev-certs: {message}\n"));
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""));
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn contents(folder: &Path) -> Vec<Vec<u8>> {
    let files = files(folder).into_iter();
    files.map(|file| fs::read(file).unwrap()).collect()
}

#[test]
fn server_and_clients_find_each_other_with_them() {
    let folder = folder();
    makes(&folder, &["certs", "books.example.com", "192.0.2.7"]);
    let path = |name: &str| folder.path().join("certs").join(name);
    let files = ServerFiles {
        identity: identity(&path("server.pem"), &path("server.key")),
        client_ca: Some(path("ca.pem")),
    };
    let tls = ServerTls::open(files, LOOK_EVERY).unwrap();
    let server = mirror(Security::Tls(tls));
    for client in ["reader", "writer"] {
        for name in [
            "localhost",
            "127.0.0.1",
            "::1",
            "books.example.com",
            "192.0.2.7",
        ] {
            let own = identity(
                &path(&format!("{client}.pem")),
                &path(&format!("{client}.key")),
            );
            let credentials = ClientFiles {
                ca: Some(path("ca.pem")),
                identity: Some(own),
            };
            let credentials = credentials.read().unwrap();
            let answer = ask_for(server.address(), credentials, Some(name));
            assert_eq!(seen(answer).as_deref(), Some(client), "{name}");
        }
    }
}

#[test]
fn keys_are_their_owners_alone_and_nothing_else_is_left() {
    let folder = folder();
    let printed = makes(&folder, &["--client", "anna", "certs"]);
    let made = files(&folder.path().join("certs"));
    let names = made.iter().map(|file| file.file_name().unwrap());
    let expected = [
        "anna.key",
        "anna.pem",
        "ca.key",
        "ca.pem",
        "server.key",
        "server.pem",
    ];
    assert!(names.eq(expected), "{made:?}");
    for file in made {
        let mode = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        let is_key = file.extension().is_some_and(|extension| extension == "key");
        assert_eq!(mode, if is_key { 0o600 } else { 0o644 }, "{file:?}");
    }
    assert_eq!(
        printed,
        "Start the server; anna alone may write:\n  \
         recommendations-server --tls-cert certs/server.pem --tls-key certs/server.key \\\n    \
         --tls-client-ca certs/ca.pem --writer anna\n\
         Ask it:\n  \
         recommendations-client recommend --user 1 --category mystery \\\n    \
         --tls-ca certs/ca.pem --tls-cert certs/anna.pem --tls-key certs/anna.key\n"
    );
}

#[test]
fn files_that_are_there_are_replaced_only_with_force() {
    let folder = folder();
    makes(&folder, &["certs"]);
    let before = contents(&folder.path().join("certs"));
    fails(
        &mut script(&folder, &["certs"]),
        1,
        "certs/ca.pem is there already; give --force to replace it and the others",
    );
    assert_eq!(contents(&folder.path().join("certs")), before);
    makes(&folder, &["--force", "certs"]);
    let after = contents(&folder.path().join("certs"));
    assert!(after.iter().zip(&before).all(|(new, old)| new != old));
}

#[test]
fn without_openssl_it_says_so() {
    let folder = folder();
    fails(
        script(&folder, &["certs"]).env("PATH", "/nowhere"),
        1,
        "openssl is missing; install it with your system's package manager, \
         such as apt-get install openssl",
    );
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn wrong_usage_is_told_and_makes_nothing() {
    let folder = folder();
    let refused = |arguments: &[&str], message: &str| {
        let message = format!("{message}; see scripts/dev-certs.sh --help");
        fails(&mut script(&folder, arguments), 2, &message);
    };
    refused(&[], "the folder DIR is missing");
    refused(&["--days"], "--days needs a value");
    refused(
        &["--days", "0", "certs"],
        "--days 0; it must be from 1 to 9999",
    );
    refused(&["--clients", "a", "certs"], "unknown option --clients");
    refused(
        &["--client", "a/b", "certs"],
        "client 'a/b'; it must be of letters, digits and . _ -, at most 63",
    );
    refused(
        &["--client", "ca", "certs"],
        "client 'ca'; that file is another's",
    );
    refused(
        &["certs", "a,DNS:b"],
        "host 'a,DNS:b'; it must be a DNS name or an IP address",
    );
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
}
