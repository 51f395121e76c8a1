//! Rust names that protobuf-codegen may get wrong, and what they are called
//! instead.
//!
//! It names each element by itself: two elements may get one name, a name may
//! be one that the code around it needs, and some names are no identifiers or
//! keywords, of which it knows most, but not everywhere. Here every name is
//! worked out beforehand, and where it would not compile, the element gets a
//! `_` behind its name, as often as it takes. Elements that keep their name as
//! it is come first, then those in the order of the file, so that adding an
//! element at the end renames no other.

use std::collections::{HashMap, HashSet};

use protobuf::descriptor::field_descriptor_proto::{Label, Type};
use protobuf::descriptor::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
};
use protobuf::rustproto::exts;

use crate::identifier::{capitalize, escape, is_identifier, nested_module, variant};

/// The elements with other names than protobuf-codegen gives them, by full
/// name, which starts with a dot; an enum value is below its enum.
#[derive(Debug, Default)]
pub struct Renames(HashMap<String, Rename>);

/// The Rust names of one element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rename {
    /// A message or an enum.
    Type {
        /// The struct or enum.
        name: String,
        /// The module of what is nested in a message.
        module: String,
    },
    /// A field or an extension.
    Field {
        /// The struct's field, or the getter.
        name: String,
        /// What the accessors have behind `set_` and the like.
        stem: String,
        /// The variant, for a field of a oneof.
        variant: String,
    },
    /// A oneof.
    Oneof {
        /// The struct's field.
        name: String,
        /// The enum.
        type_name: String,
    },
    /// An enum value.
    Value {
        /// The variant.
        name: String,
    },
}

/// Whether every field of a file gets accessors, beyond those that
/// protobuf-codegen gives by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accessors {
    /// Only proto2's singular fields and those of oneofs.
    Default,
    /// All fields, as an option says.
    All,
}

impl Renames {
    /// The element's other names, if it has any.
    pub fn get(&self, full_name: &str) -> Option<&Rename> {
        self.0.get(full_name)
    }

    /// Works out the names in one file.
    pub fn add(&mut self, file: &FileDescriptorProto, scope: &str, accessors: Accessors) {
        let accessors = match asks_for_accessors(file) {
            true => Accessors::All,
            false => accessors,
        };
        let mut taken = Taken::default();
        if !file.extension.is_empty() {
            taken.insert("exts");
            let mut constants = Taken::default();
            for field in &file.extension {
                let name = constants.identifier(escape(field.name().to_owned()));
                self.field(scope, field.name(), [&name, &name, &name], false);
            }
        }
        self.types(&file.message_type, &file.enum_type, scope, &mut taken);
        let file_wide = FileWide {
            proto2: file.syntax() != "proto3",
            accessors,
        };
        for message in &file.message_type {
            self.message(message, &format!("{scope}.{}", message.name()), file_wide);
        }
        for enumeration in &file.enum_type {
            self.values(enumeration, &format!("{scope}.{}", enumeration.name()));
        }
    }

    /// The names of the messages and enums of one scope.
    fn types(
        &mut self,
        messages: &[DescriptorProto],
        enums: &[EnumDescriptorProto],
        scope: &str,
        taken: &mut Taken,
    ) {
        let messages = messages.iter().filter(|message| !is_map_entry(message));
        let all: Vec<(&str, Option<&DescriptorProto>)> = messages
            .map(|message| (message.name(), Some(message)))
            .chain(enums.iter().map(|enumeration| (enumeration.name(), None)))
            .collect();
        for exact in [true, false] {
            for (proto_name, message) in &all {
                let default = escape(capitalize(proto_name));
                if (default == *proto_name) != exact {
                    continue;
                }
                let name = taken.identifier(default.clone());
                let default_module = escape(nested_module(proto_name));
                let module = match message {
                    Some(message) if has_module(message) => {
                        taken.identifier(default_module.clone())
                    }
                    _ => default_module.clone(),
                };
                if name != capitalize(proto_name) || module != nested_module(proto_name) {
                    let rename = Rename::Type { name, module };
                    self.0.insert(format!("{scope}.{proto_name}"), rename);
                }
            }
        }
    }

