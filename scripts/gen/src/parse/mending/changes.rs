//! Changes that take an error out of a descriptor and keep the paths of all
//! elements.

use std::collections::HashSet;

use protox::prost_reflect::prost_types::descriptor_proto::ExtensionRange;
use protox::prost_reflect::prost_types::field_descriptor_proto::{Label, Type};
use protox::prost_reflect::prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
};

use super::elements::{self, Element, element};
use super::touched::{MARK, Touched};
use crate::leniency::HIGHEST;
use crate::validate::{index, join};

/// What was changed so far.
#[derive(Debug, Default)]
pub struct Changes {
    pub touched: Touched,
    /// Whether a message or an enum has another name.
    pub renamed_types: bool,
    /// Names that may stand for something else than in the source: the last
    /// parts of those that were changed, and of what is in what they name.
    doubtful: HashSet<String>,
    /// The full name of the message that stands for types nobody knows.
    stand_in: Option<String>,
    count: i32,
}

impl Changes {
    /// Whether an error at a path may come from names that were changed.
    pub fn leave_doubt(&self, file: &mut FileDescriptorProto, path: &[i32]) -> bool {
        let doubtful = |name: Option<&String>| {
            let last = name.and_then(|name| name.rsplit('.').next());
            last.is_some_and(|last| self.doubtful.contains(last))
        };
        let of_field = |field: &FieldDescriptorProto| {
            doubtful(field.type_name.as_ref())
                || doubtful(field.extendee.as_ref())
                || doubtful(field.default_value.as_ref())
        };
        match element(file, path) {
            Some((Element::Field(message, at), _)) => of_field(&message.field[at]),
            Some((Element::Extension(extension), _)) => of_field(extension),
            Some((Element::Method(method), _)) => {
                doubtful(method.input_type.as_ref()) || doubtful(method.output_type.as_ref())
            }
            _ => false,
        }
    }

    /// Takes the error at a path out of a file; whether that can be done.
    pub fn mend(&mut self, file: &mut FileDescriptorProto, path: &[i32]) -> bool {
        if let Some(options) = option_at(path) {
            return self.drop_option(file, path, options).is_some();
        }
        let stand_in = self.stand_in(file);
        self.count += 1;
        let number = self.count;
        let is_proto3 = file.syntax() == "proto3";
        let Some((found, part)) = element(file, path) else {
            return false;
        };
        let whole = &path[..path.len() - part.len()];
        match (found, part.as_slice()) {
            (Element::Message(message), [1]) => {
                self.doubt_names_in(message);
                self.rename(&mut message.name);
                self.renamed_types = true;
                self.touched.add(path);
            }
            (Element::Enum(enumeration), [1]) => {
                self.rename(&mut enumeration.name);
                self.renamed_types = true;
                self.touched.add(path);
            }
            (Element::Value(enumeration, at), [1]) => {
                self.rename(&mut enumeration.value[at].name);
                self.touched.add(whole);
            }
            (Element::Value(enumeration, at), [2 | 3]) => {
                if at == 0 && is_proto3 && enumeration.value[0].number() != 0 {
                    make_zero(enumeration);
                } else {
                    enumeration.value[at].number = free_value(enumeration);
                }
                self.touched.add(&whole[..whole.len() - 2]);
            }
            (Element::Method(method), [part @ 1..=3]) => {
                match part {
                    1 => self.rename(&mut method.name),
                    2 => method.input_type = Some(stand_in),
                    _ => method.output_type = Some(stand_in),
                }
                self.touched.add(whole);
            }
            (Element::Other(name), [1]) => {
                self.rename(name);
                self.touched.add(whole);
            }
            (Element::Field(message, at), [3]) => {
                let Some(free) = free_number(message) else {
                    return false;
                };
                message.field[at].number = Some(free);
                self.touched.add(path);
            }
            (Element::Field(message, at), [5 | 6]) => {
                mend_map(message, at, &stand_in, number);
                make_known(&mut message.field[at], stand_in);
                self.touched.add(whole);
            }
            (Element::Extension(extension), [2 | 3]) => {
                extension.extendee = Some(stand_in);
                extension.number = Some(number);
                self.touched.add(whole);
            }
            (Element::Extension(extension), [5 | 6]) => {
                make_known(extension, stand_in);
                self.touched.add(whole);
            }
            (Element::Field(..) | Element::Extension(_), [1 | 7]) => {
                let field = match element(file, path) {
                    Some((Element::Field(message, at), _)) => &mut message.field[at],
                    Some((Element::Extension(extension), _)) => extension,
                    _ => return false,
                };
                match part[..] {
                    [1] => self.rename(&mut field.name),
                    _ => field.default_value = None,
                }
                self.touched.add(whole);
            }
            _ => return false,
        }
        true
    }

    /// Gives an element a name that nothing else has.
    fn rename(&mut self, name: &mut Option<String>) {
        let name = name.get_or_insert_default();
        self.doubtful.insert(name.clone());
        *name = format!("{name}{MARK}{}", self.count);
    }

    fn doubt_names_in(&mut self, message: &DescriptorProto) {
        for nested in &message.nested_type {
            self.doubtful.insert(nested.name().to_owned());
            self.doubt_names_in(nested);
        }
        let enums = message.enum_type.iter();
        self.doubtful
            .extend(enums.map(|found| found.name().to_owned()));
    }

