//! A `descriptor.proto` that somebody brings along. What is expected is what
//! protoc 35 gives.

mod support;

use grpcio_gen::descriptor_set::{Contents, encode};
use protobuf::Message as _;
use protobuf::descriptor::{FileDescriptorProto, FileDescriptorSet};

const DESCRIPTOR: &str = "google/protobuf/descriptor.proto";

/// The set of `a.proto`, which imports what declares options, as source info
/// and imports included.
fn set(own_path: &str, own: &str, text: &str) -> Result<Vec<u8>, String> {
    let own = format!("syntax = \"proto2\";\npackage google.protobuf;\n{own}\n");
    let text = format!("syntax = \"proto2\";\nimport \"{own_path}\";\n{text}\n");
    let files = support::read_of(&[(own_path, &own), ("a.proto", &text)], "a.proto")?;
    let contents = Contents {
        imports: true,
        source_info: true,
    };
    Ok(encode(&files, contents))
}

/// The files of a set: the one that declares options, and `a.proto`.
fn files(set: &[u8]) -> [FileDescriptorProto; 2] {
    let set = FileDescriptorSet::parse_from_bytes(set).unwrap();
    set.file.try_into().unwrap()
}

/// A descriptor.proto whose `FileOptions` has some more fields.
fn file_options(fields: &str) -> String {
    format!(
        "message FileOptions {{\n  {fields}\n  enum Mode {{ A = 1; B = 7; }}\n  \
         message M {{ optional string a = 1; optional int32 b = 2; }}\n}}"
    )
}

#[test]
fn values_are_written_as_declared_and_read_as_protoc_reads_them() {
    for (fields, options, expected) in [
        (
            "optional int32 java_package = 1; optional string java_multiple_files = 10;",
            "option java_package = 5; option java_multiple_files = \"a\";",
            &b"\x42\x05\x08\x05\x52\x01a"[..],
        ),
        (
            "optional string java_package = 1; optional sint32 java_multiple_files = 10;",
            "option java_multiple_files = -5; option java_package = \"x\";",
            b"\x42\x05\x0a\x01x\x50\x01",
        ),
        (
            "optional string java_package = 1; optional Mode optimize_for = 9; \
             optional bool java_multiple_files = 10;",
            "option optimize_for = B; option java_multiple_files = true;",
            b"\x42\x04\x50\x01\x48\x07",
        ),
        (
            "repeated string java_package = 1;",
            "option java_package = \"a\"; option java_package = \"b\";",
            b"\x42\x03\x0a\x01b",
        ),
        (
            "optional M java_package = 1;",
            "option java_package = { a: \"q\" b: 7 };",
            b"\x42\x07\x0a\x05\x0a\x01q\x10\x07",
        ),
        (
            "optional M java_package = 1;",
            "option java_package.a = \"q\"; option java_package.b = 7;",
            b"\x42\x04\x0a\x02\x10\x07",
        ),
        (
            "optional group Java_package = 1 { optional M m = 1; repeated int32 n = 2 [packed = true]; }",
            "option java_package.n = 1; option java_package.m.b = 7; option java_package.n = 2;",
            b"\x42\x0e\x0b\x10\x01\x0c\x0b\x0a\x02\x10\x07\x0c\x0b\x10\x02\x0c",
        ),
        (
            "repeated bool java_multiple_files = 10 [packed = true];",
            "option java_multiple_files = false; option java_multiple_files = true;",
            b"\x42\x02\x50\x01",
        ),
        (
            "repeated fixed32 java_package = 1 [packed = true];",
            "option java_package = 1; option java_package = 2;",
            b"\x42\x0a\x0d\x01\0\0\0\x0d\x02\0\0\0",
        ),
        (
            "optional bytes java_package = 1;",
            "option java_package = \"a\\xff\";",
            b"\x42\x04\x0a\x02a\xff",
        ),
        (
            "optional int32 uninterpreted = 999;",
            "option uninterpreted = 5;",
            b"\x42\x03\xb8\x3e\x05",
        ),
        (
            "repeated Other other = 999; message Other { optional int32 x = 3; }",
            "option other = { x: 1 };",
            b"\x42\0\x4a",
        ),
        (
            "optional Holder java_package = 1; \
             message Holder { optional group G = 1 { optional int32 b = 1; } }",
            "option java_package = { g { b: 5 } };",
            b"\x42\x06\x0a\x04\x0b\x08\x05\x0c",
        ),
        (
            "optional int32 features = 50;",
            "option features = 5;",
            b"\x42\x03\x90\x03\x05",
        ),
    ] {
        let set = set(DESCRIPTOR, &file_options(fields), options).unwrap();
        let found = set.windows(expected.len()).any(|part| part == expected);
        assert!(found, "{fields} {options}: {}", set.escape_ascii());
    }
}

