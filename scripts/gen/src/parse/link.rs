//! Names and options resolved, imports first.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use miette::Diagnostic as _;
use protox::prost_reflect::{DescriptorError, DescriptorPool};

use super::load::{self, Parsed};
use crate::diagnostic::{Diagnostic, Place};
use crate::leniency;

/// A linked file with its descriptor, encoded, since prost's types drop the
/// options that are extensions.
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
    let mut public_imports = HashMap::new();
    for name in order {
        let Some(file) = parsed.remove(&name) else {
            continue;
        };
        let imports = &file.dependency;
        if failed.contains(&name) || imports.iter().any(|import| failed.contains(import)) {
            failed.insert(name);
            continue;
        }
        let mut descriptor = file.descriptor();
        let linking = leniency::prepare(&mut descriptor, &mut public_imports);
        match pool.add_file_descriptor_proto(descriptor) {
            Ok(()) => linked.extend(pool.get_file_by_name(&name).map(|descriptor| Linked {
                parsed: file,
                encoded: linking.undo(&descriptor.encode_to_vec()),
            })),
            Err(without_places) => {
                // The pool would keep source info to the end, so it gets it
                // only to say where an error is.
                let error = load::parse(&name, &file.path, &file.text)
                    .ok()
                    .and_then(|mut with_places| {
                        leniency::prepare(&mut with_places, &mut public_imports);
                        leniency::add_map_entry_places(&mut with_places);
                        pool.add_file_descriptor_proto(with_places).err()
                    })
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
    let start = || Some(Place::at(text, 0, 0, 1));
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
        place: first_place.or_else(start),
        message: error.to_string(),
        help: error.help().map(|help| help.to_string()),
    }];
    for related in error.related().into_iter().flatten() {
        errors.push(Diagnostic {
            path: path.to_owned(),
            place: place(related).or_else(start),
            message: related.to_string(),
            help: related.help().map(|help| help.to_string()),
        });
    }
    errors
}
