//! Descriptors with the values of options as protoc encodes them.

use super::{CustomOptions, FIRST_CUSTOM, Part, Visible, part};
use crate::leniency;
use crate::parse::ProtoFile;
use crate::wire::{self, Edit};

impl CustomOptions {
    /// An encoded `FileDescriptorProto` with its options as protoc encodes them:
    /// the entries of maps whole, the items of MessageSets as groups, and texts
    /// that are no UTF-8 as they are.
    pub fn encode(&self, file: &ProtoFile) -> Vec<u8> {
        let encoder = Encoder {
            visible: Visible::new(self, file),
            has_odd_strings: file.has_odd_strings,
        };
        encoder.message("FileDescriptorProto", &file.encoded)
    }
}

/// Of options, those that are not looked up yet.
const UNINTERPRETED: u32 = 999;

/// Encodes the options of a file.
struct Encoder<'a> {
    visible: Visible<'a>,
    has_odd_strings: bool,
}

impl Encoder<'_> {
    fn message(&self, message: &str, bytes: &[u8]) -> Vec<u8> {
        wire::edit(bytes, |field| {
            match (field.content, part(message, field.number)) {
                (Some(content), Some(Part::Options(name))) => {
                    Edit::Replace(self.options(&format!("google.protobuf.{name}"), content))
                }
                (Some(content), Some(Part::Message(name))) => {
                    Edit::Replace(self.message(name, content))
                }
                _ => Edit::Keep,
            }
        })
    }

    fn options(&self, message: &str, bytes: &[u8]) -> Vec<u8> {
        let nested = |number: u32| self.visible.nested(message, number);
        let is_custom =
            |number: u32| number >= FIRST_CUSTOM || !message.starts_with("google.protobuf.");
        let is_set = self.visible.options.message_sets.contains(message);
        let mut encoded = wire::edit(bytes, |field| match (nested(field.number), field.content) {
            // A descriptor.proto without this field does not know it.
            (_, Some(_)) if field.number == UNINTERPRETED && !is_custom(field.number) => Edit::Drop,
            (Some(nested), Some(content)) if is_set => {
                Edit::Raw(item(field.number, &self.options(nested, content)))
            }
            (Some(nested), Some(content)) => Edit::Replace(self.options(nested, content)),
            (Some(nested), None) => field.group.map_or(Edit::Keep, |group| {
                let mut out = Vec::new();
                wire::write_group(&mut out, field.number, &self.options(nested, group));
                Edit::Raw(out)
            }),
            (None, Some(content)) if self.has_odd_strings && is_custom(field.number) => {
                leniency::restored_bytes(content).map_or(Edit::Keep, Edit::Replace)
            }
            _ => Edit::Keep,
        });
        if let Some([key, value]) = self.visible.options.map_entries.get(message) {
            let has = |number: u32| wire::fields(&encoded).iter().any(|f| f.number == number);
            let (has_key, has_value) = (has(1), has(2));
            if !has_key {
                encoded.splice(..0, key.iter().copied());
            }
            if !has_value {
                encoded.extend_from_slice(value);
            }
        }
        encoded
    }
}

/// An encoded `FileDescriptorProto` whose texts are those of the source, even
/// where they are no UTF-8. rust-protobuf cannot read it.
pub fn with_odd_texts(file: &[u8]) -> Vec<u8> {
    odd_texts_in("FileDescriptorProto", file)
}

fn odd_texts_in(message: &str, bytes: &[u8]) -> Vec<u8> {
    let text = |field: &wire::Field<'_>| {
        let content = field.content.filter(|_| field.number < FIRST_CUSTOM);
        let text = content.and_then(leniency::restored_bytes);
        text.map_or(Edit::Keep, Edit::Replace)
    };
    wire::edit(bytes, |field| {
        match (field.content, part(message, field.number)) {
            (Some(content), Some(Part::Options(_))) => Edit::Replace(wire::edit(content, text)),
            (Some(content), Some(Part::Message(name))) => {
                Edit::Replace(odd_texts_in(name, content))
            }
            _ => text(field),
        }
    })
}

/// An item of a MessageSet: a group 1 with the number as field 2 and the
/// message as field 3.
fn item(number: u32, message: &[u8]) -> Vec<u8> {
    const START: u8 = 1 << 3 | 3;
    const END: u8 = 1 << 3 | 4;
    let mut item = vec![START];
    wire::write_number(&mut item, 2, number.into());
    wire::write(&mut item, 3, message);
    item.push(END);
    item
}
