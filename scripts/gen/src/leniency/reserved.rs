//! Reserved names that are no identifiers, and reserved numbers that no field
//! can have: of the first protoc only warns, and the second it lets pass.

use std::collections::HashMap;

use protox::prost_reflect::prost_types::{
    DescriptorProto, EnumDescriptorProto, FileDescriptorProto,
};

use super::text::{Edit, position};
use crate::tokens::{Kind, Token};

/// The highest number that protox lets a message reserve.
const HIGHEST: i32 = 0x1FFF_FFFF;

/// What something else stands for in a text, by line and column from 0.
#[derive(Debug, Default)]
pub struct Reserved {
    names: HashMap<(i32, i32), String>,
    numbers: HashMap<(i32, i32), i32>,
}

impl Reserved {
    /// The changes of the tokens after the word `reserved`.
    pub fn find(&mut self, text: &str, list: &[&Token]) -> Vec<Edit> {
        let mut edits = Vec::new();
        let mut before = "";
        for (at, token) in list.iter().enumerate() {
            let found = token.text(text);
            let after = list.get(at + 1).map_or("", |token| token.text(text));
            match token.kind {
                Kind::String if matches!(before, "" | ",") && matches!(after, "," | ";") => {
                    if let Some(name) = odd_name(found) {
                        edits.push(self.name(text, token, name));
                    }
                }
                Kind::Number if before != "-" => {
                    if let Some(number) = high_number(found) {
                        let place = position(text.get(..token.range.start).unwrap_or_default());
                        self.numbers.insert(place, number);
                        edits.push(Edit::replace(token.range.start, highest(found.len())));
                    }
                }
                Kind::Number => {}
                _ if matches!(found, "," | "-" | "to" | "max") => {}
                _ => break,
            }
            before = found;
        }
        edits
    }

    fn name(&mut self, text: &str, token: &Token, name: &str) -> Edit {
        let place = position(text.get(..token.range.start).unwrap_or_default());
        self.names.insert(place, name.to_owned());
        let start = token.range.start + 1;
        match name {
            "" => Edit::insert(start, "a".to_owned()),
            name => Edit::replace(start, "a".repeat(name.len())),
        }
    }

    /// Puts back what was changed.
    pub fn restore(&self, file: &mut FileDescriptorProto) {
        if self.names.is_empty() && self.numbers.is_empty() {
            return;
        }
        let locations = file.source_code_info.take();
        for location in locations.iter().flat_map(|info| &info.location) {
            if let [line, column, ..] = location.span[..] {
                let place = (line, column);
                if let Some(name) = self.names.get(&place) {
                    restore_name(file, &location.path, name);
                }
                if let Some(number) = self.numbers.get(&place) {
                    restore_number(file, &location.path, *number);
                }
            }
        }
        file.source_code_info = locations;
    }
}

/// What is in quotes if protox would refuse it as a reserved name, and it is
/// clear without looking at escapes.
fn odd_name(quoted: &str) -> Option<&str> {
    let name = quoted.get(1..quoted.len().checked_sub(1)?)?;
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_closed = quoted.len() > 1 && quoted.get(..1) == quoted.get(quoted.len() - 1..);
    (is_closed && !is_plain && !name.contains('\\')).then_some(name)
}

/// A number that may be reserved although no field can have it.
fn high_number(number: &str) -> Option<i32> {
    let hexadecimal = number.strip_prefix("0x").or(number.strip_prefix("0X"));
    let value = match (hexadecimal, number.strip_prefix('0')) {
        (Some(digits), _) => i32::from_str_radix(digits, 16),
        (None, Some(digits)) => i32::from_str_radix(digits, 8),
        (None, None) => number.parse(),
    };
    // The end of a range is one more.
    value.ok().filter(|n| (HIGHEST + 1..i32::MAX).contains(n))
}

/// The highest number, written as long as another.
fn highest(length: usize) -> String {
    match length.checked_sub("0x".len()) {
        Some(digits) if digits >= 8 => format!("0x{HIGHEST:0digits$X}"),
        _ => HIGHEST.to_string(),
    }
}

fn restore_name(file: &mut FileDescriptorProto, path: &[i32], name: &str) {
    const MESSAGE_RESERVED_NAME: i32 = 10;
    const ENUM_RESERVED_NAME: i32 = 5;
    let [owner @ .., kind, at] = path else {
        return;
    };
    let found = match (owner_of(file, owner), *kind) {
        (Some(Owner::Message(message)), MESSAGE_RESERVED_NAME) => {
            element(&mut message.reserved_name, *at)
        }
        (Some(Owner::Enum(enumeration)), ENUM_RESERVED_NAME) => {
            element(&mut enumeration.reserved_name, *at)
        }
        _ => None,
    };
    if let Some(found) = found {
        *found = name.to_owned();
    }
}

fn restore_number(file: &mut FileDescriptorProto, path: &[i32], number: i32) {
    const MESSAGE_RESERVED_RANGE: i32 = 9;
    const ENUM_RESERVED_RANGE: i32 = 4;
    const START: i32 = 1;
    const END: i32 = 2;
    let [owner @ .., kind, at, part] = path else {
        return;
    };
    match (owner_of(file, owner), *kind) {
        (Some(Owner::Message(message)), MESSAGE_RESERVED_RANGE) => {
            if let Some(range) = element(&mut message.reserved_range, *at) {
                match *part {
                    START => range.start = Some(number),
                    END => range.end = Some(number.saturating_add(1)),
                    _ => {}
                }
            }
        }
        (Some(Owner::Enum(enumeration)), ENUM_RESERVED_RANGE) => {
            if let Some(range) = element(&mut enumeration.reserved_range, *at) {
                match *part {
                    START => range.start = Some(number),
                    END => range.end = Some(number),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// What reserves.
enum Owner<'a> {
    Message(&'a mut DescriptorProto),
    Enum(&'a mut EnumDescriptorProto),
}

fn owner_of<'a>(file: &'a mut FileDescriptorProto, path: &[i32]) -> Option<Owner<'a>> {
    const MESSAGE_TYPE: i32 = 4;
    const ENUM_TYPE: i32 = 5;
    match *path {
        [MESSAGE_TYPE, at, ref rest @ ..] => owner_in(element(&mut file.message_type, at)?, rest),
        [ENUM_TYPE, at] => element(&mut file.enum_type, at).map(Owner::Enum),
        _ => None,
    }
}

fn owner_in<'a>(message: &'a mut DescriptorProto, path: &[i32]) -> Option<Owner<'a>> {
    const NESTED_TYPE: i32 = 3;
    const ENUM_TYPE: i32 = 4;
    match *path {
        [] => Some(Owner::Message(message)),
        [NESTED_TYPE, at, ref rest @ ..] => owner_in(element(&mut message.nested_type, at)?, rest),
        [ENUM_TYPE, at] => element(&mut message.enum_type, at).map(Owner::Enum),
        _ => None,
    }
}

fn element<T>(elements: &mut [T], at: i32) -> Option<&mut T> {
    elements.get_mut(usize::try_from(at).ok()?)
}
