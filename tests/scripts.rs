//! The scripts as whoever calls them for the first time sees them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn script(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("scripts").join(name)
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

#[test]
fn every_script_that_does_much_tells_its_usage_in_place_of_it() {
    for name in ["dev-certs.sh", "run.sh", "setup.sh", "test.sh"] {
        let run = |option: &str| Command::new(script(name)).arg(option).output().unwrap();
        let help = run("--help");
        let usage = format!("usage: scripts/{name}");
        assert!(text(&help.stdout).starts_with(&usage), "{name}: {help:?}");
        assert_eq!(help.status.code(), Some(0), "{name}");
        let wrong = run("--no-such-option");
        assert_eq!(wrong.status.code(), Some(2), "{name}");
        let told = format!("scripts/{name}");
        assert!(text(&wrong.stderr).contains(&told), "{name}: {wrong:?}");
    }
}

/// A cargo that builds a generator at once, which does nothing.
const CARGO: &str = "#!/bin/sh\n\
    printf '#!/bin/sh\\n' >\"$CARGO_TARGET_DIR/release/grpcio-gen\"\n\
    chmod +x \"$CARGO_TARGET_DIR/release/grpcio-gen\"\n";

#[test]
fn the_generator_is_built_once_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let cargo = folder.path().join("cargo");
    fs::write(&cargo, CARGO).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    let generate = || -> Output {
        Command::new(script("gen.sh"))
            .env("CARGO_TARGET_DIR", folder.path().join("target"))
            .env("PATH", format!("{}:{path}", folder.path().display()))
            .output()
            .unwrap()
    };
    for told in ["building the generator\n", ""] {
        let generated = generate();
        assert_eq!(text(&generated.stderr), told);
        assert!(generated.status.success(), "{generated:?}");
    }
}
