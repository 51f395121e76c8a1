//! Bytes as those read them who know some declarations, and write them again.

use std::collections::BTreeMap;

use protobuf::CodedInputStream;
use protobuf::rt::WireType;
use protox::prost_reflect::{EnumDescriptor, Kind, MessageDescriptor, Syntax};

use crate::leniency;
use crate::wire::{self, Edit, Field};

/// What is declared of a field or an extension.
pub struct Declared {
    pub kind: Kind,
    pub is_list: bool,
    pub is_packed: bool,
    pub is_group: bool,
    has_presence: bool,
}

/// What a message declares for a number.
pub fn declared(message: &MessageDescriptor, number: u32) -> Option<Declared> {
    macro_rules! declared {
        ($found:expr) => {
            $found.map(|found| Declared {
                kind: found.kind(),
                is_list: found.is_list(),
                is_packed: found.is_packed(),
                is_group: found.is_group(),
                has_presence: found.supports_presence(),
            })
        };
    }
    declared!(message.get_field(number)).or_else(|| declared!(message.get_extension(number)))
}

/// Finds what is declared.
type Find<'a> = &'a dyn Fn(&MessageDescriptor, u32) -> Option<Declared>;

/// An encoded message with the fields that it knows, by number, and then all
/// else; `None` where a message in it cannot be read.
pub fn read(message: &MessageDescriptor, bytes: &[u8], find: Find<'_>) -> Option<Vec<u8>> {
    let fields = wire::fields(bytes);
    let length: usize = fields.iter().map(|field| field.raw.len()).sum();
    if length != bytes.len() {
        return None;
    }
    // Of a message, or a packed list, what is in it.
    let mut known: BTreeMap<u32, (Declared, Vec<u8>)> = BTreeMap::new();
    let mut unknown = Vec::new();
    for field in fields {
        let Some(found) = find(message, field.number) else {
            unknown.extend_from_slice(field.raw);
            continue;
        };
        let Some(read) = value(&found, &field, find)? else {
            unknown.extend_from_slice(field.raw);
            continue;
        };
        unknown.extend_from_slice(&read.unknown);
        if read.known.is_empty() && !found.holds_message() {
            continue;
        }
        let (found, values) = known.entry(field.number).or_insert((found, Vec::new()));
        // Two of a message are one.
        if !found.is_list && !found.holds_message() {
            values.clear();
        }
        values.extend_from_slice(&read.known);
    }
    let mut out = Vec::new();
    for (number, (found, content)) in known {
        match &found.kind {
            Kind::Message(nested) if !found.is_list => {
                write_message(&mut out, number, &found, &read(nested, &content, find)?);
            }
            _ if found.is_packed => wire::write(&mut out, number, &content),
            _ if found.has_presence || found.is_list || !is_zero(&content) => {
                out.extend_from_slice(&content);
            }
            _ => {}
        }
    }
    out.extend_from_slice(&unknown);
    Some(out)
}

/// An encoded message with characters for the bytes that are no UTF-8 in its
/// texts, since rust-protobuf takes text alone.
pub fn with_characters(message: &MessageDescriptor, bytes: &[u8]) -> Vec<u8> {
    wire::edit(bytes, |field| {
        let kind = message.get_field(field.number).map(|found| found.kind());
        match (kind, field.content) {
            (Some(Kind::String), Some(text)) => Edit::Replace(leniency::text_of(text).into_bytes()),
            (Some(Kind::Message(nested)), Some(content)) => {
                Edit::Replace(with_characters(&nested, content))
            }
            _ => Edit::Keep,
        }
    })
}

impl Declared {
    fn holds_message(&self) -> bool {
        matches!(self.kind, Kind::Message(_))
    }
}

/// What was read of a field.
#[derive(Default)]
struct Read {
    known: Vec<u8>,
    unknown: Vec<u8>,
}

/// A field as its declaration has it; nothing where it does not fit.
fn value(found: &Declared, field: &Field<'_>, find: Find<'_>) -> Option<Option<Read>> {
    let mut read = Read::default();
    match &found.kind {
        Kind::Message(message) => {
            let content = if found.is_group {
                field.group
            } else {
                field.content
            };
            let Some(content) = content else {
                return Some(None);
            };
            if found.is_list {
                let content = self::read(message, content, find)?;
                write_message(&mut read.known, field.number, found, &content);
            } else {
                read.known.extend_from_slice(content);
            }
        }
        Kind::String | Kind::Bytes => match field.content {
            Some(_) => read.known.extend_from_slice(field.raw),
            None => return Some(None),
        },
        kind => {
            let is_packed = field.content.is_some();
            let items = match field.content.filter(|_| found.is_list) {
                Some(content) => content,
                None if !is_packed && field.wire_type() == Some(wire_type(kind)) => field.value(),
                None => return Some(None),
            };
            let mut input = CodedInputStream::from_bytes(items);
            while !input.eof().ok()? {
                item(found, field.number, &mut input, &mut read)?;
            }
        }
    }
    Some(Some(read))
}

/// Reads a number.
fn item(
    found: &Declared,
    number: u32,
    input: &mut CodedInputStream<'_>,
    read: &mut Read,
) -> Option<()> {
    let bytes = match wire_type(&found.kind) {
        WireType::Fixed32 => input.read_raw_bytes(4).ok()?,
        WireType::Fixed64 => input.read_raw_bytes(8).ok()?,
        _ => {
            let value = normal(&found.kind, input.read_raw_varint64().ok()?);
            if let Kind::Enum(values) = &found.kind
                && is_unknown(values, value)
            {
                wire::write_number(&mut read.unknown, number, value);
                return Some(());
            }
            wire::varint(value)
        }
    };
    if !found.is_packed {
        wire::write_tag(&mut read.known, number, wire_type(&found.kind));
    }
    read.known.extend_from_slice(&bytes);
    Some(())
}

fn write_message(out: &mut Vec<u8>, number: u32, found: &Declared, content: &[u8]) {
    if found.is_group {
        wire::write_group(out, number, content);
    } else {
        wire::write(out, number, content);
    }
}

/// How a kind is encoded.
pub fn wire_type(kind: &Kind) -> WireType {
    match kind {
        Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => WireType::Fixed64,
        Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => WireType::Fixed32,
        Kind::String | Kind::Bytes | Kind::Message(_) => WireType::LengthDelimited,
        _ => WireType::Varint,
    }
}

/// The number that is written for one that was read.
fn normal(kind: &Kind, number: u64) -> u64 {
    let [a, b, c, d, ..] = number.to_le_bytes();
    match kind {
        Kind::Bool => u64::from(number != 0),
        Kind::Int32 | Kind::Enum(_) => i64::from(i32::from_le_bytes([a, b, c, d])).cast_unsigned(),
        Kind::Uint32 | Kind::Sint32 => u64::from(u32::from_le_bytes([a, b, c, d])),
        _ => number,
    }
}

/// An enum of proto2 has no numbers but those of its values.
fn is_unknown(values: &EnumDescriptor, number: u64) -> bool {
    let is_closed = values.parent_file().syntax() == Syntax::Proto2;
    let number = i32::try_from(number.cast_signed());
    is_closed && number.is_ok_and(|number| values.get_value(number).is_none())
}

/// Whether a field holds what it has when it is not set.
fn is_zero(field: &[u8]) -> bool {
    let fields = wire::fields(field);
    fields
        .iter()
        .all(|field| field.value().iter().all(|byte| *byte == 0))
}
