//! Options whose values are messages, as protoc reads their text: groups go by
//! the names of their fields, too, names in brackets are looked up from the
//! message outwards among what the file sees, and fields with reserved names
//! are passed over.

use std::cell::LazyCell;
use std::iter::Peekable;
use std::ops::Deref;
use std::vec::IntoIter;

use protox::prost_reflect::prost_types::FileDescriptorProto;
use protox::prost_reflect::prost_types::uninterpreted_option::NamePart;
use protox::prost_reflect::{DescriptorPool, ExtensionDescriptor, Kind, MessageDescriptor};

use super::options::each_option;
use super::scopes::{Scopes, scopes};
use crate::tokens::{self, tokens};
use crate::validate::join;

/// Writes the values of options so that prost-reflect reads them as protoc
/// does. Values with errors stay, or become others with errors.
///
/// Of the types, `linked` are those of the files before it, and `all` its own,
/// too; `visible` is what it sees.
pub fn mend_values(
    file: &mut FileDescriptorProto,
    linked: &DescriptorPool,
    all: impl FnOnce() -> Option<DescriptorPool>,
    visible: impl FnOnce() -> Scopes,
) {
    let all = LazyCell::new(all);
    let visible = LazyCell::new(visible);
    each_option(file, &mut |scope, options, option| {
        let Some(text) = &mut option.aggregate_value else {
            return;
        };
        let read = |types: &DescriptorPool| {
            let message = message_of(types, scope, options, &option.name)?;
            Some(Walk::mended(text, types, &visible, &message))
        };
        let read = match read(linked) {
            None | Some(Err(Stop::Untyped)) => all.as_ref().and_then(read),
            read => read,
        };
        match read {
            Some(Ok(mended)) => *text = mended,
            // Nothing has that name.
            Some(Err(Stop::Unseen | Stop::Untyped)) => *text = "[]".to_owned(),
            Some(Err(Stop::Wrong)) | None => {}
        }
    });
}

/// What stands before the names of messages in an Any.
const ANY_PREFIXES: [&str; 2] = ["type.googleapis.com", "type.googleprod.com"];

/// Why a value is not read to its end.
enum Stop {
    /// protoc would find an error.
    Wrong,
    /// The file does not see what a name in brackets stands for.
    Unseen,
    /// What a name in brackets stands for is not among the types.
    Untyped,
}

/// The message that an option takes, of a message of options.
fn message_of(
    types: &DescriptorPool,
    scope: &str,
    options: &str,
    name: &[NamePart],
) -> Option<MessageDescriptor> {
    let mut message = types.get_message_by_name(&format!("google.protobuf.{options}"));
    for part in name {
        let kind = if part.is_extension {
            extension(types, scope, &part.name_part)?.kind()
        } else {
            message?.get_field_by_name(&part.name_part)?.kind()
        };
        message = Some(kind.as_message()?.clone());
    }
    message
}

/// The extension that a name stands for in a scope.
fn extension(types: &DescriptorPool, scope: &str, name: &str) -> Option<ExtensionDescriptor> {
    match name.strip_prefix('.') {
        Some(full_name) => types.get_extension_by_name(full_name),
        None => scopes(scope).find_map(|scope| types.get_extension_by_name(&join(scope, name))),
    }
}

/// Goes through the text of a message and writes it anew. Each step gives
/// `None` where it has to stop.
struct Walk<'a> {
    types: &'a DescriptorPool,
    visible: &'a dyn Deref<Target = Scopes>,
    stop: Stop,
    rest: Peekable<IntoIter<(tokens::Kind, &'a str)>>,
    written: String,
}

impl<'a> Walk<'a> {
    fn mended(
        text: &'a str,
        types: &'a DescriptorPool,
        visible: &'a dyn Deref<Target = Scopes>,
        message: &MessageDescriptor,
    ) -> Result<String, Stop> {
        let found: Vec<_> = tokens(text)
            .iter()
            .map(|token| (token.kind, token.text(text)))
            .collect();
        let mut walk = Walk {
            types,
            visible,
            stop: Stop::Wrong,
            rest: found.into_iter().peekable(),
            written: String::new(),
        };
        while walk.rest.peek().is_some() {
            if walk.field(message).is_none() {
                return Err(walk.stop);
            }
        }
        Ok(walk.written)
    }

    /// Stops for want of what a name stands for.
    fn unless<T>(&mut self, stop: Stop, found: Option<T>) -> Option<T> {
        if found.is_none() {
            self.stop = stop;
        }
        found
    }

