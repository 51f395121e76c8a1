//! Names and options resolved, imports first.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use miette::Diagnostic as _;
use protox::file::File;
use protox::prost_reflect::{DescriptorError, DescriptorPool};

use super::load::Parsed;
use crate::diagnostic::{Diagnostic, Place};

/// A linked file: its descriptor is encoded, since prost's types drop the
/// options that are extensions, and since two sets of descriptors take more
/// memory than one.
pub struct Linked {
    pub parsed: Parsed,
    pub encoded: Vec<u8>,
}

/// Links the files in this order. A file with an error, and one that imports
/// such a file, is left out.
pub fn link(
    order: Vec<String>,
    mut parsed: BTreeMap<String, Parsed>,
    mut failed: BTreeSet<String>,
    errors: &mut Vec<Diagnostic>,
) -> Vec<Linked> {
    let mut pool = DescriptorPool::new();
    let mut linked = Vec::new();
    for name in order {
        let Some(mut file) = parsed.remove(&name) else {
            continue;
        };
        let imports = &file.descriptor.dependency;
        if failed.contains(&name) || imports.iter().any(|import| failed.contains(import)) {
            failed.insert(name);
            continue;
        }
        match pool.add_file_descriptor_proto(std::mem::take(&mut file.descriptor)) {
            Ok(()) => linked.extend(pool.get_file_by_name(&name).map(|descriptor| Linked {
                parsed: file,
                encoded: descriptor.encode_to_vec(),
            })),
            Err(without_places) => {
                // The pool would keep source info to the end, so it gets it
                // only to say where an error is.
                let error = File::from_source(&name, &file.text)
                    .ok()
                    .and_then(|file| pool.add_file_descriptor_proto(file.into()).err())
                    .unwrap_or(without_places);
                errors.extend(link_errors(&file.path, &file.text, error));
                failed.insert(name);
            }
        }
    }
    linked
}

fn link_errors(path: &Path, text: &str, error: DescriptorError) -> Vec<Diagnostic> {
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
        path: path.to_owned(),
        place: first_place,
        message: error.to_string(),
        help: error.help().map(|help| help.to_string()),
    }];
    for related in error.related().into_iter().flatten() {
        errors.push(Diagnostic {
            path: path.to_owned(),
            place: place(related),
            message: related.to_string(),
            help: related.help().map(|help| help.to_string()),
        });
    }
    errors
}
