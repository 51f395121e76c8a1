//! Custom options in encoded descriptors: those that are only for the source
//! (`retention = RETENTION_SOURCE`), and maps in them.

mod elements;
mod encode;
mod strip;

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use protobuf::Message as _;
use protobuf::UnknownValueRef;
use protobuf::descriptor::field_descriptor_proto::{Label, Type};
use protobuf::descriptor::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};
use protobuf::rt::WireType;

use crate::names::renames::is_map_entry;
use crate::parse::ProtoFile;
use crate::validate::join;
use crate::wire;

pub use self::elements::{edit_options, option_of};
pub use self::encode::with_odd_texts;

/// The types of the options that a set of files declares.
#[derive(Debug, Default)]
pub struct CustomOptions {
    /// The index of each file, and the indexes of what it imports.
    files: HashMap<String, usize>,
    imports: Vec<Vec<usize>>,
    /// What is known of a field or an extension, by its message and number.
    /// Several files may give one number to their extensions.
    fields: HashMap<(String, u32), Vec<Field>>,
    /// The messages that stand for the entries of maps, with the key and the
    /// value that an entry has which sets none, encoded.
    map_entries: HashMap<String, [Vec<u8>; 2]>,
    /// The messages that have `message_set_wire_format`.
    message_sets: HashSet<String>,
    /// The index of the file that declares descriptors, if one of the set does.
    declares_descriptors: Option<usize>,
    /// The messages of options in that file.
    messages_of_options: HashSet<String>,
}

/// A field or an extension that matters here.
#[derive(Debug)]
struct Field {
    /// The index of the file that declares an extension.
    file: Option<usize>,
    holds: Holds,
}

/// What a field or an extension is.
#[derive(Debug)]
enum Holds {
    /// For the source alone: a descriptor set leaves it out.
    SourceOnly,
    /// The message of this name; the field may be repeated.
    Message(String, Label),
}

/// The lowest number of an extension of options; those of descriptor.proto
/// itself hold text.
const FIRST_CUSTOM: u32 = 1000;

/// The options that one file can see.
struct Visible<'a> {
    options: &'a CustomOptions,
    file: &'a str,
    /// The indexes of the file, of what it imports, and so on, once needed.
    reachable: OnceCell<HashSet<usize>>,
}

impl<'a> Visible<'a> {
    fn new(options: &'a CustomOptions, file: &'a ProtoFile) -> Visible<'a> {
        Visible {
            options,
            file: file.name(),
            reachable: OnceCell::new(),
        }
    }

    fn field(&self, message: &str, number: u32) -> Option<&'a Holds> {
        let found = self.options.fields.get(&(message.to_owned(), number))?;
        let is_visible = |field: &&Field| {
            let reachable = || self.reachable.get_or_init(|| self.reachable_files());
            field.file.is_none_or(|file| reachable().contains(&file))
        };
        found.iter().find(is_visible).map(|field| &field.holds)
    }

    fn nested(&self, message: &str, number: u32) -> Option<&'a str> {
        match self.field(message, number)? {
            Holds::Message(name, _) => Some(name),
            Holds::SourceOnly => None,
        }
    }

    fn reachable_files(&self) -> HashSet<usize> {
        let mut reachable = HashSet::new();
        let mut left: Vec<usize> = self
            .options
            .files
            .get(self.file)
            .copied()
            .into_iter()
            .collect();
        while let Some(file) = left.pop() {
            if reachable.insert(file) {
                left.extend(self.options.imports.get(file).into_iter().flatten());
            }
        }
        reachable
    }
}

impl CustomOptions {
    /// Collects the options that a set of files declares.
    pub fn new(files: &[ProtoFile]) -> CustomOptions {
        let mut options = CustomOptions::default();
        for (index, file) in files.iter().enumerate() {
            options.files.insert(file.name().to_owned(), index);
            if declares_descriptors(&file.descriptor) {
                options.declares_descriptors = Some(index);
            }
        }
        for (index, file) in files.iter().enumerate() {
            let file = &file.descriptor;
            let imports = file.dependency.iter();
            let imports = imports.filter_map(|name| options.files.get(name).copied());
            let imports = imports.collect();
            options.imports.push(imports);
            options.add_fields(index, None, &file.extension);
            for message in &file.message_type {
                options.add_message(index, file.package(), message);
            }
        }
        options
    }

