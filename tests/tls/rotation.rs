//! Files that change under a server that serves.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use recommendations::pb::RecommendationsClient;
use recommendations::server::Server;
use recommendations::tls::{IdentityFiles, ServerFiles, ServerTls, TlsCounts};

use super::support::tls::{Authority, DAY, Files, Issued, credentials, identity, server_params};
use super::support::{MYSTERY, call, channel, ids, request, until};
use super::{LOOK_EVERY, ask, serve_with};

fn serve(files: ServerFiles) -> (Server, TlsCounts) {
    let tls = ServerTls::open(files, LOOK_EVERY).unwrap();
    let counts = tls.counts();
    (serve_with(tls), counts)
}

/// Whether the server shows a certificate from that authority.
fn shows(address: SocketAddr, authority: &Authority) -> bool {
    ask(address, credentials(&[authority], None)).is_ok()
}

#[test]
fn no_call_fails_while_certificates_are_replaced() {
    let authorities = Arc::new([Authority::new(), Authority::new()]);
    let files = Files::of_server(&authorities[0].server());
    let (server, counts) = serve(files.server());
    let address = server.address();

    let is_over = Arc::new(AtomicBool::new(false));
    let calls = Arc::new(AtomicU64::new(0));
    let callers: Vec<_> = (0..2)
        .map(|_| {
            let (authorities, is_over, calls) = (
                Arc::clone(&authorities),
                Arc::clone(&is_over),
                Arc::clone(&calls),
            );
            thread::spawn(move || {
                let [first, second] = &*authorities;
                while !is_over.load(Ordering::Relaxed) {
                    let answer = ask(address, credentials(&[first, second], None));
                    assert_eq!(ids(answer), [2, 5, 8]);
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for swap in 1..=20 {
        let [even, odd] = &*authorities;
        let (new, old) = if swap % 2 == 0 {
            (even, odd)
        } else {
            (odd, even)
        };
        files.put_server(&new.server());
        until(|| shows(address, new));
        assert!(!shows(address, old));
    }
    is_over.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.join().unwrap();
    }
    assert!(calls.load(Ordering::Relaxed) > 20);
    assert_eq!(counts.figures().reloads, 20);
}

#[test]
fn a_connection_that_is_open_goes_on_when_the_certificate_is_replaced() {
    let (old, new) = (Authority::new(), Authority::new());
    let files = Files::of_server(&old.server());
    let (server, _) = serve(files.server());
    // It trusts the old one alone, so it could not connect again.
    let channel = channel(server.address(), |builder| {
        builder.set_credentials(credentials(&[&old], None))
    });
    let stub = RecommendationsClient::new(channel);
    assert_eq!(ids(call(&stub, &request(1, MYSTERY, 3))), [2, 5, 8]);
    files.put_server(&new.server());
    until(|| shows(server.address(), &new));
    assert!(!shows(server.address(), &old));
    assert_eq!(ids(call(&stub, &request(1, MYSTERY, 3))), [2, 5, 8]);
}

#[test]
fn of_bad_new_files_the_old_ones_serve_on_until_there_are_good_ones() {
    let (old, new) = (Authority::new(), Authority::new());
    let files = Files::of_server(&old.server());
    let (server, counts) = serve(files.server());
    let begin = counts.figures();
    assert_eq!((begin.reloads, begin.failed_reloads), (0, 0));

    let other_key = Issued {
        certificate: new.server().certificate,
        key: new.server().key,
    };
    files.put_server(&other_key);
    until(|| counts.figures().failed_reloads == 1);
    assert!(shows(server.address(), &old));

    fs::remove_file(files.path("server.key")).unwrap();
    until(|| counts.figures().failed_reloads == 2);
    assert!(shows(server.address(), &old));

    files.put_server(&new.server());
    until(|| shows(server.address(), &new));
    let end = counts.figures();
    assert_eq!((end.reloads, end.failed_reloads), (1, 2));
}

#[test]
fn a_certificate_that_is_not_valid_yet_is_taken_once_it_is() {
    let (old, new) = (Authority::new(), Authority::new());
    let files = Files::of_server(&old.server());
    let (server, counts) = serve(files.server());
    let mut params = server_params();
    params.not_before = (SystemTime::now() + Duration::from_secs(2)).into();
    files.put_server(&new.issue(params));
    until(|| counts.figures().failed_reloads == 1);
    assert!(shows(server.address(), &old));
    until(|| shows(server.address(), &new));
    let end = counts.figures();
    assert_eq!((end.reloads, end.failed_reloads), (1, 1));
}

#[test]
fn the_figures_tell_until_when_the_certificate_is_valid() {
    let authority = Authority::new();
    let until_in = |days: u32| {
        let last = SystemTime::now() + days * DAY;
        let mut params = server_params();
        params.not_after = last.into();
        let seconds = last.duration_since(UNIX_EPOCH).unwrap().as_secs();
        (authority.issue(params), i64::try_from(seconds).unwrap())
    };
    let (first, first_end) = until_in(20);
    let files = Files::of_server(&first);
    let (_server, counts) = serve(files.server());
    assert_eq!(counts.figures().not_after, first_end);
    let (second, second_end) = until_in(30);
    files.put_server(&second);
    until(|| counts.figures().not_after == second_end);
}

/// Files as Kubernetes keeps a secret: links through a link to a folder, which is
/// replaced as a whole.
struct Secret(Files);

impl Secret {
    fn new(issued: &Issued) -> Secret {
        let secret = Secret(Files::new());
        secret.put("first", issued);
        for name in ["tls.crt", "tls.key"] {
            symlink(Path::new("..data").join(name), secret.0.path(name)).unwrap();
        }
        secret
    }

    fn put(&self, folder: &str, issued: &Issued) {
        let Secret(files) = self;
        fs::create_dir(files.path(folder)).unwrap();
        files.write(&format!("{folder}/tls.crt"), &issued.certificate);
        files.write(&format!("{folder}/tls.key"), &issued.key);
        symlink(folder, files.path("..data_tmp")).unwrap();
        fs::rename(files.path("..data_tmp"), files.path("..data")).unwrap();
    }

    fn identity(&self) -> IdentityFiles {
        identity(&self.0.path("tls.crt"), &self.0.path("tls.key"))
    }
}

#[test]
fn a_link_to_other_files_is_followed() {
    let (old, new) = (Authority::new(), Authority::new());
    let secret = Secret::new(&old.server());
    let (server, counts) = serve(ServerFiles {
        identity: secret.identity(),
        client_ca: None,
    });
    assert!(shows(server.address(), &old));
    secret.put("second", &new.server());
    until(|| shows(server.address(), &new));
    assert_eq!(counts.figures().failed_reloads, 0);
}

#[test]
fn clients_of_an_authority_that_was_replaced_have_no_new_connection() {
    let (authority, old, new) = (Authority::new(), Authority::new(), Authority::new());
    let files = Files::of_server(&authority.server());
    files.put_client_ca(&old);
    let (server, _) = serve(files.mutual());
    let (old_client, new_client) = (old.client("reader"), new.client("reader"));
    let is_let_in = |own| ask(server.address(), credentials(&[&authority], Some(own))).is_ok();
    assert!(is_let_in(&old_client) && !is_let_in(&new_client));

    files.put_client_ca(&new);
    until(|| is_let_in(&new_client));
    assert!(!is_let_in(&old_client));
}

#[test]
fn the_files_are_looked_at_no_more_once_the_server_is_gone() {
    let authority = Authority::new();
    let files = Files::of_server(&authority.server());
    let (server, counts) = serve(files.server());
    drop(server);
    let (_other, looks) = serve(files.server());
    for reloads in 1..=3 {
        files.put_server(&authority.server());
        until(|| looks.figures().reloads == reloads);
    }
    assert_eq!(counts.figures().reloads, 0);
}
