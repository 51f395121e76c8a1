//! Descriptors without the options that are for the source alone.

use std::collections::{HashMap, HashSet};

use super::{CustomOptions, Holds, Part, Visible, part};
use crate::parse::ProtoFile;
use crate::wire::{self, Edit};

impl CustomOptions {
    /// An encoded `FileDescriptorProto` without them, and the paths that they
    /// had in its source info.
    pub fn strip(&self, file: &ProtoFile) -> (Vec<u8>, HashSet<Vec<i32>>) {
        let mut paths = HashSet::new();
        let visible = Visible::new(self, file);
        let stripped = visible.strip_message("FileDescriptorProto", &file.encoded, &[], &mut paths);
        (stripped, paths)
    }
}

impl Visible<'_> {
    /// Strips the options below a message of descriptor.proto.
    fn strip_message(
        &self,
        message: &str,
        bytes: &[u8],
        path: &[i32],
        paths: &mut HashSet<Vec<i32>>,
    ) -> Vec<u8> {
        let mut counts: HashMap<u32, i32> = HashMap::new();
        wire::edit(bytes, |field| {
            let (Some(content), Some(part)) = (field.content, part(message, field.number)) else {
                return Edit::Keep;
            };
            let mut path = path.to_vec();
            path.extend(i32::try_from(field.number));
            match part {
                Part::Options(name) => {
                    let name = format!("google.protobuf.{name}");
                    let stripped = self.strip_options(&name, content, &path, paths);
                    if stripped.is_empty() && !content.is_empty() {
                        paths.insert(path);
                        Edit::Drop
                    } else {
                        Edit::Replace(stripped)
                    }
                }
                Part::Message(name) => {
                    let count = counts.entry(field.number).or_default();
                    path.push(*count);
                    *count += 1;
                    Edit::Replace(self.strip_message(name, content, &path, paths))
                }
            }
        })
    }

    /// Strips options, and the messages in them.
    fn strip_options(
        &self,
        message: &str,
        bytes: &[u8],
        path: &[i32],
        paths: &mut HashSet<Vec<i32>>,
    ) -> Vec<u8> {
        wire::edit(bytes, |field| {
            let mut path = path.to_vec();
            path.extend(i32::try_from(field.number));
            match (self.field(message, field.number), field.content) {
                (Some(Holds::SourceOnly), _) => {
                    paths.insert(path);
                    Edit::Drop
                }
                (Some(Holds::Message(nested)), Some(content)) => {
                    Edit::Replace(self.strip_options(nested, content, &path, paths))
                }
                _ => Edit::Keep,
            }
        })
    }
}
