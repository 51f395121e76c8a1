//! Messages as protobuf has them on the wire, field by field: valid ones of any type,
//! and what can be done to them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use protobuf::CodedOutputStream;
use protobuf::reflect::{MessageDescriptor, RuntimeFieldType, RuntimeType};
use protobuf::rt::WireType;

/// A field of a message, in the order of the wire.
#[derive(Debug, Clone)]
pub struct Field {
    number: u32,
    value: Value,
}

#[derive(Debug, Clone)]
enum Value {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(Vec<u8>),
    Message(Vec<Field>),
    Group(Vec<Field>),
    /// Whatever bytes, in place of the field.
    Garbage(Vec<u8>),
}

/// What is done to a message.
#[derive(Debug, Clone)]
pub enum Change {
    Drop,
    Duplicate(usize),
    MoveToTheEnd,
    Renumber(u32),
    Replace(Vec<u8>),
    Integer(u64),
    Fixed64(u64),
    Fixed32(u32),
    Text(Vec<u8>),
    Bury(usize),
    BuryInGroups(usize),
}

/// How deep a message has others in it.
const DEPTH: u32 = 3;

/// The bytes of these fields.
pub fn encoded(fields: &[Field]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut out = CodedOutputStream::vec(&mut bytes);
    for field in fields {
        write(field, &mut out).unwrap();
    }
    out.flush().unwrap();
    drop(out);
    bytes
}

fn write(field: &Field, out: &mut CodedOutputStream<'_>) -> protobuf::Result<()> {
    let number = field.number;
    match &field.value {
        Value::Varint(value) => {
            out.write_tag(number, WireType::Varint)?;
            out.write_raw_varint64(*value)
        }
        Value::Fixed64(value) => out.write_fixed64(number, *value),
        Value::Fixed32(value) => out.write_fixed32(number, *value),
        Value::Bytes(value) => out.write_bytes(number, value),
        Value::Message(fields) => out.write_bytes(number, &encoded(fields)),
        Value::Group(fields) => {
            out.write_tag(number, WireType::StartGroup)?;
            out.write_raw_bytes(&encoded(fields))?;
            out.write_tag(number, WireType::EndGroup)
        }
        Value::Garbage(bytes) => out.write_raw_bytes(bytes),
    }
}

/// Messages of that type that can be read.
pub fn valid(message: &MessageDescriptor) -> BoxedStrategy<Vec<Field>> {
    fields(message, DEPTH)
}

/// Messages of that type after some changes.
pub fn changed(message: &MessageDescriptor) -> BoxedStrategy<Vec<u8>> {
    let changes = vec((any::<Index>(), change()), 0..5);
    let cut = prop_oneof![4 => Just(None), 1 => any::<Index>().prop_map(Some)];
    (valid(message), changes, cut)
        .prop_map(|(mut fields, changes, cut)| {
            for (place, change) in changes {
                let count = count(&fields);
                if count > 0 {
                    apply(&mut fields, &mut place.index(count), &change);
                }
            }
            let mut bytes = encoded(&fields);
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len() + 1));
            }
            bytes
        })
        .boxed()
}

fn fields(message: &MessageDescriptor, depth: u32) -> BoxedStrategy<Vec<Field>> {
    let each: Vec<BoxedStrategy<Vec<Field>>> = message
        .fields()
        .map(|field| {
            let number = u32::try_from(field.number()).unwrap();
            let (element, most) = match field.runtime_field_type() {
                RuntimeFieldType::Singular(element) => (element, 1),
                RuntimeFieldType::Repeated(element) => (element, 3),
                RuntimeFieldType::Map(..) => unreachable!("no contract has a map"),
            };
            let field = value(&element, depth).prop_map(move |value| Field { number, value });
            vec(field, 0..=most).boxed()
        })
        .collect();
    each.prop_map(|fields| fields.concat()).boxed()
}

