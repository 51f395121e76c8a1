//! Names of fields in JSON.

use std::collections::HashMap;

use protobuf::descriptor::{DescriptorProto, FieldDescriptorProto};

use super::element::{Element, index, number};
use super::options;
use super::subject::Subject;

/// `deprecated_legacy_json_field_conflicts`.
const LEGACY_CONFLICTS: u32 = 11;

/// Checks the JSON names of a message's fields.
pub fn check(subject: &Subject<'_>, message: &Element<'_, DescriptorProto>) {
    check_text(subject, message);
    let options = message.proto.options.as_ref();
    let tolerated = options.is_some_and(|options| options::is_set(options, LEGACY_CONFLICTS));
    if !tolerated {
        check_brackets(subject, message);
        check_unique(subject, message);
    }
}

/// The JSON name of a field that does not say one.
pub fn default(name: &str) -> String {
    let mut json = String::with_capacity(name.len());
    let mut after_underscore = false;
    for c in name.chars() {
        if c == '_' {
            after_underscore = true;
            continue;
        }
        json.push(if after_underscore {
            c.to_ascii_uppercase()
        } else {
            c
        });
        after_underscore = false;
    }
    json
}

fn path(message: &Element<'_, DescriptorProto>, field: usize, part: i32) -> Vec<i32> {
    message.part(&[number::MESSAGE_FIELD, index(field), part])
}

fn check_text(subject: &Subject<'_>, message: &Element<'_, DescriptorProto>) {
    for (at, field) in message.proto.field.iter().enumerate() {
        if field.json_name().contains('\0') {
            subject.report(
                &path(message, at, number::FIELD_JSON_NAME),
                format!("json_name of field '{}' has a null character", field.name()),
            );
        }
    }
}

/// In JSON a name in brackets is the name of an extension.
fn check_brackets(subject: &Subject<'_>, message: &Element<'_, DescriptorProto>) {
    for (at, field) in message.proto.field.iter().enumerate() {
        let json = field.json_name();
        if is_custom(field) && json.starts_with('[') && json.ends_with(']') {
            subject.report(
                &path(message, at, number::FIELD_JSON_NAME),
                format!(
                    "json_name '{json}' of field '{}' is in brackets, which is how extensions are named",
                    field.name()
                ),
            );
        }
    }
}

/// Names must differ with json_name, which JSON uses, and without, which field
/// masks do. In proto2 a conflict with a default name is only warned of.
fn check_unique(subject: &Subject<'_>, message: &Element<'_, DescriptorProto>) {
    let fields = &message.proto.field;
    let mut defaults = HashMap::new();
    let mut names = HashMap::new();
    for (at, field) in fields.iter().enumerate() {
        let plain = default(field.name());
        let custom = is_custom(field);
        let name = if custom {
            field.json_name().to_owned()
        } else {
            plain.clone()
        };
        let by_default = *defaults.entry(plain.clone()).or_insert(field);
        let by_name = *names.entry(name.clone()).or_insert(field);
        let report = |part, name: &str, first: &FieldDescriptorProto| {
            subject.report(
                &path(message, at, part),
                format!(
                    "JSON name '{name}' of field '{}' is already that of field '{}'",
                    field.name(),
                    first.name()
                ),
            );
        };
        let other = |first: &FieldDescriptorProto| first.number() != field.number();
        if other(by_default) && subject.is_proto3() {
            report(number::NAME, &plain, by_default);
        } else if other(by_name) && (custom || is_custom(by_name)) {
            let involves_default = !custom || !is_custom(by_name);
            if subject.is_proto3() || !involves_default {
                let part = if custom {
                    number::FIELD_JSON_NAME
                } else {
                    number::NAME
                };
                report(part, &name, by_name);
            }
        }
    }
}

fn is_custom(field: &FieldDescriptorProto) -> bool {
    field.json_name() != default(field.name())
}

#[cfg(test)]
mod tests {
    #[test]
    fn underscores_raise_the_next_letter() {
        assert_eq!(super::default("foo_bar__baz_"), "fooBarBaz");
        assert_eq!(super::default("_foo"), "Foo");
        assert_eq!(super::default("FooBar_1"), "FooBar1");
    }
}
