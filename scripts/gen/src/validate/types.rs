//! What the rules must know of other files.

use std::collections::HashMap;

use protobuf::descriptor::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
};

use super::element::{Element, Elements};
use super::subject::Subject;
use crate::parse::ProtoFile;

/// The types and extensions of a set of files, by full name.
#[derive(Debug, Default)]
pub struct Types<'a> {
    messages: HashMap<String, (&'a FileDescriptorProto, &'a DescriptorProto)>,
    enums: HashMap<String, (&'a FileDescriptorProto, &'a EnumDescriptorProto)>,
    extensions: HashMap<&'a str, HashMap<i32, Vec<Extension<'a>>>>,
    files: HashMap<&'a str, &'a FileDescriptorProto>,
}

/// An extension.
#[derive(Debug)]
pub struct Extension<'a> {
    /// The name of its file.
    pub file: &'a str,
    /// Its full name.
    pub full_name: String,
    /// What its file says.
    pub proto: &'a FieldDescriptorProto,
}

impl<'a> Types<'a> {
    /// Collects what the files declare.
    pub fn new(files: impl IntoIterator<Item = &'a ProtoFile>) -> Types<'a> {
        let mut types = Types::default();
        for file in files.into_iter().map(|file| &file.descriptor) {
            let elements = Elements::new(file);
            types.files.insert(file.name(), file);
            for Element {
                proto, full_name, ..
            } in elements.messages
            {
                types.messages.insert(full_name, (file, proto));
            }
            for Element {
                proto, full_name, ..
            } in elements.enums
            {
                types.enums.insert(full_name, (file, proto));
            }
            for Element {
                proto, full_name, ..
            } in elements.extensions
            {
                types
                    .extensions
                    .entry(name(proto.extendee()))
                    .or_default()
                    .entry(proto.number())
                    .or_default()
                    .push(Extension {
                        file: file.name(),
                        full_name,
                        proto,
                    });
            }
        }
        types
    }

    /// The file of an import name.
    pub fn file(&self, name: &str) -> Option<&'a FileDescriptorProto> {
        self.files.get(name).copied()
    }

    /// A message and its file; the name may have a leading dot.
    pub fn message(
        &self,
        full_name: &str,
    ) -> Option<(&'a FileDescriptorProto, &'a DescriptorProto)> {
        self.messages.get(name(full_name)).copied()
    }

    /// An enum and its file; the name may have a leading dot.
    pub fn enumeration(
        &self,
        full_name: &str,
    ) -> Option<(&'a FileDescriptorProto, &'a EnumDescriptorProto)> {
        self.enums.get(name(full_name)).copied()
    }

    /// The extensions with this number of a message, by file in import order.
    pub fn extensions(&self, extendee: &str, number: i32) -> &[Extension<'a>] {
        self.extensions
            .get(name(extendee))
            .and_then(|numbers| numbers.get(&number))
            .map_or(&[], Vec::as_slice)
    }
}

/// A full name without the leading dot that descriptors give it.
pub fn name(full_name: &str) -> &str {
    full_name.strip_prefix('.').unwrap_or(full_name)
}

/// The types that are no messages and no enums.
pub const SCALARS: [&str; 15] = [
    "double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string", "bytes",
    "uint32", "sfixed32", "sfixed64", "sint32", "sint64",
];

/// A scalar or a group, at the start of a name, is no type of a method and cannot
/// be extended, even when a message or a package has its name.
pub fn check_message_type(subject: &Subject<'_>, full_name: &str, path: &[i32]) {
    let is_reserved = |name: &str| SCALARS.contains(&name) || name == "group";
    // To read the source takes long, and seldom is any need.
    if !name(full_name).split('.').any(is_reserved) {
        return;
    }
    let source = subject.source(path);
    let first = source.split('.').next().unwrap_or_default();
    if is_reserved(first) {
        subject.report_with_help(
            path,
            format!("'{first}' is not a message here"),
            Some("write the message's full name with a leading dot"),
        );
    }
}
