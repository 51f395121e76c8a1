//! Maps in the values of options, which prost-reflect keeps without the order
//! of their entries, and only one of those with the same key.
//!
//! While a file is linked, its maps are the repeated messages that they are in
//! descriptors.

use protox::prost_reflect::prost_types::{DescriptorProto, FileDescriptorProto};

use crate::wire::{self, Edit};

/// Makes ordinary messages of the entries of maps; whether there are any.
pub fn hide(file: &mut FileDescriptorProto) -> bool {
    hide_in(&mut file.message_type)
}

// Nesting is at most 32 deep: the parser sees to it.
fn hide_in(messages: &mut [DescriptorProto]) -> bool {
    let mut found = false;
    for message in messages {
        found |= hide_in(&mut message.nested_type);
        if let Some(map_entry @ Some(true)) = message.options.as_mut().map(|o| &mut o.map_entry) {
            // Not `None`, by which they would not be told from other messages.
            *map_entry = Some(false);
            found = true;
        }
    }
    found
}

/// An encoded message whose entries of maps are such again.
pub fn show(message: &[u8]) -> Vec<u8> {
    const NESTED_TYPE: u32 = 3;
    const OPTIONS: u32 = 7;
    const MAP_ENTRY: u32 = 7;
    wire::edit(message, |field| match (field.number, field.content) {
        (NESTED_TYPE, Some(nested)) => Edit::Replace(show(nested)),
        (OPTIONS, Some(options)) => {
            Edit::Replace(wire::edit(options, |option| match option.number {
                MAP_ENTRY => Edit::Number(1),
                _ => Edit::Keep,
            }))
        }
        _ => Edit::Keep,
    })
}
