//! Options that only fields of some types may have.

use protobuf::Enum as _;
use protobuf::descriptor::FieldDescriptorProto;
use protobuf::descriptor::field_descriptor_proto::{Label, Type};
use protobuf::descriptor::field_options::JSType;

use super::element::{Element, number};
use super::options;
use super::subject::Subject;

const PACKED: i32 = 2;
const LAZY: i32 = 5;
const JSTYPE: i32 = 6;
const UNVERIFIED_LAZY: u32 = 15;
const UNVERIFIED_LAZY_PART: i32 = 15;

/// Checks the options of a field or an extension.
pub fn check(subject: &Subject<'_>, field: &Element<'_, FieldDescriptorProto>) {
    check_packed(subject, field);
    check_lazy(subject, field);
    check_jstype(subject, field);
}

/// Checks what only extensions may not have.
pub fn check_extension(subject: &Subject<'_>, extension: &Element<'_, FieldDescriptorProto>) {
    if options::is_set(&*extension.proto.options, UNVERIFIED_LAZY) {
        subject.report(
            &extension.part(&[number::FIELD_OPTIONS, UNVERIFIED_LAZY_PART]),
            format!(
                "extension '{}' cannot have [unverified_lazy = true]",
                extension.proto.name()
            ),
        );
    }
}

fn check_packed(subject: &Subject<'_>, field: &Element<'_, FieldDescriptorProto>) {
    let packable = !matches!(
        field.proto.type_(),
        Type::TYPE_STRING | Type::TYPE_BYTES | Type::TYPE_MESSAGE | Type::TYPE_GROUP
    );
    let repeated = field.proto.label() == Label::LABEL_REPEATED;
    if field.proto.options.packed() && !(packable && repeated) {
        subject.report(
            &field.part(&[number::FIELD_OPTIONS, PACKED]),
            format!(
                "field '{}' cannot have [packed = true]; only repeated fields of numbers, bools and enums can",
                field.proto.name()
            ),
        );
    }
}

fn check_lazy(subject: &Subject<'_>, field: &Element<'_, FieldDescriptorProto>) {
    if field.proto.type_() == Type::TYPE_MESSAGE {
        return;
    }
    let Some(options) = field.proto.options.as_ref() else {
        return;
    };
    for (option, name, set) in [
        (LAZY, "lazy", options.lazy()),
        (
            UNVERIFIED_LAZY_PART,
            "unverified_lazy",
            options::is_set(options, UNVERIFIED_LAZY),
        ),
    ] {
        if set {
            subject.report(
                &field.part(&[number::FIELD_OPTIONS, option]),
                format!(
                    "field '{}' cannot have [{name} = true]; only fields of message types can",
                    field.proto.name()
                ),
            );
        }
    }
}

fn check_jstype(subject: &Subject<'_>, field: &Element<'_, FieldDescriptorProto>) {
    let wide = matches!(
        field.proto.type_(),
        Type::TYPE_INT64
            | Type::TYPE_UINT64
            | Type::TYPE_SINT64
            | Type::TYPE_FIXED64
            | Type::TYPE_SFIXED64
    );
    let jstype = field.proto.options.jstype();
    if jstype.value() != JSType::JS_NORMAL.value() && !wide {
        subject.report(
            &field.part(&[number::FIELD_OPTIONS, JSTYPE]),
            format!(
                "field '{}' cannot have [jstype = {jstype:?}]; only fields of type int64, uint64, sint64, fixed64 and sfixed64 can",
                field.proto.name()
            ),
        );
    }
}
