//! Names that two files declare. protox finds them where it links the files
//! together, which it cannot when they number extensions alike.

use std::collections::HashMap;

use protobuf::descriptor::FileDescriptorProto;

use super::element::{index, join, number};
use crate::diagnostic::Diagnostic;
use crate::parse::{FileSet, ProtoFile};

/// Checks the outermost names of all files: others are below one of these.
pub fn check(files: &FileSet) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut names: HashMap<String, &str> = HashMap::new();
    let mut packages: HashMap<&str, &str> = HashMap::new();
    let (built_in, others): (Vec<_>, Vec<_>) = files.files.iter().partition(|f| f.is_built_in);
    for file in built_in.into_iter().chain(others) {
        let package = file.descriptor.package();
        let ends = package.match_indices('.').map(|(end, _)| end);
        for end in ends.chain((!package.is_empty()).then_some(package.len())) {
            let Some(outer) = package.get(..end) else {
                continue;
            };
            if let Some(first) = names.get(outer) {
                findings.push(finding(file, &[number::FILE_PACKAGE], outer, first));
            }
            packages.entry(outer).or_insert(file.name());
        }
        let mut own = Vec::new();
        for (name, path) in outermost(&file.descriptor) {
            let full_name = join(package, name);
            let first = names.get(&full_name);
            match first.or_else(|| packages.get(full_name.as_str())) {
                Some(first) => findings.push(finding(file, &path, &full_name, first)),
                None => own.push(full_name),
            }
        }
        names.extend(own.into_iter().map(|name| (name, file.name())));
    }
    findings
}

fn finding(file: &ProtoFile, path: &[i32], name: &str, first: &str) -> Diagnostic {
    file.diagnostic(
        path,
        format!("name '{name}' is already defined in file '{first}'"),
    )
}

/// The names outside of all messages, with the paths to them.
fn outermost(file: &FileDescriptorProto) -> Vec<(&str, Vec<i32>)> {
    let mut names = Vec::new();
    let mut add = |name, path: &[i32]| names.push((name, [path, &[number::NAME]].concat()));
    for (at, message) in file.message_type.iter().enumerate() {
        add(message.name(), &[number::FILE_MESSAGE, index(at)]);
    }
    for (at, enumeration) in file.enum_type.iter().enumerate() {
        let path = [number::FILE_ENUM, index(at)];
        add(enumeration.name(), &path);
        for (at, value) in enumeration.value.iter().enumerate() {
            let [kind, of] = path;
            add(value.name(), &[kind, of, number::ENUM_VALUE, index(at)]);
        }
    }
    for (at, service) in file.service.iter().enumerate() {
        add(service.name(), &[number::FILE_SERVICE, index(at)]);
    }
    for (at, extension) in file.extension.iter().enumerate() {
        add(extension.name(), &[number::FILE_EXTENSION, index(at)]);
    }
    names
}
