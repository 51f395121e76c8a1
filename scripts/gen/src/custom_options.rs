//! Custom options in encoded descriptors: those that are only for the source
//! (`retention = RETENTION_SOURCE`), and maps in them.

use std::collections::{HashMap, HashSet};

use protobuf::Message as _;
use protobuf::UnknownValueRef;
use protobuf::descriptor::field_descriptor_proto::Type;
use protobuf::descriptor::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto};
use protobuf::rt::WireType;

use crate::leniency;
use crate::names::renames::is_map_entry;
use crate::parse::ProtoFile;
use crate::validate::join;
use crate::wire::{self, Edit};

/// The types of the options that a set of files declares.
#[derive(Debug)]
pub struct CustomOptions {
    /// Message and number of each field, and of each extension, that a
    /// descriptor set leaves out.
    dropped: HashSet<(String, u32)>,
    /// The messages in fields, by the field's message and number.
    nested: HashMap<(String, u32), String>,
    /// The messages that stand for the entries of maps, with the key and the
    /// value that an entry has which sets none, encoded.
    map_entries: HashMap<String, [Vec<u8>; 2]>,
    /// The number of the first value of enums where it is not 0.
    first_values: HashMap<String, i32>,
    /// The messages that have `message_set_wire_format`.
    message_sets: HashSet<String>,
}

/// The lowest number of an extension of options; those of descriptor.proto
/// itself hold text.
const FIRST_CUSTOM: u32 = 1000;

/// Those of descriptor.proto, which few files import.
const BUILT_IN: [(&str, u32); 2] = [
    // `declaration` and `verification`
    ("google.protobuf.ExtensionRangeOptions", 2),
    ("google.protobuf.ExtensionRangeOptions", 3),
];

impl CustomOptions {
    /// Collects the options that a set of files declares.
    pub fn new(files: &[ProtoFile]) -> CustomOptions {
        let mut options = CustomOptions {
            dropped: BUILT_IN
                .iter()
                .map(|(message, number)| ((*message).to_owned(), *number))
                .collect(),
            nested: HashMap::new(),
            map_entries: HashMap::new(),
            first_values: HashMap::new(),
            message_sets: HashSet::new(),
        };
        let files = || files.iter().map(|file| &file.descriptor);
        for file in files() {
            options.add_enums(file.package(), &file.enum_type);
            for message in &file.message_type {
                options.add_enums_of(file.package(), message);
            }
        }
        for file in files() {
            options.add_fields(None, &file.extension);
            for message in &file.message_type {
                options.add_message(file.package(), message);
            }
        }
        options
    }

    fn add_enums(&mut self, scope: &str, enums: &[EnumDescriptorProto]) {
        for enumeration in enums {
            if let Some(number) = enumeration.value.first().map(|value| value.number())
                && number != 0
            {
                self.first_values
                    .insert(join(scope, enumeration.name()), number);
            }
        }
    }

    // Nesting is at most 32 deep: the parser sees to it.
    fn add_enums_of(&mut self, scope: &str, message: &DescriptorProto) {
        let name = join(scope, message.name());
        self.add_enums(&name, &message.enum_type);
        for nested in &message.nested_type {
            self.add_enums_of(&name, nested);
        }
    }

    fn add_message(&mut self, scope: &str, message: &DescriptorProto) {
        let name = join(scope, message.name());
        if is_map_entry(message)
            && let [key, value] = &message.field[..]
        {
            let unset = [self.unset(key), self.unset(value)];
            self.map_entries.insert(name.clone(), unset);
        }
        if message.options.message_set_wire_format() {
            self.message_sets.insert(name.clone());
        }
        self.add_fields(Some(&name), &message.field);
        self.add_fields(None, &message.extension);
        for nested in &message.nested_type {
            self.add_message(&name, nested);
        }
    }

