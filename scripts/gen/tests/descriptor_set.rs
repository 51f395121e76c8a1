//! `--descriptor_set_out`: which files it holds, in which order, and when it is
//! written. That its bytes are protoc's is for `scripts/compare-protoc.sh`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use protobuf::Message as _;
use protobuf::descriptor::FileDescriptorSet;

/// A folder in which `c.proto` imports `b.proto`, which imports `a.proto`,
/// which imports a file that the generator brings along.
fn protos() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let text = format!("syntax = \"proto3\";\n{text}\n");
        fs::write(folder.path().join(name), text).unwrap();
    };
    write(
        "a.proto",
        "import \"google/protobuf/empty.proto\";\nmessage A { google.protobuf.Empty foo_bar = 1; }",
    );
    write("b.proto", "import \"a.proto\";\nmessage B { A a = 1; }");
    write(
        "c.proto",
        "import \"b.proto\";\n// A comment.\nmessage C { B b = 1; }",
    );
    write("wrong.proto", "message W { Missing a = 1; }");
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_grpcio-gen"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

fn set(arguments: &[&str]) -> FileDescriptorSet {
    let folder = protos();
    let output = run(folder.path(), &[&["-o", "set"], arguments].concat());
    assert!(output.status.success(), "{output:?}");
    let bytes = fs::read(folder.path().join("set")).unwrap();
    FileDescriptorSet::parse_from_bytes(&bytes).unwrap()
}

fn names(set: &FileDescriptorSet) -> Vec<&str> {
    set.file.iter().map(|file| file.name()).collect()
}

#[test]
fn only_the_named_files_are_in_the_set() {
    assert_eq!(names(&set(&["c.proto"])), ["c.proto"]);
    assert_eq!(names(&set(&["b.proto", "c.proto"])), ["b.proto", "c.proto"]);
}

#[test]
fn imports_come_before_what_imports_them() {
    let all = [
        "google/protobuf/empty.proto",
        "a.proto",
        "b.proto",
        "c.proto",
    ];
    assert_eq!(names(&set(&["--include_imports", "c.proto"])), all);
    assert_eq!(names(&set(&["c.proto", "b.proto"])), ["b.proto", "c.proto"]);
}

#[test]
fn json_names_are_always_there() {
    let set = set(&["a.proto"]);
    let field = &set.file[0].message_type[0].field[0];
    assert_eq!(field.json_name, Some("fooBar".to_owned()));
}

#[test]
fn source_info_is_there_when_asked_for() {
    assert!(set(&["c.proto"]).file[0].source_code_info.is_none());
    let set = set(&["--include_source_info", "c.proto"]);
    let info = &set.file[0].source_code_info;
    let comments: Vec<&str> = info
        .location
        .iter()
        .filter(|location| location.has_leading_comments())
        .map(|location| location.leading_comments())
        .collect();
    assert_eq!(comments, [" A comment.\n"]);
}

#[test]
fn built_in_files_have_no_source_info() {
    let set = set(&["--include_imports", "--include_source_info", "a.proto"]);
    let has_info: Vec<(&str, bool)> = set
        .file
        .iter()
        .map(|file| (file.name(), file.source_code_info.is_some()))
        .collect();
    let expected = [("google/protobuf/empty.proto", false), ("a.proto", true)];
    assert_eq!(has_info, expected);
}

