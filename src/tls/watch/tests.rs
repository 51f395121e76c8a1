use std::fs;
use std::path::Path;

use rcgen::{CertificateParams, KeyPair, date_time_ymd, generate_simple_self_signed};
use tempfile::TempDir;

use super::super::files::IdentityFiles;
use super::super::published::TlsFigures;
use super::*;

/// A watcher of files that a test replaces, which looks when it is told to.
struct Looker {
    folder: TempDir,
    watcher: Watcher,
}

impl Looker {
    fn new() -> Looker {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path());
        let files = ServerFiles {
            identity: IdentityFiles {
                certificate: folder.path().join("server.pem"),
                key: folder.path().join("server.key"),
            },
            client_ca: Some(folder.path().join("ca.pem")),
        };
        let content = Content::read(&files).unwrap();
        let material = content.check(&files, time::now()).unwrap();
        let published = Arc::new(Published::new(material));
        let watcher = Watcher::new(files, content, published);
        Looker { folder, watcher }
    }

    fn put_key(&self, key: &str) {
        fs::write(self.folder.path().join("server.key"), key).unwrap();
    }

    /// How many reloads and failed reloads there were after one more look.
    fn look(&mut self) -> (u64, u64) {
        self.watcher.look();
        let TlsFigures {
            reloads,
            failed_reloads,
            ..
        } = self.watcher.published.counts().figures();
        (reloads, failed_reloads)
    }
}

/// Puts a new certificate and its key there, and an authority that expires later.
fn put(folder: &Path) {
    let made = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(folder.join("ca.pem"), authority(CA_UNTIL)).unwrap();
    fs::write(folder.join("server.pem"), made.cert.pem()).unwrap();
    fs::write(folder.join("server.key"), made.signing_key.serialize_pem()).unwrap();
}

/// The authority expires when that year begins.
const CA_UNTIL: i32 = 2100;

/// A certificate that expires when that year begins, PEM.
fn authority(year: i32) -> String {
    let mut parameters = CertificateParams::new(["authority".to_owned()]).unwrap();
    parameters.not_after = date_time_ymd(year, 1, 1);
    let key = KeyPair::generate().unwrap();
    parameters.self_signed(&key).unwrap().pem()
}

#[test]
fn it_is_told_when_the_last_client_authority_expires() {
    let mut looker = Looker::new();
    let not_after = |looker: &Looker| {
        let figures = looker.watcher.published.counts().figures();
        figures.client_ca_not_after.map(rfc3339)
    };
    assert_eq!(not_after(&looker).as_deref(), Some("2100-01-01T00:00:00Z"));
    let both = authority(2090) + &authority(2080);
    fs::write(looker.folder.path().join("ca.pem"), both).unwrap();
    assert_eq!(looker.look(), (1, 0));
    assert_eq!(not_after(&looker).as_deref(), Some("2090-01-01T00:00:00Z"));
}

fn other_key() -> String {
    KeyPair::generate().unwrap().serialize_pem()
}

#[test]
fn files_that_stay_as_they_are_are_taken_once() {
    let mut looker = Looker::new();
    assert_eq!(looker.look(), (0, 0));
    put(looker.folder.path());
    assert_eq!(looker.look(), (1, 0));
    assert_eq!(looker.look(), (1, 0));
}

#[test]
fn half_of_new_files_is_no_failure() {
    let mut looker = Looker::new();
    looker.put_key(&other_key());
    assert_eq!(looker.look(), (0, 0));
    put(looker.folder.path());
    assert_eq!(looker.look(), (1, 0));
}

#[test]
fn bad_files_that_stay_are_one_failure_and_others_another() {
    let mut looker = Looker::new();
    looker.put_key(&other_key());
    let seen = [(); 4].map(|()| looker.look());
    assert_eq!(seen, [(0, 0), (0, 1), (0, 1), (0, 1)]);
    looker.put_key("no key");
    let seen = [(); 3].map(|()| looker.look());
    assert_eq!(seen, [(0, 1), (0, 2), (0, 2)]);
    fs::remove_file(looker.folder.path().join("server.key")).unwrap();
    let seen = [(); 3].map(|()| looker.look());
    assert_eq!(seen, [(0, 2), (0, 3), (0, 3)]);
}

#[test]
fn after_the_old_files_came_back_the_same_bad_ones_are_a_failure_again() {
    let mut looker = Looker::new();
    let old = fs::read_to_string(looker.folder.path().join("server.key")).unwrap();
    for failures in 1..=2 {
        looker.put_key("no key");
        looker.look();
        assert_eq!(looker.look(), (0, failures));
        looker.put_key(&old);
        assert_eq!(looker.look(), (0, failures));
    }
}
