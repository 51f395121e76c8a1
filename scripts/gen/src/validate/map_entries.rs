//! Maps, and the messages that protoc makes for their entries.

use protobuf::descriptor::field_descriptor_proto::{Label, Type};
use protobuf::descriptor::{DescriptorProto, FieldDescriptorProto};

use super::element::{Element, index, number};
use super::subject::Subject;
use super::types;

const MAP_ENTRY: i32 = 7;

/// `map_entry` is for protoc alone.
pub fn check_file(subject: &Subject<'_>) {
    for (at, message) in subject.file.descriptor.message_type.iter().enumerate() {
        check_option(subject, message, vec![number::FILE_MESSAGE, index(at)]);
    }
}

// Nesting is at most 32 deep: the parser sees to it.
fn check_option(subject: &Subject<'_>, message: &DescriptorProto, path: Vec<i32>) {
    for (at, nested) in message.nested_type.iter().enumerate() {
        let nested_path = [path.as_slice(), &[number::MESSAGE_NESTED, index(at)]].concat();
        check_option(subject, nested, nested_path);
    }
    let option = [path.as_slice(), &[number::MESSAGE_OPTIONS, MAP_ENTRY]].concat();
    // The entries of maps have the option, but not in the source.
    let is_named = || subject.source(&option).contains("map_entry");
    if subject.has_source(&option) && (message.options.map_entry.is_some() || is_named()) {
        subject.report(
            &option,
            format!(
                "message '{}' sets map_entry; write 'map<key, value>' as a field's type instead",
                message.name()
            ),
        );
    }
}

/// Checks a field whose type is the entry of a map.
pub fn check_field(subject: &Subject<'_>, field: &Element<'_, FieldDescriptorProto>) {
    let Some((_, entry)) = subject
        .types
        .message(field.proto.type_name())
        .filter(|(_, message)| message.options.map_entry())
    else {
        return;
    };
    check_owner(subject, field);
    for value in &entry.field {
        check_first_value(subject, field, value);
    }
}

/// Only the field that a map was written as has the type of its entries.
fn check_owner(subject: &Subject<'_>, field: &Element<'_, FieldDescriptorProto>) {
    let entry = types::name(field.proto.type_name());
    let scope = field.full_name.rsplit_once('.').map_or("", |s| s.0);
    let own = format!("{scope}.{}Entry", camel_case(field.proto.name()));
    if entry != own || field.proto.label() != Label::LABEL_REPEATED {
        subject.report(
            &field.part(&[number::FIELD_TYPE_NAME]),
            format!("'{entry}' is the entry of a map; only that map can have it as its type"),
        );
    }
}

/// A value that is absent reads as the enum's first, which must be 0.
fn check_first_value(
    subject: &Subject<'_>,
    field: &Element<'_, FieldDescriptorProto>,
    value: &FieldDescriptorProto,
) {
    if value.type_() != Type::TYPE_ENUM {
        return;
    }
    let first = subject
        .types
        .enumeration(value.type_name())
        .and_then(|(_, enumeration)| enumeration.value.first());
    if let Some(first) = first
        && first.number() != 0
    {
        subject.report(
            &field.part(&[number::FIELD_TYPE_NAME]),
            format!(
                "enum '{}' cannot be the value of a map; its first value '{}' is {}, and must be 0",
                types::name(value.type_name()),
                first.name(),
                first.number()
            ),
        );
    }
}

fn camel_case(name: &str) -> String {
    let mut camel = String::new();
    let mut upper = true;
    for c in name.chars() {
        if c == '_' {
            upper = true;
        } else {
            camel.push(if upper { c.to_ascii_uppercase() } else { c });
            upper = false;
        }
    }
    camel
}
