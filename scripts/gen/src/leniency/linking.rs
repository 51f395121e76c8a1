//! The descriptor of a file, before and after it is linked.

use std::collections::{HashMap, HashSet};

use protox::prost_reflect::prost_types::field_descriptor_proto::Type;
use protox::prost_reflect::prost_types::source_code_info::Location;
use protox::prost_reflect::prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto, MethodOptions,
    OneofDescriptorProto, SourceCodeInfo,
};

use super::{high_numbers, map_entries};
use crate::float_text;
use crate::wire::{self, Edit};

/// Around the number that makes a JSON name unique while a file is linked.
const MARK: char = '\u{1}';

/// What was changed in a file before it was linked.
#[derive(Debug, Default)]
pub struct Linking {
    imports: usize,
    renamed: bool,
    has_maps: bool,
    is_proto3: bool,
    high_numbers: HashMap<i32, i32>,
}

/// Changes a parsed file so that it can be linked if protoc accepts it.
///
/// `public_imports` holds, for each file that was linked before, the files
/// that it makes visible to those that import it.
pub fn prepare(
    file: &mut FileDescriptorProto,
    public_imports: &mut HashMap<String, Vec<String>>,
) -> Linking {
    let imports = file.dependency.len();
    add_public_imports(file, public_imports);
    let mut renamed = false;
    let mut differs_by_case = false;
    for field in &mut file.extension {
        write_default_as_protoc(field);
    }
    for message in &mut file.message_type {
        write_defaults_as_protoc(message);
        name_synthetic_oneofs(message);
        renamed |= rename_json(message);
        differs_by_case |= has_names_that_differ_by_case(message);
    }
    // Names that differ by case alone are only refused in proto3.
    let is_proto3 = differs_by_case && file.syntax() == "proto3";
    if is_proto3 {
        file.syntax = Some("proto2".to_owned());
    }
    Linking {
        imports,
        renamed,
        has_maps: map_entries::hide(file),
        is_proto3,
        high_numbers: high_numbers::lower(file),
    }
}

impl Linking {
    /// The bytes of the linked file as the source has it.
    pub fn undo(&self, linked: &[u8]) -> Vec<u8> {
        const DEPENDENCY: u32 = 3;
        const MESSAGE_TYPE: u32 = 4;
        const SYNTAX: u32 = 12;
        let mut imports = 0;
        let undone = wire::edit(linked, |field| match (field.number, field.content) {
            (DEPENDENCY, _) => {
                imports += 1;
                if imports > self.imports {
                    Edit::Drop
                } else {
                    Edit::Keep
                }
            }
            (MESSAGE_TYPE, Some(message)) => Edit::Replace(self.undo_message(message)),
            (SYNTAX, _) if self.is_proto3 => Edit::Replace(b"proto3".to_vec()),
            _ => Edit::Keep,
        });
        if self.high_numbers.is_empty() {
            undone
        } else {
            high_numbers::raise(&undone, &self.high_numbers)
        }
    }

    fn undo_message(&self, linked: &[u8]) -> Vec<u8> {
        let mut message = linked.to_vec();
        if self.renamed {
            message = json_names(&message);
        }
        if self.has_maps {
            message = map_entries::show(&message);
        }
        message
    }
}

/// Makes what public imports of public imports declare visible; protox only
/// looks one step far.
fn add_public_imports(
    file: &mut FileDescriptorProto,
    public_imports: &mut HashMap<String, Vec<String>>,
) {
    let direct = file.dependency.clone();
    let mut seen: HashSet<String> = direct.iter().cloned().collect();
    for import in &direct {
        for visible in public_imports.get(import).into_iter().flatten() {
            if seen.insert(visible.clone()) {
                file.dependency.push(visible.clone());
            }
        }
    }
    let mut visible = Vec::new();
    for import in file
        .public_dependency
        .iter()
        .filter_map(|index| direct.get(usize::try_from(*index).ok()?))
    {
        visible.push(import.clone());
        visible.extend(public_imports.get(import).into_iter().flatten().cloned());
    }
    if !visible.is_empty() {
        public_imports.insert(file.name().to_owned(), visible);
    }
}

