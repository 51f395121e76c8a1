//! Names that `reserved` keeps from being used again.

use std::collections::HashSet;

use protobuf::descriptor::{DescriptorProto, EnumDescriptorProto};

use super::element::{Element, index, number};
use super::subject::Subject;

/// Reserved names of a message: each once, and no field has one.
pub fn check_message(subject: &Subject<'_>, message: &Element<'_, DescriptorProto>) {
    let names = &message.proto.reserved_name;
    let path = message.part(&[number::MESSAGE_RESERVED_NAME]);
    let reserved = once_each(subject, &path, names, "field");
    for (at, field) in message.proto.field.iter().enumerate() {
        if reserved.contains(field.name()) {
            subject.report(
                &message.part(&[number::MESSAGE_FIELD, index(at), number::NAME]),
                format!(
                    "field name '{}' is reserved in '{}'",
                    field.name(),
                    message.full_name
                ),
            );
        }
    }
}

/// Reserved names of an enum: each once, and no value has one.
pub fn check_enum(subject: &Subject<'_>, enumeration: &Element<'_, EnumDescriptorProto>) {
    let names = &enumeration.proto.reserved_name;
    let path = enumeration.part(&[number::ENUM_RESERVED_NAME]);
    let reserved = once_each(subject, &path, names, "enum value");
    for (at, value) in enumeration.proto.value.iter().enumerate() {
        if reserved.contains(value.name()) {
            subject.report(
                &enumeration.part(&[number::ENUM_VALUE, index(at), number::NAME]),
                format!(
                    "enum value name '{}' is reserved in '{}'",
                    value.name(),
                    enumeration.full_name
                ),
            );
        }
    }
}

fn once_each<'a>(
    subject: &Subject<'_>,
    path: &[i32],
    names: &'a [String],
    kind: &str,
) -> HashSet<&'a str> {
    let mut reserved = HashSet::new();
    for (at, name) in names.iter().enumerate() {
        if !reserved.insert(name.as_str()) {
            subject.report(
                &[path, &[index(at)]].concat(),
                format!("{kind} name '{name}' is reserved twice"),
            );
        }
    }
    reserved
}
