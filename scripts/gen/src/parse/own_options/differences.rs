//! How another descriptor.proto differs from protoc's.

use std::collections::{HashMap, HashSet};

use protobuf::rt::WireType;
use protox::prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};

use super::reading;
use crate::custom_options::part;

/// The numbers that stand for those of the fields of another type, so that
/// nothing else has them.
pub fn stand_ins(own: &MessageDescriptor, known: &MessageDescriptor) -> HashMap<u32, u32> {
    let fields = own.fields().chain(known.fields());
    let used: HashSet<u32> = fields.map(|field| field.number()).collect();
    let is_extension = |number: &u32| own.extension_ranges().any(|range| range.contains(number));
    let mut free = (1..19_000)
        .rev()
        .filter(|number| !used.contains(number) && !is_extension(number));
    let differing = own.fields().filter(|field| {
        let known = known.get_field(field.number());
        known.is_some_and(|known| wire_kind(field) != wire_kind(&known))
    });
    differing
        .filter_map(|field| Some((free.next()?, field.number())))
        .collect()
}

/// What protoc's descriptor.proto has, with elements or options, and another
/// has not.
pub fn missing(own: &DescriptorPool, built_in: &DescriptorPool) -> HashSet<(String, u32)> {
    let mut missing = HashSet::new();
    for known in built_in.all_messages() {
        let own = own.get_message_by_name(known.full_name());
        for field in known.fields() {
            let number = field.number();
            let found = own.as_ref().and_then(|own| own.get_field(number));
            let is_known = found.is_some_and(|found| wire_kind(&found) == wire_kind(&field));
            if part(known.name(), number).is_some() && !is_known {
                missing.insert((known.name().to_owned(), number));
            }
        }
    }
    missing
}

/// What matters of a field to those that read its bytes: text apart, which has
/// to be UTF-8, and which message it is.
fn wire_kind(field: &FieldDescriptor) -> (bool, WireType, bool, Option<String>) {
    let kind = field.kind();
    let wire_type = match &kind {
        _ if field.is_group() => WireType::StartGroup,
        kind => reading::wire_type(kind),
    };
    let is_repeated = field.is_list() || field.is_map();
    let message = kind
        .as_message()
        .map(|message| message.full_name().to_owned());
    (is_repeated, wire_type, kind == Kind::String, message)
}
