//! Extensions: their numbers, their JSON names, and what proto3 allows.

use protobuf::descriptor::{DescriptorProto, FieldDescriptorProto};

use super::element::{Element, index, number};
use super::json_names;
use super::subject::Subject;
use super::types;

/// The messages that proto3 may extend.
const OPTIONS: [&str; 11] = [
    "EnumOptions",
    "EnumValueOptions",
    "ExtensionRangeOptions",
    "FieldOptions",
    "FileOptions",
    "MessageOptions",
    "MethodOptions",
    "OneofOptions",
    "ServiceOptions",
    "SourceInfo",
    "StreamOptions",
];

/// Checks an extension.
pub fn check(subject: &Subject<'_>, extension: &Element<'_, FieldDescriptorProto>) {
    check_number(subject, extension);
    check_json_name(subject, extension);
    check_extendee(subject, extension);
    let extendee = extension.part(&[number::FIELD_EXTENDEE]);
    types::check_message_type(subject, extension.proto.extendee(), &extendee);
}

/// proto3 messages have no extensions.
pub fn check_ranges(subject: &Subject<'_>, message: &Element<'_, DescriptorProto>) {
    if subject.is_proto3() && !message.proto.extension_range.is_empty() {
        subject.report(
            &message.part(&[number::MESSAGE_EXTENSION_RANGE, index(0)]),
            format!(
                "message '{}' cannot have extension ranges; proto3 has none",
                message.full_name
            ),
        );
    }
}

fn check_number(subject: &Subject<'_>, extension: &Element<'_, FieldDescriptorProto>) {
    let (extendee, value) = (extension.proto.extendee(), extension.proto.number());
    // Of two files protoc only warns: they may never meet in one program.
    let first = subject
        .types
        .extensions(extendee, value)
        .iter()
        .find(|first| first.file == subject.file.name());
    if let Some(first) = first
        && first.full_name != extension.full_name
    {
        subject.report(
            &extension.part(&[number::FIELD_NUMBER]),
            format!(
                "extension number {value} of '{}' is already used by '{}'",
                types::name(extendee),
                first.full_name
            ),
        );
    }
}

/// In JSON an extension is always named by its full name.
fn check_json_name(subject: &Subject<'_>, extension: &Element<'_, FieldDescriptorProto>) {
    let proto = extension.proto;
    if proto.json_name() != json_names::default(proto.name()) {
        subject.report(
            &extension.part(&[number::FIELD_JSON_NAME]),
            format!("extension '{}' cannot have a json_name", proto.name()),
        );
    }
}

fn check_extendee(subject: &Subject<'_>, extension: &Element<'_, FieldDescriptorProto>) {
    let extendee = types::name(extension.proto.extendee());
    let is_options = extendee
        .strip_prefix("google.protobuf.")
        .is_some_and(|name| OPTIONS.contains(&name));
    if subject.is_proto3() && !is_options {
        subject.report_with_help(
            &extension.part(&[number::FIELD_EXTENDEE]),
            format!("proto3 cannot extend '{extendee}'; it can only declare options"),
            Some("extend one of the options in google/protobuf/descriptor.proto, or use proto2"),
        );
    }
}
