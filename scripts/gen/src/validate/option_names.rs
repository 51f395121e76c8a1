//! Custom options whose name something else has: protoc looks for a name beside
//! the element first, then around it, and takes what it finds there.

use std::collections::HashSet;

use protobuf::descriptor::FileDescriptorProto;

use super::element::{Elements, join};
use super::options::{self, Options, parent};
use super::subject::Subject;
use crate::tokens::{Kind, tokens};

/// Checks the names of the custom options of a file.
pub fn check(subject: &Subject<'_>, elements: &Elements<'_>, all: &[Options<'_>]) {
    let mut names = None;
    for options in all {
        let message = format!("google.protobuf.{}", options.kind.message);
        for (number, _) in options.unknown.iter() {
            let number = i32::try_from(number).ok();
            let found =
                number.and_then(|number| Some((number, subject.extension(&message, number)?)));
            let Some((number, extension)) = found else {
                continue;
            };
            let names = names.get_or_insert_with(|| declared(&subject.file.descriptor, elements));
            let Some(hidden) = hidden_by(&options.scope, &extension.full_name, names) else {
                continue;
            };
            // To read the source takes long, and seldom is any need.
            let path = [options.path.as_slice(), &[number]].concat();
            let name = last_part(&extension.full_name);
            if written_name(&subject.source(&path)).as_deref() != Some(name) {
                continue;
            }
            let message = match hidden {
                Hidden::By(other) => format!("'{name}' is '{other}' here, not an option"),
                Hidden::Inside => {
                    format!("option '{name}' is declared inside of what it is set on")
                }
            };
            let help = format!("write '({})'", extension.full_name);
            subject.report_with_help(&path, message, Some(&help));
        }
    }
}

/// Why an option is not found by its last name alone.
enum Hidden {
    /// What is nearer to the element, by its full name.
    By(String),
    /// It is in the element, where protoc does not look.
    Inside,
}

fn hidden_by(element: &str, option: &str, names: &HashSet<String>) -> Option<Hidden> {
    if parent(option) == element {
        return Some(Hidden::Inside);
    }
    let mut scope = parent(element);
    loop {
        let candidate = join(scope, last_part(option));
        if candidate == option {
            return None;
        }
        if names.contains(&candidate) {
            return Some(Hidden::By(candidate));
        }
        if scope.is_empty() {
            return None;
        }
        scope = parent(scope);
    }
}

fn last_part(full_name: &str) -> &str {
    full_name.rsplit('.').next().unwrap_or_default()
}

/// The full names of all that a file declares.
fn declared(file: &FileDescriptorProto, elements: &Elements<'_>) -> HashSet<String> {
    let mut names: HashSet<String> = HashSet::from([file.package().to_owned()]);
    names.extend(
        elements
            .messages
            .iter()
            .map(|found| found.full_name.clone()),
    );
    names.extend(elements.fields.iter().map(|found| found.full_name.clone()));
    names.extend(
        elements
            .extensions
            .iter()
            .map(|found| found.full_name.clone()),
    );
    names.extend(elements.oneofs.iter().map(|found| found.full_name.clone()));
    for enumeration in &elements.enums {
        names.insert(enumeration.full_name.clone());
        let values = enumeration.proto.value.iter();
        names.extend(values.map(|value| options::value_name(enumeration, value)));
    }
    for service in &elements.services {
        names.insert(service.full_name.clone());
        let methods = service.proto.method.iter();
        names.extend(methods.map(|method| join(&service.full_name, method.name())));
    }
    names
}

/// The name in the first parentheses of an option, if it has no dots.
fn written_name(source: &str) -> Option<String> {
    let tokens = tokens(source);
    let mut code = tokens.iter().filter(|token| token.kind != Kind::Comment);
    code.find(|token| token.text(source) == "(")?;
    let (name, end) = (code.next()?, code.next()?);
    (end.text(source) == ")").then(|| name.text(source).to_owned())
}
