//! How numbers are written in the values of options: protoc takes only decimal
//! ones for a float or a double within a message, and no `-0` for an unsigned
//! integer.

use std::collections::HashMap;
use std::iter::Peekable;
use std::slice::Iter;

use protobuf::descriptor::FieldDescriptorProto;
use protobuf::descriptor::field_descriptor_proto::{Label, Type};

use super::options::Options;
use super::subject::Subject;
use crate::tokens::{Kind, Token, tokens};

/// Checks all options of a file, by their text.
pub fn check(subject: &Subject<'_>, all: &[Options<'_>]) {
    // To look up every option takes long, and seldom is any need.
    let is_odd = |(minus, number): (&Token, &Token)| {
        let text = &subject.file.text;
        is_not_decimal(number, text) || (minus.text(text) == "-" && number.text(text) == "0")
    };
    let found = tokens(&subject.file.text);
    if !found.iter().zip(found.iter().skip(1)).any(is_odd) {
        return;
    }
    let messages: HashMap<&[i32], &str> = all
        .iter()
        .map(|options| (options.path.as_slice(), options.kind.message))
        .collect();
    for location in subject.file.source_info().location {
        let path = &location.path;
        let options = (1..path.len()).find_map(|end| Some((end, *messages.get(path.get(..end)?)?)));
        let Some((end, message)) = options else {
            continue;
        };
        let message = format!("google.protobuf.{message}");
        let field = field_at(subject, &message, path.get(end..).unwrap_or_default());
        let text = text_of(&subject.file.text, &location.span);
        if let (Some(field), Some(text)) = (field, text) {
            for problem in problems(subject, field, text) {
                subject.report(path, problem);
            }
        }
    }
}

/// The field that an option sets, by its path below the options.
fn field_at<'a>(
    subject: &Subject<'a>,
    message: &str,
    path: &[i32],
) -> Option<&'a FieldDescriptorProto> {
    let (number, mut rest) = path.split_first()?;
    let (_, field) = subject.field(message, *number)?;
    if field.label() == Label::LABEL_REPEATED {
        rest = rest.get(1..).unwrap_or_default();
    }
    if rest.is_empty() {
        return Some(field);
    }
    field_at(subject, field.type_name(), rest)
}

/// The text of a span of source info.
fn text_of<'a>(text: &'a str, span: &[i32]) -> Option<&'a str> {
    let offset = |line: i32, column: i32| {
        let line = usize::try_from(line).ok()?;
        let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        Some(before + usize::try_from(column).ok()?)
    };
    match *span {
        [line, start, end] => text.get(offset(line, start)?..offset(line, end)?),
        [line, start, end_line, end] => text.get(offset(line, start)?..offset(end_line, end)?),
        _ => None,
    }
}

/// What is wrong with the value in the text of an option.
fn problems(subject: &Subject<'_>, field: &FieldDescriptorProto, text: &str) -> Vec<String> {
    let found = tokens(text);
    let is_code = |token: &&Token| token.kind != Kind::Comment;
    let value: Vec<&Token> = found
        .iter()
        .filter(is_code)
        .skip_while(|token| token.text(text) != "=")
        .skip(1)
        .collect();
    if field.type_() != Type::TYPE_MESSAGE {
        let is_unsigned = matches!(
            field.type_(),
            Type::TYPE_UINT32 | Type::TYPE_UINT64 | Type::TYPE_FIXED32 | Type::TYPE_FIXED64
        );
        return match value[..] {
            [minus, _, ..] if is_unsigned && minus.text(text) == "-" => vec![format!(
                "the value of '{}' cannot have a minus sign; it is unsigned",
                field.name()
            )],
            _ => Vec::new(),
        };
    }
    let mut walk = Walk {
        subject,
        text,
        rest: value.iter().peekable(),
        problems: Vec::new(),
    };
    walk.rest.next();
    walk.message(Some(field.type_name()));
    walk.problems
}

/// Whether a number is hexadecimal or octal.
fn is_not_decimal(token: &Token, text: &str) -> bool {
    let digits = token.text(text).strip_prefix('0');
    let is_digit = |c: char| c.is_ascii_digit() || matches!(c, 'x' | 'X');
    token.kind == Kind::Number && digits.is_some_and(|digits| digits.starts_with(is_digit))
}

/// Goes through the text of a message.
struct Walk<'a, 's, 't> {
    subject: &'a Subject<'s>,
    text: &'t str,
    rest: Peekable<Iter<'a, &'t Token>>,
    problems: Vec<String>,
}

impl<'s, 't> Walk<'_, 's, 't> {
    fn next(&mut self) -> Option<(&'t Token, &'t str)> {
        let token: &'t Token = self.rest.next()?;
        Some((token, token.text(self.text)))
    }

    fn takes(&mut self, symbol: &str) -> bool {
        let text = self.text;
        self.rest
            .next_if(|token| token.text(text) == symbol)
            .is_some()
    }

    /// What follows the brace that opens a message. Values are at most 100
    /// deep: what reads the text sees to it.
    fn message(&mut self, message: Option<&str>) {
        while let Some((_, found)) = self.next() {
            let field = match found {
                "}" | ">" => return,
                "," | ";" => continue,
                "[" => {
                    // An extension: its own numbers are not looked at.
                    while self.next().is_some_and(|(_, part)| part != "]") {}
                    None
                }
                name => message.and_then(|message| self.field(message, name)),
            };
            self.takes(":");
            if self.takes("[") {
                while !self.takes("]") && self.rest.peek().is_some() {
                    self.value(field);
                    self.takes(",");
                }
            } else {
                self.value(field);
            }
        }
    }

    fn field(&self, message: &str, name: &str) -> Option<&'s FieldDescriptorProto> {
        let (_, proto) = self.subject.types.message(message)?;
        proto.field.iter().find(|field| field.name() == name)
    }

    fn value(&mut self, field: Option<&FieldDescriptorProto>) {
        if self.takes("{") || self.takes("<") {
            let nested = field.map(FieldDescriptorProto::type_name);
            return self.message(nested);
        }
        self.takes("-");
        let Some((token, found)) = self.next() else {
            return;
        };
        let is_float = |field: &&FieldDescriptorProto| {
            matches!(field.type_(), Type::TYPE_FLOAT | Type::TYPE_DOUBLE)
        };
        if let Some(field) = field.filter(is_float)
            && is_not_decimal(token, self.text)
        {
            self.problems.push(format!(
                "number '{found}' is hexadecimal or octal; '{}' takes decimal numbers",
                field.name()
            ));
        }
    }
}
