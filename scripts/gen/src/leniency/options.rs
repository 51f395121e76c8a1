//! The fields and options of a file that is not linked yet.

use protox::prost_reflect::prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    UninterpretedOption,
};

/// Changes every option in a file, whatever it is of.
pub fn each_option(
    file: &mut FileDescriptorProto,
    change: &mut impl FnMut(&mut UninterpretedOption),
) {
    if let Some(options) = &mut file.options {
        options
            .uninterpreted_option
            .iter_mut()
            .for_each(&mut *change);
    }
    for message in &mut file.message_type {
        in_message(message, change);
    }
    for enumeration in &mut file.enum_type {
        in_enum(enumeration, change);
    }
    in_fields(&mut file.extension, change);
    for service in &mut file.service {
        if let Some(options) = &mut service.options {
            options
                .uninterpreted_option
                .iter_mut()
                .for_each(&mut *change);
        }
        for options in service.method.iter_mut().flat_map(|m| &mut m.options) {
            options
                .uninterpreted_option
                .iter_mut()
                .for_each(&mut *change);
        }
    }
}

// Nesting is at most 32 deep: the parser sees to it.
fn in_message(message: &mut DescriptorProto, change: &mut impl FnMut(&mut UninterpretedOption)) {
    if let Some(options) = &mut message.options {
        options
            .uninterpreted_option
            .iter_mut()
            .for_each(&mut *change);
    }
    for options in message.oneof_decl.iter_mut().flat_map(|o| &mut o.options) {
        options
            .uninterpreted_option
            .iter_mut()
            .for_each(&mut *change);
    }
    let ranges = message.extension_range.iter_mut();
    for options in ranges.flat_map(|range| &mut range.options) {
        options
            .uninterpreted_option
            .iter_mut()
            .for_each(&mut *change);
    }
    in_fields(&mut message.field, change);
    in_fields(&mut message.extension, change);
    for enumeration in &mut message.enum_type {
        in_enum(enumeration, change);
    }
    for nested in &mut message.nested_type {
        in_message(nested, change);
    }
}

fn in_fields(
    fields: &mut [FieldDescriptorProto],
    change: &mut impl FnMut(&mut UninterpretedOption),
) {
    for options in fields.iter_mut().flat_map(|field| &mut field.options) {
        options
            .uninterpreted_option
            .iter_mut()
            .for_each(&mut *change);
    }
}

fn in_enum(
    enumeration: &mut EnumDescriptorProto,
    change: &mut impl FnMut(&mut UninterpretedOption),
) {
    if let Some(options) = &mut enumeration.options {
        options
            .uninterpreted_option
            .iter_mut()
            .for_each(&mut *change);
    }
    for options in enumeration.value.iter_mut().flat_map(|v| &mut v.options) {
        options
            .uninterpreted_option
            .iter_mut()
            .for_each(&mut *change);
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
