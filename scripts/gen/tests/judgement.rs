//! What is refused and what is accepted, as protoc has it.
//!
//! Each `judgement/refused/*.proto` has what `grpcio-gen` says of it in a
//! `.stderr` file beside it; each `judgement/accepted/*.proto` is its narrow
//! neighbour that passes. To see what protoc says of them:
//!
//! ```text
//! scripts/compare-protoc.sh --verbose scripts/gen/tests/judgement
//! ```
//!
//! After a change of a message, `UPDATE_JUDGEMENT=1` writes the `.stderr` files
//! anew: read their diff.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use grpcio_gen::{Options, generate, read};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judgement")
}

/// The `.proto` files of a folder of `judgement`, sorted.
fn protos(kind: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder().join(kind))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "proto"))
        .collect();
    files.sort();
    assert!(files.len() > 30, "{} files in {kind}", files.len());
    files
}

/// What is said of a file, with paths from `judgement`.
fn judgement(file: &Path) -> Result<(), String> {
    let options = Options {
        proto_path: vec![folder()],
        inputs: vec![file.to_owned()],
        ..Options::default()
    };
    let root = format!("{}/", folder().display());
    read(&options)
        .map(drop)
        .map_err(|errors| format!("{errors}\n").replace(&root, ""))
}

/// Two texts, line by line, where they differ.
fn diff(expected: &str, found: &str) -> String {
    similar::TextDiff::from_lines(expected, found)
        .unified_diff()
        .header("expected", "found")
        .to_string()
}

