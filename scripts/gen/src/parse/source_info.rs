//! Where elements are, and the comments beside them.

use protobuf::Message as _;
use protobuf::descriptor::SourceCodeInfo;
use protox::prost::Message as _;
use protox::prost_reflect::prost_types;

use crate::diagnostic::Place;

/// A file's `SourceCodeInfo`, encoded: that takes a tenth of the memory, which
/// over a large tree is more than all else together.
#[derive(Debug, Default)]
pub struct SourceInfo(Vec<u8>);

impl SourceInfo {
    /// Takes it out of a descriptor.
    pub fn take(descriptor: &mut prost_types::FileDescriptorProto) -> SourceInfo {
        SourceInfo(
            descriptor
                .source_code_info
                .take()
                .map(|info| info.encode_to_vec())
                .unwrap_or_default(),
        )
    }

    /// As rust-protobuf's type.
    pub fn decode(&self) -> SourceCodeInfo {
        // What prost encoded decodes.
        SourceCodeInfo::parse_from_bytes(&self.0).unwrap_or_default()
    }

    /// The place of the element at a path, or of the nearest one around it.
    pub fn place(&self, text: &str, path: &[i32]) -> Option<Place> {
        let info = self.decode();
        (1..=path.len()).rev().find_map(|length| {
            info.location
                .iter()
                .find(|location| location.path == path[..length])
                .and_then(|location| place(text, &location.span))
        })
    }
}

/// The place of a span of `SourceCodeInfo`: line, column, [end line,] end
/// column, from 0.
fn place(text: &str, span: &[i32]) -> Option<Place> {
    let number = |index: usize| span.get(index).and_then(|n| usize::try_from(*n).ok());
    let (line, column) = (number(0)?, number(1)?);
    let width = match (span.len(), number(2)) {
        (3, Some(end)) => end.saturating_sub(column),
        _ => usize::MAX,
    };
    Some(Place::at(text, line, column, width))
}