fn write_defaults_as_protoc(message: &mut DescriptorProto) {
    for field in message.field.iter_mut().chain(&mut message.extension) {
        write_default_as_protoc(field);
    }
    for nested in &mut message.nested_type {
        write_defaults_as_protoc(nested);
    }
}

/// Numbers in default values have the digits that protoc gives them.
fn write_default_as_protoc(field: &mut FieldDescriptorProto) {
    let write = match field.r#type() {
        Type::Float => float_text::float,
        Type::Double => float_text::double,
        _ => return,
    };
    if let Some(text) = &mut field.default_value
        && let Ok(value) = text.parse::<f64>()
    {
        *text = write(value);
    }
}

/// protoc gives a method options when it has a body, even an empty one.
pub fn add_empty_method_options(file: &mut FileDescriptorProto, text: &str) {
    const SERVICE: i32 = 6;
    const METHOD: i32 = 2;
    let lines: Vec<&str> = text.split('\n').collect();
    for location in file.source_code_info.iter().flat_map(|info| &info.location) {
        let [SERVICE, service, METHOD, method] = location.path[..] else {
            continue;
        };
        let end = match location.span[..] {
            [line, _, column] | [_, _, line, column] => (line, column),
            _ => continue,
        };
        let position = |n: i32| usize::try_from(n).ok();
        let last = position(end.0)
            .and_then(|line| lines.get(line))
            .zip(position(end.1))
            .and_then(|(line, column)| line.as_bytes().get(column.checked_sub(1)?));
        let method = position(service)
            .and_then(|at| file.service.get_mut(at))
            .zip(position(method))
            .and_then(|(service, at)| service.method.get_mut(at));
        if let Some(method) = method
            && last == Some(&b'}')
        {
            method.options.get_or_insert_with(MethodOptions::default);
        }
    }
}

/// Gives the oneofs of proto3 `optional` fields the names that protoc does:
/// ones that nothing else in the message has.
fn name_synthetic_oneofs(message: &mut DescriptorProto) {
    for nested in &mut message.nested_type {
        name_synthetic_oneofs(nested);
    }
    let synthetic: HashMap<usize, String> = message
        .field
        .iter()
        .filter(|field| field.proto3_optional())
        .filter_map(|field| {
            let oneof = usize::try_from(field.oneof_index?).ok()?;
            Some((oneof, field.name().to_owned()))
        })
        .collect();
    if synthetic.is_empty() {
        return;
    }
    let mut taken: HashSet<String> = message
        .field
        .iter()
        .map(|field| field.name().to_owned())
        .collect();
    let declared = |(at, _): &(usize, &OneofDescriptorProto)| !synthetic.contains_key(at);
    taken.extend(
        message
            .oneof_decl
            .iter()
            .enumerate()
            .filter(declared)
            .map(|(_, oneof)| oneof.name().to_owned()),
    );
    for (at, oneof) in message.oneof_decl.iter_mut().enumerate() {
        let Some(field) = synthetic.get(&at) else {
            continue;
        };
        let mut name = if field.starts_with('_') {
            field.clone()
        } else {
            format!("_{field}")
        };
        while !taken.insert(name.clone()) {
            name.insert(0, 'X');
        }
        oneof.name = Some(name);
    }
}

/// Makes equal JSON names different; protoc allows some, and a rule of ours
/// refuses the others.
fn rename_json(message: &mut DescriptorProto) -> bool {
    let mut renamed = false;
    for nested in &mut message.nested_type {
        renamed |= rename_json(nested);
    }
    let mut seen = HashSet::new();
    for (at, field) in message.field.iter_mut().enumerate() {
        let name = match &field.json_name {
            Some(name) => name.clone(),
            None => crate::validate::default_json_name(field.name()),
        };
        if !seen.insert(name.clone()) {
            field.json_name = Some(format!("{MARK}{at}{MARK}{name}"));
            renamed = true;
        }
    }
    renamed
}

