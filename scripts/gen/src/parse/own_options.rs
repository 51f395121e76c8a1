//! Files that bring options of their own: a copy of descriptor.proto that gives
//! an option another type cannot be read as descriptors are.

use std::collections::HashMap;

use protox::prost_reflect::prost_types::{DescriptorProto, FieldDescriptorProto};

use super::load::{self, Parsed};
use crate::diagnostic::Diagnostic;
use crate::validate::index;

/// The options whose type or label is not that of protoc's descriptor.proto.
pub fn check(file: &Parsed) -> Vec<Diagnostic> {
    const MESSAGE_TYPE: i32 = 4;
    const FIELD: i32 = 2;
    let known = load::known_options().unwrap_or_default();
    let known: HashMap<(&str, i32), &FieldDescriptorProto> =
        known.message_type.iter().flat_map(fields).collect();
    let own = file.descriptor();
    let mut findings = Vec::new();
    for (at, message) in own.message_type.iter().enumerate() {
        for (field_at, (key, field)) in fields(message).enumerate() {
            let kind = |field: &FieldDescriptorProto| (field.r#type, field.label);
            if known
                .get(&key)
                .is_none_or(|known| kind(known) == kind(field))
            {
                continue;
            }
            findings.push(file.diagnostic(
                &[MESSAGE_TYPE, index(at), FIELD, index(field_at)],
                format!(
                    "option '{}' of '{}' has another type here than in protoc's descriptor.proto",
                    field.name(),
                    message.name()
                ),
            ));
        }
    }
    findings
}

/// The fields of a message of options, by its name and their numbers.
fn fields(message: &DescriptorProto) -> impl Iterator<Item = ((&str, i32), &FieldDescriptorProto)> {
    let fields = message.field.iter();
    fields
        .filter(|_| message.name().ends_with("Options"))
        .map(|field| ((message.name(), field.number()), field))
}
