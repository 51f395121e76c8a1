//! Bytes as those read them who know protoc's descriptor.proto alone.

use std::collections::BTreeMap;

use protobuf::CodedInputStream;
use protobuf::rt::WireType;
use protox::prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use crate::leniency;
use crate::wire::{self, Field};

/// An encoded message with the fields that it knows, by number, and then all
/// else; `None` where a message in it cannot be read.
pub fn read(message: &MessageDescriptor, bytes: &[u8]) -> Option<Vec<u8>> {
    let fields = wire::fields(bytes);
    let length: usize = fields.iter().map(|field| field.raw.len()).sum();
    if length != bytes.len() {
        return None;
    }
    let mut known: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    let mut messages: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    let mut unknown = Vec::new();
    for field in fields {
        let Some(declared) = message.get_field(field.number) else {
            unknown.extend_from_slice(field.raw);
            continue;
        };
        match (declared.kind(), field.content) {
            (Kind::Message(_), Some(content)) if !declared.is_list() => {
                // Two of a message are one.
                let parts = messages.entry(field.number).or_default();
                parts.extend_from_slice(content);
            }
            _ => {
                let (fitting, other) = value(&declared, &field)?;
                if !fitting.is_empty() {
                    let values = known.entry(field.number).or_default();
                    if !declared.is_list() {
                        values.clear();
                    }
                    values.extend_from_slice(&fitting);
                }
                unknown.extend_from_slice(&other);
            }
        }
    }
    for (number, content) in messages {
        let declared = message.get_field(number)?.kind();
        let content = read(declared.as_message()?, &content)?;
        wire::write(known.entry(number).or_default(), number, &content);
    }
    let mut read: Vec<u8> = known.into_values().flatten().collect();
    read.extend_from_slice(&unknown);
    Some(read)
}

/// A field as its declaration has it, and what of it does not fit.
fn value(declared: &FieldDescriptor, field: &Field<'_>) -> Option<(Vec<u8>, Vec<u8>)> {
    let unknown = || Some((Vec::new(), field.raw.to_vec()));
    let mut out = Vec::new();
    match (declared.kind(), field.content, field.varint()) {
        (Kind::Message(message), Some(content), _) => {
            wire::write(&mut out, field.number, &read(&message, content)?);
        }
        (Kind::String, Some(content), _) => {
            // rust-protobuf takes text alone.
            let text = leniency::text_of(content);
            wire::write(&mut out, field.number, text.as_bytes());
        }
        (Kind::Bytes, Some(_), _) => out.extend_from_slice(field.raw),
        (Kind::Enum(values), Some(content), _) if declared.is_list() => {
            let mut other = Vec::new();
            let mut input = CodedInputStream::from_bytes(content);
            while !input.eof().ok()? {
                let number = input.read_raw_varint64().ok()?;
                let is_known = values.get_value(low_bits(number)).is_some();
                let out = if is_known { &mut out } else { &mut other };
                wire::write_number(out, field.number, number);
            }
            return Some((out, other));
        }
        (Kind::Enum(values), _, Some(number)) => {
            let value = low_bits(number);
            if values.get_value(value).is_none() {
                wire::write_number(&mut out, field.number, extended(value));
                return Some((Vec::new(), out));
            }
            wire::write_number(&mut out, field.number, extended(value));
        }
        (Kind::Bool, _, Some(number)) => {
            wire::write_number(&mut out, field.number, u64::from(number != 0));
        }
        (Kind::Int32, _, Some(number)) => {
            wire::write_number(&mut out, field.number, extended(low_bits(number)));
        }
        (Kind::Int64 | Kind::Uint64, _, Some(_)) => out.extend_from_slice(field.raw),
        (Kind::Double, ..) if field.wire_type() == Some(WireType::Fixed64) => {
            out.extend_from_slice(field.raw);
        }
        _ => return unknown(),
    }
    Some((out, Vec::new()))
}

/// The number of 32 bits that is read from one of 64.
fn low_bits(number: u64) -> i32 {
    let [a, b, c, d, ..] = number.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

/// The other way round.
fn extended(number: i32) -> u64 {
    i64::from(number).cast_unsigned()
}
