//! Files that bring a descriptor.proto of their own.
//!
//! protoc encodes the options of a run as that file declares them, and reads
//! the bytes as its own descriptor.proto does: what does not fit stays an
//! unknown field, behind the others. Where that file declares files, too, it
//! reads and writes them as that has them, and then as its own has them.
//!
//! prost-reflect reads options only as protoc does, so those of another type
//! have other numbers while they are linked.

use std::collections::{BTreeMap, HashMap, HashSet};

use protobuf::Message as _;
use protobuf::descriptor::SourceCodeInfo;
use protox::prost::Message as _;
use protox::prost_reflect::prost_types::FileDescriptorProto;
use protox::prost_reflect::{DescriptorPool, Kind, MessageDescriptor};

use self::differences::{missing, stand_ins};
use super::load::{self, Parsed};
use super::pools;
use crate::custom_options::{Part, edit_options, option_of, part};
use crate::leniency::Linking;
use crate::wire::{self, Edit};

mod differences;
mod reading;
mod statements;

pub use self::statements::Statements;

/// The file with elements and options.
const FILE: &str = "FileDescriptorProto";

/// Of options, those that are not looked up yet.
const UNINTERPRETED_OPTION: u32 = 999;

/// What a descriptor.proto of somebody's own does to the options of a run.
#[derive(Debug)]
pub struct OwnOptions {
    /// protoc's descriptor.proto.
    built_in: DescriptorPool,
    /// By message of options, what numbers stand for.
    stand_ins: HashMap<String, HashMap<u32, u32>>,
    /// What protoc's has, with elements or options, and this one has not.
    missing: HashSet<(String, u32)>,
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
            missing: missing(&own, &built_in),
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

    /// What the statements of a file set, where protoc does not make one message
    /// of them.
    pub fn statements(
        &self,
        file: &FileDescriptorProto,
        linking: &Linking,
        pool: &DescriptorPool,
    ) -> Option<Statements> {
        if self.stand_ins.is_empty() && self.missing.is_empty() {
            return None;
        }
        let mut is_split = false;
        edit_options(&file.encode_to_vec(), &mut |path, name, _| {
            is_split |= self.stand_ins.contains_key(name) || self.is_missing(path);
            Edit::Keep
        });
        let found = is_split.then(|| statements::statements(self, file, linking, pool));
        found.flatten()
    }

    /// Whether this descriptor.proto does not know of the options at a path.
    fn is_missing(&self, path: &[i32]) -> bool {
        let mut message = FILE;
        path.iter().step_by(2).any(|number| {
            let number = u32::try_from(*number).unwrap_or_default();
            let is_missing = self.missing.contains(&(message.to_owned(), number));
            if let Some(Part::Message(name)) = part(message, number) {
                message = name;
            }
            is_missing
        })
    }

    /// The bytes of a file that is linked in a pool, as protoc reads them. Bytes
    /// that are no UTF-8 where protoc has text are characters that stand for
    /// them.
    ///
    /// # Errors
    ///
    /// When options have bytes that cannot be read as the message that protoc's
    /// descriptor.proto has there.
    pub fn restore(
        &self,
        linked: &[u8],
        statements: Option<&Statements>,
        pool: &DescriptorPool,
        has_options: bool,
    ) -> Result<Vec<u8>, Unreadable> {
        const MESSAGE_TYPE: u32 = 4;
        const SOURCE_CODE_INFO: u32 = 9;
        let mut unreadable = None;
        let mut bytes = edit_options(linked, &mut |path, name, options| {
            let full_name = format!("google.protobuf.{name}");
            let declared = pool.get_message_by_name(&full_name);
            let statements = statements.and_then(|statements| statements.get(path));
            let options = match (statements, declared) {
                (Some(statements), _) => statements.clone(),
                (None, Some(message)) => self.renumbered(&message, options),
                (None, None) => options.to_vec(),
            };
            self.options(name, &options).map_or_else(
                || {
                    unreadable.get_or_insert(Unreadable(path.to_vec()));
                    Edit::Keep
                },
                Edit::Replace,
            )
        });
        if let Some(unreadable) = unreadable {
            return Err(unreadable);
        }
        if statements.is_some() {
            bytes = self
                .read_twice(&bytes, pool)
                .ok_or(Unreadable(Vec::new()))?;
        }
        if let Some(file) = self.built_in(FILE) {
            bytes = reading::with_characters(&file, &bytes);
        }
        Ok(wire::edit(&bytes, |field| {
            match (field.number, field.content) {
                (SOURCE_CODE_INFO, Some(info)) => {
                    self.info(info, pool).map_or(Edit::Keep, Edit::Replace)
                }
                (MESSAGE_TYPE, Some(message)) if has_options => {
                    Edit::Replace(self.declaration(message))
                }
                _ => Edit::Keep,
            }
        }))
    }

