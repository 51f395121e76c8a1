//! What `scripts/deploy` says of the programs is true of them.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use recommendations::server::limits;
use support::program::{client, run, server};

/// How long calls that are cancelled have to end, in seconds, and the last writes.
const LAST_THINGS: u64 = 10;

/// Every file of `scripts/deploy` with its text, in which a line that goes on is
/// one.
fn files() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/deploy");
    let mut folders = vec![root];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                files.push((path, text.replace("\\\n", " ")));
            }
        }
    }
    files
}

fn text(name: &str) -> String {
    let of_that_name = |(path, _): &(PathBuf, String)| path.ends_with(name);
    files().into_iter().find(of_that_name).unwrap().1
}

/// All that `--help` of the server and of its commands says.
fn server_help() -> String {
    let import = run(&mut server(&["import", "--help"])).stdout;
    in_one_line(&(run(&mut server(&["--help"])).stdout + &import))
}

/// All that `--help` of the client and of its command for health checks says.
fn client_help() -> String {
    let health = run(&mut client(&["health", "--help"])).stdout;
    in_one_line(&(run(&mut client(&["--help"])).stdout + &health))
}

fn in_one_line(help: &str) -> String {
    help.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words of a text that begin like that, and consist of nothing else than
/// letters, digits and `joints`.
fn words<'text>(
    text: &'text str,
    begin: &'text str,
    joints: &'text str,
) -> impl Iterator<Item = &'text str> {
    let outside = move |letter: char| !letter.is_ascii_alphanumeric() && !joints.contains(letter);
    let words = text.split(outside);
    words.filter(move |word| word.len() > begin.len() && word.starts_with(begin))
}

#[test]
fn every_variable_is_an_option_of_a_program() {
    let help = server_help() + &client_help();
    let mut found = BTreeSet::new();
    for (path, text) in files() {
        for variable in words(&text, "RECOMMENDATIONS_", "_") {
            let is_known = help.contains(&format!("[env: {variable}="));
            assert!(is_known, "{variable} in {}", path.display());
            found.insert(variable.to_owned());
        }
    }
    for needed in [
        "RECOMMENDATIONS_TLS_CLIENT_CA",
        "RECOMMENDATIONS_CLIENT_TLS_CA",
    ] {
        assert!(found.contains(needed), "{found:?}");
    }
}

#[test]
fn every_flag_is_an_option_of_the_program_that_it_is_given_to() {
    let programs = [
        ("recommendations-server", server_help()),
        ("recommendations:0.1.0", server_help()),
        ("recommendations-client", client_help()),
    ];
    let mut found = BTreeSet::new();
    for (path, text) in files() {
        for line in text.lines() {
            for (program, help) in &programs {
                // Longer names, such as a secret's, begin with a program's.
                let given = line.split_once(program).map(|(_, given)| given);
                let Some(arguments) = given.filter(|given| !given.starts_with('-')) else {
                    continue;
                };
                for flag in words(arguments, "--", "-") {
                    let mut known = words(help, "--", "-");
                    let is_known = known.any(|known| known == flag);
                    assert!(is_known, "{flag} of {program} in {}", path.display());
                    found.insert(flag.to_owned());
                }
            }
        }
    }
    assert!(found.contains("--timeout"), "{found:?}");
}

#[test]
fn what_can_be_checked_without_a_network_is_in_order() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/deploy/check.sh");
    let mut bash = Command::new("/bin/bash");
    bash.arg(script)
        .arg("--offline")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let ended = run(&mut bash);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let context = "ok       Dockerfile.dockerignore (cargo metadata, cargo fmt)";
    assert!(ended.stdout.contains(context), "{ended:?}");
}

#[test]
fn the_unit_reads_renewed_certificates_with_a_group_of_the_readme() {
    let settings = text("tls.conf");
    let settings = settings.lines().filter_map(|line| line.split_once('='));
    let settings: Vec<(&str, &str)> = settings.collect();
    // systemd's credentials are copies, which it makes at the start alone.
    assert!(!settings.iter().any(|(name, _)| *name == "LoadCredential"));
    let group = |(name, _): &&(&str, &str)| *name == "SupplementaryGroups";
    let (_, group) = settings.iter().find(group).unwrap();
    let readme = text("README.md");
    for (file, name) in [
        ("server.pem", "TLS_CERT"),
        ("server.key", "TLS_KEY"),
        ("ca.pem", "TLS_CLIENT_CA"),
    ] {
        let value = format!("RECOMMENDATIONS_{name}=/etc/recommendations/tls/{file}");
        assert!(settings.contains(&("Environment", &value)), "{value}");
        assert!(readme.contains(&format!("certs/{file}")), "{file}");
    }
    assert!(readme.contains(&format!("groupadd --system {group}\n")));
    assert!(readme.contains(&format!("-m 640 -g {group} certs/")));
}

#[test]
fn whoever_stops_the_server_waits_until_it_has_stopped() {
    let times = limits::STOP;
    let longest = times.lame_duck.as_secs() + 1 + times.drain.as_secs() + LAST_THINGS;
    for (file, setting) in [
        ("compose.yaml", "stop_grace_period:"),
        ("statefulset.yaml", "terminationGracePeriodSeconds:"),
        ("recommendations.service", "TimeoutStopSec="),
    ] {
        let text = text(file);
        let (_, waits) = text.split_once(setting).unwrap();
        let waits = waits.lines().next().unwrap().trim().trim_end_matches('s');
        let waits: u64 = waits.parse().unwrap();
        assert!(waits >= longest, "{file}: {waits} s; it takes {longest} s");
    }
}
