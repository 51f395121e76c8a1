//! What protox lets through and protoc refuses.
//!
//! One rule, one function; a rule looks at one element and reports to its
//! `Subject`. What each rule says, and that protoc agrees, is tested with the
//! files of `tests/judgement`.

mod declarations;
mod duplicates;
mod element;
mod enums;
mod extensions;
mod feature_support;
mod features;
mod field_options;
mod json_names;
mod lite;
mod map_entries;
mod message_sets;
mod methods;
mod name_length;
mod option_names;
mod option_numbers;
mod option_values;
mod options;
mod ranges;
mod reserved_names;
mod subject;
mod targets;
mod types;

use rayon::prelude::*;

pub(crate) use self::element::{index, join};
pub(crate) use self::json_names::default as default_json_name;

use self::element::Elements;
use self::subject::Subject;
use self::types::Types;
use crate::diagnostic::Diagnostic;
use crate::parse::{FileSet, MendedFile, ProtoFile};

/// Everything that the rules find in a set of files.
pub fn validate(files: &FileSet) -> Vec<Diagnostic> {
    let types = Types::new(&files.files);
    let mut findings = duplicates::check(files);
    findings.par_extend(
        files
            .files
            .par_iter()
            // Files that the generator brings along are right.
            .filter(|file| !file.is_built_in)
            .flat_map_iter(|file| check(file, &types)),
    );
    let mended = files.mended.par_iter();
    findings.par_extend(mended.flat_map_iter(|file| check_mended(files, file)));
    findings
}

fn check(file: &ProtoFile, types: &Types<'_>) -> Vec<Diagnostic> {
    let subject = Subject::new(file, types);
    let elements = Elements::new(&file.descriptor);
    check_options(&subject, &elements);
    check_elements(&subject, &elements);
    subject.into_findings()
}

/// Checks a file for what its changes do not explain.
fn check_mended(files: &FileSet, mended: &MendedFile) -> Vec<Diagnostic> {
    let file = &mended.file;
    let types = Types::new(files.seen_by(file));
    let subject = Subject::of_mended(mended, &types);
    let elements = Elements::new(&file.descriptor);
    // Its own options may have types that were changed.
    if elements.extensions.is_empty() {
        check_options(&subject, &elements);
    }
    check_elements(&subject, &elements);
    subject.into_findings()
}

fn check_options<'a>(subject: &Subject<'a>, elements: &'a Elements<'a>) {
    let options = options::all(subject, elements);
    features::check(subject, &options);
    feature_support::check(subject, &options);
    targets::check(subject, &options);
    option_values::check(subject, &options);
    option_numbers::check(subject, &options);
    option_names::check(subject, elements, &options);
}

fn check_elements(subject: &Subject<'_>, elements: &Elements<'_>) {
    name_length::check(subject, elements);
    lite::check(subject);
    map_entries::check_file(subject);
    for message in &elements.messages {
        reserved_names::check_message(subject, message);
        ranges::check_message(subject, message);
        declarations::check_ranges(subject, message);
        json_names::check(subject, message);
        message_sets::check_message(subject, message);
        extensions::check_ranges(subject, message);
    }
    for field in &elements.fields {
        field_options::check(subject, field);
        map_entries::check_field(subject, field);
        enums::check_field(subject, field);
    }
    for extension in &elements.extensions {
        field_options::check(subject, extension);
        field_options::check_extension(subject, extension);
        enums::check_field(subject, extension);
        extensions::check(subject, extension);
        message_sets::check_extension(subject, extension);
        declarations::check_extension(subject, extension);
    }
    for enumeration in &elements.enums {
        reserved_names::check_enum(subject, enumeration);
        ranges::check_enum(subject, enumeration);
        enums::check(subject, enumeration);
    }
    for service in &elements.services {
        methods::check(subject, service);
    }
}
