//! The elements of a file, each with its place and full name.

use protobuf::descriptor::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    OneofDescriptorProto, ServiceDescriptorProto,
};

/// One message, field, enum and so on.
#[derive(Debug)]
pub struct Element<'a, T> {
    /// What the file says.
    pub proto: &'a T,
    /// The path of its source info.
    pub path: Vec<i32>,
    /// The name with package and surrounding messages, without a leading dot.
    pub full_name: String,
}

impl<T> Element<'_, T> {
    /// The path of a part of this element.
    pub fn part(&self, part: &[i32]) -> Vec<i32> {
        [&self.path, part].concat()
    }
}

/// Everything in a file, nested things included.
#[derive(Debug, Default)]
pub struct Elements<'a> {
    /// Messages and groups, and the entries of maps, which are placed at the
    /// field of the map.
    pub messages: Vec<Element<'a, DescriptorProto>>,
    /// The fields of messages.
    pub fields: Vec<Element<'a, FieldDescriptorProto>>,
    /// Extensions, wherever they are declared.
    pub extensions: Vec<Element<'a, FieldDescriptorProto>>,
    /// Oneofs.
    pub oneofs: Vec<Element<'a, OneofDescriptorProto>>,
    /// Enums.
    pub enums: Vec<Element<'a, EnumDescriptorProto>>,
    /// Services.
    pub services: Vec<Element<'a, ServiceDescriptorProto>>,
}

/// Field numbers of descriptor.proto, as source info paths use them.
pub mod number {
    #![allow(missing_docs)]
    pub const FILE_PACKAGE: i32 = 2;
    pub const FILE_DEPENDENCY: i32 = 3;
    pub const FILE_MESSAGE: i32 = 4;
    pub const FILE_ENUM: i32 = 5;
    pub const FILE_SERVICE: i32 = 6;
    pub const FILE_EXTENSION: i32 = 7;
    pub const FILE_OPTIONS: i32 = 8;
    /// In messages, fields, oneofs, enums, enum values, services and methods.
    pub const NAME: i32 = 1;
    pub const MESSAGE_FIELD: i32 = 2;
    pub const MESSAGE_NESTED: i32 = 3;
    pub const MESSAGE_ENUM: i32 = 4;
    pub const MESSAGE_EXTENSION_RANGE: i32 = 5;
    pub const MESSAGE_EXTENSION: i32 = 6;
    pub const MESSAGE_OPTIONS: i32 = 7;
    pub const MESSAGE_ONEOF: i32 = 8;
    pub const MESSAGE_RESERVED_RANGE: i32 = 9;
    pub const MESSAGE_RESERVED_NAME: i32 = 10;
    pub const RANGE_OPTIONS: i32 = 3;
    pub const FIELD_EXTENDEE: i32 = 2;
    pub const FIELD_NUMBER: i32 = 3;
    pub const FIELD_TYPE_NAME: i32 = 6;
    pub const FIELD_OPTIONS: i32 = 8;
    pub const FIELD_JSON_NAME: i32 = 10;
    pub const ENUM_VALUE: i32 = 2;
    pub const ENUM_OPTIONS: i32 = 3;
    pub const ENUM_RESERVED_RANGE: i32 = 4;
    pub const ENUM_RESERVED_NAME: i32 = 5;
    pub const VALUE_OPTIONS: i32 = 3;
    pub const ONEOF_OPTIONS: i32 = 2;
    pub const SERVICE_METHOD: i32 = 2;
    pub const SERVICE_OPTIONS: i32 = 3;
    pub const METHOD_INPUT: i32 = 2;
    pub const METHOD_OUTPUT: i32 = 3;
    pub const METHOD_OPTIONS: i32 = 4;
}

/// An index as source info paths hold it.
pub fn index(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}

/// `scope.name`, or the name alone at the top.
pub fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() {
        name.to_owned()
    } else {
        format!("{scope}.{name}")
    }
}

impl<'a> Elements<'a> {
    /// Collects what a file declares.
    pub fn new(file: &'a FileDescriptorProto) -> Elements<'a> {
        let mut elements = Elements::default();
        let package = file.package();
        for element in children(&file.message_type, &[], number::FILE_MESSAGE, package) {
            elements.message(element);
        }
        elements
            .enums
            .extend(children(&file.enum_type, &[], number::FILE_ENUM, package));
        elements
            .services
            .extend(children(&file.service, &[], number::FILE_SERVICE, package));
        elements.extensions.extend(children(
            &file.extension,
            &[],
            number::FILE_EXTENSION,
            package,
        ));
        elements
    }

    // Nesting is at most 32 deep: the parser sees to it.
    fn message(&mut self, message: Element<'a, DescriptorProto>) {
        let Element {
            proto,
            path,
            full_name,
        } = &message;
        self.fields.extend(children(
            &proto.field,
            path,
            number::MESSAGE_FIELD,
            full_name,
        ));
        self.oneofs.extend(children(
            &proto.oneof_decl,
            path,
            number::MESSAGE_ONEOF,
            full_name,
        ));
        self.enums.extend(children(
            &proto.enum_type,
            path,
            number::MESSAGE_ENUM,
            full_name,
        ));
        self.extensions.extend(children(
            &proto.extension,
            path,
            number::MESSAGE_EXTENSION,
            full_name,
        ));
        for mut nested in children(&proto.nested_type, path, number::MESSAGE_NESTED, full_name) {
            if nested.proto.options.map_entry()
                && let Some(position) = map_field(proto, &nested.full_name)
            {
                nested.path = message.part(&[number::MESSAGE_FIELD, index(position)]);
            }
            self.message(nested);
        }
        self.messages.push(message);
    }
}

/// The position of the field that a map entry was made for.
fn map_field(message: &DescriptorProto, entry: &str) -> Option<usize> {
    message
        .field
        .iter()
        .position(|field| field.type_name().strip_prefix('.') == Some(entry))
}

fn children<'a, T: Named>(
    protos: &'a [T],
    parent: &[i32],
    field: i32,
    scope: &str,
) -> Vec<Element<'a, T>> {
    protos
        .iter()
        .enumerate()
        .map(|(at, proto)| Element {
            proto,
            path: [parent, &[field, index(at)]].concat(),
            full_name: join(scope, proto.name_text()),
        })
        .collect()
}

/// What has a name.
trait Named {
    fn name_text(&self) -> &str;
}

macro_rules! named {
    ($($proto:ty),*) => {
        $(impl Named for $proto {
            fn name_text(&self) -> &str {
                self.name()
            }
        })*
    };
}

named!(
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    OneofDescriptorProto,
    ServiceDescriptorProto
);
