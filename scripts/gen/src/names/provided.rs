//! The files that the protobuf crate brings along.
//!
//! Code is generated over the crate's copy of them, whatever copy the protos
//! import: a type that only theirs has cannot be named.

use protobuf::descriptor::{DescriptorProto, FieldDescriptorProto};
use protobuf::reflect::FileDescriptor;
use protobuf::{descriptor, plugin, rustproto, well_known_types};

use super::Names;
use crate::descriptor::is_feature;
use crate::diagnostic::Diagnostic;
use crate::parse::ProtoFile;

/// Import name, module, and what the module says of itself.
type Provided = (&'static str, &'static str, fn() -> &'static FileDescriptor);

/// Source: the public modules of protobuf 3.7.2.
const PROVIDED: &[Provided] = &[
    (
        "google/protobuf/any.proto",
        "::protobuf::well_known_types::any",
        well_known_types::any::file_descriptor,
    ),
    (
        "google/protobuf/api.proto",
        "::protobuf::well_known_types::api",
        well_known_types::api::file_descriptor,
    ),
    (
        "google/protobuf/descriptor.proto",
        "::protobuf::descriptor",
        descriptor::file_descriptor,
    ),
    (
        "google/protobuf/duration.proto",
        "::protobuf::well_known_types::duration",
        well_known_types::duration::file_descriptor,
    ),
    (
        "google/protobuf/empty.proto",
        "::protobuf::well_known_types::empty",
        well_known_types::empty::file_descriptor,
    ),
    (
        "google/protobuf/field_mask.proto",
        "::protobuf::well_known_types::field_mask",
        well_known_types::field_mask::file_descriptor,
    ),
    (
        "google/protobuf/source_context.proto",
        "::protobuf::well_known_types::source_context",
        well_known_types::source_context::file_descriptor,
    ),
    (
        "google/protobuf/struct.proto",
        "::protobuf::well_known_types::struct_",
        well_known_types::struct_::file_descriptor,
    ),
    (
        "google/protobuf/timestamp.proto",
        "::protobuf::well_known_types::timestamp",
        well_known_types::timestamp::file_descriptor,
    ),
    (
        "google/protobuf/type.proto",
        "::protobuf::well_known_types::type_",
        well_known_types::type_::file_descriptor,
    ),
    (
        "google/protobuf/wrappers.proto",
        "::protobuf::well_known_types::wrappers",
        well_known_types::wrappers::file_descriptor,
    ),
    (
        "google/protobuf/compiler/plugin.proto",
        "::protobuf::plugin",
        plugin::file_descriptor,
    ),
    (
        "rustproto.proto",
        "::protobuf::rustproto",
        rustproto::file_descriptor,
    ),
];

/// The module of the protobuf crate that stands for a file, if it has one.
pub fn provided(name: &str) -> Option<&'static str> {
    find(name).map(|(_, module, _)| *module)
}

fn find(name: &str) -> Option<&'static Provided> {
    PROVIDED.iter().find(|(file, ..)| *file == name)
}

/// A type that a file names: where, and its full name.
pub type Reference<'a> = (Vec<i32>, &'a str);

/// What is wrong when one of these types is not in the protobuf crate, though
/// the file that defines it is.
pub fn missing(
    names: &Names,
    file: &ProtoFile,
    references: &[Reference<'_>],
) -> Option<Diagnostic> {
    references.iter().find_map(|(path, full_name)| {
        let definition = &names.type_name(full_name)?.file;
        let (_, module, descriptor) = find(definition)?;
        let descriptor = descriptor();
        if descriptor.message_by_full_name(full_name).is_some()
            || descriptor.enum_by_full_name(full_name).is_some()
        {
            return None;
        }
        let mut diagnostic = file.diagnostic(
            path,
            format!(
                "'{}' of '{definition}' is newer than protobuf {}",
                full_name.trim_start_matches('.'),
                protobuf::VERSION
            ),
        );
        diagnostic.help = Some(format!(
            "generated code uses {module} of the protobuf crate; use a type that it has"
        ));
        Some(diagnostic)
    })
}

/// The types that a file's messages and extensions name. Features are not among
/// them: they get no code.
pub fn in_messages(file: &ProtoFile) -> Vec<Reference<'_>> {
    const MESSAGE_TYPE: i32 = 4;
    const EXTENSION: i32 = 7;
    let mut found = Vec::new();
    for (at, message) in (0..).zip(&file.descriptor.message_type) {
        in_message(message, &[MESSAGE_TYPE, at], &mut found);
    }
    in_fields(&file.descriptor.extension, &[EXTENSION], &mut found);
    found
}

/// The types that a file's services name.
pub fn in_services(file: &ProtoFile) -> Vec<Reference<'_>> {
    const SERVICE: i32 = 6;
    const METHOD: i32 = 2;
    const INPUT_TYPE: i32 = 2;
    const OUTPUT_TYPE: i32 = 3;
    let mut found = Vec::new();
    for (service, descriptor) in (0..).zip(&file.descriptor.service) {
        for (at, method) in (0..).zip(&descriptor.method) {
            let part = |part| vec![SERVICE, service, METHOD, at, part];
            found.push((part(INPUT_TYPE), method.input_type()));
            found.push((part(OUTPUT_TYPE), method.output_type()));
        }
    }
    found
}

fn in_message<'a>(message: &'a DescriptorProto, path: &[i32], found: &mut Vec<Reference<'a>>) {
    const FIELD: i32 = 2;
    const NESTED_TYPE: i32 = 3;
    const EXTENSION: i32 = 6;
    in_fields(&message.field, &[path, &[FIELD]].concat(), found);
    in_fields(&message.extension, &[path, &[EXTENSION]].concat(), found);
    for (at, nested) in (0..).zip(&message.nested_type) {
        in_message(nested, &[path, &[NESTED_TYPE, at]].concat(), found);
    }
}

fn in_fields<'a>(fields: &'a [FieldDescriptorProto], path: &[i32], found: &mut Vec<Reference<'a>>) {
    const EXTENDEE: i32 = 2;
    const TYPE_NAME: i32 = 6;
    for (at, field) in (0..).zip(fields) {
        if is_feature(field) {
            continue;
        }
        let part = |part| [path, &[at, part]].concat();
        if field.has_type_name() {
            found.push((part(TYPE_NAME), field.type_name()));
        }
        if field.has_extendee() {
            found.push((part(EXTENDEE), field.extendee()));
        }
    }
}