    /// A field of a map's entry that is not set; entries always have both.
    fn unset(&self, field: &FieldDescriptorProto) -> Vec<u8> {
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
            _ => {
                let name = field.type_name().trim_start_matches('.');
                let first = self.first_values.get(name).copied().unwrap_or_default();
                let first = u64::from_ne_bytes(i64::from(first).to_ne_bytes());
                wire::write_number(&mut out, number, first);
            }
        }
        out
    }

    fn add_fields(&mut self, message: Option<&str>, fields: &[FieldDescriptorProto]) {
        const RETENTION: u32 = 17;
        const RETENTION_SOURCE: u64 = 2;
        for field in fields {
            let message = message.unwrap_or(field.extendee()).trim_start_matches('.');
            let Ok(number) = u32::try_from(field.number()) else {
                continue;
            };
            let key = (message.to_owned(), number);
            let unknown = field.options.special_fields().unknown_fields();
            if unknown.get(RETENTION) == Some(UnknownValueRef::Varint(RETENTION_SOURCE)) {
                self.dropped.insert(key);
            } else if matches!(field.type_(), Type::TYPE_MESSAGE | Type::TYPE_GROUP) {
                let name = field.type_name().trim_start_matches('.').to_owned();
                self.nested.insert(key, name);
            }
        }
    }

    /// An encoded `FileDescriptorProto` without them, and the paths that they
    /// had in its source info.
    pub fn strip(&self, file: &[u8]) -> (Vec<u8>, HashSet<Vec<i32>>) {
        let mut paths = HashSet::new();
        let stripped = self.strip_message("FileDescriptorProto", file, &[], &mut paths);
        (stripped, paths)
    }

    /// An encoded `FileDescriptorProto` with its options as protoc encodes them:
    /// the entries of maps whole, the items of MessageSets as groups, and texts
    /// that are no UTF-8 as they are.
    pub fn encode(&self, file: &ProtoFile) -> Vec<u8> {
        let encoder = Encoder {
            options: self,
            has_odd_strings: file.has_odd_strings,
        };
        encoder.message("FileDescriptorProto", &file.encoded)
    }

    /// Strips the options below a message of descriptor.proto.
    fn strip_message(
        &self,
        message: &str,
        bytes: &[u8],
        path: &[i32],
        paths: &mut HashSet<Vec<i32>>,
    ) -> Vec<u8> {
        let mut counts: HashMap<u32, i32> = HashMap::new();
        wire::edit(bytes, |field| {
            let (Some(content), Some(part)) = (field.content, part(message, field.number)) else {
                return Edit::Keep;
            };
            let mut path = path.to_vec();
            path.extend(i32::try_from(field.number));
            match part {
                Part::Options(name) => {
                    let name = format!("google.protobuf.{name}");
                    let stripped = self.strip_options(&name, content, &path, paths);
                    if stripped.is_empty() && !content.is_empty() {
                        paths.insert(path);
                        Edit::Drop
                    } else {
                        Edit::Replace(stripped)
                    }
                }
                Part::Message(name) => {
                    let count = counts.entry(field.number).or_default();
                    path.push(*count);
                    *count += 1;
                    Edit::Replace(self.strip_message(name, content, &path, paths))
                }
            }
        })
    }

    /// Strips options, and the messages in them.
    fn strip_options(
        &self,
        message: &str,
        bytes: &[u8],
        path: &[i32],
        paths: &mut HashSet<Vec<i32>>,
    ) -> Vec<u8> {
        wire::edit(bytes, |field| {
            let key = (message.to_owned(), field.number);
            let mut path = path.to_vec();
            path.extend(i32::try_from(field.number));
            if self.dropped.contains(&key) {
                paths.insert(path);
                return Edit::Drop;
            }
            match (self.nested.get(&key), field.content) {
                (Some(nested), Some(content)) => {
                    Edit::Replace(self.strip_options(nested, content, &path, paths))
                }
                _ => Edit::Keep,
            }
        })
    }
}

/// Encodes the options of a file.
struct Encoder<'a> {
    options: &'a CustomOptions,
    has_odd_strings: bool,
}

impl Encoder<'_> {
    fn message(&self, message: &str, bytes: &[u8]) -> Vec<u8> {
        wire::edit(bytes, |field| {
            match (field.content, part(message, field.number)) {
                (Some(content), Some(Part::Options(name))) => {
                    Edit::Replace(self.options(&format!("google.protobuf.{name}"), content))
                }
                (Some(content), Some(Part::Message(name))) => {
                    Edit::Replace(self.message(name, content))
                }
                _ => Edit::Keep,
            }
        })
    }

    fn options(&self, message: &str, bytes: &[u8]) -> Vec<u8> {
        let nested = |number: u32| {
            let key = (message.to_owned(), number);
            self.options.nested.get(&key)
        };
        let is_custom =
            |number: u32| number >= FIRST_CUSTOM || !message.starts_with("google.protobuf.");
        let is_set = self.options.message_sets.contains(message);
        let mut encoded = wire::edit(bytes, |field| match (nested(field.number), field.content) {
            (Some(nested), Some(content)) if is_set => {
                Edit::Raw(item(field.number, &self.options(nested, content)))
            }
            (Some(nested), Some(content)) => Edit::Replace(self.options(nested, content)),
            (Some(nested), None) => field.group.map_or(Edit::Keep, |group| {
                let mut out = Vec::new();
                wire::write_group(&mut out, field.number, &self.options(nested, group));
                Edit::Raw(out)
            }),
            (None, Some(content)) if self.has_odd_strings && is_custom(field.number) => {
                leniency::restored_bytes(content).map_or(Edit::Keep, Edit::Replace)
            }
            _ => Edit::Keep,
        });
        if let Some([key, value]) = self.options.map_entries.get(message) {
            let has = |number: u32| wire::fields(&encoded).iter().any(|f| f.number == number);
            let (has_key, has_value) = (has(1), has(2));
            if !has_key {
                encoded.splice(..0, key.iter().copied());
            }
            if !has_value {
                encoded.extend_from_slice(value);
            }
        }
        encoded
    }
}

/// An encoded `FileDescriptorProto` whose texts are those of the source, even
/// where they are no UTF-8. rust-protobuf cannot read it.
pub fn with_odd_texts(file: &[u8]) -> Vec<u8> {
    odd_texts_in("FileDescriptorProto", file)
}

fn odd_texts_in(message: &str, bytes: &[u8]) -> Vec<u8> {
    let text = |field: &wire::Field<'_>| {
        let content = field.content.filter(|_| field.number < FIRST_CUSTOM);
        let text = content.and_then(leniency::restored_bytes);
        text.map_or(Edit::Keep, Edit::Replace)
    };
    wire::edit(bytes, |field| {
        match (field.content, part(message, field.number)) {
            (Some(content), Some(Part::Options(_))) => Edit::Replace(wire::edit(content, text)),
            (Some(content), Some(Part::Message(name))) => {
                Edit::Replace(odd_texts_in(name, content))
            }
            _ => text(field),
        }
    })
}

/// An item of a MessageSet: a group 1 with the number as field 2 and the
/// message as field 3.
fn item(number: u32, message: &[u8]) -> Vec<u8> {
    const START: u8 = 1 << 3 | 3;
    const END: u8 = 1 << 3 | 4;
    let mut item = vec![START];
    wire::write_number(&mut item, 2, number.into());
    wire::write(&mut item, 3, message);
    item.push(END);
    item
}

enum Part {
    Message(&'static str),
    Options(&'static str),
}

/// What a field of a message of descriptor.proto holds.
fn part(message: &str, number: u32) -> Option<Part> {
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
