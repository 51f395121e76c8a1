//! Files that bring a descriptor.proto of their own.
//!
//! protoc encodes the options of a run as that file declares them, and reads
//! the bytes as its own descriptor.proto does: what does not fit stays an
//! unknown field, behind the others. prost-reflect reads options only as
//! protoc does, so those of another type have other numbers while they are
//! linked.

use std::collections::{BTreeMap, HashMap, HashSet};

use protobuf::Message as _;
use protobuf::descriptor::SourceCodeInfo;
use protobuf::rt::WireType;
use protox::prost_reflect::prost_types::FileDescriptorProto;
use protox::prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};

use super::load::{self, Parsed};
use super::pools;
use crate::custom_options::{Part, part};
use crate::validate::index;
use crate::wire::{self, Edit};

mod built_in;

/// Of options, those that are not looked up yet.
const UNINTERPRETED_OPTION: u32 = 999;

/// What a descriptor.proto of somebody's own does to the options of a run.
#[derive(Debug)]
pub struct OwnOptions {
    /// protoc's descriptor.proto.
    built_in: DescriptorPool,
    /// By message of options, what numbers stand for.
    stand_ins: HashMap<String, HashMap<u32, u32>>,
}

/// The path of options that protoc's descriptor.proto cannot read.
#[derive(Debug)]
pub struct Unreadable(pub Vec<i32>);

impl OwnOptions {
    /// What the files of a run bring, if they do.
    pub fn new(files: &BTreeMap<String, Parsed>) -> Option<OwnOptions> {
        let (name, _) = files
            .iter()
            .find(|(_, file)| file.has_options && !file.is_built_in)?;
        let mut built_in = DescriptorPool::default();
        built_in
            .add_file_descriptor_proto(load::known_options()?)
            .ok()?;
        let own = pools::types_of(files, name).unwrap_or_default();
        let messages = built_in.all_messages();
        let stand_ins = messages.filter_map(|known| {
            let own = own.get_message_by_name(known.full_name())?;
            let stand_ins = stand_ins(&own, &known);
            (!stand_ins.is_empty()).then(|| (known.name().to_owned(), stand_ins))
        });
        Some(OwnOptions {
            stand_ins: stand_ins.collect(),
            built_in,
        })
    }

    /// Writes the stand-ins into the file that declares the options.
    pub fn hide(&self, file: &mut FileDescriptorProto) {
        if file.package() != "google.protobuf" {
            return;
        }
        for message in &mut file.message_type {
            let Some(stand_ins) = self.stand_ins.get(message.name()) else {
                continue;
            };
            for field in &mut message.field {
                let number = u32::try_from(field.number()).unwrap_or_default();
                let found = stand_ins.iter().find(|(_, real)| **real == number);
                if let Some((stand_in, _)) = found {
                    field.number = i32::try_from(*stand_in).ok();
                }
            }
        }
    }

    /// The bytes of a linked file as protoc reads them. Bytes that are no UTF-8
    /// where protoc has text are characters that stand for them.
    ///
    /// # Errors
    ///
    /// When options have bytes that cannot be read as the message that protoc's
    /// descriptor.proto has there.
    pub fn restore(&self, linked: &[u8], has_options: bool) -> Result<Vec<u8>, Unreadable> {
        const MESSAGE_TYPE: u32 = 4;
        const SOURCE_CODE_INFO: u32 = 9;
        let bytes = self.message("FileDescriptorProto", linked, &[])?;
        Ok(wire::edit(&bytes, |field| {
            match (field.number, field.content) {
                (SOURCE_CODE_INFO, Some(info)) => self.info(info).map_or(Edit::Keep, Edit::Replace),
                (MESSAGE_TYPE, Some(message)) if has_options => {
                    Edit::Replace(self.declaration(message))
                }
                _ => Edit::Keep,
            }
        }))
    }

