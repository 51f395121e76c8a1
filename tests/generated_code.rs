//! Code that the generator writes for awkward protos compiles without a
//! warning, documents itself without one, holds no doctest, and describes
//! itself truly at run time.
//!
//! The protos are those of `scripts/gen/tests/awkward`; their code is built as
//! one crate against the real protobuf and grpcio, in this build's target
//! folder, so that the C core is not compiled again. The crate also holds a
//! small proto's code once for each option of `--rust_opt`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use grpcio_gen::names::Names;
use grpcio_gen::names::renames::Accessors;
use grpcio_gen::{Options, generate, read};
use protobuf::descriptor::file_options::OptimizeMode;

const MANIFEST: &str = r#"
[workspace]

[package]
name = "awkward"
version = "0.1.0"
edition = "2024"

[dependencies]
bytes = "1"
protobuf = { version = "=3.7.2", features = ["with-bytes"] }
grpcio = { version = "0.13", default-features = false, features = ["protobufv3-codec", "boringssl"] }
"#;

/// What every messages module of the crate is asked at run time.
const CHECK: &str = r#"
#[cfg(test)]
fn check(file: &protobuf::reflect::FileDescriptor, name: &str) {
    assert_eq!(file.proto().name(), name);
    for message in file.messages() {
        check_message(&message);
    }
    for enumeration in file.enums() {
        check_enum(&enumeration);
    }
    for (import, dependency) in file.proto().dependency.iter().zip(file.deps()) {
        assert_eq!(dependency.proto().name(), import);
    }
}

#[cfg(test)]
fn check_message(message: &protobuf::reflect::MessageDescriptor) {
    if message.proto().options.get_or_default().map_entry() {
        return;
    }
    let mut instance = message.new_instance();
    for field in message.fields() {
        field.get_reflect(&*instance);
        field.clear_field(&mut *instance);
    }
    instance.to_string();
    let twin = message.new_instance();
    assert!(message.eq(&*twin, &*twin.clone_box()), "{}", message.full_name());
    for oneof in message.oneofs() {
        assert!(message.oneof_by_name(oneof.name()).is_some());
    }
    for nested in message.nested_messages() {
        check_message(&nested);
    }
    for enumeration in message.nested_enums() {
        check_enum(&enumeration);
    }
}

#[cfg(test)]
fn check_enum(enumeration: &protobuf::reflect::EnumDescriptor) {
    for value in enumeration.values() {
        assert!(enumeration.value_by_name(value.name()).is_some(), "{}", value.full_name());
    }
}
"#;

#[test]
fn code_for_awkward_protos_compiles_and_describes_itself() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = root.join("scripts/gen/tests");
    let protos = tests.join("awkward");
    let krate = Path::new(env!("CARGO_TARGET_TMPDIR")).join("awkward");
    let out = krate.join("src/protos");
    fs::create_dir_all(&out).unwrap();
    fs::write(krate.join("Cargo.toml"), MANIFEST).unwrap();
    fs::copy(root.join("Cargo.lock"), krate.join("Cargo.lock")).unwrap();
    write_code(&protos, &out, "");
    for option in OPTIONS {
        let out = krate.join("src").join(option);
        write_code(&tests.join("options"), &out, option);
    }
    fs::write(krate.join("src/lib.rs"), library(&protos)).unwrap();

    let tested = cargo(&krate, &["test", "--release", "--offline"]);
    assert!(
        tested.contains("test files_describe_themselves ... ok"),
        "{tested}"
    );
    let doctests = tested.rsplit("running ").next();
    assert!(
        doctests.is_some_and(|rest| rest.starts_with("0 tests")),
        "{tested}"
    );
    cargo(&krate, &["doc", "--release", "--offline", "--no-deps"]);
}

/// The options of `--rust_opt`.
const OPTIONS: [&str; 7] = [
    "btreemap",
    "generate_accessors",
    "generate_getter",
    "lite_runtime",
    "oneofs_non_exhaustive",
    "tokio_bytes",
    "tokio_bytes_for_string",
];

fn write_code(protos: &Path, out: &Path, rust_options: &str) {
    let tree = generate(&Options {
        proto_path: vec![protos.to_owned()],
        inputs: vec![protos.to_owned()],
        rust_out: Some(out.to_owned()),
        grpc_rust_out: Some(out.to_owned()),
        rust_options: rust_options.parse().unwrap(),
    })
    .unwrap();
    tree.write().unwrap();
}

/// The crate's root: all modules, and a test that asks each of them.
fn library(protos: &Path) -> String {
    let files = read(&Options {
        proto_path: vec![protos.to_owned()],
        inputs: vec![protos.to_owned()],
        ..Options::default()
    })
    .unwrap();
    let rust = Names::new(&files, Accessors::Default);
    let mut calls = String::new();
    for file in files.files.iter().filter(|file| file.requested) {
        // Code for the lite runtime does not describe itself.
        if file.descriptor.options.optimize_for() == OptimizeMode::LITE_RUNTIME {
            continue;
        }
        let name = file.name();
        let path = rust.messages(name).unwrap().path.join("::");
        writeln!(
            calls,
            "    check(protos::{path}::file_descriptor(), {name:?});"
        )
        .unwrap();
    }
    let options: String = OPTIONS
        .iter()
        .map(|option| format!("/// With this option.\npub mod {option};\n"))
        .collect();
    format!(
        "//! Code of awkward protos.\n#![deny(warnings, missing_docs)]\n\
         /// All of it.\npub mod protos;\n{options}{CHECK}\n\
         #[test]\nfn files_describe_themselves() {{\n{calls}}}\n"
    )
}

/// Runs cargo, which must succeed, and gives back its standard output.
fn cargo(krate: &Path, arguments: &[&str]) -> String {
    let target: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
    let output = Command::new(env!("CARGO"))
        .current_dir(krate)
        .args(arguments)
        .env("CARGO_TARGET_DIR", target)
        .env("RUSTDOCFLAGS", "-D warnings")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "cargo {arguments:?}:\n{said}\n{printed}"
    );
    printed
}
