//! What `src/lib.rs` says must hold holds.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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

/// The packages that the programs are built from, as `name vVERSION`: those that only
/// build scripts, the generator and tests need are not among them.
fn built_from() -> BTreeSet<String> {
    let arguments = "tree --locked --offline --package recommendations --edges normal \
                     --prefix none --format {p}";
    let listed = Command::new(env!("CARGO"))
        .args(arguments.split_whitespace())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(listed.status.success(), "{listed:?}");
    let listed = String::from_utf8(listed.stdout).unwrap();
    // What was listed above is marked.
    let packages = listed.lines().map(|line| line.trim_end_matches(" (*)"));
    packages.map(str::to_owned).collect()
}

#[test]
fn no_program_is_built_with_a_protobuf_that_recurses_without_end() {
    // RUSTSEC-2024-0437: every release before 3.7.2.
    let built_from = built_from();
    assert!(built_from.len() > 10, "{built_from:?}");
    let protobuf = built_from.iter().filter(|it| it.starts_with("protobuf "));
    assert_eq!(protobuf.collect::<Vec<_>>(), ["protobuf v3.7.2"]);
}

#[test]
fn no_file_has_more_than_500_lines() {
    for source in sources() {
        let lines = text(&source).lines().count();
        assert!(lines <= 500, "{} has {lines} lines", source.display());
    }
}
