//! The elements of a file, and where their options are.

use std::collections::HashMap;

use super::{Part, part};
use crate::validate::index;
use crate::wire::{self, Edit};

/// An encoded `FileDescriptorProto` with changes of its options, which come with
/// their path and the name of their message.
pub fn edit_options(file: &[u8], change: &mut impl FnMut(&[i32], &str, &[u8]) -> Edit) -> Vec<u8> {
    edit_options_in("FileDescriptorProto", file, &[], change)
}

fn edit_options_in(
    message: &str,
    bytes: &[u8],
    path: &[i32],
    change: &mut impl FnMut(&[i32], &str, &[u8]) -> Edit,
) -> Vec<u8> {
    let mut counts: HashMap<u32, usize> = HashMap::new();
    wire::edit(bytes, |field| {
        let (Some(content), Some(part)) = (field.content, part(message, field.number)) else {
            return Edit::Keep;
        };
        let mut path = path.to_vec();
        path.extend(i32::try_from(field.number));
        match part {
            Part::Options(name) => change(&path, name, content),
            Part::Message(name) => {
                let count = counts.entry(field.number).or_default();
                path.push(index(*count));
                *count += 1;
                Edit::Replace(edit_options_in(name, content, &path, change))
            }
        }
    })
}

/// Where in a path the number of an option is, and the message it is of.
pub fn option_of(path: &[i32]) -> Option<(usize, &'static str)> {
    let mut message = "FileDescriptorProto";
    let mut at = 0;
    loop {
        let number = u32::try_from(*path.get(at)?).ok()?;
        match part(message, number)? {
            Part::Options(name) => return Some((at + 1, name)),
            Part::Message(name) => message = name,
        }
        at += 2;
    }
}
