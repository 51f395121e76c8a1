//! Texts of `.proto` files: awkward ones with edits, and such with funny names.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::{Index, select};

pub fn awkward() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/awkward")
}

/// The awkward protos, as words and the blanks between them.
pub fn seeds() -> Vec<Vec<String>> {
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

pub fn words(text: &str) -> Vec<String> {
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
pub enum Edit {
    Remove(Index),
    Repeat(Index),
    Swap(Index, Index),
    Replace(Index, String),
}

pub fn edit() -> impl Strategy<Value = Edit> {
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

pub fn edited(mut words: Vec<String>, edits: Vec<Edit>) -> String {
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

/// The elements of a file.
#[derive(Debug, Clone)]
pub struct Elements {
    pub syntax: &'static str,
    /// The name of a message among them.
    pub message: String,
    pub text: String,
}

/// A file of messages, enums and services with such names.
pub fn file() -> impl Strategy<Value = String> {
    elements().prop_map(|Elements { syntax, text, .. }| {
        format!("syntax = \"{syntax}\";\npackage fuzz;\n{text}")
    })
}

/// Messages, enums and services with such names.
pub fn elements() -> impl Strategy<Value = Elements> {
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
            let mut text = String::new();
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
            Elements {
                syntax,
                message: request,
                text,
            }
        })
}
