//! What else is wrong with a file that cannot be linked.
//!
//! Linking stops after names, after types and after options, where something
//! is wrong with them, and rules only look at what is linked. So what was
//! found is taken out of a copy of the file, which is then linked again, and
//! so on; the rules look at what that ends with. What may come from a change
//! and not from the source is not reported.

mod changes;
mod elements;
mod touched;

use std::collections::{BTreeMap, BTreeSet};

use protox::prost_reflect::prost_types::{DescriptorProto, FileDescriptorProto};

use self::changes::Changes;
pub use self::touched::Touched;
use super::faults::Fault;
use super::load::{self, Parsed};
use super::pools::{LinkError, Pools};
use super::source_info::SourceInfo;
use crate::diagnostic::Diagnostic;

/// How often a file is linked again. Names, types and options take one time
/// each, what follows from the changes one more.
const ROUNDS: usize = 8;

/// A file that can be linked now.
pub struct Mended {
    pub encoded: Vec<u8>,
    pub source_info: SourceInfo,
    pub touched: Touched,
}

/// Finds what else is wrong with a file: errors, and if it could be mended, the
/// file.
pub fn mend(
    pools: &Pools,
    files: &BTreeMap<String, Parsed>,
    name: &str,
) -> (Vec<Diagnostic>, Option<Mended>) {
    let mut errors = Vec::new();
    let mended = mended(pools, files, name, &mut errors);
    (errors, mended)
}

fn mended(
    pools: &Pools,
    files: &BTreeMap<String, Parsed>,
    name: &str,
    errors: &mut Vec<Diagnostic>,
) -> Option<Mended> {
    let parsed = files.get(name).filter(|file| !file.is_built_in)?;
    let mut pools = pools.aside()?;
    let (mut file, _) = load::parse(name, &parsed.path, &parsed.text).ok()?;
    let has_extensions = declares_extensions(&file);
    let mut changes = Changes::default();
    for round in 0..ROUNDS {
        let mut linked = file.clone();
        let source_info = SourceInfo::take(&mut linked);
        match pools.link_aside(files, name, &linked) {
            // Fields may have got other types than the source gives them.
            Ok(_) if changes.renamed_types => return None,
            Ok(encoded) => {
                return Some(Mended {
                    encoded,
                    source_info,
                    touched: changes.touched,
                });
            }
            Err(LinkError::Wrong(_)) => {}
            Err(_) => return None,
        }
        let found = pools.faults_aside(files, name, &file)?;
        let mut wrong = BTreeSet::new();
        for Fault { path, diagnostic } in found {
            let path = path?;
            // The first errors are those that are reported already.
            let is_about_source = round > 0
                && !changes.touched.explains(&path, &diagnostic.message)
                && !changes.leave_doubt(&mut file, &path)
                && !(is_option(&path) && (has_extensions || is_message(&mut file, &path)));
            if is_about_source {
                errors.push(diagnostic);
            }
            wrong.insert(path);
        }
        // The last first, since options that are dropped are no longer counted.
        for path in wrong.iter().rev() {
            if !changes.mend(&mut file, path) {
                return None;
            }
        }
    }
    None
}

fn is_option(path: &[i32]) -> bool {
    changes::option_at(path).is_some()
}

/// Whether the value of an option is a message, whose text is only read as
/// protoc does where all types of the file are known.
fn is_message(file: &mut FileDescriptorProto, path: &[i32]) -> bool {
    let option = changes::option_at(path).and_then(|at| {
        let options = elements::options(file, path.get(..at)?)?;
        options.get(usize::try_from(*path.get(at + 1)?).ok()?)
    });
    option.is_none_or(|option| option.aggregate_value.is_some())
}

/// Whether a file has options of its own, which may be of types that had to be
/// changed.
fn declares_extensions(file: &FileDescriptorProto) -> bool {
    fn within(message: &DescriptorProto) -> bool {
        !message.extension.is_empty() || message.nested_type.iter().any(within)
    }
    !file.extension.is_empty() || file.message_type.iter().any(within)
}
