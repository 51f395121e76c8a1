//! All options of a file, whatever they are of, and what rust-protobuf's
//! descriptors keep of them only as unknown fields.

use protobuf::descriptor::{EnumDescriptorProto, EnumValueDescriptorProto};
use protobuf::{Message, UnknownFields, UnknownValueRef};

use super::element::{Element, Elements, index, join, number};
use super::subject::Subject;

/// What options are of.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// The message of `google.protobuf` that holds them.
    pub message: &'static str,
    /// As protoc's messages call it.
    pub name: &'static str,
    /// The number of `features` in that message.
    pub features: i32,
    /// The number in `FieldOptions.OptionTargetType`.
    pub target: u64,
}

const FILE: Kind = kind("FileOptions", "file", 50, 1);
const RANGE: Kind = kind("ExtensionRangeOptions", "extension range", 50, 2);
const MESSAGE: Kind = kind("MessageOptions", "message", 12, 3);
const FIELD: Kind = kind("FieldOptions", "field", 21, 4);
const ONEOF: Kind = kind("OneofOptions", "oneof", 1, 5);
const ENUM: Kind = kind("EnumOptions", "enum", 7, 6);
const VALUE: Kind = kind("EnumValueOptions", "enum value", 2, 7);
const SERVICE: Kind = kind("ServiceOptions", "service", 34, 8);
const METHOD: Kind = kind("MethodOptions", "method", 35, 9);

const fn kind(message: &'static str, name: &'static str, features: i32, target: u64) -> Kind {
    Kind {
        message,
        name,
        features,
        target,
    }
}

/// The options of one element.
#[derive(Debug)]
pub struct Options<'a> {
    /// What they are of.
    pub kind: &'static Kind,
    /// Those that rust-protobuf does not know, custom ones included.
    pub unknown: &'a UnknownFields,
    /// The path of their source info.
    pub path: Vec<i32>,
    /// The full name of what they are of; of a file, one in its package.
    pub scope: String,
}

/// The options in a file, without those of elements that have none.
pub fn all<'a>(subject: &Subject<'a>, elements: &'a Elements<'_>) -> Vec<Options<'a>> {
    let mut found = Vec::new();
    let mut add = |kind, options: Option<&'a dyn HasUnknown>, path, scope: &str| {
        found.extend(options.map(|options| Options {
            kind,
            unknown: options.unknown(),
            path,
            scope: scope.to_owned(),
        }));
    };
    let file = &subject.file.descriptor;
    let options = file.options.as_ref().map(dynamic);
    let scope = join(file.package(), "file");
    add(&FILE, options, vec![number::FILE_OPTIONS], &scope);
    for message in &elements.messages {
        let options = message.proto.options.as_ref().map(dynamic);
        let path = message.part(&[number::MESSAGE_OPTIONS]);
        add(&MESSAGE, options, path, &message.full_name);
        for (at, range) in message.proto.extension_range.iter().enumerate() {
            let path = [
                number::MESSAGE_EXTENSION_RANGE,
                index(at),
                number::RANGE_OPTIONS,
            ];
            let options = range.options.as_ref().map(dynamic);
            add(&RANGE, options, message.part(&path), &message.full_name);
        }
    }
    for field in elements.fields.iter().chain(&elements.extensions) {
        let options = field.proto.options.as_ref().map(dynamic);
        let path = field.part(&[number::FIELD_OPTIONS]);
        add(&FIELD, options, path, &field.full_name);
    }
    for oneof in &elements.oneofs {
        let options = oneof.proto.options.as_ref().map(dynamic);
        let path = oneof.part(&[number::ONEOF_OPTIONS]);
        add(&ONEOF, options, path, &oneof.full_name);
    }
    for enumeration in &elements.enums {
        let options = enumeration.proto.options.as_ref().map(dynamic);
        let path = enumeration.part(&[number::ENUM_OPTIONS]);
        add(&ENUM, options, path, &enumeration.full_name);
        for (at, value) in enumeration.proto.value.iter().enumerate() {
            let path = [number::ENUM_VALUE, index(at), number::VALUE_OPTIONS];
            let options = value.options.as_ref().map(dynamic);
            let scope = value_name(enumeration, value);
            add(&VALUE, options, enumeration.part(&path), &scope);
        }
    }
    for service in &elements.services {
        let options = service.proto.options.as_ref().map(dynamic);
        let path = service.part(&[number::SERVICE_OPTIONS]);
        add(&SERVICE, options, path, &service.full_name);
        for (at, method) in service.proto.method.iter().enumerate() {
            let path = [number::SERVICE_METHOD, index(at), number::METHOD_OPTIONS];
            let options = method.options.as_ref().map(dynamic);
            let scope = join(&service.full_name, method.name());
            add(&METHOD, options, service.part(&path), &scope);
        }
    }
    found
}

/// The full name of an enum value: it is beside its enum, not in it.
pub fn value_name(
    enumeration: &Element<'_, EnumDescriptorProto>,
    value: &EnumValueDescriptorProto,
) -> String {
    join(parent(&enumeration.full_name), value.name())
}

/// The scope that a full name is in; empty at the top.
pub fn parent(full_name: &str) -> &str {
    full_name.rsplit_once('.').map_or("", |(scope, _)| scope)
}

/// Whether an option of type bool, unknown to rust-protobuf, is true.
pub fn is_set(options: &impl Message, number: u32) -> bool {
    varint(options.special_fields().unknown_fields(), number) == Some(1)
}

/// A field with a number, if there is one.
pub fn varint(fields: &UnknownFields, number: u32) -> Option<u64> {
    match fields.get(number) {
        Some(UnknownValueRef::Varint(value)) => Some(value),
        _ => None,
    }
}

/// The contents of a repeated field of messages or text.
pub fn contents(fields: &UnknownFields, number: u32) -> Vec<&[u8]> {
    fields
        .iter()
        .filter_map(|(found, value)| match value {
            UnknownValueRef::LengthDelimited(bytes) if found == number => Some(bytes),
            _ => None,
        })
        .collect()
}

trait HasUnknown {
    fn unknown(&self) -> &UnknownFields;
}

impl<T: Message> HasUnknown for T {
    fn unknown(&self) -> &UnknownFields {
        self.special_fields().unknown_fields()
    }
}

fn dynamic<T: Message>(options: &T) -> &dyn HasUnknown {
    options
}