    fn peek(&mut self) -> &'a str {
        self.rest.peek().map_or("", |(_, text)| text)
    }

    fn skip(&mut self) -> Option<&'a str> {
        self.rest.next().map(|(_, text)| text)
    }

    fn skip_if(&mut self, symbol: &str) -> bool {
        self.rest.next_if(|(_, text)| *text == symbol).is_some()
    }

    fn write(&mut self, text: &str) {
        if !self.written.is_empty() {
            self.written.push(' ');
        }
        self.written += text;
    }

    /// Writes the next token.
    fn copy(&mut self) -> Option<&'a str> {
        let text = self.skip()?;
        self.write(text);
        Some(text)
    }

    fn field(&mut self, message: &MessageDescriptor) -> Option<()> {
        let (kind, name) = self.rest.next()?;
        let kind = match (kind, name) {
            (_, "[") => self.name_in_brackets(message)?,
            (tokens::Kind::Word, name) => match field_of(message, name) {
                Some((written, kind)) => {
                    self.write(&written);
                    kind
                }
                None if message.reserved_names().any(|reserved| reserved == name) => {
                    self.skip_value()?;
                    self.skip_separator();
                    return Some(());
                }
                None => return None,
            },
            _ => return None,
        };
        let has_colon = self.skip_if(":");
        let is_message = kind.as_message().is_some();
        if !has_colon && !is_message {
            return None;
        }
        self.write(":");
        if self.peek() == "[" {
            self.copy();
            while self.peek() != "]" {
                self.value(&kind)?;
                if self.peek() != "]" {
                    (self.copy()? == ",").then_some(())?;
                }
            }
            self.copy();
        } else {
            self.value(&kind)?;
        }
        if matches!(self.peek(), "," | ";") {
            self.copy();
        }
        Some(())
    }

    /// Writes the name in brackets of an extension, or of a message in an Any.
    fn name_in_brackets(&mut self, message: &MessageDescriptor) -> Option<Kind> {
        let mut name = String::new();
        while !self.skip_if("]") {
            name += self.skip()?;
        }
        if name.split('.').any(str::is_empty) {
            return None;
        }
        if let Some((prefix, full_name)) = name.split_once('/') {
            let is_seen = ANY_PREFIXES.contains(&prefix) && self.visible.has(full_name);
            self.unless(Stop::Unseen, is_seen.then_some(()))?;
            let found = self.types.get_message_by_name(full_name);
            let found = self.unless(Stop::Untyped, found)?;
            self.write(&format!("[{name}]"));
            return Some(Kind::Message(found));
        }
        let full_name = self.visible.full_name(message.full_name(), &name);
        let full_name = self.unless(Stop::Unseen, full_name)?;
        let mut fields = message.fields();
        if let Some(field) = fields.find(|field| field.full_name() == full_name) {
            let (written, kind) = field_of(message, field.name())?;
            self.write(&written);
            return Some(kind);
        }
        let found = self.types.get_extension_by_name(&full_name);
        let found = found.or_else(|| item(message, &self.types.get_message_by_name(&full_name)?));
        let found = self.unless(Stop::Untyped, found)?;
        self.write(&format!("[{}]", found.full_name()));
        Some(found.kind())
    }

    fn value(&mut self, kind: &Kind) -> Option<()> {
        if let Some(message) = kind.as_message() {
            let close = match self.copy()? {
                "{" => "}",
                "<" => ">",
                _ => return None,
            };
            while self.peek() != close {
                self.field(message)?;
            }
            self.copy();
            return Some(());
        }
        if self.peek() == "-" {
            self.copy();
        }
        if matches!(self.rest.peek()?.0, tokens::Kind::Symbol) {
            return None;
        }
        self.copy();
        // Texts beside each other are one.
        while matches!(self.rest.peek(), Some((tokens::Kind::String, _))) {
            self.copy();
        }
        Some(())
    }

    /// Passes over what follows the name of a field that is reserved.
    fn skip_value(&mut self) -> Option<()> {
        if self.skip_if(":") && !matches!(self.peek(), "{" | "<") {
            self.skip_scalar_or_list()
        } else {
            self.skip_message()
        }
    }

    fn skip_scalar_or_list(&mut self) -> Option<()> {
        if self.skip_if("[") {
            while !self.skip_if("]") {
                if matches!(self.peek(), "{" | "<") {
                    self.skip_message()?;
                } else {
                    self.skip_scalar_or_list()?;
                }
                if self.peek() != "]" {
                    (self.skip()? == ",").then_some(())?;
                }
            }
            return Some(());
        }
        let is_negative = self.skip_if("-");
        match self.rest.next()? {
            (tokens::Kind::String, _) if !is_negative => {
                while matches!(self.rest.peek(), Some((tokens::Kind::String, _))) {
                    self.skip();
                }
                Some(())
            }
            (tokens::Kind::Word | tokens::Kind::Number, _) => Some(()),
            _ => None,
        }
    }

    fn skip_message(&mut self) -> Option<()> {
        let close = match self.skip()? {
            "{" => "}",
            "<" => ">",
            _ => return None,
        };
        while !self.skip_if(close) {
            match self.rest.next()? {
                (_, "[") => while self.skip()? != "]" {},
                (tokens::Kind::Word, _) => {}
                _ => return None,
            }
            self.skip_value()?;
            self.skip_separator();
        }
        Some(())
    }

    fn skip_separator(&mut self) {
        if matches!(self.peek(), "," | ";") {
            self.skip();
        }
    }
}

/// What prost-reflect calls a field, and what it holds.
fn field_of(message: &MessageDescriptor, name: &str) -> Option<(String, Kind)> {
    let field = message.get_field_by_name(name).or_else(|| {
        let field = message.get_field_by_name(&name.to_ascii_lowercase())?;
        let is_named = field.kind().as_message()?.name() == name;
        (field.is_group() && is_named).then_some(field)
    })?;
    let kind = field.kind();
    let written = match kind.as_message() {
        Some(group) if field.is_group() => group.name().to_owned(),
        _ => name.to_owned(),
    };
    Some((written, kind))
}

/// The item of a MessageSet that goes by the name of its message.
fn item(set: &MessageDescriptor, message: &MessageDescriptor) -> Option<ExtensionDescriptor> {
    message.child_extensions().find(|extension| {
        extension.containing_message() == *set && extension.kind().as_message() == Some(message)
    })
}
