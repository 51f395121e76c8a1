//! Extension ranges that declare their extensions: `declaration = {…}`.

use std::collections::HashSet;

use protobuf::descriptor::field_descriptor_proto::{Label, Type};
use protobuf::descriptor::{DescriptorProto, FieldDescriptorProto};
use protobuf::{CodedInputStream, UnknownFields};

use super::element::{Element, index, number};
use super::options;
use super::subject::Subject;
use super::types;

const DECLARATION: u32 = 2;
const DECLARATION_PART: i32 = 2;
const VERIFICATION: u32 = 3;
const VERIFICATION_PART: i32 = 3;

/// `ExtensionRangeOptions.Declaration`.
#[derive(Debug, Default)]
struct Declaration {
    number: i32,
    full_name: Option<String>,
    type_name: Option<String>,
    reserved: bool,
    repeated: bool,
}

/// `ExtensionRangeOptions.VerificationState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verification {
    NotSaid,
    Declaration,
    Unverified,
}

/// Checks what the extension ranges of a message declare.
pub fn check_ranges(subject: &Subject<'_>, message: &Element<'_, DescriptorProto>) {
    let mut names = HashSet::new();
    for (at, range) in message.proto.extension_range.iter().enumerate() {
        let unknown = range.options.special_fields.unknown_fields();
        let declarations = declarations(unknown);
        let path = message.part(&[
            number::MESSAGE_EXTENSION_RANGE,
            index(at),
            number::RANGE_OPTIONS,
        ]);
        if verification(unknown) == Verification::Unverified && !declarations.is_empty() {
            subject.report(
                &[path.as_slice(), &[VERIFICATION_PART]].concat(),
                "an extension range with declarations cannot be UNVERIFIED".to_owned(),
            );
        }
        let mut numbers = HashSet::new();
        for (at, declaration) in declarations.iter().enumerate() {
            let path = [path.as_slice(), &[DECLARATION_PART, index(at)]].concat();
            let report = |text: String| subject.report(&path, text);
            if !(range.start()..range.end()).contains(&declaration.number) {
                report(format!(
                    "declaration {} is outside the extension range {} to {}",
                    declaration.number,
                    range.start(),
                    range.end().saturating_sub(1)
                ));
            }
            if !numbers.insert(declaration.number) {
                report(format!(
                    "extension number {} is declared twice",
                    declaration.number
                ));
            }
            if let Some(name) = &declaration.full_name
                && !names.insert(name.clone())
            {
                report(format!("extension '{name}' is declared twice"));
            }
            for problem in problems(declaration) {
                report(problem);
            }
        }
    }
}

fn problems(declaration: &Declaration) -> Vec<String> {
    let number = declaration.number;
    let mut problems = Vec::new();
    if declaration.full_name.is_some() != declaration.type_name.is_some()
        || (declaration.full_name.is_none() && !declaration.reserved)
    {
        problems.push(format!(
            "declaration {number} needs full_name and type, or neither and 'reserved: true'"
        ));
        return problems;
    }
    let scalar = |name: &str| types::SCALARS.contains(&name);
    for (what, name) in [
        ("full_name", &declaration.full_name),
        ("type", &declaration.type_name),
    ] {
        let Some(name) = name else { continue };
        if what == "type" && scalar(name) {
            continue;
        }
        match name.strip_prefix('.') {
            None => problems.push(format!(
                "{what} '{name}' of declaration {number} must start with a dot"
            )),
            Some(rest) if !rest.split('.').all(is_part) => problems.push(format!(
                "{what} '{name}' of declaration {number} is not a name"
            )),
            Some(_) => {}
        }
    }
    problems
}

/// protoc lets the part of a name start with a digit here.
fn is_part(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Checks that an extension is as its range declares it.
pub fn check_extension(subject: &Subject<'_>, extension: &Element<'_, FieldDescriptorProto>) {
    let proto = extension.proto;
    let Some((_, message)) = subject.types.message(proto.extendee()) else {
        return;
    };
    let Some(range) = message
        .extension_range
        .iter()
        .find(|range| (range.start()..range.end()).contains(&proto.number()))
    else {
        return;
    };
    let unknown = range.options.special_fields.unknown_fields();
    let declarations = declarations(unknown);
    let report = |part: i32, text: String| subject.report(&extension.part(&[part]), text);
    let extendee = types::name(proto.extendee());
    let declared = declarations
        .iter()
        .find(|declaration| declaration.number == proto.number());
    let Some(declared) = declared else {
        if !declarations.is_empty() || verification(unknown) == Verification::Declaration {
            report(
                number::FIELD_NUMBER,
                format!(
                    "extension '{}' with number {} is not declared in '{extendee}', whose range declares all extensions",
                    extension.full_name,
                    proto.number()
                ),
            );
        }
        return;
    };
    if declared.reserved {
        report(
            number::FIELD_NUMBER,
            format!(
                "extension number {} is reserved in '{extendee}'",
                proto.number()
            ),
        );
        return;
    }
    check_declared(subject, extension, declared);
}

fn check_declared(
    subject: &Subject<'_>,
    extension: &Element<'_, FieldDescriptorProto>,
    declared: &Declaration,
) {
    let proto = extension.proto;
    let extendee = types::name(proto.extendee());
    let expect = |part: i32, what: &str, found: &str, expected: &str| {
        if found != expected {
            subject.report(
                &extension.part(&[part]),
                format!(
                    "extension {} of '{extendee}' is declared with {what} '{expected}', not '{found}'",
                    proto.number()
                ),
            );
        }
    };
    let name = format!(".{}", extension.full_name);
    expect(
        number::NAME,
        "name",
        &name,
        declared.full_name.as_deref().unwrap_or(&name),
    );
    let type_name = match proto.type_name() {
        "" => scalar_name(proto.type_()),
        name => name.to_owned(),
    };
    expect(
        number::FIELD_TYPE_NAME,
        "type",
        &type_name,
        declared.type_name.as_deref().unwrap_or(&type_name),
    );
    let label = |repeated| if repeated { "repeated" } else { "optional" };
    let repeated = proto.label() == Label::LABEL_REPEATED;
    expect(
        number::NAME,
        "label",
        label(repeated),
        label(declared.repeated),
    );
}

fn scalar_name(kind: Type) -> String {
    format!("{kind:?}")
        .strip_prefix("TYPE_")
        .unwrap_or_default()
        .to_lowercase()
}

fn verification(unknown: &UnknownFields) -> Verification {
    match options::varint(unknown, VERIFICATION) {
        Some(0) => Verification::Declaration,
        Some(_) => Verification::Unverified,
        None => Verification::NotSaid,
    }
}

fn declarations(unknown: &UnknownFields) -> Vec<Declaration> {
    options::contents(unknown, DECLARATION)
        .into_iter()
        .filter_map(|bytes| declaration(bytes).ok())
        .collect()
}

fn declaration(bytes: &[u8]) -> protobuf::Result<Declaration> {
    let mut declaration = Declaration::default();
    let mut input = CodedInputStream::from_bytes(bytes);
    while let Some(tag) = input.read_raw_tag_or_eof()? {
        match tag >> 3 {
            1 => declaration.number = input.read_int32()?,
            2 => declaration.full_name = Some(input.read_string()?),
            3 => declaration.type_name = Some(input.read_string()?),
            5 => declaration.reserved = input.read_bool()?,
            6 => declaration.repeated = input.read_bool()?,
            _ => break,
        }
    }
    Ok(declaration)
}