#[test]
fn bytes_that_are_no_text_stay_where_protoc_has_text() {
    let own = file_options("optional M java_package = 1;");
    let set = set(DESCRIPTOR, &own, "option java_package = { b: -7 };").unwrap();
    let expected = b"\x0a\x0b\x10\xf9\xff\xff\xff\xff\xff\xff\xff\xff\x01";
    assert!(set.windows(expected.len()).any(|part| part == expected));
}

#[test]
fn options_of_another_type_keep_their_numbers() {
    let own = file_options("optional int32 java_package = 1;");
    let set = set(DESCRIPTOR, &own, "option java_package = 5;").unwrap();
    let [own, file] = files(&set);
    assert_eq!(own.message_type[0].field[0].number(), 1);
    let mut locations = file.source_code_info.location.iter();
    assert!(locations.any(|location| location.path == [8, 1]));
}

#[test]
fn options_that_protoc_cannot_read_are_refused_where_they_are() {
    let own = file_options("optional string features = 50;");
    let text = set(DESCRIPTOR, &own, "option features = \"hello\";").unwrap_err();
    assert_eq!(
        text.lines().next().unwrap(),
        "a.proto:3:1: error: these options have types that protoc's descriptor.proto cannot read"
    );
}

#[test]
fn options_go_by_their_names_whatever_types_they_have() {
    for (own, text, expected) in [
        (
            "message EnumOptions { optional string allow_alias = 2; }",
            "enum E {\n  option allow_alias = \"a\";\n  A = 0;\n}",
            "a.proto:4:3: error: 'option allow_alias = false' of enum 'E' has no effect; remove it",
        ),
        (
            "message MessageOptions { optional string map_entry = 7; }",
            "message M {\n  option map_entry = \"a\";\n}",
            "a.proto:4:3: error: message 'M' sets map_entry; write 'map<key, value>' as a field's type instead",
        ),
    ] {
        let own = format!("{}\n{own}", file_options(""));
        let said = set(DESCRIPTOR, &own, text).unwrap_err();
        assert_eq!(said.lines().next().unwrap(), expected);
    }
}

/// Options of files, of which two are messages and one is a list.
const CUSTOM: &str = "extend google.protobuf.FileOptions {\n  \
    optional google.protobuf.FileOptions.M m = 1001;\n  \
    repeated int32 list = 1000 [packed = true];\n  \
    optional google.protobuf.FileOptions options = 1002;\n}";

#[test]
fn statements_stay_apart_where_no_files_are_declared() {
    let fields = "optional bool java_package = 1; extensions 1000 to max;";
    let options = "option (m).b = 7; option (list) = 1; option java_package = true;\n\
        option (m).a = \"q\"; option (list) = 2;";
    let text = format!("{CUSTOM}\n{options}");
    let separate = b"\x08\x01\xca\x3e\x02\x10\x07\xc0\x3e\x01\xca\x3e\x03\x0a\x01q\xc0\x3e\x02";
    let joined = b"\x08\x01\xc2\x3e\x02\x01\x02\xca\x3e\x05\x0a\x01q\x10\x07";
    let files = "message FileDescriptorProto { optional FileOptions options = 8; }";
    let with_files = format!("{}\n{files}", file_options(fields));
    for (own, expected) in [
        (file_options(fields), &separate[..]),
        (with_files, &joined[..]),
    ] {
        let set = set(DESCRIPTOR, &own, &text).unwrap();
        let found = set.windows(expected.len()).any(|part| part == expected);
        assert!(found, "{own}: {}", set.escape_ascii());
    }
}

