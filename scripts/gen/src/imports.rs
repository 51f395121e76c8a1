//! What a file's code needs to know of the files that it imports.
//!
//! protobuf-codegen wants a descriptor for every import and finds modules by
//! the last part of a file's name. It is given a stub for each file that
//! defines a type in use: a made-up name, the types in use and nothing in
//! them. The made-up names are replaced by the true modules in what it writes.
//! So a file costs what it uses itself, not what its imports import.

use std::collections::{HashMap, HashSet};

use protobuf::descriptor::field_descriptor_proto::{Label, Type};
use protobuf::descriptor::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};

use crate::names::Names;
use crate::parse::{FileSet, ProtoFile};

/// All files of a set, and what a stub must keep of their messages.
#[derive(Debug)]
pub struct Imports<'a> {
    files: HashMap<&'a str, &'a ProtoFile>,
    names: &'a Names,
    /// Full names of messages that may lack a required field.
    incomplete: HashSet<String>,
}

/// A file's descriptor over stubs, for protobuf-codegen.
#[derive(Debug)]
pub struct Stubbed {
    /// The stubs, then the file itself.
    pub descriptors: Vec<FileDescriptorProto>,
    /// The true import name of each stub: the stub at `index` generates paths
    /// through a module that [`stub_module`] names.
    pub files: Vec<String>,
}

/// The module that generated code names for the stub at an index.
pub fn stub_module(tag: &str, index: usize) -> String {
    format!("{tag}{index}")
}

impl<'a> Imports<'a> {
    /// The imports of a set of files.
    pub fn new(files: &'a FileSet, names: &'a Names) -> Imports<'a> {
        Imports {
            files: files.files.iter().map(|file| (file.name(), file)).collect(),
            names,
            incomplete: incomplete(files),
        }
    }

    /// The descriptor of a file over stubs. Names that are made up start with
    /// `tag`, which must be an identifier that the file does not hold.
    pub fn stub(&self, file: &ProtoFile, tag: &str) -> Stubbed {
        let mut proto = file.descriptor.clone();
        proto.source_code_info.clear();
        proto.set_name(format!("{tag}.proto"));
        // Messages do not depend on them.
        proto.service.clear();
        proto.public_dependency.clear();
        proto.weak_dependency.clear();
        let mut stubs = Stubs {
            imports: self,
            own: file.name(),
            tag,
            files: Vec::new(),
            descriptors: Vec::new(),
        };
        for import in &file.descriptor.dependency {
            stubs.file(import);
        }
        let direct = stubs.files.len();
        stubs.messages(&mut proto.message_type);
        stubs.fields(&mut proto.extension);
        let Stubs {
            files,
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
        Stubbed { descriptors, files }
    }
}

/// The stubs of one file while its references are turned to them.
struct Stubs<'a> {
    imports: &'a Imports<'a>,
    own: &'a str,
    tag: &'a str,
    files: Vec<String>,
    descriptors: Vec<FileDescriptorProto>,
}

impl Stubs<'_> {
    /// The index of the stub for a file, which is added if it is new.
    fn file(&mut self, name: &str) -> usize {
        if let Some(index) = self.files.iter().position(|file| file == name) {
            return index;
        }
        let index = self.files.len();
        let module = stub_module(self.tag, index);
        let mut stub = FileDescriptorProto::new();
        stub.set_name(format!("{module}.proto"));
        stub.set_package(module);
        self.files.push(name.to_owned());
        self.descriptors.push(stub);
        index
    }

    fn messages(&mut self, messages: &mut [DescriptorProto]) {
        for message in messages {
            self.fields(&mut message.field);
            self.fields(&mut message.extension);
            self.messages(&mut message.nested_type);
        }
    }

    fn fields(&mut self, fields: &mut [FieldDescriptorProto]) {
        for field in fields {
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

    /// The name of an imported type in its stub; `None` for the file's own.
    fn turn(&mut self, full_name: &str) -> Option<String> {
        let imports = self.imports;
        let defined_in = &imports.names.type_name(full_name)?.file;
        if defined_in == self.own {
            return None;
        }
        let definition = &imports.files.get(defined_in.as_str())?.descriptor;
        let package = definition.package();
        let relative = match package {
            "" => full_name.strip_prefix('.')?,
            package => full_name
                .strip_prefix('.')?
                .strip_prefix(package)?
                .strip_prefix('.')?,
        };
        let index = self.file(defined_in);
        let parts: Vec<&str> = relative.split('.').collect();
        let stub = &mut self.descriptors[index];
        let (first, rest) = parts.split_first()?;
        if let Some(source) = definition.message_type.iter().find(|m| m.name() == *first) {
            let target = message_of(&mut stub.message_type, first);
            self.imports.add(
                target,
                source,
                &format!(".{package}.{first}").replace("..", "."),
                rest,
            );
        } else if let Some(source) = definition.enum_type.iter().find(|e| e.name() == *first)
            && !stub.enum_type.iter().any(|e| e.name() == *first)
        {
            stub.enum_type.push(source.clone());
        }
        Some(format!(".{}.{relative}", stub_module(self.tag, index)))
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

impl Imports<'_> {
    /// Adds the type at a path below `source` to the stub of `source`.
    fn add(
        &self,
        target: &mut DescriptorProto,
        source: &DescriptorProto,
        full_name: &str,
        path: &[&str],
    ) {
        let Some((first, rest)) = path.split_first() else {
            // is_initialized() of a message asks those of its fields.
            if self.incomplete.contains(full_name) && target.field.is_empty() {
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
        if let Some(source) = source.nested_type.iter().find(|m| m.name() == *first) {
            let target = message_of(&mut target.nested_type, first);
            self.add(target, source, &full_name, rest);
        } else if let Some(source) = source.enum_type.iter().find(|e| e.name() == *first)
            && !target.enum_type.iter().any(|e| e.name() == *first)
        {
            target.enum_type.push(source.clone());
        }
    }
}

/// The messages that may lack a required field, their own or one of a message
/// in them, however deep; messages with extension ranges count, as in
/// rust-protobuf.
fn incomplete(files: &FileSet) -> HashSet<String> {
    let mut found = HashSet::new();
    let mut holders: HashMap<String, Vec<String>> = HashMap::new();
    for file in &files.files {
        let proto2 = file.descriptor.syntax() != "proto3";
        let scope = match file.descriptor.package() {
            "" => String::new(),
            package => format!(".{package}"),
        };
        let mut open: Vec<(String, &DescriptorProto)> = file
            .descriptor
            .message_type
            .iter()
            .map(|message| (format!("{scope}.{}", message.name()), message))
            .collect();
        while let Some((name, message)) = open.pop() {
            for nested in &message.nested_type {
                open.push((format!("{name}.{}", nested.name()), nested));
            }
            let required = |field: &FieldDescriptorProto| field.label() == Label::LABEL_REQUIRED;
            if proto2 && (!message.extension_range.is_empty() || message.field.iter().any(required))
            {
                found.insert(name.clone());
            }
            for field in &message.field {
                if matches!(field.type_(), Type::TYPE_MESSAGE | Type::TYPE_GROUP) {
                    holders
                        .entry(field.type_name().to_owned())
                        .or_default()
                        .push(name.clone());
                }
            }
        }
    }
    let mut open: Vec<String> = found.iter().cloned().collect();
    while let Some(name) = open.pop() {
        for holder in holders.remove(&name).unwrap_or_default() {
            if found.insert(holder.clone()) {
                open.push(holder);
            }
        }
    }
    found
}