    /// A file as this descriptor.proto reads it, and then protoc's.
    fn read_twice(&self, file: &[u8], pool: &DescriptorPool) -> Option<Vec<u8>> {
        const SOURCE_CODE_INFO: u32 = 9;
        let Some(own) = pool.get_message_by_name(&format!("google.protobuf.{FILE}")) else {
            return Some(file.to_vec());
        };
        let (info, rest): (Vec<_>, Vec<_>) = wire::fields(file)
            .into_iter()
            .partition(|field| field.number == SOURCE_CODE_INFO);
        let joined = |fields: &[wire::Field<'_>]| -> Vec<u8> {
            fields.iter().flat_map(|field| field.raw).copied().collect()
        };
        let read = reading::read(&own, &joined(&rest), &|message, number| {
            let stand_in = self.stand_in(message, number);
            reading::declared(message, stand_in.unwrap_or(number))
        })?;
        let mut read = reading::read(&self.built_in(FILE)?, &read, &reading::declared)?;
        read.extend(joined(&info));
        Some(read)
    }

    fn options(&self, name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
        let read = reading::read(&self.built_in(name)?, bytes, &reading::declared)?;
        Some(wire::edit(&read, |field| {
            match (field.number, field.content) {
                (UNINTERPRETED_OPTION, Some(_)) => Edit::Drop,
                _ => Edit::Keep,
            }
        }))
    }

    /// An encoded message with the numbers that its fields have, by which they
    /// are sorted.
    fn renumbered(&self, message: &MessageDescriptor, bytes: &[u8]) -> Vec<u8> {
        let mut renumbered: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
        for field in wire::fields(bytes) {
            let number = self.real(message.full_name(), field.number);
            let number = number.unwrap_or(field.number);
            let out = renumbered.entry(number).or_default();
            let nested = reading::declared(message, field.number).map(|found| found.kind);
            match (nested, field.content, field.group) {
                (Some(Kind::Message(nested)), Some(content), _) => {
                    wire::write(out, number, &self.renumbered(&nested, content));
                }
                (Some(Kind::Message(nested)), _, Some(group)) => {
                    wire::write_group(out, number, &self.renumbered(&nested, group));
                }
                _ => field.write_as(out, number),
            }
        }
        renumbered.into_values().flatten().collect()
    }

    fn built_in(&self, name: &str) -> Option<MessageDescriptor> {
        let name = format!("google.protobuf.{name}");
        self.built_in.get_message_by_name(&name)
    }

    /// The number that another one stands for in a message of options.
    fn real(&self, message: &str, stand_in: u32) -> Option<u32> {
        let name = message.strip_prefix("google.protobuf.").unwrap_or(message);
        self.stand_ins.get(name)?.get(&stand_in).copied()
    }

    /// The other way round.
    fn stand_in(&self, message: &MessageDescriptor, real: u32) -> Option<u32> {
        let name = message.full_name().strip_prefix("google.protobuf.")?;
        let mut stand_ins = self.stand_ins.get(name)?.iter();
        let found = stand_ins.find(|(_, number)| **number == real);
        found.map(|(stand_in, _)| *stand_in)
    }

    /// Source info with the paths that the options have.
    fn info(&self, info: &[u8], pool: &DescriptorPool) -> Option<Vec<u8>> {
        let mut info = SourceCodeInfo::parse_from_bytes(info).ok()?;
        for location in &mut info.location {
            self.renumber(&mut location.path, pool);
        }
        info.write_to_bytes().ok()
    }

    /// Gives the path of an option the numbers that its parts have.
    fn renumber(&self, path: &mut [i32], pool: &DescriptorPool) -> Option<()> {
        let (mut at, name) = option_of(path)?;
        let mut message = pool.get_message_by_name(&format!("google.protobuf.{name}"))?;
        loop {
            let part = path.get_mut(at)?;
            let number = u32::try_from(*part).ok()?;
            let found = reading::declared(&message, number)?;
            if let Some(real) = self.real(message.full_name(), number) {
                *part = i32::try_from(real).ok()?;
            }
            message = found.kind.as_message()?.clone();
            at += 1 + usize::from(found.is_list);
        }
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
