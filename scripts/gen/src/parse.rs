//! From `.proto` files to linked descriptors, with protox.
//!
//! Every file is parsed once, in parallel; linking runs in import order. All
//! files are tried before the errors are returned, and a file is not linked
//! when one that it imports has an error, since what follows from that error
//! helps nobody.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use miette::Diagnostic as _;
use protobuf::Message as _;
use protobuf::descriptor::{FileDescriptorProto, SourceCodeInfo};
use protox::file::{File, FileResolver, GoogleFileResolver};
use protox::prost::Message as _;
use protox::prost_reflect::{DescriptorError, DescriptorPool};
use rayon::prelude::*;

use crate::diagnostic::{Diagnostic, Place};
use crate::include::Includes;

/// Files that were parsed and linked, each after the files that it imports.
#[derive(Debug, Default)]
pub struct FileSet {
    /// In import order; otherwise sorted by name.
    pub files: Vec<ProtoFile>,
}

/// One `.proto` file.
#[derive(Debug)]
pub struct ProtoFile {
    /// The path on disk, or the import name for a file that the generator
    /// brings along.
    pub path: PathBuf,
    /// The text, empty for a file that the generator brings along.
    pub text: String,
    /// The descriptor, names resolved, options interpreted, with source info.
    pub descriptor: FileDescriptorProto,
    /// Whether code is generated for it, or it is only imported.
    pub requested: bool,
}

impl ProtoFile {
    /// The name that imports use, such as `a/b.proto`.
    pub fn name(&self) -> &str {
        self.descriptor.name()
    }
}

/// A file after parsing, before linking.
struct Parsed {
    path: PathBuf,
    text: String,
    descriptor: protox::prost_reflect::prost_types::FileDescriptorProto,
}

/// Parses the files of these import names and all that they import.
///
/// # Errors
///
/// Everything that is wrong with the files, sorted by file and place.
pub fn parse(includes: &Includes, names: &[String]) -> Result<FileSet, Vec<Diagnostic>> {
    let mut loader = Loader::new(includes);
    loader.load(names);
    let order = loader.import_order();
    let Loader {
        parsed,
        failed,
        mut errors,
        ..
    } = loader;
    let requested: HashSet<&str> = names.iter().map(String::as_str).collect();
    let files = link(order, parsed, failed, &requested, &mut errors);
    if errors.is_empty() {
        Ok(FileSet { files })
    } else {
        errors.sort();
        errors.dedup();
        Err(errors)
    }
}

struct Loader<'a> {
    includes: &'a Includes,
    google: GoogleFileResolver,
    parsed: BTreeMap<String, Parsed>,
    failed: BTreeSet<String>,
    errors: Vec<Diagnostic>,
}