    fn message(&self, message: &str, bytes: &[u8], path: &[i32]) -> Result<Vec<u8>, Unreadable> {
        let mut counts: HashMap<u32, usize> = HashMap::new();
        let mut unreadable = None;
        let restored = wire::edit(bytes, |field| {
            let (Some(content), Some(part)) = (field.content, part(message, field.number)) else {
                return Edit::Keep;
            };
            let mut path = path.to_vec();
            path.extend(i32::try_from(field.number));
            let restored = match part {
                Part::Options(name) => self.options(name, content).ok_or(Unreadable(path)),
                Part::Message(name) => {
                    let count = counts.entry(field.number).or_default();
                    path.push(index(*count));
                    *count += 1;
                    self.message(name, content, &path)
                }
            };
            restored.map_or_else(
                |error| {
                    unreadable.get_or_insert(error);
                    Edit::Keep
                },
                Edit::Replace,
            )
        });
        unreadable.map_or(Ok(restored), Err)
    }

    fn options(&self, name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
        let message = self.built_in(name)?;
        let mut renumbered: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
        for field in wire::fields(bytes) {
            let number = self.real(name, field.number).unwrap_or(field.number);
            field.write_as(renumbered.entry(number).or_default(), number);
        }
        let renumbered: Vec<u8> = renumbered.into_values().flatten().collect();
        let read = built_in::read(&message, &renumbered)?;
        Some(wire::edit(&read, |field| {
            match (field.number, field.content) {
                (UNINTERPRETED_OPTION, Some(_)) => Edit::Drop,
                _ => Edit::Keep,
            }
        }))
    }

    fn built_in(&self, name: &str) -> Option<MessageDescriptor> {
        let name = format!("google.protobuf.{name}");
        self.built_in.get_message_by_name(&name)
    }

    fn real(&self, message: &str, stand_in: u32) -> Option<u32> {
        self.stand_ins.get(message)?.get(&stand_in).copied()
    }

    /// Source info with the paths that the options have.
    fn info(&self, info: &[u8]) -> Option<Vec<u8>> {
        let mut info = SourceCodeInfo::parse_from_bytes(info).ok()?;
        for location in &mut info.location {
            if let Some((at, name)) = option_of(&location.path)
                && let Some(number) = location.path.get_mut(at)
                && let Some(real) = self.real(name, u32::try_from(*number).unwrap_or_default())
            {
                *number = i32::try_from(real).ok()?;
            }
        }
        info.write_to_bytes().ok()
    }

    /// A message of options with the numbers that its fields have.
    fn declaration(&self, message: &[u8]) -> Vec<u8> {
        const NAME: u32 = 1;
        const FIELD: u32 = 2;
        const NUMBER: u32 = 3;
        let name = wire::fields(message);
        let name = name.iter().find(|field| field.number == NAME);
        let name = name.and_then(|name| std::str::from_utf8(name.content?).ok());
        let name = name.unwrap_or_default();
        let real = |field: &wire::Field<'_>| {
            let number = u32::try_from(field.varint()?).ok()?;
            self.real(name, number).map(u64::from)
        };
        wire::edit(message, |field| match (field.number, field.content) {
            (FIELD, Some(content)) => Edit::Replace(wire::edit(content, |part| {
                let number = real(part).filter(|_| part.number == NUMBER);
                number.map_or(Edit::Keep, Edit::Number)
            })),
            _ => Edit::Keep,
        })
    }
}

/// Where in a path the number of an option is, and the message it is of.
fn option_of(path: &[i32]) -> Option<(usize, &'static str)> {
    let mut message = "FileDescriptorProto";
    let mut at = 0;
    loop {
        let number = u32::try_from(*path.get(at)?).ok()?;
        match part(message, number)? {
            Part::Options(name) => return Some((at + 1, name)),
            Part::Message(name) => message = name,
        }
        at += 2;
    }
}

/// The numbers that stand for those of the fields of another type, so that
/// nothing else has them.
fn stand_ins(own: &MessageDescriptor, known: &MessageDescriptor) -> HashMap<u32, u32> {
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

/// What matters of a field to those that read its bytes; text apart, which
/// has to be UTF-8.
fn wire_kind(field: &FieldDescriptor) -> (bool, WireType, bool) {
    let wire_type = match field.kind() {
        _ if field.is_group() => WireType::StartGroup,
        Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => WireType::Fixed64,
        Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => WireType::Fixed32,
        Kind::String | Kind::Bytes | Kind::Message(_) => WireType::LengthDelimited,
        _ => WireType::Varint,
    };
    let is_repeated = field.is_list() || field.is_map();
    (is_repeated, wire_type, field.kind() == Kind::String)
}
