//! Files and all that they import, each parsed once.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use miette::Diagnostic as _;
use protobuf::{Message as _, rustproto};
use protox::file::{File, FileResolver, GoogleFileResolver};
use protox::prost::Message as _;
use protox::prost_reflect::prost_types;
use rayon::prelude::*;

use super::comments;
use super::pools::{ExtensionNumber, extension_numbers};
use super::source_info::SourceInfo;
use super::well_known;
use crate::diagnostic::{Diagnostic, Place};
use crate::include::Includes;
use crate::leniency::{self, Mended};
use crate::tokens::{self, Kind};

/// A file after parsing, before linking.
pub struct Parsed {
    pub path: PathBuf,
    pub text: String,
    /// Whether the generator brings it along; its text is then not kept.
    pub is_built_in: bool,
    /// Its imports.
    pub dependency: Vec<String>,
    /// Its descriptor, encoded: prost's types take twenty times the memory.
    pub encoded: Vec<u8>,
    pub extension_numbers: Vec<ExtensionNumber>,
    pub source_info: SourceInfo,
    /// Whether it declares what descriptor.proto does.
    pub has_options: bool,
    /// Whether it sets any option.
    pub sets_options: bool,
    /// Whether characters stand for bytes of texts that are no UTF-8.
    pub has_odd_strings: bool,
}

impl Parsed {
    fn new(
        path: PathBuf,
        text: Option<String>,
        (mut descriptor, has_odd_strings): (prost_types::FileDescriptorProto, bool),
    ) -> Parsed {
        let source_info = SourceInfo::take(&mut descriptor);
        let encoded = descriptor.encode_to_vec();
        Parsed {
            has_odd_strings,
            path,
            is_built_in: text.is_none(),
            text: text.unwrap_or_default(),
            source_info,
            encoded,
            extension_numbers: extension_numbers(&descriptor),
            has_options: has_options(&descriptor),
            sets_options: descriptor
                .source_code_info
                .is_some_and(|info| !info.location.is_empty()),
            dependency: descriptor.dependency,
        }
    }

    /// The descriptor.
    pub fn descriptor(&self) -> prost_types::FileDescriptorProto {
        // What was encoded decodes.
        prost_types::FileDescriptorProto::decode(self.encoded.as_slice()).unwrap_or_default()
    }

    /// An error at an element, named by its path in the descriptor.
    pub fn diagnostic(&self, element: &[i32], message: String) -> Diagnostic {
        Diagnostic {
            path: self.path.clone(),
            place: self.source_info.place(&self.text, element),
            message,
            help: None,
        }
    }
}

/// Loads files, wave by wave of imports.
pub struct Loader<'a> {
    includes: &'a Includes,
    google: GoogleFileResolver,
    pub parsed: BTreeMap<String, Parsed>,
    pub failed: BTreeSet<String>,
    pub errors: Vec<Diagnostic>,
}

impl<'a> Loader<'a> {
    /// A loader that has nothing yet.
    pub fn new(includes: &'a Includes) -> Loader<'a> {
        Loader {
            includes,
            google: GoogleFileResolver::new(),
            parsed: BTreeMap::new(),
            failed: BTreeSet::new(),
            errors: Vec::new(),
        }
    }

    /// Loads the named files, then what they import, and so on.
    pub fn load(&mut self, names: &[String]) {
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
                        next.extend(parsed.dependency.iter().cloned());
                        self.parsed.insert(name, *parsed);
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
            for (index, import) in file.dependency.iter().enumerate() {
                let message = if !seen.insert(import) {
                    format!("import '{import}' was listed twice")
                } else if self.failed.contains(import) && self.includes.find(import).is_none() {
                    format!("import '{import}' was not found below --proto_path")
                } else {
                    continue;
                };
                self.errors
                    .push(file.diagnostic(&import_path(index), message));
                wrong.push(name.clone());
            }
        }
        self.failed.extend(wrong);
    }