impl<'a> Loader<'a> {
    fn new(includes: &'a Includes) -> Loader<'a> {
        Loader {
            includes,
            google: GoogleFileResolver::new(),
            parsed: BTreeMap::new(),
            failed: BTreeSet::new(),
            errors: Vec::new(),
        }
    }

    /// Loads the named files, then what they import, and so on.
    fn load(&mut self, names: &[String]) {
        let mut wave: Vec<String> = names.to_vec();
        wave.sort();
        wave.dedup();
        while !wave.is_empty() {
            let loaded: Vec<(String, Loaded)> = wave
                .par_iter()
                .map(|name| (name.clone(), load(self.includes, &self.google, name)))
                .collect();
            let mut next = BTreeSet::new();
            for (name, loaded) in loaded {
                match loaded {
                    Loaded::Parsed(parsed) => {
                        next.extend(parsed.descriptor.dependency.iter().cloned());
                        self.parsed.insert(name, parsed);
                    }
                    Loaded::Wrong(errors) => {
                        self.errors.extend(errors);
                        self.failed.insert(name);
                    }
                    // Said at each import of it, below.
                    Loaded::Missing => {
                        self.failed.insert(name);
                    }
                }
            }
            wave = next
                .into_iter()
                .filter(|name| !self.parsed.contains_key(name) && !self.failed.contains(name))
                .collect();
        }
        self.check_imports();
    }

    /// Finds imports of missing files and imports that are written twice.
    fn check_imports(&mut self) {
        let mut wrong = Vec::new();
        for (name, file) in &self.parsed {
            let mut seen = HashSet::new();
            for (index, import) in file.descriptor.dependency.iter().enumerate() {
                let message = if !seen.insert(import) {
                    format!("import '{import}' was listed twice")
                } else if self.failed.contains(import)
                    && !is_bundled(import)
                    && self.includes.find(import).is_none()
                {
                    format!("import '{import}' was not found below --proto_path")
                } else {
                    continue;
                };
                self.errors
                    .push(file.diagnostic(import_path(index), message));
                wrong.push(name.clone());
            }
        }
        self.failed.extend(wrong);
    }

    /// The parsed files, imports first; a cycle is an error at the import that
    /// closes it.
    fn import_order(&mut self) -> Vec<String> {
        let mut order = Vec::new();
        let mut done: HashSet<&str> = HashSet::new();
        let mut cycles = Vec::new();
        for root in self.parsed.keys() {
            // An explicit stack: a chain of imports may be long.
            let mut stack: Vec<(&str, usize)> = vec![(root, 0)];
            let mut open: HashSet<&str> = HashSet::from([root.as_str()]);
            while let Some((name, next)) = stack.pop() {
                if done.contains(name) {
                    continue;
                }
                let file = &self.parsed[name];
                match file.descriptor.dependency.get(next) {
                    None => {
                        open.remove(name);
                        done.insert(name);
                        order.push(name.to_owned());
                    }
                    Some(import) => {
                        stack.push((name, next + 1));
                        if open.contains(import.as_str()) {
                            let chain = cycle(&stack, import);
                            cycles.push((
                                name.to_owned(),
                                file.diagnostic(
                                    import_path(next),
                                    format!("import cycle: {chain}"),
                                ),
                            ));
                        } else if let Some((key, _)) = self.parsed.get_key_value(import)
                            && !done.contains(key.as_str())
                        {
                            open.insert(key);
                            stack.push((key, 0));
                        }
                    }
                }
            }
        }
        for (name, error) in cycles {
            self.failed.insert(name);
            self.errors.push(error);
        }
        order
    }
}

fn cycle(stack: &[(&str, usize)], import: &str) -> String {
    let start = stack
        .iter()
        .position(|(name, _)| *name == import)
        .unwrap_or_default();
    let mut chain: Vec<&str> = stack[start..].iter().map(|(name, _)| *name).collect();
    chain.push(import);
    chain.join(" -> ")
}

enum Loaded {
    Parsed(Parsed),
    Wrong(Vec<Diagnostic>),
    Missing,
}

fn load(includes: &Includes, google: &GoogleFileResolver, name: &str) -> Loaded {
    let Some(path) = includes.find(name) else {
        return match google.open_file(name) {
            Ok(file) => Loaded::Parsed(Parsed {
                path: PathBuf::from(name),
                text: String::new(),
                descriptor: file.into(),
            }),
            Err(_) => Loaded::Missing,
        };
    };
    let text = match read(&path) {
        Ok(text) => text,
        Err(error) => return Loaded::Wrong(vec![error]),
    };
    match File::from_source(name, &text) {
        Ok(file) => Loaded::Parsed(Parsed {
            path,
            text,
            descriptor: file.into(),
        }),
        Err(error) => Loaded::Wrong(parse_errors(&path, &text, &error)),
    }
}

/// The text of a file, without the byte order mark that protoc allows.
fn read(path: &Path) -> Result<String, Diagnostic> {
    let wrong = |place, message| Diagnostic {
        path: path.to_owned(),
        place,
        message,
        help: None,
    };
    let bytes =
        fs::read(path).map_err(|error| wrong(None, format!("the file cannot be read: {error}")))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            Err(wrong(
                Some(Place::at_offset(&valid, valid.len(), 1)),
                "the text is not UTF-8 from here on".to_owned(),
            ))
        }
    }
}

/// Every error that the parser found, at its place.
fn parse_errors(path: &Path, text: &str, error: &protox::Error) -> Vec<Diagnostic> {
    let mut errors = vec![parse_error(path, text, error)];
    for related in error.related().into_iter().flatten() {
        errors.push(parse_error(path, text, related));
    }
    errors
}

fn parse_error(path: &Path, text: &str, error: &dyn miette::Diagnostic) -> Diagnostic {
    let label = error.labels().and_then(|mut labels| labels.next());
    let place = match label {
        Some(label) => Place::at_offset(text, label.offset(), label.len()),
        // Only what is missing at the end of a file has no label.
        None => Place::at_end(text),
    };
    Diagnostic {
        path: path.to_owned(),
        place: Some(place),
        message: error.to_string(),
        help: error.help().map(|help| help.to_string()),
    }
}

