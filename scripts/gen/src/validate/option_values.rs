//! The messages and enum numbers in the values of options.

use std::borrow::Cow;
use std::collections::HashMap;

use protobuf::descriptor::FieldDescriptorProto;
use protobuf::descriptor::field_descriptor_proto::{Label, Type};
use protobuf::well_known_types::empty::Empty;
use protobuf::{CodedInputStream, Message as _, UnknownFields, UnknownValueRef};

use super::options::Options;
use super::subject::Subject;
use super::types;
use crate::leniency;

/// Checks the values of all options of a file.
pub fn check(subject: &Subject<'_>, all: &[Options<'_>]) {
    for options in all {
        let message = format!("google.protobuf.{}", options.kind.message);
        let mut counts: HashMap<i32, i32> = HashMap::new();
        for (number, value) in values(&joined(subject, &message, options.unknown)) {
            let Some((name, field)) = subject.field(&message, number) else {
                continue;
            };
            let mut path = [options.path.as_slice(), &[number]].concat();
            if field.label() == Label::LABEL_REPEATED {
                let count = counts.entry(number).or_default();
                path.push(*count);
                *count += 1;
            }
            let option = Value {
                name: &name,
                path: &path,
            };
            check_text(subject, &option, &message, field, &value);
            check_value(subject, &option, field, value);
        }
    }
}

/// The option whose value is looked at, and its place.
struct Value<'a> {
    name: &'a str,
    path: &'a [i32],
}

/// The values of fields, ascending by number.
fn values(fields: &UnknownFields) -> Vec<(i32, UnknownValueRef<'_>)> {
    let mut values: Vec<_> = fields
        .iter()
        .filter_map(|(number, value)| Some((i32::try_from(number).ok()?, value)))
        .collect();
    values.sort_by_key(|(number, _)| *number);
    values
}

/// Fields where the parts of one message are one.
fn joined<'a>(
    subject: &Subject<'_>,
    message: &str,
    fields: &'a UnknownFields,
) -> Cow<'a, UnknownFields> {
    let mut parts: HashMap<u32, Vec<&[u8]>> = HashMap::new();
    for (number, value) in fields {
        if let UnknownValueRef::LengthDelimited(part) = value {
            parts.entry(number).or_default().push(part);
        }
    }
    parts.retain(|number, parts| {
        let number = i32::try_from(*number).unwrap_or_default();
        let is_one = subject.field(message, number).is_some_and(|(_, field)| {
            field.type_() == Type::TYPE_MESSAGE && field.label() != Label::LABEL_REPEATED
        });
        parts.len() > 1 && is_one
    });
    if parts.is_empty() {
        return Cow::Borrowed(fields);
    }
    let mut joined = fields.clone();
    for (number, parts) in parts {
        joined.remove(number);
        joined.add_length_delimited(number, parts.concat());
    }
    Cow::Owned(joined)
}

// Values are at most 100 deep: what reads the text sees to it.
fn check_value(
    subject: &Subject<'_>,
    option: &Value<'_>,
    field: &FieldDescriptorProto,
    value: UnknownValueRef<'_>,
) {
    match (field.type_(), value) {
        (Type::TYPE_ENUM, UnknownValueRef::Varint(number)) => {
            check_enum_number(subject, option, field, number);
        }
        (Type::TYPE_ENUM, UnknownValueRef::LengthDelimited(packed)) => {
            let mut numbers = CodedInputStream::from_bytes(packed);
            while let (Ok(false), Ok(number)) = (numbers.eof(), numbers.read_raw_varint64()) {
                check_enum_number(subject, option, field, number);
            }
        }
        (Type::TYPE_MESSAGE, UnknownValueRef::LengthDelimited(content)) => {
            if let Ok(message) = Empty::parse_from_bytes(content) {
                let fields = message.special_fields.unknown_fields();
                check_message(subject, option, field.type_name(), fields);
            }
        }
        _ => {}
    }
}

/// A string of proto3 is UTF-8. protoc notices only when it reads what it wrote,
/// and aborts.
fn check_text(
    subject: &Subject<'_>,
    option: &Value<'_>,
    message: &str,
    field: &FieldDescriptorProto,
    value: &UnknownValueRef<'_>,
) {
    if !subject.file.has_odd_strings || field.type_() != Type::TYPE_STRING {
        return;
    }
    if let UnknownValueRef::LengthDelimited(text) = value
        && let Some(text) = leniency::restored_bytes(text)
        && std::str::from_utf8(&text).is_err()
        && subject.is_in_proto3(message, field.number())
    {
        subject.report(
            option.path,
            format!(
                "the value of option '{}' has text in '{}' that is not UTF-8, which proto3 requires",
                option.name,
                field.name()
            ),
        );
    }
}

/// An enum of proto2 has no numbers but those of its values.
fn check_enum_number(
    subject: &Subject<'_>,
    option: &Value<'_>,
    field: &FieldDescriptorProto,
    number: u64,
) {
    let number = i64::from_ne_bytes(number.to_ne_bytes());
    let Some((file, enumeration)) = subject.types.enumeration(field.type_name()) else {
        return;
    };
    let is_known = || {
        enumeration
            .value
            .iter()
            .any(|v| i64::from(v.number()) == number)
    };
    if file.syntax() != "proto3" && !is_known() {
        subject.report(
            option.path,
            format!(
                "the value of option '{}' has the number {number} in '{}', which enum '{}' has not",
                option.name,
                field.name(),
                types::name(field.type_name())
            ),
        );
    }
}

fn check_message(subject: &Subject<'_>, option: &Value<'_>, message: &str, fields: &UnknownFields) {
    let fields = &joined(subject, message, fields);
    if let Some((_, proto)) = subject.types.message(message) {
        let is_missing = |field: &&FieldDescriptorProto| {
            let number = u32::try_from(field.number());
            field.label() == Label::LABEL_REQUIRED
                && number.is_ok_and(|number| fields.get(number).is_none())
        };
        for field in proto.field.iter().filter(is_missing) {
            subject.report(
                option.path,
                format!(
                    "the value of option '{}' has a '{}' without the required field '{}'",
                    option.name,
                    types::name(message),
                    field.name()
                ),
            );
        }
    }
    for (number, value) in values(fields) {
        if let Some((_, field)) = subject.field(message, number) {
            check_text(subject, option, message, field, &value);
            check_value(subject, option, field, value);
        }
    }
}