    // Nesting is at most 32 deep: the parser sees to it.
    fn add_message(&mut self, file: usize, scope: &str, message: &DescriptorProto) {
        let name = join(scope, message.name());
        if is_map_entry(message)
            && let [key, value] = &message.field[..]
        {
            let unset = [unset(key), unset(value)];
            self.map_entries.insert(name.clone(), unset);
        }
        if message.options.message_set_wire_format() {
            self.message_sets.insert(name.clone());
        }
        if self.declares_descriptors == Some(file) && name.ends_with("Options") {
            self.messages_of_options.insert(name.clone());
        }
        self.add_fields(file, Some(&name), &message.field);
        self.add_fields(file, None, &message.extension);
        for nested in &message.nested_type {
            self.add_message(file, &name, nested);
        }
    }

    fn add_fields(&mut self, file: usize, message: Option<&str>, fields: &[FieldDescriptorProto]) {
        const RETENTION: u32 = 17;
        const RETENTION_SOURCE: u64 = 2;
        let file = message.is_none().then_some(file);
        for field in fields {
            let message = message.unwrap_or(field.extendee()).trim_start_matches('.');
            let Ok(number) = u32::try_from(field.number()) else {
                continue;
            };
            let unknown = field.options.special_fields().unknown_fields();
            let holds = if unknown.get(RETENTION) == Some(UnknownValueRef::Varint(RETENTION_SOURCE))
            {
                Holds::SourceOnly
            } else if matches!(field.type_(), Type::TYPE_MESSAGE | Type::TYPE_GROUP) {
                let name = field.type_name().trim_start_matches('.');
                Holds::Message(name.to_owned(), field.label())
            } else {
                continue;
            };
            let known = self.fields.entry((message.to_owned(), number)).or_default();
            known.push(Field { file, holds });
        }
    }
}

/// Whether a file is a copy of descriptor.proto, under whatever name.
fn declares_descriptors(file: &FileDescriptorProto) -> bool {
    let mut messages = file.message_type.iter();
    file.package() == "google.protobuf"
        && messages.any(|message| message.name() == "FileDescriptorProto")
}

/// A field of a map's entry that is not set; entries always have both.
fn unset(field: &FieldDescriptorProto) -> Vec<u8> {
    let number = u32::try_from(field.number()).unwrap_or_default();
    let mut out = Vec::new();
    match field.type_() {
        Type::TYPE_DOUBLE | Type::TYPE_FIXED64 | Type::TYPE_SFIXED64 => {
            wire::write_zeros(&mut out, number, WireType::Fixed64, 8);
        }
        Type::TYPE_FLOAT | Type::TYPE_FIXED32 | Type::TYPE_SFIXED32 => {
            wire::write_zeros(&mut out, number, WireType::Fixed32, 4);
        }
        Type::TYPE_STRING | Type::TYPE_BYTES | Type::TYPE_MESSAGE | Type::TYPE_GROUP => {
            wire::write(&mut out, number, &[]);
        }
        // The first value of an enum in a map is 0.
        _ => wire::write_number(&mut out, number, 0),
    }
    out
}

/// What a field of a message of descriptor.proto holds.
pub enum Part {
    /// Elements.
    Message(&'static str),
    /// Options.
    Options(&'static str),
}

/// What the field with a number of a message of descriptor.proto holds, if that
/// is a message with elements or options.
pub fn part(message: &str, number: u32) -> Option<Part> {
    use Part::{Message, Options};
    Some(match (message, number) {
        ("FileDescriptorProto", 4) | ("DescriptorProto", 3) => Message("DescriptorProto"),
        ("FileDescriptorProto", 5) | ("DescriptorProto", 4) => Message("EnumDescriptorProto"),
        ("FileDescriptorProto", 6) => Message("ServiceDescriptorProto"),
        ("FileDescriptorProto", 7) | ("DescriptorProto", 2 | 6) => Message("FieldDescriptorProto"),
        ("DescriptorProto", 5) => Message("ExtensionRange"),
        ("DescriptorProto", 8) => Message("OneofDescriptorProto"),
        ("EnumDescriptorProto", 2) => Message("EnumValueDescriptorProto"),
        ("ServiceDescriptorProto", 2) => Message("MethodDescriptorProto"),
        ("FileDescriptorProto", 8) => Options("FileOptions"),
        ("DescriptorProto", 7) => Options("MessageOptions"),
        ("ExtensionRange", 3) => Options("ExtensionRangeOptions"),
        ("FieldDescriptorProto", 8) => Options("FieldOptions"),
        ("OneofDescriptorProto", 2) => Options("OneofOptions"),
        ("EnumDescriptorProto", 3) => Options("EnumOptions"),
        ("EnumValueDescriptorProto", 3) => Options("EnumValueOptions"),
        ("ServiceDescriptorProto", 3) => Options("ServiceOptions"),
        ("MethodDescriptorProto", 4) => Options("MethodOptions"),
        _ => return None,
    })
}
