//! Names with dots, as protoc looks them up: it does not see the packages of
//! files that are not imported, which prost-reflect does.

use std::collections::HashSet;

use protox::prost_reflect::prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto,
};

use super::options::each_option;
use crate::validate::join;

/// What a file can look names up in: packages, messages, enums and services.
#[derive(Debug, Default)]
pub struct Scopes(HashSet<String>);

impl Scopes {
    /// Adds what a file declares.
    pub fn add(&mut self, file: &FileDescriptorProto) {
        let package = file.package();
        let ends = package.match_indices('.').map(|(end, _)| end);
        let outer = ends.filter_map(|end| package.get(..end));
        self.0.extend(outer.map(str::to_owned));
        self.0.insert(package.to_owned());
        for message in &file.message_type {
            self.add_message(package, message);
        }
        let enums = file.enum_type.iter().map(|found| found.name());
        let services = file.service.iter().map(|found| found.name());
        self.0
            .extend(enums.chain(services).map(|name| join(package, name)));
    }

    // Nesting is at most 32 deep: the parser sees to it.
    fn add_message(&mut self, scope: &str, message: &DescriptorProto) {
        let name = join(scope, message.name());
        for nested in &message.nested_type {
            self.add_message(&name, nested);
        }
        let enums = message.enum_type.iter();
        self.0.extend(enums.map(|found| join(&name, found.name())));
        self.0.insert(name);
    }

    /// Writes the names with dots in a file as full names; whether there were
    /// any.
    pub fn qualify(&self, file: &mut FileDescriptorProto) -> bool {
        let mut changed = false;
        let package = file.package().to_owned();
        for message in &mut file.message_type {
            changed |= self.in_message(&package, message);
        }
        for extension in &mut file.extension {
            changed |= self.in_field(&package, extension);
        }
        for service in &mut file.service {
            let scope = join(&package, service.name());
            for method in &mut service.method {
                let types = [&mut method.input_type, &mut method.output_type];
                for name in types.into_iter().flatten() {
                    changed |= self.write_full(&scope, name);
                }
            }
        }
        each_option(file, &mut |scope, option| {
            for part in option.name.iter_mut().filter(|part| part.is_extension) {
                changed |= self.write_full(scope, &mut part.name_part);
            }
        });
        changed
    }

    fn in_message(&self, scope: &str, message: &mut DescriptorProto) -> bool {
        let scope = join(scope, message.name());
        let mut changed = false;
        for field in message.field.iter_mut().chain(&mut message.extension) {
            changed |= self.in_field(&scope, field);
        }
        for nested in &mut message.nested_type {
            changed |= self.in_message(&scope, nested);
        }
        changed
    }

    fn in_field(&self, scope: &str, field: &mut FieldDescriptorProto) -> bool {
        let mut changed = false;
        for name in [&mut field.type_name, &mut field.extendee] {
            changed |= name
                .as_mut()
                .is_some_and(|name| self.write_full(scope, name));
        }
        changed
    }

    /// The innermost scope that has the first part of a name is the one that
    /// has to have all of it.
    fn write_full(&self, scope: &str, name: &mut String) -> bool {
        let Some((first, _)) = name.split_once('.').filter(|(first, _)| !first.is_empty()) else {
            return false;
        };
        let scopes = std::iter::successors(Some(scope), |scope| match scope.rsplit_once('.') {
            Some((outer, _)) => Some(outer),
            None => (!scope.is_empty()).then_some(""),
        });
        let mut scopes = scopes.filter(|scope| self.0.contains(&join(scope, first)));
        let Some(found) = scopes.next() else {
            return false;
        };
        *name = format!(".{}", join(found, name));
        true
    }
}