fn value(element: &RuntimeType, depth: u32) -> BoxedStrategy<Value> {
    match element {
        RuntimeType::I32 | RuntimeType::I64 | RuntimeType::U32 | RuntimeType::U64 => {
            (0..12_u64).prop_map(Value::Varint).boxed()
        }
        RuntimeType::Bool => (0..2_u64).prop_map(Value::Varint).boxed(),
        RuntimeType::Enum(names) => {
            let numbers: Vec<u64> = names
                .values()
                .map(|value| u64::try_from(value.value()).unwrap())
                .collect();
            select(numbers).prop_map(Value::Varint).boxed()
        }
        RuntimeType::F64 => any::<u64>().prop_map(Value::Fixed64).boxed(),
        RuntimeType::F32 => any::<u32>().prop_map(Value::Fixed32).boxed(),
        RuntimeType::String | RuntimeType::VecU8 => {
            let known = ["bookshop.v1.Books", "bookshop.v1.Book.id", "", " ", "Dune"];
            let known = select(known.map(str::to_owned).to_vec());
            let text = prop_oneof![known, any::<String>()];
            text.prop_map(|text| Value::Bytes(text.into_bytes()))
                .boxed()
        }
        RuntimeType::Message(inner) if depth > 0 => {
            fields(inner, depth - 1).prop_map(Value::Message).boxed()
        }
        RuntimeType::Message(_) => Just(Value::Message(Vec::new())).boxed(),
    }
}

fn change() -> impl Strategy<Value = Change> {
    let extreme = select(vec![
        0,
        1,
        i32::MAX.unsigned_abs().into(),
        u32::MAX.into(),
        u64::MAX,
        // The least of 32 bits and of 64.
        0xffff_ffff_8000_0000,
        1 << 63,
        (1 << 63) - 1,
        253_402_300_800,
    ]);
    let integer = prop_oneof![extreme, any::<u64>()];
    let no_text = select(vec![
        vec![0xff, 0xfe],
        vec![0xc0, 0x80],
        vec![0xed, 0xa0, 0x80],
        vec![0],
        b"\xf0\x9f\x93".to_vec(),
        vec![b'x'; 5_000],
    ]);
    prop_oneof![
        Just(Change::Drop),
        (1..200_usize).prop_map(Change::Duplicate),
        Just(Change::MoveToTheEnd),
        prop_oneof![1..20_u32, Just(0x1fff_ffff)].prop_map(Change::Renumber),
        vec(any::<u8>(), 0..30).prop_map(Change::Replace),
        integer.clone().prop_map(Change::Integer),
        integer.prop_map(Change::Fixed64),
        any::<u32>().prop_map(Change::Fixed32),
        no_text.prop_map(Change::Text),
        (1..200_usize).prop_map(Change::Bury),
        (1..200_usize).prop_map(Change::BuryInGroups),
    ]
}

/// How many fields there are, with those of the messages among them.
fn count(fields: &[Field]) -> usize {
    let inner = |field: &Field| match &field.value {
        Value::Message(inner) | Value::Group(inner) => count(inner),
        _ => 0,
    };
    fields.iter().map(|field| 1 + inner(field)).sum()
}

/// Changes the field at that place of all, and whether it was found.
fn apply(fields: &mut Vec<Field>, place: &mut usize, change: &Change) -> bool {
    for index in 0..fields.len() {
        if *place == 0 {
            apply_here(fields, index, change);
            return true;
        }
        *place -= 1;
        if let Value::Message(inner) | Value::Group(inner) = &mut fields[index].value
            && apply(inner, place, change)
        {
            return true;
        }
    }
    false
}

fn apply_here(fields: &mut Vec<Field>, index: usize, change: &Change) {
    let number = fields[index].number;
    let bury = |mut value: Value, depth, around: fn(Vec<Field>) -> Value| {
        for _ in 0..depth {
            value = around(vec![Field { number, value }]);
        }
        value
    };
    let value = fields[index].value.clone();
    fields[index].value = match change {
        Change::Drop => {
            fields.remove(index);
            return;
        }
        Change::Duplicate(times) => {
            let copies = vec![fields[index].clone(); *times];
            fields.splice(index..index, copies);
            return;
        }
        Change::MoveToTheEnd => {
            fields[index..].rotate_left(1);
            return;
        }
        Change::Renumber(number) => {
            fields[index].number = *number;
            return;
        }
        Change::Replace(bytes) => Value::Garbage(bytes.clone()),
        Change::Integer(integer) => Value::Varint(*integer),
        Change::Fixed64(bits) => Value::Fixed64(*bits),
        Change::Fixed32(bits) => Value::Fixed32(*bits),
        Change::Text(bytes) => Value::Bytes(bytes.clone()),
        Change::Bury(depth) => bury(value, *depth, Value::Message),
        Change::BuryInGroups(depth) => bury(value, *depth, Value::Group),
    };
}