#[test]
fn comments_and_columns_are_those_of_protoc() {
    let folder = tempfile::tempdir().unwrap();
    let text = "\u{feff}/* top */ syntax = \"proto2\"; // syntax\n\
        message M { /* behind */\n  optional int32 a = 1; /* a */ optional int32 b = 2;\n  \
        //\n  optional int32 c = 3; // c\n  // end\n}\n";
    fs::write(folder.path().join("m.proto"), text).unwrap();
    let arguments = ["-o", "set", "--include_source_info", "m.proto"];
    let output = run(folder.path(), &arguments);
    assert!(output.status.success(), "{output:?}");
    let bytes = fs::read(folder.path().join("set")).unwrap();
    let set = FileDescriptorSet::parse_from_bytes(&bytes).unwrap();
    let locations = &set.file[0].source_code_info.location;
    let found: Vec<String> = locations
        .iter()
        .filter(|location| {
            let detached = &location.leading_detached_comments;
            let comments = location.leading_comments().len() + location.trailing_comments().len();
            comments + detached.len() > 0
        })
        .map(|location| {
            format!(
                "{:?} {:?} {:?} {:?} {:?}",
                location.path,
                location.span,
                location.leading_detached_comments,
                location.leading_comments(),
                location.trailing_comments()
            )
        })
        .collect();
    // As protoc 35 has them.
    assert_eq!(
        found,
        [
            r#"[12] [0, 13, 31] [] " top " " syntax\n""#,
            r#"[4, 0] [1, 0, 6, 1] [] "" " behind ""#,
            r#"[4, 0, 2, 1] [2, 32, 53] [" a "] "" """#,
            r#"[4, 0, 2, 2] [4, 2, 23] [] "\n" " c\n""#,
        ]
    );
}

#[test]
fn options_for_the_source_alone_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let text = "syntax = \"proto2\";\nmessage M { extensions 5 [verification = UNVERIFIED]; }\n";
    fs::write(folder.path().join("m.proto"), text).unwrap();
    let output = run(folder.path(), &["-o", "set", "m.proto"]);
    assert!(output.status.success(), "{output:?}");
    let bytes = fs::read(folder.path().join("set")).unwrap();
    let set = FileDescriptorSet::parse_from_bytes(&bytes).unwrap();
    let range = &set.file[0].message_type[0].extension_range[0];
    assert_eq!((range.start(), range.end()), (5, 6));
    assert!(range.options.is_none());
}

#[test]
fn an_error_leaves_the_old_set() {
    let folder = protos();
    fs::write(folder.path().join("set"), "old").unwrap();
    let output = run(folder.path(), &["-o", "set", "a.proto", "wrong.proto"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read(folder.path().join("set")).unwrap(), b"old");
}

#[test]
fn a_set_that_cannot_be_written_leaves_the_code_as_it_was() {
    let folder = protos();
    for place in ["missing/set", "."] {
        let arguments = ["--rust_out", "out", "-o", place, "a.proto"];
        let output = run(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.starts_with(&format!("{place}: error: ")), "{error}");
        assert!(!folder.path().join("out").exists());
    }
}

/// The encoded set of one file with this text.
fn set_of(text: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("m.proto"), text).unwrap();
    let arguments = ["-o", "set", "--include_source_info", "m.proto"];
    let output = run(folder.path(), &arguments);
    assert!(output.status.success(), "{output:?}");
    fs::read(folder.path().join("set")).unwrap()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A file with an option that takes a message with a map.
const MAP: &str = "syntax = \"proto2\";\nimport \"google/protobuf/descriptor.proto\";\n\
    message Value { map<string, sint32> map = 1; }\n\
    extend google.protobuf.FileOptions { optional Value value = 50001; }\n";

#[test]
fn maps_in_options_keep_their_order_and_keys_given_twice() {
    let set = set_of(&format!(
        "{MAP}option (value) = {{ map {{ key: 'b' }} map {{ key: 'a' }} map {{ key: 'b' }} }};\n"
    ));
    let entry = |key: u8| [0x0a, 5, 0x0a, 1, key, 0x10, 0];
    let entries = [entry(b'b'), entry(b'a'), entry(b'b')].concat();
    assert!(contains(&set, &entries));
}

#[test]
fn an_entry_of_a_map_has_the_place_of_its_index() {
    let set = set_of(&format!("{MAP}option (value).map = {{ key: 'a' }};\n"));
    let set = FileDescriptorSet::parse_from_bytes(&set).unwrap();
    let locations = &set.file[0].source_code_info.location;
    let mut paths = locations.iter().map(|location| location.path.as_slice());
    assert!(paths.any(|path| path == [8, 50001, 1, 0]));
}

#[test]
fn texts_that_are_not_utf8_stay_as_they_are() {
    let set = set_of(
        "syntax = \"proto2\";\noption java_package = \"a\\xff\";\n\
         message M {\n  reserved \"b\\xfe\";\n  optional string s = 1 [default = \"c\\xfd\"];\n  \
         optional string t = 2 [default = \"d\\U0010FFFF\"];\n}\n",
    );
    for text in [
        &b"\x0a\x02a\xff"[..],
        b"\x52\x02b\xfe",
        b"\x3a\x02c\xfd",
        b"d\xf4\x8f\xbf\xbf",
    ] {
        assert!(contains(&set, text), "{text:?}");
    }
}

#[test]
fn comments_that_are_not_utf8_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let text = b"syntax = 'proto3';\n\n// \xff a\n\n// \xfe b\nmessage /* \xfd */ M {\nint32 a = 1; // \xfc\n}\n";
    fs::write(folder.path().join("a.proto"), text).unwrap();
    let arguments = ["-o", "set", "--include_source_info", "a.proto"];
    let output = run(folder.path(), &arguments);
    assert!(output.status.success(), "{output:?}");
    let set = fs::read(folder.path().join("set")).unwrap();
    // The path and the span of the message's name, and the comments.
    for part in [
        &b"\x0a\x03\x04\x00\x01\x12\x03\x05\x10\x11"[..],
        b"\x1a\x05 \xfe b\n",
        b"\x22\x03 \xfc\n",
        b"\x32\x05 \xff a\n",
    ] {
        assert!(contains(&set, part), "{part:x?} in {set:x?}");
    }
}

