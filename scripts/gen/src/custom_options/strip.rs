//! Descriptors without the options that are for the source alone.
//!
//! Source: `StripSourceRetentionOptions` of protoc's `retention.cc`.

use std::collections::HashSet;

use protobuf::descriptor::field_descriptor_proto::Label;
use protobuf::rt::WireType;

use super::{CustomOptions, Holds, Visible, edit_options};
use crate::parse::ProtoFile;
use crate::wire::{self, Edit, Field};

/// The file whose messages of options go when nothing is left in them; where a
/// copy of it has another name, empty ones stay.
const DESCRIPTOR: &str = "google/protobuf/descriptor.proto";

/// Options of protoc's descriptor.proto that are for the source alone, which
/// count where no file of the set is a copy of it.
const BUILT_IN: [(&str, u32, WireType); 2] = [
    // `declaration` and `verification`
    (
        "google.protobuf.ExtensionRangeOptions",
        2,
        WireType::LengthDelimited,
    ),
    ("google.protobuf.ExtensionRangeOptions", 3, WireType::Varint),
];

impl CustomOptions {
    /// An encoded `FileDescriptorProto` without them, and the paths that they
    /// had in its source info.
    pub fn strip(&self, file: &ProtoFile) -> (Vec<u8>, HashSet<Vec<i32>>) {
        let mut paths = HashSet::new();
        let is_named = |index: usize| self.files.get(DESCRIPTOR) == Some(&index);
        let stripping = Stripping {
            visible: Visible::new(self, file),
            drops_empty: self.declares_descriptors.is_none_or(is_named),
        };
        let stripped = edit_options(&file.encoded, &mut |path, name, options| {
            let name = format!("google.protobuf.{name}");
            let stripped = stripping.options(&name, options, path, &mut paths);
            stripping.unless_emptied(options, stripped, path.to_vec(), &mut paths)
        });
        (stripped, paths)
    }
}

/// Strips the options of a file.
struct Stripping<'a> {
    visible: Visible<'a>,
    /// Whether options go when nothing is left of them.
    drops_empty: bool,
}

impl<'a> Stripping<'a> {
    /// Strips options, and the messages in them.
    fn options(
        &self,
        message: &str,
        bytes: &[u8],
        path: &[i32],
        paths: &mut HashSet<Vec<i32>>,
    ) -> Vec<u8> {
        wire::edit(bytes, |field| {
            let mut path = path.to_vec();
            path.extend(i32::try_from(field.number));
            match (self.holds(message, field), field.content) {
                (Some(Holds::SourceOnly), _) => {
                    paths.insert(path);
                    Edit::Drop
                }
                (Some(Holds::Message(nested, label)), Some(content)) => {
                    let stripped = self.options(nested, content, &path, paths);
                    let of_options = &self.visible.options.messages_of_options;
                    if *label != Label::LABEL_REPEATED && of_options.contains(nested) {
                        self.unless_emptied(content, stripped, path, paths)
                    } else {
                        Edit::Replace(stripped)
                    }
                }
                _ => Edit::Keep,
            }
        })
    }

    /// What is known of a field of options.
    fn holds(&self, message: &str, field: &Field<'_>) -> Option<&'a Holds> {
        if self.visible.options.declares_descriptors.is_some() {
            return self.visible.field(message, field.number);
        }
        let mut built_in = BUILT_IN.iter();
        let is_found = built_in.any(|(of, number, wire_type)| {
            (*of, *number, Some(*wire_type)) == (message, field.number, field.wire_type())
        });
        is_found.then_some(&Holds::SourceOnly)
    }

    fn unless_emptied(
        &self,
        before: &[u8],
        stripped: Vec<u8>,
        path: Vec<i32>,
        paths: &mut HashSet<Vec<i32>>,
    ) -> Edit {
        if self.drops_empty && stripped.is_empty() && !before.is_empty() {
            paths.insert(path);
            Edit::Drop
        } else {
            Edit::Replace(stripped)
        }
    }
}
