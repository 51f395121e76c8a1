//! Whatever the text of a `.proto` file: no panic, and code for all that is
//! accepted. Failing cases are kept in `fuzz.proptest-regressions`.
//!
//! More cases than the test suite runs: `PROPTEST_CASES=100000 cargo test
//! --release -p grpcio-gen --test fuzz`.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use grpcio_gen::{Options, generate};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::FileFailurePersistence;
use syn::{ImplItem, Item, TraitItem};

/// Generates the code of one file and parses it.
fn run(text: &[u8]) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fuzz.proto");
    fs::write(&file, text).unwrap();
    let options = Options {
        proto_path: vec![folder.path().to_owned(), awkward()],
        inputs: vec![file],
        rust_out: Some(PathBuf::from("out")),
        grpc_rust_out: Some(PathBuf::from("out")),
        ..Options::default()
    };
    let tree = match generate(&options) {
        Ok(tree) => tree,
        Err(errors) => {
            // Every refusal says where.
            for error in errors
                .to_string()
                .lines()
                .filter(|line| line.contains(": error: "))
            {
                let mut parts = error.splitn(4, ':').skip(1);
                let number = |part: Option<&str>| part.is_some_and(|p| p.parse::<usize>().is_ok());
                prop_assert!(number(parts.next()) && number(parts.next()), "{error}");
            }
            return Ok(());
        }
    };
    for path in tree.paths() {
        let code = match tree.text(path) {
            Ok(code) => code.unwrap(),
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        match syn::parse_file(&code) {
            Ok(file) => {
                let twice = defined_twice(&file.items);
                prop_assert!(twice.is_empty(), "{}: {twice:?}\n{code}", path.display());
            }
            Err(error) => {
                let message = format!("{}: {error:?}\n{code}", path.display());
                return Err(TestCaseError::fail(message));
            }
        }
    }
    Ok(())
}

/// Names that a module's items define twice, which rustc would refuse.
fn defined_twice(items: &[Item]) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut twice = Vec::new();
    let mut nested = Vec::new();
    let mut define = |space: String, name: String| {
        if !seen.insert((space.clone(), name.clone())) {
            twice.push(format!("{name} in {space}"));
        }
    };
    for item in items {
        match item {
            Item::Mod(module) => {
                define("types".to_owned(), module.ident.to_string());
                if let Some((_, items)) = &module.content {
                    nested.extend(defined_twice(items));
                }
            }
            Item::Trait(item_trait) => {
                define("types".to_owned(), item_trait.ident.to_string());
                for item in &item_trait.items {
                    if let TraitItem::Fn(function) = item {
                        let space = format!("trait {}", item_trait.ident);
                        define(space, function.sig.ident.to_string());
                    }
                }
            }
            Item::Struct(item) => {
                define("types".to_owned(), item.ident.to_string());
                for field in item.fields.iter().filter_map(|field| field.ident.as_ref()) {
                    define(format!("struct {}", item.ident), field.to_string());
                }
            }
            Item::Enum(item) => {
                define("types".to_owned(), item.ident.to_string());
                for variant in &item.variants {
                    define(format!("enum {}", item.ident), variant.ident.to_string());
                }
            }
            Item::Impl(item) if item.trait_.is_none() => {
                for function in &item.items {
                    if let ImplItem::Fn(function) = function {
                        define(
                            format!("impl {:?}", item.self_ty),
                            function.sig.ident.to_string(),
                        );
                    }
                }
            }
            Item::Fn(function) => define("values".to_owned(), function.sig.ident.to_string()),
            Item::Const(item) => define("values".to_owned(), item.ident.to_string()),
            Item::Static(item) => define("values".to_owned(), item.ident.to_string()),
            _ => {}
        }
    }
    twice.extend(nested);
    twice
}

fn awkward() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/awkward")
}

/// The awkward protos, as words and the blanks between them.
fn seeds() -> Vec<Vec<String>> {
    let mut files: Vec<PathBuf> = fs::read_dir(awkward())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "proto"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| words(&fs::read_to_string(file).unwrap()))
        .collect()
}

fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for c in text.chars() {
        let joins = |last: &String| {
            c.is_ascii_alphanumeric() && last.chars().all(|l| l.is_ascii_alphanumeric() || l == '_')
        };
        match words.last_mut() {
            Some(last)
                if joins(last) || c == '_' && last.ends_with(|l: char| l.is_alphanumeric()) =>
            {
                last.push(c);
            }
            _ => words.push(c.to_string()),
        }
    }
    words
}

/// What replaces, follows or removes a word.
#[derive(Debug, Clone)]
enum Edit {
    Remove(Index),
    Repeat(Index),
    Swap(Index, Index),
    Replace(Index, String),
}