/// An encoded message with its JSON names as they were.
fn json_names(message: &[u8]) -> Vec<u8> {
    const FIELD: u32 = 2;
    const NESTED_TYPE: u32 = 3;
    const JSON_NAME: u32 = 10;
    wire::edit(message, |field| match (field.number, field.content) {
        (NESTED_TYPE, Some(nested)) => Edit::Replace(json_names(nested)),
        (FIELD, Some(field)) => Edit::Replace(wire::edit(field, |part| {
            let name = part.content.and_then(|name| std::str::from_utf8(name).ok());
            let marked = name.and_then(|name| name.strip_prefix(MARK)?.split_once(MARK));
            match marked {
                Some((_, name)) if part.number == JSON_NAME => {
                    Edit::Replace(name.as_bytes().to_vec())
                }
                _ => Edit::Keep,
            }
        })),
        _ => Edit::Keep,
    })
}

fn has_names_that_differ_by_case(message: &DescriptorProto) -> bool {
    let mut seen = HashSet::new();
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    message
        .field
        .iter()
        .any(|field| !seen.insert(plain(field.name())))
        || message
            .nested_type
            .iter()
            .any(has_names_that_differ_by_case)
}

/// Gives the entries of maps the places of their fields, so that an unknown
/// type in a map has one.
pub fn add_map_entry_places(file: &mut FileDescriptorProto) {
    const MESSAGE_TYPE: i32 = 4;
    let info = file.source_code_info.get_or_insert_default();
    let places: HashMap<Vec<i32>, Vec<i32>> = info
        .location
        .iter()
        .map(|location| (location.path.clone(), location.span.clone()))
        .collect();
    for (at, message) in file.message_type.iter().enumerate() {
        let path = vec![MESSAGE_TYPE, crate::validate::index(at)];
        add_entries_of(message, &path, &places, info);
    }
}

fn add_entries_of(
    message: &DescriptorProto,
    path: &[i32],
    places: &HashMap<Vec<i32>, Vec<i32>>,
    info: &mut SourceCodeInfo,
) {
    const NAME: i32 = 1;
    const FIELD: i32 = 2;
    const NESTED_TYPE: i32 = 3;
    const TYPE: i32 = 5;
    const TYPE_NAME: i32 = 6;
    let index = crate::validate::index;
    for (at, nested) in message.nested_type.iter().enumerate() {
        let nested_path = [path, &[NESTED_TYPE, index(at)]].concat();
        // `prepare` has hidden what it says.
        let says = nested.options.as_ref().and_then(|o| o.map_entry);
        if says.is_none() {
            add_entries_of(nested, &nested_path, places, info);
            continue;
        }
        // Two maps whose entries have one name are an error; each has a field.
        let before = message.nested_type[..at]
            .iter()
            .filter(|other| other.name() == nested.name())
            .count();
        let is_of_entry = |field: &FieldDescriptorProto| {
            field.type_name().rsplit('.').next() == Some(nested.name())
        };
        let field = message
            .field
            .iter()
            .enumerate()
            .filter(|(_, field)| is_of_entry(field))
            .nth(before)
            .map(|(at, _)| at);
        let Some(field) = field.map(|field| [path, &[FIELD, index(field)]].concat()) else {
            continue;
        };
        let span = [&[TYPE_NAME][..], &[TYPE], &[]]
            .iter()
            .find_map(|part| places.get(&[field.as_slice(), part].concat()));
        for part in [
            &[][..],
            &[NAME],
            &[FIELD, 0],
            &[FIELD, 0, NAME],
            &[FIELD, 0, TYPE_NAME],
            &[FIELD, 1],
            &[FIELD, 1, NAME],
            &[FIELD, 1, TYPE_NAME],
        ] {
            info.location.push(Location {
                path: [nested_path.as_slice(), part].concat(),
                span: span.cloned().unwrap_or_default(),
                ..Location::default()
            });
        }
    }
}
