//! Numbers that protox takes for too high: those that are only reserved, and
//! the extensions of a MessageSet.

use std::collections::{HashMap, HashSet};

use protox::prost_reflect::prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto,
};

use super::owners::{Owner, element, owner_of};
use super::text::{Edit, position};
use crate::tokens::{Kind, Token};
use crate::wire::{self, Edit as Change};

/// The highest number of a field.
pub const HIGHEST: i32 = 0x1FFF_FFFF;

/// Numbers that others stand for in a text, by line and column from 0.
#[derive(Debug, Default)]
pub struct HighNumbers(HashMap<(i32, i32), i32>);

impl HighNumbers {
    /// The changes of the tokens after the word `reserved` or `extensions`.
    pub fn in_list(&mut self, text: &str, list: &[&Token]) -> Vec<Edit> {
        let mut edits = Vec::new();
        let mut before = "";
        for token in list {
            let found = token.text(text);
            match token.kind {
                Kind::Number if before != "-" => edits.extend(self.stand_for(text, token)),
                Kind::Number | Kind::String => {}
                _ if matches!(found, "," | "-" | "to" | "max") => {}
                _ => break,
            }
            before = found;
        }
        edits
    }

    /// The change of the number of a field.
    pub fn stand_for(&mut self, text: &str, token: &Token) -> Option<Edit> {
        let found = token.text(text);
        let number = high_number(found)?;
        let place = position(text.get(..token.range.start)?);
        self.0.insert(place, number);
        Some(Edit::replace(token.range.start, highest(found.len())))
    }

    /// Puts back what was changed.
    pub fn restore(&self, file: &mut FileDescriptorProto) {
        if self.0.is_empty() {
            return;
        }
        let locations = file.source_code_info.take();
        for location in locations.iter().flat_map(|info| &info.location) {
            if let [line, column, ..] = location.span[..]
                && let Some(number) = self.0.get(&(line, column))
            {
                restore_number(file, &location.path, *number);
            }
        }
        file.source_code_info = locations;
    }
}

/// A number that no field can have, but that is allowed in some places.
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

fn restore_number(file: &mut FileDescriptorProto, path: &[i32], number: i32) {
    const FILE_EXTENSION: i32 = 7;
    const EXTENSION_RANGE: i32 = 5;
    const EXTENSION: i32 = 6;
    const MESSAGE_RESERVED_RANGE: i32 = 9;
    const ENUM_RESERVED_RANGE: i32 = 4;
    const START: i32 = 1;
    const END: i32 = 2;
    const NUMBER: i32 = 3;
    let [owner @ .., kind, at, part] = path else {
        return;
    };
    if let ([], FILE_EXTENSION, NUMBER) = (owner, *kind, *part) {
        if let Some(field) = element(&mut file.extension, *at) {
            field.number = Some(number);
        }
        return;
    }
    match (owner_of(file, owner), *kind, *part) {
        (Some(Owner::Message(message)), EXTENSION, NUMBER) => {
            if let Some(field) = element(&mut message.extension, *at) {
                field.number = Some(number);
            }
        }
        (Some(Owner::Message(message)), EXTENSION_RANGE, part) => {
            if let Some(range) = element(&mut message.extension_range, *at) {
                match part {
                    START => range.start = Some(number),
                    END => range.end = Some(number.saturating_add(1)),
                    _ => {}
                }
            }
        }
        (Some(Owner::Message(message)), MESSAGE_RESERVED_RANGE, part) => {
            if let Some(range) = element(&mut message.reserved_range, *at) {
                match part {
                    START => range.start = Some(number),
                    END => range.end = Some(number.saturating_add(1)),
                    _ => {}
                }
            }
        }
        (Some(Owner::Enum(enumeration)), ENUM_RESERVED_RANGE, part) => {
            if let Some(range) = element(&mut enumeration.reserved_range, *at) {
                match part {
                    START => range.start = Some(number),
                    END => range.end = Some(number),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// Gives extensions with a high number a lower one while they are linked, one
/// that no other extension of the file has: lower number to number.
pub fn lower(file: &mut FileDescriptorProto) -> HashMap<i32, i32> {
    let mut used = HashSet::new();
    each_extension(file, &mut |number| {
        used.insert(*number);
    });
    let mut numbers = HashMap::new();
    each_extension(file, &mut |number| {
        if *number > HIGHEST {
            let known = numbers.iter().find(|(_, high)| **high == *number);
            let lower = known.map(|(lower, _)| *lower);
            let free = || (1..HIGHEST).rev().find(|lower| used.insert(*lower));
            if let Some(lower) = lower.or_else(free) {
                numbers.insert(lower, *number);
                *number = lower;
            }
        }
    });
    numbers
}

fn each_extension(file: &mut FileDescriptorProto, change: &mut impl FnMut(&mut i32)) {
    file.extension
        .iter_mut()
        .flat_map(number)
        .for_each(&mut *change);
    for message in &mut file.message_type {
        each_extension_in(message, change);
    }
}

fn each_extension_in(message: &mut DescriptorProto, change: &mut impl FnMut(&mut i32)) {
    message
        .extension
        .iter_mut()
        .flat_map(number)
        .for_each(&mut *change);
    for nested in &mut message.nested_type {
        each_extension_in(nested, change);
    }
}

fn number(field: &mut FieldDescriptorProto) -> Option<&mut i32> {
    field.number.as_mut()
}

/// An encoded file whose extensions have their numbers again.
pub fn raise(file: &[u8], numbers: &HashMap<i32, i32>) -> Vec<u8> {
    const MESSAGE_TYPE: u32 = 4;
    const EXTENSION: u32 = 7;
    raise_in(file, numbers, MESSAGE_TYPE, EXTENSION)
}

fn raise_in(bytes: &[u8], numbers: &HashMap<i32, i32>, messages: u32, extensions: u32) -> Vec<u8> {
    const NESTED_TYPE: u32 = 3;
    const EXTENSION: u32 = 6;
    const NUMBER: u32 = 3;
    wire::edit(bytes, |field| match field.content {
        Some(content) if field.number == messages => {
            Change::Replace(raise_in(content, numbers, NESTED_TYPE, EXTENSION))
        }
        Some(content) if field.number == extensions => {
            Change::Replace(wire::edit(content, |part| {
                let raised = || {
                    let number = i32::try_from(part.varint()?).ok()?;
                    u64::try_from(*numbers.get(&number)?).ok()
                };
                match raised() {
                    Some(number) if part.number == NUMBER => Change::Number(number),
                    _ => Change::Keep,
                }
            }))
        }
        _ => Change::Keep,
    })
}
