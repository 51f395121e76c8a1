//! The fields and options of a file that is not linked yet.

use protox::prost_reflect::prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    UninterpretedOption,
};

use crate::validate::join;

/// Changes every option in a file; it comes with the full name of what it is
/// of, which for a file is its package, and the name of its message of options.
pub fn each_option(
    file: &mut FileDescriptorProto,
    change: &mut impl FnMut(&str, &str, &mut UninterpretedOption),
) {
    each_list(file, &mut |scope, message, options| {
        options
            .iter_mut()
            .for_each(|option| change(scope, message, option));
    });
}

/// Drops every option in a file but those that say what is right in it.
pub fn drop_options(file: &mut FileDescriptorProto) {
    const KEPT: [&str; 2] = ["allow_alias", "message_set_wire_format"];
    each_list(file, &mut |_, _, options| {
        options.retain(|option| {
            matches!(&option.name[..], [part] if !part.is_extension && KEPT.contains(&part.name_part.as_str()))
        });
    });
}

/// The options of elements, none where an element has none.
macro_rules! lists {
    ($elements:expr) => {
        $elements
            .iter_mut()
            .flat_map(|element| &mut element.options)
            .map(|options| &mut options.uninterpreted_option)
    };
}

fn each_list(
    file: &mut FileDescriptorProto,
    change: &mut impl FnMut(&str, &str, &mut Vec<UninterpretedOption>),
) {
    let package = file.package().to_owned();
    if let Some(options) = &mut file.options {
        change(&package, "FileOptions", &mut options.uninterpreted_option);
    }
    for message in &mut file.message_type {
        in_message(&package, message, change);
    }
    for enumeration in &mut file.enum_type {
        in_enum(&package, enumeration, change);
    }
    in_fields(&package, &mut file.extension, change);
    for service in &mut file.service {
        let name = join(&package, service.name());
        lists!([&mut *service]).for_each(|options| change(&name, "ServiceOptions", options));
        for method in &mut service.method {
            let name = join(&name, method.name());
            lists!([method]).for_each(|options| change(&name, "MethodOptions", options));
        }
    }
}

// Nesting is at most 32 deep: the parser sees to it.
fn in_message(
    scope: &str,
    message: &mut DescriptorProto,
    change: &mut impl FnMut(&str, &str, &mut Vec<UninterpretedOption>),
) {
    let name = join(scope, message.name());
    lists!([&mut *message]).for_each(|options| change(&name, "MessageOptions", options));
    lists!(message.extension_range)
        .for_each(|options| change(&name, "ExtensionRangeOptions", options));
    for oneof in &mut message.oneof_decl {
        let name = join(&name, oneof.name());
        lists!([oneof]).for_each(|options| change(&name, "OneofOptions", options));
    }
    in_fields(&name, &mut message.field, change);
    in_fields(&name, &mut message.extension, change);
    for enumeration in &mut message.enum_type {
        in_enum(&name, enumeration, change);
    }
    for nested in &mut message.nested_type {
        in_message(&name, nested, change);
    }
}

fn in_fields(
    scope: &str,
    fields: &mut [FieldDescriptorProto],
    change: &mut impl FnMut(&str, &str, &mut Vec<UninterpretedOption>),
) {
    for field in fields {
        let name = join(scope, field.name());
        lists!([field]).for_each(|options| change(&name, "FieldOptions", options));
    }
}

fn in_enum(
    scope: &str,
    enumeration: &mut EnumDescriptorProto,
    change: &mut impl FnMut(&str, &str, &mut Vec<UninterpretedOption>),
) {
    let name = join(scope, enumeration.name());
    lists!([&mut *enumeration]).for_each(|options| change(&name, "EnumOptions", options));
    for value in &mut enumeration.value {
        // Values are beside their enum.
        let name = join(scope, value.name());
        lists!([value]).for_each(|options| change(&name, "EnumValueOptions", options));
    }
}

/// Changes every field and extension in a file.
pub fn each_field(
    file: &mut FileDescriptorProto,
    change: &mut impl FnMut(&mut FieldDescriptorProto),
) {
    file.extension.iter_mut().for_each(&mut *change);
    for message in &mut file.message_type {
        fields_in(message, change);
    }
}

fn fields_in(message: &mut DescriptorProto, change: &mut impl FnMut(&mut FieldDescriptorProto)) {
    let fields = message.field.iter_mut().chain(&mut message.extension);
    fields.for_each(&mut *change);
    for nested in &mut message.nested_type {
        fields_in(nested, change);
    }
}
