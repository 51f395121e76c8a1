//! Names as protoc looks them up: it sees nothing of files that are not
//! imported, which prost-reflect does.

use std::collections::HashSet;
use std::iter::successors;

use protox::prost_reflect::prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
};

use super::options::each_option;
use crate::validate::join;

/// What a file sees.
#[derive(Debug, Default)]
pub struct Scopes {
    /// Packages, messages, enums and services, which have names in them.
    scopes: HashSet<String>,
    /// All else that has a name.
    others: HashSet<String>,
}

impl Scopes {
    /// Adds what a file declares.
    pub fn add(&mut self, file: &FileDescriptorProto) {
        let package = file.package();
        let ends = package.match_indices('.').map(|(end, _)| end);
        let outer = ends.filter_map(|end| package.get(..end));
        self.scopes.extend(outer.map(str::to_owned));
        self.scopes.insert(package.to_owned());
        for message in &file.message_type {
            self.add_message(package, message);
        }
        for enumeration in &file.enum_type {
            self.add_enum(package, enumeration);
        }
        let extensions = file.extension.iter();
        self.others
            .extend(extensions.map(|found| join(package, found.name())));
        for service in &file.service {
            let name = join(package, service.name());
            let methods = service.method.iter();
            self.others
                .extend(methods.map(|found| join(&name, found.name())));
            self.scopes.insert(name);
        }
    }

    // Nesting is at most 32 deep: the parser sees to it.
    fn add_message(&mut self, scope: &str, message: &DescriptorProto) {
        let name = join(scope, message.name());
        for nested in &message.nested_type {
            self.add_message(&name, nested);
        }
        for enumeration in &message.enum_type {
            self.add_enum(&name, enumeration);
        }
        let fields = message.field.iter().chain(&message.extension);
        let oneofs = message.oneof_decl.iter();
        self.others
            .extend(fields.map(|found| join(&name, found.name())));
        self.others
            .extend(oneofs.map(|found| join(&name, found.name())));
        self.scopes.insert(name);
    }

    fn add_enum(&mut self, scope: &str, enumeration: &EnumDescriptorProto) {
        self.scopes.insert(join(scope, enumeration.name()));
        // Values are beside their enum.
        let values = enumeration.value.iter();
        self.others
            .extend(values.map(|found| join(scope, found.name())));
    }

    /// Whether something has a full name.
    pub fn has(&self, full_name: &str) -> bool {
        self.scopes.contains(full_name) || self.others.contains(full_name)
    }

    /// The full name that a name in brackets stands for in the value of a
    /// message: that is looked up around the message, not in it.
    pub fn full_name(&self, message: &str, name: &str) -> Option<String> {
        let first = name.split('.').next()?;
        let mut outer = scopes(message).skip(1).filter(|scope| {
            let first_name = join(scope, first);
            self.scopes.contains(&first_name) || first == name && self.others.contains(&first_name)
        });
        let full_name = join(outer.next()?, name);
        self.has(&full_name).then_some(full_name)
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
        each_option(file, &mut |scope, _, option| {
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
        let mut scopes = scopes(scope).filter(|scope| self.scopes.contains(&join(scope, first)));
        let Some(found) = scopes.next() else {
            return false;
        };
        *name = format!(".{}", join(found, name));
        true
    }
}

/// A scope, the one around it, and so on.
pub fn scopes(innermost: &str) -> impl Iterator<Item = &str> {
    successors(Some(innermost), |scope| match scope.rsplit_once('.') {
        Some((outer, _)) => Some(outer),
        None => (!scope.is_empty()).then_some(""),
    })
}
