//! What a file's code needs to know of the files that it imports.
//!
//! protobuf-codegen wants a descriptor for every import and finds modules by
//! the last part of a file's name. It is given a stub for each file that
//! defines a type in use: a made-up name, the types in use and nothing in
//! them. The made-up names are replaced by the true modules in what it writes.
//! So a file costs what it uses itself, not what its imports import.
//!
//! Elements with other Rust names than it would give them get a made-up name
//! in the same way.

use std::collections::HashMap;

use protobuf::Message as _;
use protobuf::descriptor::field_descriptor_proto::{Label, Type};
use protobuf::descriptor::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
};

use crate::identifier::capitalize;
use crate::names::renames::{Rename, is_map_entry};
use crate::names::{Names, scope};
use crate::schema::Schema;

/// A file's descriptor over stubs, for protobuf-codegen.
#[derive(Debug)]
pub struct Stubbed {
    /// The stubs, then the file itself.
    pub descriptors: Vec<FileDescriptorProto>,
    /// What the made-up names stand for.
    pub made_up: MadeUp,
}

/// Made-up names: identifiers that start with a tag and end with a number.
#[derive(Debug)]
pub struct MadeUp {
    /// What they start with, a lower-case word that the file does not hold.
    pub tag: String,
    /// The import names of the stubs, by number.
    pub files: Vec<String>,
    /// The elements with other names, by number: the proto's name of each and
    /// its Rust names.
    pub renamed: Vec<(String, Rename)>,
    numbers: HashMap<String, usize>,
}

impl MadeUp {
    /// The module that generated code names for the stub with this number.
    fn module(&self, number: usize) -> String {
        format!("{}i{number}", self.tag)
    }

    /// The name for an element: its own, or a made-up one.
    fn element(&mut self, names: &Names, full_name: &str, proto_name: &str) -> String {
        let Some(rename) = names.renames().get(full_name) else {
            return proto_name.to_owned();
        };
        let number = *self.numbers.entry(full_name.to_owned()).or_insert_with(|| {
            self.renamed.push((proto_name.to_owned(), rename.clone()));
            self.renamed.len() - 1
        });
        let name = format!("{}r{number}", self.tag);
        match rename {
            // protobuf-codegen makes its module from the same name, with a
            // small letter.
            Rename::Type { .. } => capitalize(&name),
            _ => name,
        }
    }
}

/// A descriptor, as code embeds it, over stubs.
pub fn stub(schema: &Schema, file: &FileDescriptorProto) -> Stubbed {
    let tag = tag(file);
    let mut proto = file.clone();
    proto.set_name(format!("{tag}.proto"));
    // Messages do not depend on them.
    proto.service.clear();
    proto.public_dependency.clear();
    proto.weak_dependency.clear();
    let mut stubs = Stubs {
        schema,
        own: file.name(),
        made_up: MadeUp {
            tag,
            files: Vec::new(),
            renamed: Vec::new(),
            numbers: HashMap::new(),
        },
        descriptors: Vec::new(),
    };
    for import in &file.dependency {
        stubs.file(import);
    }
    let direct = stubs.descriptors.len();
    let scope = scope(file.package());
    stubs.messages(&scope, &mut proto.message_type);
    stubs.enums(&scope, &mut proto.enum_type);
    stubs.fields(&scope, &mut proto.extension);
    let Stubs {
        made_up,
        mut descriptors,
        ..
    } = stubs;
    proto.dependency = descriptors[..direct]
        .iter()
        .map(|stub| stub.name().to_owned())
        .collect();
    // What comes through public imports hangs on the first import.
    let (named, reached) = descriptors.split_at_mut(direct);
    if let Some(first) = named.first_mut() {
        for (index, stub) in reached.iter().enumerate() {
            first.dependency.push(stub.name().to_owned());
            first
                .public_dependency
                .push(i32::try_from(index).unwrap_or(i32::MAX));
        }
    }
    descriptors.push(proto);
    Stubbed {
        descriptors,
        made_up,
    }
}

/// A lower-case word that occurs nowhere in a file.
fn tag(file: &FileDescriptorProto) -> String {
    // A descriptor has no required field, so it can be written.
    let bytes = file
        .write_to_bytes()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let mut tag = "pbimport".to_owned();
    while bytes
        .windows(tag.len())
        .any(|window| window == tag.as_bytes())
    {
        tag.push('x');
    }
    tag
}

/// The stubs of one file while its references are turned to them.
struct Stubs<'a> {
    schema: &'a Schema,
    own: &'a str,
    made_up: MadeUp,
    descriptors: Vec<FileDescriptorProto>,
}

