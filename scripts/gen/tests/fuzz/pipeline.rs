//! The whole pipeline: from files on disk to code, and what is asked of it.

use std::fs;
use std::path::{Path, PathBuf};

use grpcio_gen::{Options, generate};
use proptest::prelude::*;

use crate::bounds::bounded;
use crate::items::defined_twice;
use crate::texts::awkward;

/// What comes of files: code with its path, or errors.
type Generated = Result<Vec<(PathBuf, String)>, String>;

/// Generates the code of one file and parses it.
pub fn run_one(text: &[u8]) -> Result<(), TestCaseError> {
    run(&[("fuzz.proto", text)], &["fuzz.proto"])
}

/// Generates the code of those files, each with its name and text, that are
/// `inputs`, and parses it.
pub fn run<T: AsRef<[u8]>>(
    files: &[(&'static str, T)],
    inputs: &[&str],
) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let mut shown = String::new();
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        shown += &format!("{name}: {}\n", text.as_ref().escape_ascii());
    }
    let options = Options {
        proto_path: vec![folder.path().to_owned(), awkward()],
        inputs: inputs
            .iter()
            .map(|input| folder.path().join(input))
            .collect(),
        rust_out: Some(PathBuf::from("out")),
        grpc_rust_out: Some(PathBuf::from("out")),
        ..Options::default()
    };
    match bounded(&shown, move || generated(&options))? {
        Ok(code) => code
            .iter()
            .try_for_each(|(path, code)| is_sound(path, code)),
        Err(errors) => have_places(&errors),
    }
}

fn generated(options: &Options) -> Generated {
    let tree = generate(options).map_err(|errors| errors.to_string())?;
    let code = |path: &Path| tree.text(path).unwrap().unwrap();
    Ok(tree
        .paths()
        .map(|path| (path.to_owned(), code(path)))
        .collect())
}

/// Every refusal says where.
fn have_places(errors: &str) -> Result<(), TestCaseError> {
    for error in errors.lines().filter(|line| line.contains(": error: ")) {
        let mut parts = error.splitn(4, ':').skip(1);
        let number = |part: Option<&str>| part.is_some_and(|p| p.parse::<usize>().is_ok());
        prop_assert!(number(parts.next()) && number(parts.next()), "{error}");
    }
    Ok(())
}

/// Code can be parsed and defines nothing twice.
fn is_sound(path: &Path, code: &str) -> Result<(), TestCaseError> {
    let file = syn::parse_file(code)
        .map_err(|error| TestCaseError::fail(format!("{}: {error:?}\n{code}", path.display())))?;
    let twice = defined_twice(&file.items);
    prop_assert!(twice.is_empty(), "{}: {twice:?}\n{code}", path.display());
    Ok(())
}
