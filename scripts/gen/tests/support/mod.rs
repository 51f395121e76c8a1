//! A small project that tests run `grpcio-gen` in.

// Each test crate uses a part of it.
#![allow(dead_code)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use grpcio_gen::parse::FileSet;
use grpcio_gen::{Options, read};

pub const PROTO: &str = "\
syntax = \"proto3\";

// A book.
message Book {
  string title = 1;
}

service Shop {
  rpc Buy(Book) returns (Book);
}
";

/// A folder with `protos/shop.proto` and its code in `out`.
pub fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("protos")).unwrap();
    fs::write(folder.path().join("protos/shop.proto"), PROTO).unwrap();
    let done = run(folder.path(), &GENERATE);
    assert_eq!((code(&done), stderr(&done)), (0, String::new()));
    folder
}

pub const GENERATE: [&str; 7] = [
    "-I",
    "protos",
    "--rust_out",
    "out",
    "--grpc_rust_out",
    "out",
    "protos/shop.proto",
];

pub const GENERATE_ALL: [&str; 7] = [
    "-I",
    "protos",
    "--rust_out",
    "out",
    "--grpc_rust_out",
    "out",
    "protos",
];

pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_grpcio-gen"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

/// Runs `--check`, which must not change a thing.
pub fn check(folder: &Path) -> Output {
    let before = snapshot(&folder.join("out"));
    let output = run(folder, &[&GENERATE[..], &["--check"]].concat());
    assert_eq!(snapshot(&folder.join("out")), before);
    output
}

pub fn snapshot(folder: &Path) -> Vec<(String, Vec<u8>, std::time::SystemTime)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
                entry.metadata().unwrap().modified().unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

pub fn names(folder: &Path) -> Vec<String> {
    snapshot(folder)
        .into_iter()
        .map(|(name, ..)| name)
        .collect()
}

/// What `input` gives in a folder with these files, each with its name and
/// text. An empty `input` is the folder; errors name its files from there.
pub fn read_of(files: &[(&str, &str)], input: &str) -> Result<FileSet, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let options = Options {
        proto_path: vec![folder.path().to_owned()],
        inputs: vec![folder.path().join(input)],
        ..Options::default()
    };
    let root = format!("{}/", folder.path().display());
    read(&options).map_err(|errors| errors.to_string().replace(&root, ""))
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
