//! The embedded `FileDescriptorProto`, written so that a change reads well.

use std::collections::HashSet;
use std::fmt::Write as _;

use protobuf::descriptor::field_descriptor_proto::Type;
use protobuf::descriptor::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};
use protobuf::{CodedInputStream, Message as _, rt::WireType};

/// The descriptor that a file's code embeds: without fields that are groups,
/// and with JSON names that are unique in their message.
///
/// rust-protobuf has no code for groups: they stay among a message's unknown
/// fields. Its reflection finds fields by position, so a descriptor that lists
/// a group would send it to another field, or past the last.
pub fn embedded(file: &FileDescriptorProto) -> FileDescriptorProto {
    let mut file = file.clone();
    for message in &mut file.message_type {
        remove_groups(message);
        separate_json_names(message);
    }
    file
}

/// Gives a field its own name in JSON where its JSON name is another one's.
///
/// protoc allows that in proto2 with a warning; rust-protobuf cannot read such
/// a descriptor.
fn separate_json_names(message: &mut DescriptorProto) {
    message.nested_type.iter_mut().for_each(separate_json_names);
    let mut taken: HashSet<String> = HashSet::new();
    let names: HashSet<String> = message
        .field
        .iter()
        .map(|field| field.name().to_owned())
        .collect();
    for field in &mut message.field {
        let json_name = field.json_name().to_owned();
        let is_others = json_name != field.name() && names.contains(&json_name);
        if is_others || !taken.insert(json_name) {
            field.set_json_name(field.name().to_owned());
        }
    }
}

fn remove_groups(message: &mut DescriptorProto) {
    for nested in &mut message.nested_type {
        remove_groups(nested);
    }
    if message
        .field
        .iter()
        .all(|field| field.type_() != Type::TYPE_GROUP)
    {
        return;
    }
    message
        .field
        .retain(|field| field.type_() != Type::TYPE_GROUP);
    // A oneof that held nothing else goes, and later ones move up.
    let mut index = 0;
    while index < message.oneof_decl.len() {
        let number = i32::try_from(index).unwrap_or(i32::MAX);
        let belongs =
            |field: &FieldDescriptorProto| field.has_oneof_index() && field.oneof_index() == number;
        if message.field.iter().any(belongs) {
            index += 1;
            continue;
        }
        message.oneof_decl.remove(index);
        for field in &mut message.field {
            if field.has_oneof_index() && field.oneof_index() > number {
                field.set_oneof_index(field.oneof_index() - 1);
            }
        }
    }
}

/// Writes a descriptor's bytes as the lines of a byte string: one line for
/// each field of `FileDescriptorProto`, so that each message, enum and service
/// has a line of its own.
pub fn write(file: &FileDescriptorProto, out: &mut String) {
    // Only a missing required field could fail, and descriptors have none.
    let bytes = file.write_to_bytes().unwrap_or_default();
    let mut start = 0;
    for end in field_ends(&bytes) {
        out.push_str("    ");
        for byte in &bytes[start..end] {
            escape(*byte, out);
        }
        out.push_str("\\\n");
        start = end;
    }
}

/// Where each top-level field of a message ends.
fn field_ends(bytes: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut input = CodedInputStream::from_bytes(bytes);
    while let Ok(Some(tag)) = input.read_raw_tag_or_eof() {
        let skipped = WireType::new(tag & 7).map(|wire_type| input.skip_field(wire_type));
        if !matches!(skipped, Some(Ok(()))) {
            break;
        }
        ends.push(usize::try_from(input.pos()).unwrap_or(bytes.len()));
    }
    if ends.last() != Some(&bytes.len()) && !bytes.is_empty() {
        ends.push(bytes.len());
    }
    ends
}

/// A byte as rust-protobuf writes it. A space is escaped, because one at the
/// start of a line would be lost behind the backslash before it.
fn escape(byte: u8, out: &mut String) {
    match byte {
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        b'\\' | b'"' => {
            out.push('\\');
            out.push(char::from(byte));
        }
        b'\0' => out.push_str("\\0"),
        0x21..=0x7e => out.push(char::from(byte)),
        _ => {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
}