    /// The names in one message and in what is nested in it.
    fn message(&mut self, message: &DescriptorProto, scope: &str, file: FileWide) {
        if is_map_entry(message) {
            return;
        }
        let mut nested = Taken::default();
        self.types(&message.nested_type, &message.enum_type, scope, &mut nested);
        let mut members = Members::new();
        for (index, oneof) in message.oneof_decl.iter().enumerate() {
            let fields: Vec<&FieldDescriptorProto> = message
                .field
                .iter()
                .filter(|field| real_oneof(field) == Some(index))
                .collect();
            if fields.is_empty() {
                // proto3's `optional` makes a oneof that has no code.
                continue;
            }
            let name = members.field(escape(oneof.name().to_owned()));
            let type_name = nested.identifier(escape(capitalize(oneof.name())));
            if name != oneof.name() || type_name != capitalize(oneof.name()) {
                let rename = Rename::Oneof { name, type_name };
                self.0.insert(format!("{scope}.{}", oneof.name()), rename);
            }
            let mut variants = Taken::default();
            for field in fields {
                let variant = variants.identifier(escape(variant(field.name())));
                let (name, stem) = members.accessors(field, true, file);
                self.field(scope, field.name(), [&name, &stem, &variant], true);
            }
        }
        for field in message
            .field
            .iter()
            .filter(|field| real_oneof(field).is_none())
        {
            let (name, stem) = members.accessors(field, false, file);
            self.field(scope, field.name(), [&name, &stem, ""], false);
        }
        for nested in &message.nested_type {
            self.message(nested, &format!("{scope}.{}", nested.name()), file);
        }
        for enumeration in &message.enum_type {
            self.values(enumeration, &format!("{scope}.{}", enumeration.name()));
        }
    }

    fn field(&mut self, scope: &str, proto_name: &str, names: [&str; 3], in_oneof: bool) {
        let [name, stem, variant_name] = names.map(str::to_owned);
        if name != proto_name
            || stem != proto_name
            || in_oneof && variant_name != variant(proto_name)
        {
            let rename = Rename::Field {
                name,
                stem,
                variant: variant_name,
            };
            self.0.insert(format!("{scope}.{proto_name}"), rename);
        }
    }

    fn values(&mut self, enumeration: &EnumDescriptorProto, scope: &str) {
        let mut taken = Taken::default();
        // Generated code calls them, and a variant would come first.
        taken.insert("enum_descriptor");
        taken.insert("generated_enum_descriptor_data");
        for value in &enumeration.value {
            let name = taken.identifier(escape(value.name().to_owned()));
            if name != value.name() {
                let full_name = format!("{scope}.{}", value.name());
                self.0.insert(full_name, Rename::Value { name });
            }
        }
    }
}

/// What holds for all messages of a file.
#[derive(Clone, Copy)]
struct FileWide {
    proto2: bool,
    accessors: Accessors,
}

/// Names that are taken in one namespace.
#[derive(Default)]
struct Taken(HashSet<String>);

impl Taken {
    fn insert(&mut self, name: &str) {
        self.0.insert(name.to_owned());
    }

    /// The name, or the next one with `_` behind it that is free and an
    /// identifier.
    fn identifier(&mut self, mut name: String) -> String {
        if !is_identifier(&name) {
            name.insert(0, '_');
        }
        while !is_identifier(&name) || PRIMITIVES.contains(&name.as_str()) || self.0.contains(&name)
        {
            name.push('_');
        }
        self.0.insert(name.clone());
        name
    }
}

/// Types that generated code names without a path: a module of that name would
/// hide them.
const PRIMITIVES: &[&str] = &[
    "bool", "f32", "f64", "i32", "i64", "str", "u32", "u64", "u8", "usize",
];

/// The names in a message's struct and its `impl`.
struct Members {
    fields: HashSet<String>,
    functions: HashSet<String>,
}