fn edit() -> impl Strategy<Value = Edit> {
    let word = select(vec![
        "{",
        "}",
        ";",
        "=",
        "(",
        ")",
        "[",
        "]",
        "<",
        ">",
        ",",
        ".",
        "-",
        "0",
        "1",
        "536870911",
        "536870912",
        "19000",
        "-1",
        "99999999999999999999",
        "0x7fffffff",
        "1e400",
        "nan",
        "\"",
        "'",
        "\\",
        "//",
        "/*",
        "*/",
        "\n",
        "\u{feff}",
        "\u{0}",
        "é",
        "message",
        "enum",
        "service",
        "rpc",
        "returns",
        "stream",
        "oneof",
        "map",
        "repeated",
        "optional",
        "required",
        "group",
        "extend",
        "extensions",
        "reserved",
        "to",
        "max",
        "option",
        "import",
        "public",
        "weak",
        "package",
        "syntax",
        "edition",
        "\"proto2\"",
        "\"proto3\"",
        "int32",
        "string",
        "bytes",
        "bool",
        "double",
        "try",
        "gen",
        "self",
        "Self",
        "super",
        "crate",
        "type",
        "_",
        "__",
        "new",
        "exts",
        "special_fields",
        "google.protobuf.Any",
        "\"google/protobuf/any.proto\"",
        "default",
        "json_name",
        "deprecated",
        "packed",
        "allow_alias",
        "map_entry",
        "message_set_wire_format",
    ]);
    prop_oneof![
        any::<Index>().prop_map(Edit::Remove),
        any::<Index>().prop_map(Edit::Repeat),
        (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Edit::Swap(a, b)),
        (any::<Index>(), word).prop_map(|(at, word)| Edit::Replace(at, word.to_owned())),
    ]
}

fn edited(mut words: Vec<String>, edits: Vec<Edit>) -> String {
    for edit in edits {
        if words.is_empty() {
            break;
        }
        let length = words.len();
        match edit {
            Edit::Remove(at) => {
                words.remove(at.index(length));
            }
            Edit::Repeat(at) => {
                let word = words[at.index(length)].clone();
                words.insert(at.index(length), word);
            }
            Edit::Swap(a, b) => words.swap(a.index(length), b.index(length)),
            Edit::Replace(at, word) => words[at.index(length)] = word,
        }
    }
    words.concat()
}

/// A name that somebody could find funny.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z_][a-zA-Z0-9_]{0,6}",
        select(vec![
            "type",
            "try",
            "gen",
            "Self",
            "self",
            "super",
            "crate",
            "_",
            "__",
            "_1",
            "new",
            "New",
            "spawn",
            "Foo",
            "foo",
            "FOO",
            "fooBar",
            "foo_bar",
            "FooBar",
            "set_foo",
            "has_foo",
            "Option",
            "Vec",
            "String",
            "Box",
            "Result",
            "Default",
            "exts",
            "special_fields",
            "S",
            "Send",
            "Clone",
            "Bool",
            "Str",
            "VALUES",
            "NAME",
            "file_descriptor",
            "std",
            "protobuf",
        ])
        .prop_map(str::to_owned),
    ]
}

/// A file of messages, enums and services with such names.
fn file() -> impl Strategy<Value = String> {
    let field = (
        name(),
        any::<bool>(),
        select(vec!["int32", "string", "bytes", "bool"]),
    );
    let message = (
        name(),
        prop::collection::vec(field, 0..6),
        prop::collection::vec(name(), 0..3),
    );
    let service = (
        name(),
        prop::collection::vec((name(), any::<bool>(), any::<bool>()), 0..5),
    );
    (
        select(vec!["proto2", "proto3"]),
        prop::collection::vec(message, 1..5),
        prop::collection::vec((name(), prop::collection::vec(name(), 1..4)), 0..3),
        prop::collection::vec(service, 0..3),
    )
        .prop_map(|(syntax, messages, enums, services)| {
            let label = if syntax == "proto2" { "optional " } else { "" };
            let mut text = format!("syntax = \"{syntax}\";\npackage fuzz;\n");
            let request = messages[0].0.clone();
            for (name, fields, nested) in &messages {
                text += &format!("message {name} {{\n");
                for nested in nested {
                    text += &format!(
                        "message {nested} {{ enum {nested} {{ {name}_{nested} = 0; }} }}\n"
                    );
                }
                let (inside, outside): (Vec<_>, Vec<_>) = fields
                    .iter()
                    .enumerate()
                    .partition(|(_, (_, in_oneof, _))| *in_oneof);
                for (number, (field, _, kind)) in outside {
                    text += &format!("{label}{kind} {field} = {};\n", number + 1);
                }
                if !inside.is_empty() {
                    text += &format!("oneof {name}_of {{\n");
                    for (number, (field, _, kind)) in inside {
                        text += &format!("{kind} {field} = {};\n", number + 1);
                    }
                    text += "}\n";
                }
                text += "}\n";
            }
            for (name, values) in &enums {
                text += &format!("enum {name} {{\n");
                for (number, value) in values.iter().enumerate() {
                    text += &format!("{value} = {number};\n");
                }
                text += "}\n";
            }
            for (name, methods) in &services {
                text += &format!("service {name} {{\n");
                for (method, from, to) in methods {
                    let stream = |yes: &bool| if *yes { "stream " } else { "" };
                    text += &format!(
                        "rpc {method}({}{request}) returns ({}{request});\n",
                        stream(from),
                        stream(to)
                    );
                }
                text += "}\n";
            }
            text
        })
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz.proptest-regressions"),
        ))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_bytes_are_refused_with_a_place(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        run(&bytes)?;
    }

    #[test]
    fn awkward_protos_with_edits_are_refused_with_a_place_or_give_code(
        seed in select(seeds()),
        edits in prop::collection::vec(edit(), 1..6),
    ) {
        run(edited(seed, edits).as_bytes())?;
    }

    #[test]
    fn funny_names_are_refused_with_a_place_or_give_code(text in file()) {
        run(text.as_bytes())?;
    }
}
