//! Names and options resolved, imports first.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::faults::{self, faults};
use super::load::{self, Parsed};
use super::mending::{self, Touched};
use super::pools::{LinkError, Pools};
use super::well_known;
use crate::diagnostic::Diagnostic;

/// A linked file with its descriptor, encoded, since prost's types drop the
/// options that are extensions.
pub struct Linked {
    pub parsed: Parsed,
    pub encoded: Vec<u8>,
}

/// What came of the files.
pub struct Links {
    pub linked: Vec<Linked>,
    /// Files with errors, changed until they could be linked.
    pub mended: Vec<(Linked, Touched)>,
}

/// Links the files in this order. A file with an error, and one that imports
/// such a file, is left out.
pub fn link(
    mut order: Vec<String>,
    mut parsed: BTreeMap<String, Parsed>,
    mut failed: BTreeSet<String>,
    errors: &mut Vec<Diagnostic>,
) -> Links {
    let mut pools = Pools::new(&parsed);
    let mut encoded = Vec::new();
    let mut wrong = Vec::new();
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
        errors.extend(explained(&mut pools, &parsed, &name, file, without_places));
        wrong.push(name.clone());
        failed.insert(name);
    }
    let mended = mended(&pools, &mut parsed, &wrong, errors);
    let linked = |(name, encoded): (String, Vec<u8>)| {
        let parsed = parsed.remove(&name)?;
        Some(Linked { parsed, encoded })
    };
    let linked = encoded.into_iter().filter_map(linked).collect();
    Links { linked, mended }
}

/// What else is wrong with files that were refused, and what can be made of
/// them.
fn mended(
    pools: &Pools,
    parsed: &mut BTreeMap<String, Parsed>,
    names: &[String],
    errors: &mut Vec<Diagnostic>,
) -> Vec<(Linked, Touched)> {
    let found: Vec<_> = names
        .par_iter()
        .map(|name| (name, mending::mend(pools, parsed, name)))
        .collect();
    let mut mended = Vec::new();
    for (name, (further, file)) in found {
        errors.extend(further);
        let Some((file, mut parsed)) = file.and_then(|file| Some((file, parsed.remove(name)?)))
        else {
            continue;
        };
        parsed.source_info = file.source_info;
        let encoded = file.encoded;
        mended.push((Linked { parsed, encoded }, file.touched));
    }
    mended
}

/// What is wrong with a file that was just refused.
fn explained(
    pools: &mut Pools,
    parsed: &BTreeMap<String, Parsed>,
    name: &str,
    file: &Parsed,
    without_places: LinkError,
) -> Vec<Diagnostic> {
    let mut locations = Vec::new();
    let places = load::parse(name, &file.path, &file.text).ok();
    let error = places.and_then(|(mut places, _)| {
        let numbered = faults::numbered(&places);
        let info = places.source_code_info.replace(numbered);
        locations = info.map(|info| info.location).unwrap_or_default();
        pools.explain(parsed, name, &places)
    });
    match error.unwrap_or(without_places) {
        LinkError::Wrong(error) => faults(file, &locations, error)
            .into_iter()
            .map(|fault| fault.diagnostic)
            .collect(),
        LinkError::Unreadable(path) => vec![file.diagnostic(
            &path,
            "these options have types that protoc's descriptor.proto cannot read".to_owned(),
        )],
        LinkError::Panicked => vec![Diagnostic {
            path: file.path.clone(),
            place: Some(faults::start(file)),
            message: "the names or options of this file cannot be resolved".to_owned(),
            help: None,
        }],
    }
}
