//! What a file may be, and what is said of one that may not.

use std::process::Command;
use std::time::SystemTime;

use rcgen::{CustomExtension, ExtendedKeyUsagePurpose, KeyPair};
use recommendations::tls::{ClientFiles, ServerTls};

use super::support::ids;
use super::support::tls::{Authority, DAY, Files, Issued, credentials, identity, server_params};
use super::{LOOK_EVERY, ask, serve};

/// What is said of a server's files, with the folder taken out.
fn refusal(files: &Files) -> String {
    let refused = ServerTls::open(files.mutual(), LOOK_EVERY).unwrap_err();
    let folder = format!("{}/", files.path("").display());
    refused.to_string().replace(&folder.replace("//", "/"), "")
}

/// What some commands of openssl write before a key.
const EC_PARAMETERS: &str =
    "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";

/// Files with which a server would start.
fn good() -> (Authority, Files) {
    let authority = Authority::new();
    let files = Files::of_server(&authority.server());
    files.put_client_ca(&authority);
    (authority, files)
}

/// That with this content of one file it is refused with that message.
#[track_caller]
fn refused(name: &str, content: impl AsRef<[u8]>, message: &str) {
    let (_, files) = good();
    files.write(name, content);
    assert_eq!(refusal(&files), message);
}

/// That with this certificate, and its key, it is refused with that message.
#[track_caller]
fn refused_certificate(issued: impl FnOnce(&Authority) -> Issued, message: &str) {
    let (authority, files) = good();
    files.put_server(&issued(&authority));
    assert_eq!(refusal(&files), message);
}

/// A key that openssl makes.
fn openssl_key(arguments: &[&str]) -> String {
    let mut openssl = Command::new("openssl");
    let made = openssl.arg("genpkey").args(arguments).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    String::from_utf8(made.stdout).unwrap()
}

fn rsa(bits: u32) -> String {
    let bits = format!("rsa_keygen_bits:{bits}");
    openssl_key(&["-algorithm", "RSA", "-pkeyopt", &bits])
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let (_, files) = good();
    std::fs::remove_file(files.path("server.key")).unwrap();
    assert_eq!(refusal(&files), "cannot read server.key");
}

#[test]
fn what_is_no_regular_file_is_refused() {
    let (_, files) = good();
    std::fs::remove_file(files.path("server.pem")).unwrap();
    std::fs::create_dir(files.path("server.pem")).unwrap();
    assert_eq!(
        refusal(&files),
        "server.pem is no regular file; it must be a PEM file that can be read again and again"
    );
}

#[test]
fn a_file_of_more_than_a_mebibyte_is_refused() {
    let (authority, files) = good();
    let pem = authority.pem();
    let mut padded = pem.clone() + &"\n".repeat(1024 * 1024 - pem.len());
    files.write("client-ca.pem", &padded);
    ServerTls::open(files.mutual(), LOOK_EVERY).unwrap();
    padded.push('\n');
    files.write("client-ca.pem", &padded);
    assert_eq!(
        refusal(&files),
        "client-ca.pem is too large; a PEM file must have at most 1048576 bytes"
    );
}

#[test]
fn a_file_without_a_certificate_is_refused() {
    for name in ["server.pem", "client-ca.pem"] {
        let key = KeyPair::generate().unwrap().serialize_pem();
        for content in ["", "hello\n", "\0\0\0", key.as_str()] {
            refused(
                name,
                content,
                &format!(
                    "{name} has no certificate in it; \
                     it must have one that starts with -----BEGIN CERTIFICATE-----"
                ),
            );
        }
    }
}

#[test]
fn a_file_that_was_cut_is_refused() {
    let pem = Authority::new().pem();
    refused(
        "server.pem",
        &pem[..pem.len() / 2],
        "server.pem is no valid PEM file: its last part has no line -----END ...-----",
    );
}

#[test]
fn what_is_no_base64_is_refused() {
    for inside in ["???", "QUJD\0QUJD"] {
        refused(
            "server.pem",
            format!("-----BEGIN CERTIFICATE-----\n{inside}\n-----END CERTIFICATE-----\n"),
            "server.pem is no valid PEM file: what is between its marks is not base64",
        );
    }
}

#[test]
fn a_mark_that_is_not_closed_is_refused() {
    refused(
        "server.pem",
        "-----BEGIN CERTIFICATE\nQUJD\n-----END CERTIFICATE-----\n",
        "server.pem is no valid PEM file: a line -----BEGIN ... does not end with -----",
    );
}

