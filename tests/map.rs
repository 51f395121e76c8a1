//! What `src/lib.rs` says must hold holds.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Every source file of the package, as its path from `src`.
fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(path.strip_prefix(&root).unwrap().to_owned());
            }
        }
    }
    sources
}

fn text(source: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    fs::read_to_string(root.join(source)).unwrap()
}

#[test]
fn the_fields_words_know_nothing_of_grpc() {
    let words = [
        "book",
        "catalog",
        "category",
        "data",
        "export",
        "files",
        "history",
        "import",
        "interaction",
        "model",
        "pages",
        "progress",
        "query",
        "reader",
        "shop",
        "store",
    ];
    let of_the_field = |source: &PathBuf| {
        words
            .iter()
            .any(|word| source.starts_with(word) || source == Path::new(&format!("{word}.rs")))
    };
    let sources: Vec<PathBuf> = sources().into_iter().filter(of_the_field).collect();
    assert!(sources.len() > words.len());
    for source in sources {
        let text = text(&source);
        for name in ["pb::", "grpcio", "protobuf"] {
            assert!(!text.contains(name), "{} names {name}", source.display());
        }
    }
}

#[test]
fn only_one_module_names_the_generated_code() {
    let naming: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|source| text(source).contains("\"../generated"))
        .collect();
    assert_eq!(naming, [Path::new("pb.rs")]);
}

#[test]
fn only_the_metrics_have_a_runtime_of_tokio() {
    // A handler that needed one would panic on a polling thread.
    let outside = [
        "tokio::spawn",
        "tokio::runtime",
        "tokio::net",
        "tokio::time",
    ];
    let naming: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|source| outside.iter().any(|name| text(source).contains(name)))
        .collect();
    assert_eq!(naming, [Path::new("metrics/endpoint.rs")]);
}

/// The packages of `Cargo.lock` that a package is built from, as `name version`.
fn built_from(package: &str) -> BTreeSet<String> {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"));
    let lock = lock.unwrap();
    let quoted = |line: &str| line.split('"').nth(1).unwrap_or_default().to_owned();
    let packages: Vec<(String, String, Vec<String>)> = lock
        .split("[[package]]")
        .skip(1)
        .map(|entry| {
            let named = |key: &str| quoted(entry.lines().find(|it| it.starts_with(key)).unwrap());
            let needs = entry.lines().filter(|line| line.starts_with(" \""));
            (named("name"), named("version"), needs.map(quoted).collect())
        })
        .collect();
    let mut found = BTreeSet::new();
    let mut asked = vec![package.to_owned()];
    while let Some(asked_for) = asked.pop() {
        // The version stands there where there are several.
        let is_it = |name: &str, version: &str| {
            asked_for == name || asked_for == format!("{name} {version}")
        };
        for (name, version, needs) in packages.iter().filter(|it| is_it(&it.0, &it.1)) {
            if found.insert(format!("{name} {version}")) {
                asked.extend(needs.clone());
            }
        }
    }
    found
}

#[test]
fn no_program_is_built_with_a_protobuf_that_recurses_without_end() {
    // RUSTSEC-2024-0437: every release before 3.7.2.
    let built_from = built_from("grpcio");
    assert!(built_from.len() > 10, "{built_from:?}");
    let protobuf = built_from.iter().filter(|it| it.starts_with("protobuf "));
    assert_eq!(protobuf.collect::<Vec<_>>(), ["protobuf 3.7.2"]);
}

#[test]
fn no_file_has_more_than_500_lines() {
    for source in sources() {
        let lines = text(&source).lines().count();
        assert!(lines <= 500, "{} has {lines} lines", source.display());
    }
}
