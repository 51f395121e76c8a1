//! Names and options resolved, imports first.

use std::collections::{BTreeMap, BTreeSet};

use miette::Diagnostic as _;
use protox::prost_reflect::DescriptorError;

use super::load::{self, Parsed};
use super::pools::{LinkError, Pools};
use super::well_known;
use crate::diagnostic::{Diagnostic, Place};

/// A linked file with its descriptor, encoded, since prost's types drop the
/// options that are extensions.
pub struct Linked {
    pub parsed: Parsed,
    pub encoded: Vec<u8>,
}

/// Links the files in this order. A file with an error, and one that imports
/// such a file, is left out.
pub fn link(
    mut order: Vec<String>,
    mut parsed: BTreeMap<String, Parsed>,
    mut failed: BTreeSet<String>,
    errors: &mut Vec<Diagnostic>,
) -> Vec<Linked> {
    let mut pools = Pools::new(&parsed);
    let mut encoded = Vec::new();
    // It imports nothing, and the options of all others are looked up there.
    order.sort_by_key(|name| name != well_known::DESCRIPTOR);
    for name in order {
        let Some(file) = parsed.get(&name) else {
            continue;
        };
        let imports = &file.dependency;
        if failed.contains(&name) || imports.iter().any(|import| failed.contains(import)) {
            failed.insert(name);
            continue;
        }
        let without_places = match pools.link(&parsed, &name) {
            Ok((bytes, has_odd_strings)) => {
                if let Some(file) = parsed.get_mut(&name) {
                    file.has_odd_strings |= has_odd_strings;
                }
                encoded.push((name, bytes));
                continue;
            }
            Err(error) => error,
        };
        let Some(file) = parsed.get(&name) else {
            continue;
        };
        let places = load::parse(&name, &file.path, &file.text).ok();
        let error = places
            .and_then(|(places, _)| pools.explain(&parsed, &name, &places))
            .unwrap_or(without_places);
        // All else that has no place comes from the options.
        let start = || {
            let option = file.source_info.first_option(&file.text);
            option.unwrap_or_else(|| Place::at(&file.text, 0, 0, 1))
        };
        match error {
            LinkError::Wrong(error) => errors.extend(link_errors(file, error, start)),
            LinkError::Unreadable(path) => errors.push(file.diagnostic(
                &path,
                "these options have types that protoc's descriptor.proto cannot read".to_owned(),
            )),
            LinkError::Panicked => errors.push(Diagnostic {
                path: file.path.clone(),
                place: Some(start()),
                message: "the names or options of this file cannot be resolved".to_owned(),
                help: None,
            }),
        }
        failed.insert(name);
    }
    let linked = |(name, encoded): (String, Vec<u8>)| {
        let parsed = parsed.remove(&name)?;
        Some(Linked { parsed, encoded })
    };
    encoded.into_iter().filter_map(linked).collect()
}

fn link_errors(
    file: &Parsed,
    error: DescriptorError,
    start: impl Fn() -> Place,
) -> Vec<Diagnostic> {
    let (path, text) = (&file.path, file.text.as_str());
    let error = error.with_source_code(text);
    let place = |diagnostic: &dyn miette::Diagnostic| {
        // The last label of a duplicate is the second one, the one to mend.
        diagnostic
            .labels()
            .and_then(Iterator::last)
            .map(|label| Place::at_offset(text, label.offset(), label.len()))
    };
    let first_place = place(&error).or_else(|| {
        Some(Place::at(
            text,
            error.line()?,
            error.column().unwrap_or(0),
            1,
        ))
    });
    let mut errors = vec![Diagnostic {
        path: path.clone(),
        place: first_place.or_else(|| Some(start())),
        message: error.to_string(),
        help: error.help().map(|help| help.to_string()),
    }];
    for related in error.related().into_iter().flatten() {
        errors.push(Diagnostic {
            path: path.clone(),
            place: place(related).or_else(|| Some(start())),
            message: related.to_string(),
            help: related.help().map(|help| help.to_string()),
        });
    }
    errors
}
