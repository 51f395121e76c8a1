//! Enums: aliases, names that differ only by prefix and case, and the closed
//! enums of proto2.

use std::collections::{HashMap, HashSet};

use protobuf::descriptor::field_descriptor_proto::Type;
use protobuf::descriptor::{EnumDescriptorProto, FieldDescriptorProto};

use super::element::{Element, index, number};
use super::options;
use super::subject::Subject;
use super::types;

const ALLOW_ALIAS: i32 = 2;
const LEGACY_JSON_FIELD_CONFLICTS: u32 = 6;

/// Checks an enum.
pub fn check(subject: &Subject<'_>, enumeration: &Element<'_, EnumDescriptorProto>) {
    check_first(subject, enumeration);
    check_allow_alias(subject, enumeration);
    check_value_names(subject, enumeration);
}

/// Checks the type of a field or an extension.
pub fn check_field(subject: &Subject<'_>, field: &Element<'_, FieldDescriptorProto>) {
    if field.proto.type_() != Type::TYPE_ENUM || !subject.is_proto3() {
        return;
    }
    let name = types::name(field.proto.type_name());
    let closed = subject
        .types
        .enumeration(name)
        .is_some_and(|(file, _)| file.syntax() != "proto3");
    if closed {
        subject.report_with_help(
            &field.part(&[number::FIELD_TYPE_NAME]),
            format!("enum '{name}' of a proto2 file cannot be the type of a proto3 field"),
            Some("its unknown numbers would be lost; declare it in a proto3 file"),
        );
    }
}

/// protox misses it in files that are linked as proto2.
fn check_first(subject: &Subject<'_>, enumeration: &Element<'_, EnumDescriptorProto>) {
    const NUMBER: i32 = 2;
    let first = enumeration.proto.value.first();
    if subject.is_proto3() && first.is_some_and(|first| first.number() != 0) {
        subject.report(
            &enumeration.part(&[number::ENUM_VALUE, 0, NUMBER]),
            "the first value for proto3 enums must be 0".to_owned(),
        );
    }
}

fn check_allow_alias(subject: &Subject<'_>, enumeration: &Element<'_, EnumDescriptorProto>) {
    let path = enumeration.part(&[number::ENUM_OPTIONS, ALLOW_ALIAS]);
    let name = &enumeration.full_name;
    // protoc looks at the name alone, whatever type the option has.
    let is_named = || subject.source(&path).contains("allow_alias");
    match enumeration.proto.options.allow_alias {
        None if !subject.has_source(&path) || !is_named() => {}
        None | Some(false) => subject.report(
            &path,
            format!("'option allow_alias = false' of enum '{name}' has no effect; remove it"),
        ),
        Some(true) => {
            let mut numbers = HashSet::new();
            let unique = |value: i32| numbers.insert(value);
            if enumeration
                .proto
                .value
                .iter()
                .map(|v| v.number())
                .all(unique)
            {
                subject.report(
                    &path,
                    format!(
                        "enum '{name}' has 'option allow_alias = true' but no two values of one number; remove the option"
                    ),
                );
            }
        }
    }
}

/// Generators strip the enum's name from its values' names and change their
/// case, so names that this makes equal are refused, unless they are aliases.
fn check_value_names(subject: &Subject<'_>, enumeration: &Element<'_, EnumDescriptorProto>) {
    let tolerated = !subject.is_proto3()
        && enumeration
            .proto
            .options
            .as_ref()
            .is_some_and(|options| options::is_set(options, LEGACY_JSON_FIELD_CONFLICTS));
    if tolerated {
        return;
    }
    let mut names = HashMap::new();
    for (at, value) in enumeration.proto.value.iter().enumerate() {
        let short = pascal_case(without_prefix(value.name(), enumeration.proto.name()));
        let first = *names.entry(short).or_insert(value);
        if first.name() != value.name() && first.number() != value.number() {
            subject.report(
                &enumeration.part(&[number::ENUM_VALUE, index(at), number::NAME]),
                format!(
                    "enum value '{}' has the same name as '{}' when case and the prefix '{}' are ignored",
                    value.name(),
                    first.name(),
                    enumeration.proto.name()
                ),
            );
        }
    }
}

/// A value's name without the enum's name in front, whatever the case and the
/// underscores of both; the whole name when nothing else would be left.
fn without_prefix<'a>(value: &'a str, enumeration: &str) -> &'a str {
    let mut prefix = enumeration.bytes().filter(|byte| *byte != b'_').peekable();
    let mut rest = value;
    while let Some(expected) = prefix.peek() {
        let Some(found) = rest.bytes().next() else {
            return value;
        };
        if found != b'_' {
            if !found.eq_ignore_ascii_case(expected) {
                return value;
            }
            prefix.next();
        }
        // Identifiers are ASCII.
        rest = rest.get(1..).unwrap_or_default();
    }
    match rest.trim_start_matches('_') {
        "" => value,
        rest => rest,
    }
}

fn pascal_case(name: &str) -> String {
    name.split('_')
        .filter(|word| !word.is_empty())
        .flat_map(|word| {
            word.chars().enumerate().map(|(at, c)| match at {
                0 => c.to_ascii_uppercase(),
                _ => c.to_ascii_lowercase(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_found_whatever_its_case_and_underscores() {
        assert_eq!(without_prefix("MY_ENUM_FOO", "MyEnum"), "FOO");
        assert_eq!(without_prefix("MYENUM_FOO", "My_Enum"), "FOO");
        assert_eq!(without_prefix("F_O_O__BAR", "Foo"), "BAR");
        assert_eq!(without_prefix("FOO", "Foo"), "FOO");
        assert_eq!(without_prefix("FOO_", "Foo"), "FOO_");
        assert_eq!(without_prefix("FOOD", "Foo"), "D");
        assert_eq!(without_prefix("BAR", "Foo"), "BAR");
    }

    #[test]
    fn words_keep_apart_in_pascal_case() {
        assert_eq!(pascal_case("FOO_BAR"), "FooBar");
        assert_eq!(pascal_case("_fooBar__b"), "FoobarB");
    }
}
