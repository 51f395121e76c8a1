//! `packed`, which prost-reflect only heeds in the values of options when it
//! is set before options are looked up.

use std::collections::HashMap;

use protox::prost_reflect::prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto,
};

use crate::validate::index;

const UNINTERPRETED_OPTION: i32 = 999;
const PACKED: i32 = 2;

/// Sets the option in all fields that have it.
pub fn set_packed(file: &mut FileDescriptorProto) {
    const MESSAGE_TYPE: i32 = 4;
    const EXTENSION: i32 = 7;
    let mut set = HashMap::new();
    in_fields(&mut file.extension, &[EXTENSION], &mut set);
    for (at, message) in file.message_type.iter_mut().enumerate() {
        in_message(message, &[MESSAGE_TYPE, index(at)], &mut set);
    }
    if set.is_empty() {
        return;
    }
    let locations = file.source_code_info.iter_mut();
    for location in locations.flat_map(|info| &mut info.location) {
        renumber(&mut location.path, &set);
    }
}

/// Where options are, and which of them was set.
type Set = HashMap<Vec<i32>, i32>;

// Nesting is at most 32 deep: the parser sees to it.
fn in_message(message: &mut DescriptorProto, path: &[i32], set: &mut Set) {
    const FIELD: i32 = 2;
    const NESTED_TYPE: i32 = 3;
    const EXTENSION: i32 = 6;
    in_fields(&mut message.field, &[path, &[FIELD]].concat(), set);
    in_fields(&mut message.extension, &[path, &[EXTENSION]].concat(), set);
    for (at, nested) in message.nested_type.iter_mut().enumerate() {
        in_message(nested, &[path, &[NESTED_TYPE, index(at)]].concat(), set);
    }
}

fn in_fields(fields: &mut [FieldDescriptorProto], path: &[i32], set: &mut Set) {
    const OPTIONS: i32 = 8;
    for (field_at, field) in fields.iter_mut().enumerate() {
        let Some(options) = &mut field.options else {
            continue;
        };
        let found = options.uninterpreted_option.iter().position(|option| {
            matches!(&option.name[..], [part] if part.name_part == "packed" && !part.is_extension)
        });
        let value = found.and_then(|at| options.uninterpreted_option[at].identifier_value.clone());
        let (Some(at), Some("true" | "false")) = (found, value.as_deref()) else {
            continue;
        };
        options.packed = Some(value.as_deref() == Some("true"));
        options.uninterpreted_option.remove(at);
        set.insert([path, &[index(field_at), OPTIONS]].concat(), index(at));
    }
}

/// The path of an option, now that one of those beside it is no longer listed.
fn renumber(path: &mut Vec<i32>, set: &Set) {
    let Some(options) = path.iter().position(|part| *part == UNINTERPRETED_OPTION) else {
        return;
    };
    let Some(removed) = set.get(&path[..options]) else {
        return;
    };
    if let Some(at) = path.get_mut(options + 1) {
        if *at > *removed {
            *at -= 1;
        } else if *at == *removed {
            path.truncate(options);
            path.push(PACKED);
        }
    }
}