impl Members {
    fn new() -> Members {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Members {
            fields: set(&["special_fields"]),
            // The `impl` has some of these; the others are called on messages
            // by generated code, and a function of the struct would come
            // before the trait's.
            functions: set(&[
                "new",
                "generated_message_descriptor_data",
                "is_initialized",
                "compute_size",
                "cached_size",
            ]),
        }
    }

    /// A name for the struct's field of a oneof.
    fn field(&mut self, mut name: String) -> String {
        while !is_identifier(&name) || !self.fields.insert(name.clone()) {
            name.push('_');
        }
        name
    }

    /// A name for a field and its accessors, and what the accessors have behind
    /// `set_` and the like.
    fn accessors(
        &mut self,
        field: &FieldDescriptorProto,
        in_oneof: bool,
        file: FileWide,
    ) -> (String, String) {
        let mut stem = field.name().to_owned();
        let mut name = escape(stem.clone());
        loop {
            let functions = accessors(field, &name, &stem, in_oneof, file);
            if is_identifier(&name)
                && (in_oneof || !self.fields.contains(&name))
                && functions.iter().all(|name| !self.functions.contains(name))
            {
                if !in_oneof {
                    self.fields.insert(name.clone());
                }
                self.functions.extend(functions);
                return (name, stem);
            }
            if name == stem {
                name.push('_');
            }
            stem.clone_from(&name);
        }
    }
}

/// The functions that protobuf-codegen gives a field.
fn accessors(
    field: &FieldDescriptorProto,
    name: &str,
    stem: &str,
    in_oneof: bool,
    file: FileWide,
) -> Vec<String> {
    let repeated = field.label() == Label::LABEL_REPEATED;
    let by_default = file.proto2 && !repeated && field.type_() != Type::TYPE_MESSAGE;
    let all = by_default || in_oneof || file.accessors == Accessors::All;
    if !all {
        return Vec::new();
    }
    let by_reference = repeated
        || matches!(
            field.type_(),
            Type::TYPE_MESSAGE | Type::TYPE_STRING | Type::TYPE_BYTES
        );
    let mut functions = vec![
        name.to_owned(),
        format!("set_{stem}"),
        format!("clear_{stem}"),
    ];
    if !repeated {
        functions.push(format!("has_{stem}"));
    }
    if by_reference {
        functions.extend([format!("mut_{stem}"), format!("take_{stem}")]);
    }
    functions
}

/// Whether an option of rustproto.proto in the file asks for accessors.
fn asks_for_accessors(file: &FileDescriptorProto) -> bool {
    fn message_asks(message: &DescriptorProto) -> bool {
        let options = message.options.get_or_default();
        exts::generate_accessors.get(options) == Some(true)
            || exts::generate_getter.get(options) == Some(true)
            || message.field.iter().any(|field| {
                let options = field.options.get_or_default();
                exts::generate_accessors_field.get(options) == Some(true)
                    || exts::generate_getter_field.get(options) == Some(true)
            })
            || message.nested_type.iter().any(message_asks)
    }
    let options = file.options.get_or_default();
    exts::generate_accessors_all.get(options) == Some(true)
        || exts::generate_getter_all.get(options) == Some(true)
        || file.message_type.iter().any(message_asks)
}

/// The oneof of a field, unless it was only made for proto3's `optional`.
fn real_oneof(field: &FieldDescriptorProto) -> Option<usize> {
    // Groups have no code.
    if !field.has_oneof_index() || field.proto3_optional() || field.type_() == Type::TYPE_GROUP {
        return None;
    }
    usize::try_from(field.oneof_index()).ok()
}

/// Whether a message stands for the entries of a map, which have no code.
pub fn is_map_entry(message: &DescriptorProto) -> bool {
    message.options.get_or_default().map_entry()
}

/// Whether a message gets a module for what is nested in it.
fn has_module(message: &DescriptorProto) -> bool {
    !message.enum_type.is_empty()
        || message
            .nested_type
            .iter()
            .any(|nested| !is_map_entry(nested))
        || message
            .field
            .iter()
            .any(|field| real_oneof(field).is_some())
}
