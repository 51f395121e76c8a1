//! Reserved names that are no identifiers, of which protoc only warns.

use std::collections::HashMap;

use protox::prost_reflect::prost_types::FileDescriptorProto;

use super::owners::{Owner, element, owner_of};
use super::text::{Edit, position};
use crate::tokens::{Kind, Token};

/// What something else stands for in a text, by line and column from 0.
#[derive(Debug, Default)]
pub struct Reserved {
    names: HashMap<(i32, i32), String>,
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
        if self.names.is_empty() {
            return;
        }
        let locations = file.source_code_info.take();
        for location in locations.iter().flat_map(|info| &info.location) {
            if let [line, column, ..] = location.span[..] {
                let place = (line, column);
                if let Some(name) = self.names.get(&place) {
                    restore_name(file, &location.path, name);
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