    /// The name of a message that the file has for what nobody knows.
    fn stand_in(&mut self, file: &mut FileDescriptorProto) -> String {
        if let Some(name) = &self.stand_in {
            return name.clone();
        }
        const MESSAGE_TYPE: i32 = 4;
        let message = DescriptorProto {
            name: Some(MARK.to_string()),
            extension_range: vec![ExtensionRange {
                start: Some(1),
                end: Some(HIGHEST + 1),
                options: None,
            }],
            ..DescriptorProto::default()
        };
        self.touched
            .add(&[MESSAGE_TYPE, index(file.message_type.len())]);
        file.message_type.push(message);
        let name = format!(".{}", join(file.package(), &MARK.to_string()));
        self.stand_in.insert(name).clone()
    }

    /// Drops an option and its places. Rules may depend on what is not a
    /// custom option, so what it is of counts as changed.
    fn drop_option(
        &mut self,
        file: &mut FileDescriptorProto,
        path: &[i32],
        options: usize,
    ) -> Option<()> {
        let position = *path.get(options + 1)?;
        let list = elements::options(file, &path[..options])?;
        let at = usize::try_from(position)
            .ok()
            .filter(|at| *at < list.len())?;
        let is_custom = list.remove(at).name.first().is_some_and(|p| p.is_extension);
        if !is_custom {
            self.touched.add(&path[..options - 1]);
        }
        let info = file.source_code_info.as_mut()?;
        let within = &path[..=options];
        info.location
            .retain(|found| !found.path.starts_with(&path[..options + 2]));
        for location in &mut info.location {
            if location.path.starts_with(within)
                && let Some(other) = location.path.get_mut(options + 1)
                && *other > position
            {
                *other -= 1;
            }
        }
        Some(())
    }
}

/// Where a path says that it is of an option; the options are before it.
pub fn option_at(path: &[i32]) -> Option<usize> {
    const UNINTERPRETED_OPTION: i32 = 999;
    path.iter().position(|part| *part == UNINTERPRETED_OPTION)
}

/// Gives a field or an extension a type that is known.
fn make_known(field: &mut FieldDescriptorProto, stand_in: String) {
    field.type_name = Some(stand_in);
    field.set_type(Type::Message);
    field.default_value = None;
}

/// Makes the entries of a map such that nothing is wrong with them.
fn mend_map(message: &mut DescriptorProto, at: usize, stand_in: &str, count: i32) {
    let field = &message.field[at];
    let entry = field.type_name().rsplit('.').next().unwrap_or_default();
    if field.label() != Label::Repeated || entry.is_empty() {
        return;
    }
    let is_entry = |nested: &&mut DescriptorProto| {
        let says = nested
            .options
            .as_ref()
            .and_then(|options| options.map_entry);
        nested.name() == entry && says == Some(true)
    };
    // One of its name stays for the fields that were not mended.
    let entries = message.nested_type.iter_mut().filter(is_entry);
    for (position, nested) in entries.enumerate() {
        for value in nested.field.iter_mut().skip(1) {
            if value.type_name.is_some() {
                make_known(value, stand_in.to_owned());
            }
        }
        if position > 0 {
            nested.name = Some(format!("{}{MARK}{count}_{position}", nested.name()));
        }
    }
}

/// Makes the first value of an enum 0, and another that is 0 something else.
fn make_zero(enumeration: &mut EnumDescriptorProto) {
    for at in 1..enumeration.value.len() {
        if enumeration.value[at].number() == 0 {
            enumeration.value[at].number = free_value(enumeration);
        }
    }
    enumeration.value[0].number = Some(0);
}

/// A number that an enum neither has nor reserves.
fn free_value(enumeration: &EnumDescriptorProto) -> Option<i32> {
    let values = enumeration.value.iter();
    let reserved = enumeration.reserved_range.iter();
    // These ends are included.
    let taken = values
        .map(|value| (value.number(), value.number().saturating_add(1)))
        .chain(reserved.map(|range| (range.start(), range.end().saturating_add(1))));
    Some(first_free(taken.collect()))
}

/// A number that a message neither has nor keeps for something else.
fn free_number(message: &DescriptorProto) -> Option<i32> {
    const KEPT_BY_PROTOBUF: (i32, i32) = (19_000, 20_000);
    let fields = message.field.iter().map(|field| field.number());
    let reserved = message.reserved_range.iter();
    let extensions = message.extension_range.iter();
    let taken = fields
        .map(|number| (number, number.saturating_add(1)))
        .chain(reserved.map(|range| (range.start(), range.end())))
        .chain(extensions.map(|range| (range.start(), range.end())))
        .chain([KEPT_BY_PROTOBUF]);
    let free = first_free(taken.collect());
    (free <= HIGHEST).then_some(free)
}

/// The first number from 1 in none of some ranges, whose ends are one more.
fn first_free(mut taken: Vec<(i32, i32)>) -> i32 {
    taken.sort_unstable();
    taken.into_iter().fold(
        1,
        |free, (start, end)| {
            if start <= free { free.max(end) } else { free }
        },
    )
}