#[test]
fn what_a_message_requires_may_come_from_several_statements() {
    let own = file_options("extensions 1000 to max;");
    let text = "message R { required int32 a = 1; required int32 b = 2; }\n\
        extend google.protobuf.FileOptions { optional R r = 1000; }\noption (r).a = 1;";
    assert!(set(DESCRIPTOR, &own, &format!("{text} option (r).b = 2;")).is_ok());
    let said = set(DESCRIPTOR, &own, text).unwrap_err();
    assert_eq!(
        said.lines().next().unwrap(),
        "a.proto:5:1: error: the value of option 'r' has a 'R' without the required field 'b'"
    );
}

#[test]
fn options_in_the_value_of_an_option_keep_their_numbers() {
    let own = file_options("optional int32 java_package = 1; extensions 1000 to max;");
    let text = format!("{CUSTOM}\noption (options).java_package = 5;");
    let set = set(DESCRIPTOR, &own, &text).unwrap();
    let [_, file] = files(&set);
    assert_eq!(
        file.options.write_to_bytes().unwrap(),
        [0xd2, 0x3e, 2, 0x08, 5]
    );
    let mut locations = file.source_code_info.location.iter();
    assert!(locations.any(|location| location.path == [8, 1002, 1]));
}

/// A descriptor.proto with options that are for the source alone.
const SOURCE_ONLY: &str = "message FileDescriptorProto {\n  \
    repeated DescriptorProto message_type = 4;\n  optional FileOptions options = 8;\n}\n\
    message DescriptorProto {\n  optional string name = 1;\n  optional MessageOptions options = 7;\n}\n\
    message FileOptions {\n  extensions 1000 to max;\n}\n\
    message MessageOptions {\n  optional bool mine = 20 [retention = RETENTION_SOURCE];\n}\n\
    message FieldOptions {\n  optional Retention retention = 17;\n  \
    enum Retention { RETENTION_UNKNOWN = 0; RETENTION_SOURCE = 2; }\n}";

#[test]
fn emptied_options_go_from_protocs_descriptor_proto_and_stay_in_others() {
    let text = "message M {\n  option mine = true;\n}\n\
        message Value { optional google.protobuf.MessageOptions options = 1; }\n\
        extend google.protobuf.FileOptions { optional Value value = 1000; }\n\
        option (value) = { options { mine: true } };";
    let options_of = |path: &str| {
        let set = set(path, SOURCE_ONLY, text).unwrap();
        let [_, file] = files(&set);
        let empty = file.message_type[0].options.is_some();
        (empty, file.options.write_to_bytes().unwrap())
    };
    assert_eq!(options_of(DESCRIPTOR), (false, vec![0xc2, 0x3e, 0]));
    assert_eq!(
        options_of("copy/descriptor.proto"),
        (true, vec![0xc2, 0x3e, 2, 0x0a, 0])
    );
}

#[test]
fn an_option_for_the_source_alone_counts_where_descriptors_are_declared() {
    let own = file_options("optional string mine = 500 [retention = RETENTION_SOURCE];");
    let own = format!(
        "{own}\nmessage FieldOptions {{\n  optional Retention retention = 17;\n  \
         enum Retention {{ RETENTION_UNKNOWN = 0; RETENTION_SOURCE = 2; }}\n}}"
    );
    let bytes = set(DESCRIPTOR, &own, "option mine = \"x\";").unwrap();
    assert!(bytes.windows(3).any(|part| part == b"\x1f\x01x"));
}