impl Parsed {
    /// An error at an element, named by its path in the descriptor.
    fn diagnostic(&self, element: [i32; 2], message: String) -> Diagnostic {
        let span = self
            .descriptor
            .source_code_info
            .iter()
            .flat_map(|info| &info.location)
            .find(|location| location.path == element)
            .map(|location| location.span.as_slice());
        Diagnostic {
            path: self.path.clone(),
            place: span.and_then(|span| place(&self.text, span)),
            message,
            help: None,
        }
    }
}

/// The path of the import with this index in a file's descriptor.
fn import_path(index: usize) -> [i32; 2] {
    const DEPENDENCY: i32 = 3;
    [DEPENDENCY, i32::try_from(index).unwrap_or(i32::MAX)]
}

/// The place of a span of `SourceCodeInfo`: line, column, [end line,] end
/// column, from 0.
pub fn place(text: &str, span: &[i32]) -> Option<Place> {
    let number = |index: usize| span.get(index).and_then(|n| usize::try_from(*n).ok());
    let (line, column) = (number(0)?, number(1)?);
    let width = match (span.len(), number(2)) {
        (3, Some(end)) => end.saturating_sub(column),
        _ => usize::MAX,
    };
    Some(Place::at(text, line, column, width))
}

fn is_bundled(name: &str) -> bool {
    GoogleFileResolver::new().open_file(name).is_ok()
}

/// Resolves names and options of each file, imports first.
fn link(
    order: Vec<String>,
    mut parsed: BTreeMap<String, Parsed>,
    mut failed: BTreeSet<String>,
    requested: &HashSet<&str>,
    errors: &mut Vec<Diagnostic>,
) -> Vec<ProtoFile> {
    let mut pool = DescriptorPool::new();
    let mut files = Vec::new();
    for name in order {
        let Some(Parsed {
            path,
            text,
            mut descriptor,
        }) = parsed.remove(&name)
        else {
            continue;
        };
        if failed.contains(&name) || descriptor.dependency.iter().any(|i| failed.contains(i)) {
            failed.insert(name);
            continue;
        }
        // The pool would keep it to the end; it is asked for it only to say
        // where an error is.
        let source_info = descriptor.source_code_info.take();
        let retry = descriptor.clone();
        match pool.add_file_descriptor_proto(descriptor) {
            Ok(()) => match linked(&pool, &name, source_info) {
                Ok(descriptor) => files.push(ProtoFile {
                    requested: requested.contains(name.as_str()),
                    path,
                    text,
                    descriptor,
                }),
                Err(message) => errors.push(Diagnostic {
                    path,
                    place: None,
                    message,
                    help: None,
                }),
            },
            Err(without_places) => {
                let with_info = protox::prost_reflect::prost_types::FileDescriptorProto {
                    source_code_info: source_info,
                    ..retry
                };
                let error = pool
                    .add_file_descriptor_proto(with_info)
                    .err()
                    .unwrap_or(without_places);
                errors.extend(link_errors(&path, &text, error));
                failed.insert(name);
            }
        }
    }
    files
}

/// The linked descriptor as rust-protobuf's type.
///
/// It goes through bytes, because prost's types drop extension options.
fn linked(
    pool: &DescriptorPool,
    name: &str,
    source_info: Option<protox::prost_reflect::prost_types::SourceCodeInfo>,
) -> Result<FileDescriptorProto, String> {
    let file = pool
        .get_file_by_name(name)
        .ok_or_else(|| format!("'{name}' was linked but is not in the pool"))?;
    let mut descriptor = FileDescriptorProto::parse_from_bytes(&file.encode_to_vec())
        .map_err(|error| format!("the descriptor cannot be read back: {error}"))?;
    if let Some(info) = source_info {
        let info = SourceCodeInfo::parse_from_bytes(&info.encode_to_vec())
            .map_err(|error| format!("the source info cannot be read back: {error}"))?;
        descriptor.source_code_info = Some(info).into();
    }
    Ok(descriptor)
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

/// The files of a set by import name.
pub fn by_name(files: &FileSet) -> HashMap<&str, &ProtoFile> {
    files.files.iter().map(|file| (file.name(), file)).collect()
}