#[test]
fn refused_files_are_refused_with_the_expected_text() {
    let mut differences = String::new();
    for file in protos("refused") {
        let expected_file = file.with_extension("stderr");
        let found = match judgement(&file) {
            Ok(()) => "accepted\n".to_owned(),
            Err(text) => text,
        };
        if std::env::var_os("UPDATE_JUDGEMENT").is_some() {
            fs::write(&expected_file, &found).unwrap();
        }
        let expected = fs::read_to_string(&expected_file).unwrap_or_default();
        if expected != found {
            differences += &format!("{}\n{}", file.display(), diff(&expected, &found));
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn every_refusal_has_file_line_and_column() {
    for file in protos("refused") {
        let text = judgement(&file).unwrap_err();
        let errors: Vec<&str> = text.lines().filter(|l| l.contains(" error: ")).collect();
        assert!(!errors.is_empty(), "{text}");
        for error in errors {
            let place = error.split(" error: ").next().unwrap();
            let parts: Vec<&str> = place.trim_end_matches(':').split(':').collect();
            let numbers = parts.iter().filter(|part| part.parse::<usize>().is_ok());
            assert_eq!((parts.len(), numbers.count()), (3, 2), "{error}");
        }
    }
}

#[test]
fn accepted_files_are_accepted() {
    let wrong: Vec<String> = protos("accepted")
        .iter()
        .filter_map(|file| judgement(file).err())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn errors_of_several_files_are_reported_together() {
    let files = [
        ("a_text.proto", "message A {\n  int32 = 1;\n}\n"),
        (
            "b_names.proto",
            "message B {\n  Missing m = 1;\n  None n = 2;\n}\n",
        ),
        (
            "c_rules.proto",
            "message C {\n  reserved \"c\";\n  int32 c = 1;\n  int32 d = 2 [lazy = true];\n}\n",
        ),
        ("d_imports.proto", "import \"missing.proto\";\n"),
        ("e_bytes.proto", "message \u{e9} {}\n"),
        ("f_end.proto", "message F {"),
    ];
    let files = files.map(|(name, text)| (name, format!("syntax = \"proto3\";\n{text}")));
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let text = support::read_of(&files, "").unwrap_err();
    let places: Vec<&str> = text
        .lines()
        .filter_map(|line| Some(line.split_once(": error: ")?.0))
        .collect();
    assert_eq!(
        places,
        [
            "a_text.proto:3:9",
            "b_names.proto:3:3",
            "b_names.proto:4:3",
            "c_rules.proto:4:9",
            "c_rules.proto:5:16",
            "d_imports.proto:2:1",
            "e_bytes.proto:2:9",
            "f_end.proto:2:12",
        ],
        "{text}"
    );
}

#[test]
fn errors_print_as_they_read_where_main_returns_them() {
    let file = folder().join("refused/enum_without_zero.proto");
    let options = Options {
        proto_path: vec![folder()],
        inputs: vec![file],
        ..Options::default()
    };
    let errors = read(&options).map(drop).unwrap_err();
    assert_eq!(format!("{errors:?}"), errors.to_string());
    assert!(errors.to_string().contains(".proto:"), "{errors}");
}

/// What is said of a folder with these proto2 files, each with its name and
/// text; the first line of each finding.
fn findings(files: &[(&str, &str)]) -> Vec<String> {
    let texts = files
        .iter()
        .map(|(_, text)| format!("syntax = \"proto2\";\n{text}"));
    let texts: Vec<String> = texts.collect();
    let names = files.iter().map(|(name, _)| *name);
    let files: Vec<_> = names.zip(texts.iter().map(String::as_str)).collect();
    let text = support::read_of(&files, "").err().unwrap_or_default();
    let lines = text.lines().filter(|line| line.contains(": error: "));
    lines.map(str::to_owned).collect()
}

#[test]
fn a_name_of_two_files_is_refused_although_they_number_extensions_alike() {
    let extended = "message M { extensions 4; extend M { optional int32 a = 4; } }";
    let text = format!("package p;\n{extended}\nenum E {{ A = 0; }}");
    assert_eq!(
        findings(&[("a.proto", &text), ("b.proto", &text)]),
        [
            "b.proto:3:9: error: name 'p.M' is already defined in file 'a.proto'",
            "b.proto:4:6: error: name 'p.E' is already defined in file 'a.proto'",
            "b.proto:4:10: error: name 'p.A' is already defined in file 'a.proto'",
        ]
    );
    let package = format!("package p.E;\n{extended}");
    assert_eq!(
        findings(&[("a.proto", &text), ("b.proto", &package)]),
        ["b.proto:2:1: error: name 'p.E' is already defined in file 'a.proto'"]
    );
}

#[test]
fn a_name_of_a_file_that_is_not_imported_is_refused_where_it_is() {
    let files = [
        ("a.proto", "package p;\nmessage A {}"),
        ("b.proto", "message p {}"),
    ];
    assert_eq!(
        findings(&files),
        ["b.proto:2:9: error: name 'p' is already defined in file 'a.proto'"]
    );
}

#[test]
fn packages_of_files_that_are_not_imported_hide_nothing() {
    let files = [
        ("a.proto", "package x.y.common;\nmessage Other {}"),
        (
            "b.proto",
            "package common;\nimport \"google/protobuf/descriptor.proto\";\nmessage Inner {}\n\
             extend google.protobuf.MessageOptions { optional int32 mine = 50500; }",
        ),
        (
            "c.proto",
            "package x.y.z;\nimport \"b.proto\";\nmessage M {\n  option (common.mine) = 1;\n  \
             optional common.Inner inner = 1;\n}\n\
             service S { rpc R(common.Inner) returns (common.Inner); }",
        ),
        (
            "d.proto",
            "package x.y.z;\nimport \"a.proto\";\nimport \"b.proto\";\n\
             message N { optional common.Inner inner = 1; }",
        ),
    ];
    assert_eq!(
        findings(&files),
        [
            "d.proto:5:22: error: 'common.Inner' resolves to 'x.y.common.Inner', which is not defined"
        ]
    );
}

#[test]
fn an_error_in_one_file_hides_no_option_of_another() {
    // More extensions than there are messages.
    let fields: String = (0..100)
        .map(|n| format!("  optional int32 option_{n} = {};\n", 50_200 + n))
        .collect();
    let options = format!(
        "import \"google/protobuf/descriptor.proto\";\n\
         extend google.protobuf.FileOptions {{\n{fields}  optional V value = 50400;\n}}\n\
         message V {{ optional group G = 1 {{}} extensions 2; }}\n\
         extend V {{ optional int32 x = 2; }}"
    );
    let with = |option: &str| format!("import \"options.proto\";\noption {option};");
    let files = [
        ("options.proto", options.as_str()),
        ("p_wrong.proto", &with("(value) = { unknown: 1 }")),
        ("q_right.proto", &with("(option_99) = 1")),
        ("r_right.proto", &with("(value) = { g {} [x]: 1 }")),
        ("s_wrong.proto", &with("(option_98) = true")),
        ("t_right.proto", &with("(option_97) = 1")),
    ];
    assert_eq!(
        findings(&files),
        [
            "p_wrong.proto:3:1: error: invalid value of type 'V' for option '(value)'",
            "s_wrong.proto:3:1: error: expected a value of type 'int32' for option '(option_98)', but found 'true'",
        ]
    );
}

#[test]
fn an_extension_of_a_type_that_the_crate_lacks_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let text = format!("syntax = \"proto2\";\n{text}");
        fs::write(folder.path().join(name), text).unwrap();
    };
    fs::create_dir_all(folder.path().join("google/protobuf")).unwrap();
    let descriptor = "google/protobuf/descriptor.proto";
    write(
        descriptor,
        "package google.protobuf;\nmessage Foo { extensions 1000 to max; }\n",
    );
    let extension = "extend google.protobuf.Foo { optional int32 x = 1000; }";
    write(
        "a.proto",
        &format!("import \"{descriptor}\";\n{extension}\n"),
    );
    let options = Options {
        proto_path: vec![folder.path().to_owned()],
        inputs: vec![folder.path().join("a.proto")],
        rust_out: Some(folder.path().join("out")),
        ..Options::default()
    };
    let root = format!("{}/", folder.path().display());
    let tree = generate(&options).unwrap();
    let text = tree.write().unwrap_err().to_string().replace(&root, "");
    assert_eq!(
        text.lines().next().unwrap(),
        format!(
            "a.proto:3:8: error: 'google.protobuf.Foo' of '{descriptor}' is newer than protobuf {}",
            protobuf::VERSION
        )
    );
}

/// A message with one field, whose full name is this long.
fn field_name_of(length: usize) -> Result<(), String> {
    let name = "a".repeat(length - "M.".len());
    let text = format!("syntax = \"proto3\";\nmessage M {{\n  int32 {name} = 1;\n}}\n");
    support::read_of(&[("long.proto", &text)], "long.proto").map(drop)
}

#[test]
fn full_names_may_have_65535_bytes() {
    assert_eq!(field_name_of(65_535), Ok(()));
    let text = field_name_of(65_536).unwrap_err();
    assert!(
        text.contains(
            "long.proto:3:9: error: the name 'M.aaaaaaaaaaaaaaaaaa…' is 65536 bytes long with its scope; at most 65535 are allowed"
        ),
        "{}",
        &text[..300]
    );
}
