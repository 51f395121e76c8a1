//! Reserved names that are no identifiers, of which protoc only warns.

use std::collections::HashMap;

use protox::prost_reflect::prost_types::FileDescriptorProto;

use super::odd_strings;
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
        // Texts that stand beside each other are one.
        for tokens in list.chunk_by(|a, b| a.kind == Kind::String && b.kind == Kind::String) {
            match tokens[0].kind {
                Kind::String => edits.extend(self.name(text, tokens).unwrap_or_default()),
                Kind::Number => {}
                _ if matches!(tokens[0].text(text), "," | "-" | "to" | "max") => {}
                _ => break,
            }
        }
        edits
    }

    fn name(&mut self, text: &str, tokens: &[&Token]) -> Option<Vec<Edit>> {
        let mut parts = Vec::new();
        let mut name = Vec::new();
        for token in tokens {
            let quoted = token.text(text);
            name.extend(odd_strings::value(quoted)?);
            parts.push(quoted.get(1..quoted.len().checked_sub(1)?)?);
        }
        let name = odd_strings::text_of(&name);
        if !is_odd(&name) {
            return None;
        }
        let start = tokens[0].range.start;
        let edits = if parts.iter().all(|part| part.is_empty()) {
            vec![Edit::insert(start + 1, "a".to_owned())]
        } else {
            let over = |(token, part): (&&Token, &str)| {
                Edit::replace(token.range.start + 1, "a".repeat(part.len()))
            };
            tokens.iter().zip(parts).map(over).collect()
        };
        let place = position(text.get(..start).unwrap_or_default());
        self.names.insert(place, name);
        Some(edits)
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

/// Whether protox would refuse a reserved name.
fn is_odd(name: &str) -> bool {
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    !is_plain
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
