//! The embedded `FileDescriptorProto`, written so that a change reads well.

use std::collections::HashSet;
use std::fmt::Write as _;

use protobuf::descriptor::field_descriptor_proto::Type;
use protobuf::descriptor::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};

use crate::parse::ProtoFile;
use crate::wire::{self, Edit};

/// The descriptor that a file's code embeds: without fields that are groups,
/// without features for editions, and with JSON names that are unique in their
/// message.
///
/// rust-protobuf has no code for groups: they stay among a message's unknown
/// fields. Its reflection finds fields by position, so a descriptor that lists
/// a group would send it to another field, or past the last. Nor does it have
/// the message that features extend.
pub fn embedded(file: &FileDescriptorProto) -> FileDescriptorProto {
    let mut file = file.clone();
    file.extension.retain(|extension| !is_feature(extension));
    for message in &mut file.message_type {
        remove_features(message);
        remove_groups(message);
        separate_json_names(message);
    }
    file
}

/// Whether an extension declares features for editions.
pub fn is_feature(extension: &FieldDescriptorProto) -> bool {
    extension.extendee() == ".google.protobuf.FeatureSet"
}

fn remove_features(message: &mut DescriptorProto) {
    message.extension.retain(|extension| !is_feature(extension));
    message.nested_type.iter_mut().for_each(remove_features);
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

/// The bytes of a file's [`embedded`] descriptor.
///
/// They are the bytes that linking gave with the difference between the two,
/// since encoding a descriptor again would put custom options, which are
/// unknown fields there, into an order that differs from run to run.
pub fn embedded_bytes(file: &ProtoFile, embedded: &FileDescriptorProto) -> Vec<u8> {
    const MESSAGE_TYPE: u32 = 4;
    const EXTENSION: u32 = 7;
    if *embedded == file.descriptor {
        return file.encoded.clone();
    }
    let mut pairs = file
        .descriptor
        .message_type
        .iter()
        .zip(&embedded.message_type);
    let mut extensions = file.descriptor.extension.iter();
    wire::edit(&file.encoded, |field| match (field.number, field.content) {
        (EXTENSION, _) => without_feature(extensions.next()),
        (MESSAGE_TYPE, Some(content)) => match pairs.next() {
            Some((from, to)) => Edit::Replace(embedded_message(content, from, to)),
            None => Edit::Keep,
        },
        _ => Edit::Keep,
    })
}

fn without_feature(extension: Option<&FieldDescriptorProto>) -> Edit {
    match extension {
        Some(extension) if is_feature(extension) => Edit::Drop,
        _ => Edit::Keep,
    }
}

/// The bytes of a message's descriptor, changed as `to` differs from `from`.
fn embedded_message(bytes: &[u8], from: &DescriptorProto, to: &DescriptorProto) -> Vec<u8> {
    const FIELD: u32 = 2;
    const NESTED_TYPE: u32 = 3;
    const EXTENSION: u32 = 6;
    const ONEOF_DECL: u32 = 8;
    let mut fields = from.field.iter();
    let mut kept_fields = to.field.iter();
    let mut extensions = from.extension.iter();
    let mut oneofs = from.oneof_decl.iter();
    let mut nested = from.nested_type.iter().zip(&to.nested_type);
    wire::edit(bytes, |field| match (field.number, field.content) {
        (FIELD, Some(content)) => match fields.next() {
            Some(field) if field.type_() == Type::TYPE_GROUP => Edit::Drop,
            _ => match kept_fields.next() {
                Some(to) => Edit::Replace(embedded_field(content, to)),
                None => Edit::Keep,
            },
        },
        (EXTENSION, _) => without_feature(extensions.next()),
        (ONEOF_DECL, _) => {
            let name = oneofs.next().map(|oneof| oneof.name());
            let is_kept = to.oneof_decl.iter().any(|oneof| Some(oneof.name()) == name);
            if is_kept { Edit::Keep } else { Edit::Drop }
        }
        (NESTED_TYPE, Some(content)) => match nested.next() {
            Some((from, to)) => Edit::Replace(embedded_message(content, from, to)),
            None => Edit::Keep,
        },
        _ => Edit::Keep,
    })
}

fn embedded_field(bytes: &[u8], to: &FieldDescriptorProto) -> Vec<u8> {
    const ONEOF_INDEX: u32 = 9;
    const JSON_NAME: u32 = 10;
    wire::edit(bytes, |field| match field.number {
        ONEOF_INDEX => u64::try_from(to.oneof_index()).map_or(Edit::Keep, Edit::Number),
        JSON_NAME => Edit::Replace(to.json_name().as_bytes().to_vec()),
        _ => Edit::Keep,
    })
}

/// Writes a descriptor's bytes as the lines of a byte string: one line for
/// each field of `FileDescriptorProto`, so that each message, enum and service
/// has a line of its own.
pub fn write(bytes: &[u8], out: &mut String) {
    for field in wire::fields(bytes) {
        out.push_str("    ");
        for byte in field.raw {
            escape(*byte, out);
        }
        out.push_str("\\\n");
    }
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use protobuf::Message as _;

    use super::*;
    use crate::{Options, read};

    #[test]
    fn the_embedded_bytes_are_those_of_the_embedded_descriptor() {
        let protos = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/awkward");
        let files = read(&Options {
            proto_path: vec![protos.clone()],
            inputs: vec![protos],
            ..Options::default()
        })
        .unwrap();
        let mut changed = 0;
        for file in &files.files {
            let embedded = embedded(&file.descriptor);
            let bytes = embedded_bytes(file, &embedded);
            if embedded == file.descriptor {
                assert_eq!(bytes, file.encoded, "{}", file.name());
            } else {
                changed += 1;
                let read_back = FileDescriptorProto::parse_from_bytes(&bytes).unwrap();
                assert_eq!(read_back, embedded, "{}", file.name());
            }
        }
        assert_eq!(
            changed, 4,
            "the files with groups, with equal JSON names and, two, with features"
        );
    }
}
