//! What linking says is wrong with a file, and with which elements of it.
//!
//! prost-reflect tells the path of an element for the first error alone, but
//! the place for all of them. So it is given places that are the positions of
//! locations in the source info, which name the paths and the true places.

use miette::{Diagnostic as _, LabeledSpan};
use protox::prost_reflect::DescriptorError;
use protox::prost_reflect::prost_types::source_code_info::Location;
use protox::prost_reflect::prost_types::{FileDescriptorProto, SourceCodeInfo};

use super::load::Parsed;
use super::source_info;
use crate::diagnostic::{Diagnostic, Place};
use crate::validate::index;

/// One error of linking.
pub struct Fault {
    /// The path of the part that is wrong, where it has a place.
    pub path: Option<Vec<i32>>,
    /// What is said of it.
    pub diagnostic: Diagnostic,
}

/// The source info of a descriptor, for [`faults`], with the positions of its
/// locations instead of their places.
pub fn numbered(file: &FileDescriptorProto) -> SourceCodeInfo {
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    let mut numbered: Vec<Location> = locations
        .enumerate()
        .map(|(at, location)| Location {
            path: location.path.clone(),
            span: vec![0, index(at), index(at + 1)],
            ..Location::default()
        })
        .collect();
    let values: Vec<Location> = numbered.iter().filter_map(as_value_number).collect();
    numbered.extend(values);
    SourceCodeInfo { location: numbered }
}

/// prost-reflect names the number of an enum value as if it were a field's.
fn as_value_number(location: &Location) -> Option<Location> {
    const ENUM_VALUE: i32 = 2;
    const VALUE_NUMBER: i32 = 2;
    const FIELD_NUMBER: i32 = 3;
    let [outer @ .., kind, _, ENUM_VALUE, value, VALUE_NUMBER] = location.path.as_slice() else {
        return None;
    };
    let is_enum = matches!((outer, kind), ([], 5) | ([_, ..], 4));
    let path = [
        &location.path[..location.path.len() - 3],
        &[ENUM_VALUE, *value, FIELD_NUMBER],
    ];
    is_enum.then(|| Location {
        path: path.concat(),
        ..location.clone()
    })
}

/// The errors of a file whose locations had these places before they were
/// [`numbered`]. What has no place comes from options, and is at the first.
pub fn faults(file: &Parsed, locations: &[Location], error: DescriptorError) -> Vec<Fault> {
    let blank = " ".repeat(locations.len() + 1);
    let error = error.with_source_code(&blank);
    let mut errors: Vec<&dyn miette::Diagnostic> = vec![&error];
    errors.extend(error.related().into_iter().flatten());
    let fault = |error: &dyn miette::Diagnostic| {
        let labels: Vec<LabeledSpan> = error.labels().into_iter().flatten().collect();
        let location = |label: &LabeledSpan| locations.get(label.offset());
        let place = shown(&labels).and_then(location);
        let place = place.and_then(|found| source_info::place(&file.text, &found.span));
        Fault {
            path: wrong(&labels)
                .and_then(location)
                .map(|found| found.path.clone()),
            diagnostic: Diagnostic {
                path: file.path.clone(),
                place: place.or_else(|| Some(start(file))),
                message: error.to_string(),
                help: error.help().map(|help| help.to_string()),
            },
        }
    };
    errors.into_iter().map(fault).collect()
}

/// The place of an error that has none.
pub fn start(file: &Parsed) -> Place {
    let option = file.source_info.first_option(&file.text);
    option.unwrap_or_else(|| Place::at(&file.text, 0, 0, 1))
}

/// The label to show: where a name is used, else the last one, which of a
/// duplicate is the second.
fn shown(labels: &[LabeledSpan]) -> Option<&LabeledSpan> {
    labelled(labels, "found here").or_else(|| labels.last())
}

/// The label at what has to be mended.
fn wrong(labels: &[LabeledSpan]) -> Option<&LabeledSpan> {
    ["found here", "defined again here", "defined here"]
        .iter()
        .find_map(|text| labelled(labels, text))
}

fn labelled<'a>(labels: &'a [LabeledSpan], text: &str) -> Option<&'a LabeledSpan> {
    labels.iter().find(|label| label.label() == Some(text))
}
