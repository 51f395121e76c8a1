//! Where elements are, and the comments beside them.

use protobuf::Message as _;
use protobuf::descriptor::SourceCodeInfo;
use protox::prost::Message as _;
use protox::prost_reflect::prost_types::{self, source_code_info::Location};

use crate::diagnostic::Place;

/// A file's `SourceCodeInfo`, encoded: that takes a tenth of the memory, which
/// over a large tree is more than all else together.
#[derive(Debug, Default)]
pub struct SourceInfo(Vec<u8>);

impl SourceInfo {
    /// Takes it out of a descriptor, and leaves the paths of options, which
    /// have no numbers before they are linked.
    pub fn take(descriptor: &mut prost_types::FileDescriptorProto) -> SourceInfo {
        let Some(mut info) = descriptor.source_code_info.take() else {
            return SourceInfo::default();
        };
        let encoded = info.encode_to_vec();
        info.location
            .retain(|location| is_in_uninterpreted_option(&location.path));
        for location in &mut info.location {
            *location = Location {
                path: std::mem::take(&mut location.path),
                ..Location::default()
            };
        }
        descriptor.source_code_info = Some(info);
        SourceInfo(encoded)
    }

    /// Gives the options the paths that linking gave to what [`take`] left.
    ///
    /// [`take`]: Self::take
    pub fn number_options(&mut self, linked: SourceCodeInfo) {
        if linked.location.is_empty() {
            return;
        }
        let mut info = self.decode();
        let uninterpreted = info
            .location
            .iter_mut()
            .filter(|location| is_in_uninterpreted_option(&location.path));
        for (location, linked) in uninterpreted.zip(linked.location) {
            location.path = linked.path;
        }
        // Only a missing required field could fail, and this message has none.
        self.0 = info.write_to_bytes().unwrap_or_default();
    }

    /// As rust-protobuf's type.
    pub fn decode(&self) -> SourceCodeInfo {
        // What prost encoded decodes.
        SourceCodeInfo::parse_from_bytes(&self.0).unwrap_or_default()
    }

    /// The place of the first option that is not looked up yet.
    pub fn first_option(&self, text: &str) -> Option<Place> {
        let info = self.decode();
        let option = info
            .location
            .iter()
            .find(|location| is_in_uninterpreted_option(&location.path))?;
        place(text, &option.span)
    }

    /// The place of the element at a path, or of the nearest one around it.
    pub fn place(&self, text: &str, path: &[i32]) -> Option<Place> {
        let info = self.decode();
        let within = |location: &&protobuf::descriptor::source_code_info::Location| {
            // Only options have parts but no place of their own, when they are
            // set part by part.
            location.path.len() > path.len() && location.path.starts_with(path)
        };
        let exact = |length: usize| {
            let mut locations = info.location.iter();
            locations.find(|location| location.path == path[..length])
        };
        exact(path.len())
            .or_else(|| info.location.iter().find(within))
            .into_iter()
            .chain((1..path.len()).rev().filter_map(exact))
            .find_map(|location| place(text, &location.span))
    }
}

fn is_in_uninterpreted_option(path: &[i32]) -> bool {
    const UNINTERPRETED_OPTION: i32 = 999;
    path.contains(&UNINTERPRETED_OPTION)
}

/// The place of a span of `SourceCodeInfo`: line, column, [end line,] end
/// column, from 0.
pub fn place(text: &str, span: &[i32]) -> Option<Place> {
    let number = |index: usize| span.get(index).and_then(|n| usize::try_from(*n).ok());
    let (line, column) = (number(0)?, number(1)?);
    let source = text.lines().nth(line).unwrap_or_default();
    // Columns are counted in bytes there.
    let characters = |bytes: usize| {
        source
            .char_indices()
            .take_while(|(at, _)| *at < bytes)
            .count()
    };
    let column = characters(column);
    let width = match (span.len(), number(2)) {
        (3, Some(end)) => characters(end).saturating_sub(column),
        _ => usize::MAX,
    };
    Some(Place::at(text, line, column, width))
}