#[test]
fn a_broken_certificate_is_refused_also_behind_a_good_one() {
    let broken = "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n";
    let (authority, files) = good();
    for name in ["server.pem", "client-ca.pem"] {
        let good = std::fs::read_to_string(files.path(name)).unwrap();
        files.write(name, good.clone() + broken);
        let message = refusal(&files);
        let begin = format!("certificate 2 in {name} is broken: ");
        assert!(message.starts_with(&begin), "{message}");
        files.write(name, good + &authority.pem());
        ServerTls::open(files.mutual(), LOOK_EVERY).unwrap();
    }
}

#[test]
fn bytes_behind_a_certificate_within_its_marks_are_refused() {
    let (authority, files) = good();
    let pem = authority.pem();
    let der = Command::new("sh")
        .args([
            "-c",
            "{ printf '%s' \"$0\" | openssl x509 -outform DER; printf xyz; } | base64",
        ])
        .arg(&pem)
        .output()
        .unwrap();
    let base64 = String::from_utf8(der.stdout).unwrap();
    let longer = format!("-----BEGIN CERTIFICATE-----\n{base64}-----END CERTIFICATE-----\n");
    files.write("client-ca.pem", longer);
    assert_eq!(
        refusal(&files),
        "certificate 1 in client-ca.pem is broken: 3 bytes follow it"
    );
}

#[test]
fn an_address_over_which_cores_abort_is_refused() {
    refused_certificate(
        |authority| {
            let mut params = server_params();
            params.subject_alt_names.clear();
            // One iPAddress of 5 bytes, RFC 5280 section 4.2.1.6.
            let names = vec![0x30, 7, 0x87, 5, 127, 0, 0, 1, 1];
            params.custom_extensions =
                vec![CustomExtension::from_oid_content(&[2, 5, 29, 17], names)];
            authority.issue(params)
        },
        "certificate 1 in server.pem is broken: \
         an IP address among its names must have 4 or 16 bytes",
    );
}

#[test]
fn a_certificate_that_has_expired_is_refused() {
    refused_certificate(
        |authority| {
            let mut params = server_params();
            params.not_after = rcgen::date_time_ymd(2024, 2, 29);
            params.not_before = rcgen::date_time_ymd(2024, 1, 1);
            authority.issue(params)
        },
        "certificate in server.pem expired at 2024-02-29T00:00:00Z; it must be valid now",
    );
}

#[test]
fn a_certificate_that_is_not_valid_yet_is_refused() {
    refused_certificate(
        |authority| {
            let mut params = server_params();
            params.not_before = rcgen::date_time_ymd(2999, 1, 1);
            params.not_after = rcgen::date_time_ymd(2999, 2, 1);
            authority.issue(params)
        },
        "certificate in server.pem is not valid before 2999-01-01T00:00:00Z; \
         it must be valid now, so look at this machine's clock too",
    );
}

#[test]
fn a_certificate_for_clients_is_refused_at_the_server_and_the_other_way_round() {
    refused_certificate(
        |authority| authority.client("reader"),
        "certificate in server.pem is not made for serverAuth; \
         its extended key usage must have serverAuth or be left out",
    );
    let (_, files) = good();
    let own = Some(files.identity());
    let client = ClientFiles {
        ca: Some(files.path("client-ca.pem")),
        identity: own,
    };
    let refused = client.read().err().unwrap().to_string();
    assert!(
        refused.ends_with(
            "is not made for clientAuth; its extended key usage must have clientAuth or be left out"
        ),
        "{refused}"
    );
}

#[test]
fn a_certificate_for_any_use_is_taken() {
    let (authority, files) = good();
    let mut params = server_params();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any];
    files.put_server(&authority.issue(params));
    ServerTls::open(files.mutual(), LOOK_EVERY).unwrap();
}

#[test]
fn a_file_without_a_key_is_refused() {
    for content in [String::new(), Authority::new().pem()] {
        refused(
            "server.key",
            content,
            "server.key has no private key in it; it must have one that starts with \
             -----BEGIN PRIVATE KEY-----, RSA PRIVATE KEY or EC PRIVATE KEY",
        );
    }
}

#[test]
fn a_file_with_two_keys_is_refused() {
    let key = KeyPair::generate().unwrap().serialize_pem();
    refused(
        "server.key",
        key.repeat(2),
        "server.key has 2 private keys in it; it must have one",
    );
}

#[test]
fn an_encrypted_key_is_refused() {
    let message = "private key in server.key is encrypted; \
                   it must be stored without a password, such as openssl pkey writes it";
    let ec = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let password = ["-aes-256-cbc", "-pass", "pass:secret"];
    refused(
        "server.key",
        openssl_key(&[ec.as_slice(), &password].concat()),
        message,
    );
    let old = Command::new("sh")
        .args([
            "-c",
            "openssl genrsa 2048 | openssl rsa -traditional -aes256 -passout pass:secret",
        ])
        .output()
        .unwrap();
    refused("server.key", old.stdout, message);
}