impl Stubs<'_> {
    /// The number of the stub for a file, which is added if it is new.
    fn file(&mut self, name: &str) -> usize {
        let files = &mut self.made_up.files;
        if let Some(number) = files.iter().position(|file| file == name) {
            return number;
        }
        files.push(name.to_owned());
        let number = files.len() - 1;
        let module = self.made_up.module(number);
        let mut stub = FileDescriptorProto::new();
        stub.set_name(format!("{module}.proto"));
        stub.set_package(module);
        self.descriptors.push(stub);
        number
    }

    /// The name of an element of the file.
    fn name(&mut self, scope: &str, proto_name: &str) -> String {
        let full_name = format!("{scope}.{proto_name}");
        self.made_up
            .element(&self.schema.names, &full_name, proto_name)
    }

    fn messages(&mut self, scope: &str, messages: &mut [DescriptorProto]) {
        for message in messages {
            let full_name = format!("{scope}.{}", message.name());
            if !is_map_entry(message) {
                message.set_name(self.name(scope, message.name()));
            }
            for oneof in &mut message.oneof_decl {
                oneof.set_name(self.name(&full_name, oneof.name()));
            }
            self.fields(&full_name, &mut message.field);
            self.fields(&full_name, &mut message.extension);
            self.enums(&full_name, &mut message.enum_type);
            self.messages(&full_name, &mut message.nested_type);
        }
    }

    fn enums(&mut self, scope: &str, enums: &mut [EnumDescriptorProto]) {
        for enumeration in enums {
            let full_name = format!("{scope}.{}", enumeration.name());
            enumeration.set_name(self.name(scope, enumeration.name()));
            for value in &mut enumeration.value {
                value.set_name(self.name(&full_name, value.name()));
            }
        }
    }

    fn fields(&mut self, scope: &str, fields: &mut [FieldDescriptorProto]) {
        for field in fields {
            if field.type_() == Type::TYPE_ENUM && field.has_default_value() {
                let full_name = format!("{}.{}", field.type_name(), field.default_value());
                let value = field.default_value().to_owned();
                field.set_default_value(self.made_up.element(
                    &self.schema.names,
                    &full_name,
                    &value,
                ));
            }
            field.set_name(self.name(scope, field.name()));
            if field.has_type_name()
                && let Some(name) = self.turn(field.type_name())
            {
                field.set_type_name(name);
            }
            if field.has_extendee()
                && let Some(name) = self.turn(field.extendee())
            {
                field.set_extendee(name);
            }
        }
    }

    /// What a type is called among the stubs.
    fn turn(&mut self, full_name: &str) -> Option<String> {
        let schema = self.schema;
        // The entries of maps have no names of their own to be looked up.
        let defined_in = match schema.names.type_name(full_name) {
            Some(type_name) => type_name.file.as_str(),
            None => self.own,
        };
        let definition = &schema.file(defined_in)?.descriptor;
        let scope = scope(definition.package());
        let relative = full_name.strip_prefix(scope.as_str())?.strip_prefix('.')?;
        let mut path = Vec::new();
        let mut prefix = scope.clone();
        for part in relative.split('.') {
            let name = self.name(&prefix, part);
            prefix = format!("{prefix}.{part}");
            path.push((part, name));
        }
        let names: Vec<&str> = path.iter().map(|(_, name)| name.as_str()).collect();
        if defined_in == self.own {
            return Some(format!("{scope}.{}", names.join(".")));
        }
        let number = self.file(defined_in);
        let turned = format!(".{}.{}", self.made_up.module(number), names.join("."));
        let ((first, name), rest) = path.split_first()?;
        let stub = &mut self.descriptors[number];
        if let Some(source) = find(&definition.message_type, first) {
            let target = message_of(&mut stub.message_type, name);
            let full_name = format!("{scope}.{first}");
            let target = (target, source);
            add(schema, target, &full_name, rest, &mut self.made_up);
        } else {
            let source = definition.enum_type.iter().find(|e| e.name() == *first)?;
            let full_name = format!("{scope}.{first}");
            let source = enumeration(schema, source, &full_name, &mut self.made_up);
            add_enum(&mut stub.enum_type, source);
        }
        Some(turned)
    }
}

fn find<'m>(messages: &'m [DescriptorProto], name: &str) -> Option<&'m DescriptorProto> {
    messages.iter().find(|message| message.name() == name)
}

fn add_enum(enums: &mut Vec<EnumDescriptorProto>, enumeration: EnumDescriptorProto) {
    if enums.iter().all(|other| other.name() != enumeration.name()) {
        enums.push(enumeration);
    }
}

/// The message of this name, added if it is new.
fn message_of<'m>(messages: &'m mut Vec<DescriptorProto>, name: &str) -> &'m mut DescriptorProto {
    let index = match messages.iter().position(|message| message.name() == name) {
        Some(index) => index,
        None => {
            let mut message = DescriptorProto::new();
            message.set_name(name.to_owned());
            messages.push(message);
            messages.len() - 1
        }
    };
    &mut messages[index]
}

/// Adds the type at a path below a message to the message's stub.
fn add(
    schema: &Schema,
    (target, source): (&mut DescriptorProto, &DescriptorProto),
    full_name: &str,
    path: &[(&str, String)],
    made_up: &mut MadeUp,
) {
    let Some(((first, name), rest)) = path.split_first() else {
        // is_initialized() of a message asks those of its fields.
        if schema.may_be_incomplete(full_name) && target.field.is_empty() {
            let mut field = FieldDescriptorProto::new();
            field.set_name("required".to_owned());
            field.set_number(1);
            field.set_label(Label::LABEL_REQUIRED);
            field.set_type(Type::TYPE_INT32);
            target.field.push(field);
        }
        return;
    };
    let full_name = format!("{full_name}.{first}");
    if let Some(source) = find(&source.nested_type, first) {
        let target = message_of(&mut target.nested_type, name);
        add(schema, (target, source), &full_name, rest, made_up);
    } else if let Some(source) = source.enum_type.iter().find(|e| e.name() == *first) {
        let source = enumeration(schema, source, &full_name, made_up);
        add_enum(&mut target.enum_type, source);
    }
}

/// A copy of an enum; its first value is the default of fields.
fn enumeration(
    schema: &Schema,
    source: &EnumDescriptorProto,
    full_name: &str,
    made_up: &mut MadeUp,
) -> EnumDescriptorProto {
    let mut copy = source.clone();
    copy.set_name(made_up.element(&schema.names, full_name, source.name()));
    for value in &mut copy.value {
        let value_name = format!("{full_name}.{}", value.name());
        value.set_name(made_up.element(&schema.names, &value_name, value.name()));
    }
    copy
}
