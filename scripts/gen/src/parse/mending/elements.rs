//! The elements of a descriptor, by their paths.

use protox::prost_reflect::prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    MethodDescriptorProto, UninterpretedOption,
};

/// An element, or what holds it where that must be looked at.
pub enum Element<'a> {
    Message(&'a mut DescriptorProto),
    /// A field, by its index in a message.
    Field(&'a mut DescriptorProto, usize),
    Extension(&'a mut FieldDescriptorProto),
    Enum(&'a mut EnumDescriptorProto),
    /// A value, by its index in an enum.
    Value(&'a mut EnumDescriptorProto, usize),
    Method(&'a mut MethodDescriptorProto),
    /// A oneof or a service: its name.
    Other(&'a mut Option<String>),
}

/// The element that a path is of a part of, and that part.
pub fn element<'a>(
    file: &'a mut FileDescriptorProto,
    path: &[i32],
) -> Option<(Element<'a>, Vec<i32>)> {
    let (kind, at, rest) = step(path)?;
    match kind {
        4 => in_message(file.message_type.get_mut(at)?, rest),
        5 => in_enum(file.enum_type.get_mut(at)?, rest),
        6 => {
            let service = file.service.get_mut(at)?;
            match step(rest) {
                Some((2, method, rest)) => Some((
                    Element::Method(service.method.get_mut(method)?),
                    rest.to_vec(),
                )),
                _ => Some((Element::Other(&mut service.name), rest.to_vec())),
            }
        }
        7 => Some((
            Element::Extension(file.extension.get_mut(at)?),
            rest.to_vec(),
        )),
        _ => None,
    }
}

// Nesting is at most 32 deep: the parser sees to it.
fn in_message<'a>(
    message: &'a mut DescriptorProto,
    path: &[i32],
) -> Option<(Element<'a>, Vec<i32>)> {
    let Some((kind, at, rest)) = step(path) else {
        return Some((Element::Message(message), path.to_vec()));
    };
    match kind {
        2 if at < message.field.len() => Some((Element::Field(message, at), rest.to_vec())),
        3 => in_message(message.nested_type.get_mut(at)?, rest),
        4 => in_enum(message.enum_type.get_mut(at)?, rest),
        6 => Some((
            Element::Extension(message.extension.get_mut(at)?),
            rest.to_vec(),
        )),
        8 => {
            let oneof = message.oneof_decl.get_mut(at)?;
            Some((Element::Other(&mut oneof.name), rest.to_vec()))
        }
        _ => None,
    }
}

fn in_enum<'a>(
    enumeration: &'a mut EnumDescriptorProto,
    path: &[i32],
) -> Option<(Element<'a>, Vec<i32>)> {
    match step(path) {
        Some((2, at, rest)) if at < enumeration.value.len() => {
            Some((Element::Value(enumeration, at), rest.to_vec()))
        }
        Some(_) => None,
        None => Some((Element::Enum(enumeration), path.to_vec())),
    }
}

/// The first element of a path: its kind, its index, and what is below it.
fn step(path: &[i32]) -> Option<(i32, usize, &[i32])> {
    let [kind, at, rest @ ..] = path else {
        return None;
    };
    Some((*kind, usize::try_from(*at).ok()?, rest))
}

/// The options at a path, which ends with the number of `options`.
pub fn options<'a>(
    file: &'a mut FileDescriptorProto,
    path: &[i32],
) -> Option<&'a mut Vec<UninterpretedOption>> {
    macro_rules! list {
        ($element:expr) => {
            $element
                .options
                .as_mut()
                .map(|options| &mut options.uninterpreted_option)
        };
    }
    if path == [8] {
        return list!(file);
    }
    if let [6, service, 3] = path {
        return list!(file.service.get_mut(usize::try_from(*service).ok()?)?);
    }
    if let [outer @ .., kind @ (5 | 8), at, _] = path
        && !outer.is_empty()
    {
        // Ranges and oneofs, by the message that they are in.
        let Element::Message(message) = element(file, outer)?.0 else {
            return None;
        };
        let at = usize::try_from(*at).ok()?;
        return match kind {
            5 => list!(message.extension_range.get_mut(at)?),
            _ => list!(message.oneof_decl.get_mut(at)?),
        };
    }
    match element(file, path)?.0 {
        Element::Message(message) => list!(message),
        Element::Field(message, at) => list!(message.field.get_mut(at)?),
        Element::Extension(extension) => list!(extension),
        Element::Enum(enumeration) => list!(enumeration),
        Element::Value(enumeration, at) => list!(enumeration.value.get_mut(at)?),
        Element::Method(method) => list!(method),
        Element::Other(_) => None,
    }
}
