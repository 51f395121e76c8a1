//! How long names may be.

use super::element::{Elements, index, join, number};
use super::subject::Subject;

/// The longest full name, in bytes.
const LONGEST_NAME: usize = 65_535;
/// The longest package, in bytes.
const LONGEST_PACKAGE: usize = 511;
/// The most parts of a package.
const DEEPEST_PACKAGE: usize = 101;

/// Checks every name of a file.
pub fn check(subject: &Subject<'_>, elements: &Elements<'_>) {
    check_package(subject);
    for message in &elements.messages {
        check_name(subject, &message.part(&[number::NAME]), &message.full_name);
    }
    for field in elements.fields.iter().chain(&elements.extensions) {
        check_name(subject, &field.part(&[number::NAME]), &field.full_name);
        let json_name = field.part(&[number::FIELD_JSON_NAME]);
        check_name(subject, &json_name, field.proto.json_name());
    }
    for oneof in &elements.oneofs {
        check_name(subject, &oneof.part(&[number::NAME]), &oneof.full_name);
    }
    for enumeration in &elements.enums {
        check_name(
            subject,
            &enumeration.part(&[number::NAME]),
            &enumeration.full_name,
        );
        // Enum values stand beside their enum.
        let scope = enumeration.full_name.rsplit_once('.').map_or("", |s| s.0);
        for (at, value) in enumeration.proto.value.iter().enumerate() {
            let path = enumeration.part(&[number::ENUM_VALUE, index(at), number::NAME]);
            check_name(subject, &path, &join(scope, value.name()));
        }
    }
    for service in &elements.services {
        check_name(subject, &service.part(&[number::NAME]), &service.full_name);
        for (at, method) in service.proto.method.iter().enumerate() {
            let path = service.part(&[number::SERVICE_METHOD, index(at), number::NAME]);
            check_name(subject, &path, &join(&service.full_name, method.name()));
        }
    }
}

fn check_package(subject: &Subject<'_>) {
    let package = subject.file.descriptor.package();
    let depth = package.split('.').count();
    if package.len() > LONGEST_PACKAGE {
        subject.report(
            &[number::FILE_PACKAGE],
            format!(
                "the package name is {} bytes long; at most {LONGEST_PACKAGE} are allowed",
                package.len()
            ),
        );
    } else if depth > DEEPEST_PACKAGE {
        subject.report(
            &[number::FILE_PACKAGE],
            format!("the package name has {depth} parts; at most {DEEPEST_PACKAGE} are allowed"),
        );
    }
}

fn check_name(subject: &Subject<'_>, path: &[i32], name: &str) {
    if name.len() > LONGEST_NAME {
        let start: String = name.chars().take(20).collect();
        subject.report(
            path,
            format!(
                "the name '{start}…' is {} bytes long with its scope; at most {LONGEST_NAME} are allowed",
                name.len()
            ),
        );
    }
}