    /// The parsed files, imports first; a cycle is an error at the import that
    /// closes it.
    pub fn import_order(&mut self) -> Vec<String> {
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
                match file.dependency.get(next) {
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
                                    &import_path(next),
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
    Parsed(Box<Parsed>),
    Wrong(Vec<Diagnostic>),
    Missing,
}

fn load(includes: &Includes, google: &GoogleFileResolver, name: &str) -> Loaded {
    let Some(path) = includes.find(name) else {
        return match bundled(google, name) {
            Some(parsed) => Loaded::Parsed(Box::new(parsed)),
            None => Loaded::Missing,
        };
    };
    let (text, is_odd) = match read(&path) {
        Ok(read) => read,
        Err(error) => return Loaded::Wrong(vec![error]),
    };
    match parse(name, &path, &text) {
        Ok((descriptor, has_odd)) => {
            let descriptor = (descriptor, is_odd || has_odd);
            Loaded::Parsed(Box::new(Parsed::new(path, Some(text), descriptor)))
        }
        Err(errors) => Loaded::Wrong(errors),
    }
}

/// A file that the generator brings along: Google's, and rust-protobuf's
/// options.
fn bundled(google: &GoogleFileResolver, name: &str) -> Option<Parsed> {
    let descriptor = if name == "rustproto.proto" {
        let bytes = rustproto::file_descriptor().proto().write_to_bytes().ok()?;
        (
            prost_types::FileDescriptorProto::decode(bytes.as_slice()).ok()?,
            false,
        )
    } else if let Some(text) = well_known::text(name) {
        parse(name, Path::new(name), text).ok()?
    } else {
        (google.open_file(name).ok()?.into(), false)
    };
    Some(Parsed::new(PathBuf::from(name), None, descriptor))
}

/// Whether a file declares the options of elements, under whatever name.
fn has_options(file: &prost_types::FileDescriptorProto) -> bool {
    file.package() == "google.protobuf"
        && file
            .message_type
            .iter()
            .any(|message| message.name() == "FileOptions")
}

/// The options that protoc knows, for files that do not import them.
pub fn known_options() -> Option<prost_types::FileDescriptorProto> {
    let name = well_known::DESCRIPTOR;
    let (file, _) = parse(name, Path::new(name), well_known::text(name)?).ok()?;
    Some(file)
}

/// The descriptor of a text, names and options not resolved yet, and whether
/// characters in it stand for bytes of texts that are no UTF-8.
///
/// # Errors
///
/// What is wrong with the text, at its places.
pub fn parse(
    name: &str,
    path: &Path,
    text: &str,
) -> Result<(prost_types::FileDescriptorProto, bool), Vec<Diagnostic>> {
    let mended = leniency::mend(text).map_err(|findings| {
        let diagnostic = |finding: leniency::Finding| Diagnostic {
            path: path.to_owned(),
            place: Some(Place::at_offset(
                text,
                finding.range.start,
                finding.range.len(),
            )),
            message: finding.message,
            help: finding.help,
        };
        findings.into_iter().map(diagnostic).collect::<Vec<_>>()
    })?;
    let file = File::from_source(name, &mended.text)
        .map_err(|error| parse_errors(path, text, &mended, &error))?;
    let mut descriptor = prost_types::FileDescriptorProto::from(file);
    if let Some(info) = &mut descriptor.source_code_info {
        for location in &mut info.location {
            mended.restore_span(&mut location.span);
        }
        comments::attach(&mut info.location, text);
    }
    mended.stand_ins.undo(&mut descriptor);
    leniency::add_empty_method_options(&mut descriptor, text);
    leniency::set_packed(&mut descriptor);
    Ok((descriptor, mended.stand_ins.has_odd_strings))
}

/// The text of a file, with blanks for the byte order mark that protoc allows
/// and counts in columns, and whether characters in it stand for bytes that are
/// no UTF-8.
fn read(path: &Path) -> Result<(String, bool), Diagnostic> {
    let wrong = |place, message| Diagnostic {
        path: path.to_owned(),
        place,
        message,
        help: None,
    };
    let mut bytes =
        fs::read(path).map_err(|error| wrong(None, format!("the file cannot be read: {error}")))?;
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes[..3].fill(b' ');
    }
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return Ok((text, false)),
        Err(error) => error.into_bytes(),
    };
    // As protoc has it, comments and texts in quotes may be in any encoding.
    let text = leniency::text_of(&bytes);
    for token in tokens::tokens(&text) {
        if matches!(token.kind, Kind::Comment | Kind::String) {
            continue;
        }
        if let Some(at) = token.text(&text).find(leniency::is_stand_in) {
            return Err(wrong(
                Some(Place::at_offset(&text, token.range.start + at, 1)),
                "text that is not UTF-8 is only allowed in comments and in quotes".to_owned(),
            ));
        }
    }
    Ok((text, true))
}

/// Every error that the parser found, at its place.
fn parse_errors(
    path: &Path,
    text: &str,
    mended: &Mended,
    error: &protox::Error,
) -> Vec<Diagnostic> {
    let mut errors = vec![parse_error(path, text, mended, error)];
    for related in error.related().into_iter().flatten() {
        errors.push(parse_error(path, text, mended, related));
    }
    errors
}

fn parse_error(
    path: &Path,
    text: &str,
    mended: &Mended,
    error: &dyn miette::Diagnostic,
) -> Diagnostic {
    let label = error.labels().and_then(|mut labels| labels.next());
    let place = match label {
        Some(label) => Place::at_offset(text, mended.original_offset(label.offset()), label.len()),
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

/// The path of the import with this index in a file's descriptor.
fn import_path(index: usize) -> [i32; 2] {
    const DEPENDENCY: i32 = 3;
    [DEPENDENCY, i32::try_from(index).unwrap_or(i32::MAX)]
}
