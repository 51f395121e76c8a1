//! All files of a run with the names that they get in Rust: what code is made
//! from.

use std::collections::{HashMap, HashSet};

use protobuf::descriptor::field_descriptor_proto::{Label, Type};
use protobuf::descriptor::{DescriptorProto, FieldDescriptorProto};

use crate::names::{Names, scope};
use crate::parse::{FileSet, ProtoFile};
use crate::rust_options::RustOptions;

/// Linked files and their names.
#[derive(Debug)]
pub struct Schema {
    /// The files.
    pub files: FileSet,
    /// What they and their elements are called in Rust.
    pub names: Names,
    /// How messages are written.
    pub rust_options: RustOptions,
    positions: HashMap<String, usize>,
    incomplete: HashSet<String>,
}

impl Schema {
    /// The schema of a set of files.
    pub fn new(files: FileSet, names: Names, rust_options: RustOptions) -> Schema {
        let position = |(index, file): (usize, &ProtoFile)| (file.name().to_owned(), index);
        Schema {
            positions: files.files.iter().enumerate().map(position).collect(),
            incomplete: incomplete(&files),
            files,
            names,
            rust_options,
        }
    }

    /// The file with an import name.
    pub fn file(&self, name: &str) -> Option<&ProtoFile> {
        self.positions
            .get(name)
            .map(|index| &self.files.files[*index])
    }

    /// Whether a message may lack a required field, so that code must ask it
    /// `is_initialized()`.
    pub fn may_be_incomplete(&self, full_name: &str) -> bool {
        self.incomplete.contains(full_name)
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
        let scope = scope(file.descriptor.package());
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