#[test]
fn options_of_one_number_are_those_that_the_file_imports() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let text = format!("syntax = \"proto2\";\npackage {name};\n{text}");
        fs::write(folder.path().join(format!("{name}.proto")), text).unwrap();
    };
    let extend = "extend google.protobuf.FileOptions { optional";
    let import = "import \"google/protobuf/descriptor.proto\";\n";
    write(
        "a",
        &format!(
            "{import}message V {{ map<int32, int32> m = 1; }}\n{extend} V v = 50001; }}\noption (v) = {{ m {{}} }};\n"
        ),
    );
    // A text that would be an entry of the other's map.
    write(
        "b",
        &format!("{import}{extend} string s = 50001; }}\noption (s) = \"\\n\\0\";\n"),
    );
    let output = run(folder.path(), &["-o", "set", "a.proto", "b.proto"]);
    assert!(output.status.success(), "{output:?}");
    let set = fs::read(folder.path().join("set")).unwrap();
    assert!(contains(&set, b"\x8a\xb5\x18\x06\x0a\x04\x08\x00\x10\x00"));
    assert!(contains(&set, b"\x8a\xb5\x18\x02\x0a\x00"));
}

#[test]
fn options_of_extension_ranges_come_range_by_range() {
    let set = set_of(
        "syntax = \"proto2\";\nimport \"google/protobuf/descriptor.proto\";\n\
         extend google.protobuf.ExtensionRangeOptions { optional int32 a = 50001; optional int32 b = 50002; }\n\
         message M { extensions 5, 7 [(a) = 1, (b) = 2]; }\nenum E { A = 0; reserved -5; }\n",
    );
    let set = FileDescriptorSet::parse_from_bytes(&set).unwrap();
    let locations = &set.file[0].source_code_info.location;
    let options: Vec<Vec<i32>> = locations
        .iter()
        .filter(|location| location.path.len() == 6 && location.path.starts_with(&[4, 0, 5]))
        .map(|location| location.path[3..].to_vec())
        .collect();
    assert_eq!(
        options,
        [[0, 3, 50001], [0, 3, 50002], [1, 3, 50001], [1, 3, 50002]]
    );
    // A single negative number ends, for protoc, with its minus sign.
    let end = locations.iter().find(|l| l.path == [5, 0, 4, 0, 2]);
    assert_eq!(end.unwrap().span, [4, 25, 26]);
}