#[test]
fn keys_that_peers_would_not_verify_or_that_are_weak_are_refused() {
    let message = "private key in server.key is broken or of the wrong kind; \
                   it must be RSA of 2048 to 4096 bits, or EC on P-256 or P-384";
    for key in [
        openssl_key(&["-algorithm", "ED25519"]),
        openssl_key(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"]),
        rsa(1024),
        "-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n".to_owned(),
    ] {
        refused("server.key", key, message);
    }
}

#[test]
fn keys_of_every_kind_that_is_taken_are_served() {
    let authority = Authority::new();
    let p384 = openssl_key(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]);
    for pem in [rsa(2048), rsa(4096), p384] {
        let key = KeyPair::from_pem(&pem).unwrap();
        let files = Files::of_server(&authority.issue_for(server_params(), &key));
        let server = serve(files.server());
        let answer = ask(server.address(), credentials(&[&authority], None));
        assert_eq!(ids(answer), [2, 5, 8]);
    }
}

#[test]
fn keys_in_the_older_formats_are_served() {
    let authority = Authority::new();
    let ec = openssl_key(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    for (pem, label) in [(rsa(2048), "RSA PRIVATE KEY"), (ec, "EC PRIVATE KEY")] {
        let key = KeyPair::from_pem(&pem).unwrap();
        let files = Files::of_server(&authority.issue_for(server_params(), &key));
        let older = Command::new("openssl")
            .args(["pkey", "-traditional", "-in"])
            .arg(files.path("server.key"))
            .output()
            .unwrap();
        let older = String::from_utf8(older.stdout).unwrap();
        assert!(older.contains(label), "{older}");
        files.write("server.key", format!("{EC_PARAMETERS}{older}"));
        let server = serve(files.server());
        let answer = ask(server.address(), credentials(&[&authority], None));
        assert_eq!(ids(answer), [2, 5, 8]);
    }
}

#[test]
fn the_key_of_another_certificate_is_refused() {
    refused(
        "server.key",
        KeyPair::generate().unwrap().serialize_pem(),
        "private key in server.key does not belong to the certificate in server.pem; \
         a certificate's own key must be given, and it must be the first of its chain",
    );
}

#[test]
fn a_chain_in_the_wrong_order_is_refused() {
    let (authority, files) = good();
    let own = authority.server();
    files.put_server(&Issued {
        certificate: authority.pem() + &own.certificate,
        key: own.key,
    });
    let message = refusal(&files);
    assert!(
        message.contains("it must be the first of its chain"),
        "{message}"
    );
}

#[test]
fn authorities_that_have_all_expired_are_refused() {
    let expired = Authority::valid_until(SystemTime::UNIX_EPOCH + 20_000 * DAY);
    let (valid, files) = good();
    files.write("client-ca.pem", expired.pem());
    assert_eq!(
        refusal(&files),
        "no certificate in client-ca.pem is valid now, the last until 2024-10-04T00:00:00Z; \
         one at least must be"
    );
    files.write("client-ca.pem", expired.pem() + &valid.pem());
    ServerTls::open(files.mutual(), LOOK_EVERY).unwrap();
}

#[test]
fn a_certificate_and_its_key_may_be_in_one_file_with_comments_and_other_line_ends() {
    let authority = Authority::new();
    let own = authority.server();
    let text = format!("\u{feff}{}a note\0\n{}", own.certificate, own.key);
    let files = Files::new();
    let path = files.write("all.pem", text.replace('\n', "\r\n"));
    let server = serve(recommendations::tls::ServerFiles {
        identity: identity(&path, &path),
        client_ca: None,
    });
    let answer = ask(server.address(), credentials(&[&authority], None));
    assert_eq!(ids(answer), [2, 5, 8]);
}

#[test]
fn a_client_whose_authority_cannot_be_read_is_told() {
    let client = ClientFiles {
        ca: Some(Files::new().path("ca.pem")),
        identity: None,
    };
    let refused = client.read().err().unwrap().to_string();
    assert!(refused.starts_with("cannot read "), "{refused}");
}

#[test]
fn the_systems_list_of_authorities_can_be_read() {
    // Of Debian and Alpine, and of Fedora; a machine may have none.
    let lists = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
    ];
    let lists = lists.into_iter().map(Into::into);
    for list in lists.filter(|list: &std::path::PathBuf| list.is_file()) {
        let client = ClientFiles {
            ca: Some(list),
            identity: None,
        };
        drop(client.read().unwrap());
        drop(ClientFiles::default().read().unwrap());
    }
}
