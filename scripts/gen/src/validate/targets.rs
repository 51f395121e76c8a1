//! Custom options that say what they may be set on: `targets = …`.

use protobuf::UnknownFields;
use protobuf::descriptor::field_descriptor_proto::Type;

use super::options::{self, Kind, Options};
use super::subject::Subject;

const TARGETS: u32 = 19;

/// Checks the custom options of a file.
pub fn check(subject: &Subject<'_>, all: &[Options<'_>]) {
    for options in all {
        check_fields(
            subject,
            options.kind,
            options.unknown,
            &format!("google.protobuf.{}", options.kind.message),
            &options.path,
        );
    }
}

/// Checks the fields that are set in options, and then those in them.
fn check_fields(
    subject: &Subject<'_>,
    kind: &Kind,
    fields: &UnknownFields,
    message: &str,
    path: &[i32],
) {
    let mut numbers: Vec<u32> = fields.iter().map(|(number, _)| number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    for number in numbers {
        let Some((name, field)) = i32::try_from(number)
            .ok()
            .and_then(|number| subject.field(message, number))
        else {
            continue;
        };
        let path = [path, &[field.number()]].concat();
        if !allows(field.options.special_fields.unknown_fields(), kind) {
            subject.report(
                &path,
                format!("option '{name}' cannot be set on a {}", kind.name),
            );
        }
        for content in options::contents(fields, number) {
            let is_message = field.type_() == Type::TYPE_MESSAGE;
            if let Some(nested) = is_message.then(|| unknown_fields(content)).flatten() {
                check_fields(subject, kind, &nested, field.type_name(), &path);
            }
        }
    }
}

fn allows(field_options: &UnknownFields, kind: &Kind) -> bool {
    let mut targets = field_options
        .iter()
        .filter(|(number, _)| *number == TARGETS)
        .peekable();
    targets.peek().is_none()
        || targets.any(|(_, value)| value == protobuf::UnknownValueRef::Varint(kind.target))
}

fn unknown_fields(content: &[u8]) -> Option<UnknownFields> {
    use protobuf::Message as _;
    let any = protobuf::well_known_types::empty::Empty::parse_from_bytes(content).ok()?;
    Some(any.special_fields.unknown_fields().clone())
}
