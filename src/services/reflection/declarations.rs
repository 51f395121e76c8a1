//! What one file declares.

use protobuf::descriptor::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
};

/// What a file declares, by full names without a leading dot.
#[derive(Debug, Default)]
pub struct Declarations {
    /// Messages, of which map entries are some.
    pub messages: Vec<String>,
    /// Everything else that has a full name.
    pub others: Vec<String>,
    /// Extensions: the message that each extends, and its number.
    pub extensions: Vec<(String, i32)>,
}

impl Declarations {
    /// All that `file` declares.
    pub fn of(file: &FileDescriptorProto) -> Declarations {
        let mut declarations = Declarations::default();
        declarations.add_file(file);
        declarations
    }

    fn add_file(&mut self, file: &FileDescriptorProto) {
        let package = file.package();
        for message in &file.message_type {
            self.add_message(package, message);
        }
        for enumeration in &file.enum_type {
            self.add_enum(package, enumeration);
        }
        for extension in &file.extension {
            self.add_extension(package, extension);
        }
        for service in &file.service {
            let name = within(package, service.name());
            for method in &service.method {
                self.others.push(within(&name, method.name()));
            }
            self.others.push(name);
        }
    }

    fn add_message(&mut self, scope: &str, message: &DescriptorProto) {
        let name = within(scope, message.name());
        for field in &message.field {
            self.others.push(within(&name, field.name()));
        }
        for oneof in &message.oneof_decl {
            self.others.push(within(&name, oneof.name()));
        }
        for nested in &message.nested_type {
            self.add_message(&name, nested);
        }
        for enumeration in &message.enum_type {
            self.add_enum(&name, enumeration);
        }
        for extension in &message.extension {
            self.add_extension(&name, extension);
        }
        self.messages.push(name);
    }

    fn add_enum(&mut self, scope: &str, enumeration: &EnumDescriptorProto) {
        self.others.push(within(scope, enumeration.name()));
        // A value is declared beside its enum, not inside of it.
        for value in &enumeration.value {
            self.others.push(within(scope, value.name()));
        }
    }

    fn add_extension(&mut self, scope: &str, extension: &FieldDescriptorProto) {
        self.others.push(within(scope, extension.name()));
        let extended = extension.extendee().trim_start_matches('.').to_owned();
        self.extensions.push((extended, extension.number()));
    }
}

fn within(scope: &str, name: &str) -> String {
    match scope {
        "" => name.to_owned(),
        _ => format!("{scope}.{name}"),
    }
}
