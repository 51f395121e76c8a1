//! `message_set_wire_format`: messages with nothing but extensions.

use protobuf::descriptor::field_descriptor_proto::{Label, Type};
use protobuf::descriptor::{DescriptorProto, FieldDescriptorProto};

use super::element::{Element, index, number};
use super::subject::Subject;
use super::types;
use crate::leniency::HIGHEST;

const MESSAGE_SET_WIRE_FORMAT: i32 = 1;

/// Checks a message that is a MessageSet, and that others have no numbers that
/// only a MessageSet may have.
pub fn check_message(subject: &Subject<'_>, message: &Element<'_, DescriptorProto>) {
    if !message.proto.options.message_set_wire_format() {
        for (at, range) in message.proto.extension_range.iter().enumerate() {
            // The end of a range is one more.
            let last = range.end().saturating_sub(1);
            if range.start().max(last) > HIGHEST {
                subject.report(
                    &message.part(&[number::MESSAGE_EXTENSION_RANGE, index(at)]),
                    format!(
                        "extension range {} to {last} has numbers over {HIGHEST}, which only a message with message_set_wire_format may have",
                        range.start()
                    ),
                );
            }
        }
        return;
    }
    if subject.is_proto3() {
        subject.report(
            &message.part(&[number::MESSAGE_OPTIONS, MESSAGE_SET_WIRE_FORMAT]),
            format!(
                "message '{}' has message_set_wire_format, which proto3 has not",
                message.full_name
            ),
        );
    }
    for (at, field) in message.proto.field.iter().enumerate() {
        subject.report(
            &message.part(&[number::MESSAGE_FIELD, index(at), number::NAME]),
            format!(
                "message '{}' with message_set_wire_format cannot have field '{}'; it can only have extensions",
                message.full_name,
                field.name()
            ),
        );
    }
}

/// Checks an extension of a MessageSet.
pub fn check_extension(subject: &Subject<'_>, extension: &Element<'_, FieldDescriptorProto>) {
    let proto = extension.proto;
    let of_message_set = subject
        .types
        .message(proto.extendee())
        .is_some_and(|(_, message)| message.options.message_set_wire_format());
    if !of_message_set && proto.number() > HIGHEST {
        subject.report(
            &extension.part(&[number::FIELD_NUMBER]),
            format!(
                "extension number {} is over {HIGHEST}, which only extensions of a message with message_set_wire_format may be",
                proto.number()
            ),
        );
    }
    let fits = proto.type_() == Type::TYPE_MESSAGE && proto.label() == Label::LABEL_OPTIONAL;
    if of_message_set && !fits {
        subject.report(
            &extension.part(&[number::NAME]),
            format!(
                "extension '{}' of '{}', which has message_set_wire_format, must be an optional message",
                proto.name(),
                types::name(proto.extendee())
            ),
        );
    }
}
