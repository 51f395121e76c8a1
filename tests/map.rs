//! What `src/lib.rs` says must hold holds.

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
fn no_file_has_more_than_500_lines() {
    for source in sources() {
        let lines = text(&source).lines().count();
        assert!(lines <= 500, "{} has {lines} lines", source.display());
    }
}
