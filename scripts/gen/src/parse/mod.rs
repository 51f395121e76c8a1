//! From `.proto` files to linked descriptors, with protox.
//!
//! Every file is parsed once, in parallel; linking runs in import order. All
//! files are tried before the errors are returned, and a file is not linked
//! when one that it imports has an error, since what follows from that error
//! helps nobody.

mod comments;
mod faults;
mod link;
mod load;
mod mending;
mod own_options;
mod pools;
mod source_info;
mod well_known;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use protobuf::Message as _;
use protobuf::descriptor::{FileDescriptorProto, SourceCodeInfo};
use rayon::iter::Either;
use rayon::prelude::*;

use self::link::{Linked, Links, link};
use self::load::{Loader, Parsed};
pub(crate) use self::mending::Touched;
use self::source_info::SourceInfo;
use crate::custom_options::CustomOptions;
use crate::diagnostic::Diagnostic;
use crate::include::Includes;
use crate::wire::{self, Edit};

/// Files that were parsed and linked, each after the files that it imports.
#[derive(Debug, Default)]
pub struct FileSet {
    /// In import order; otherwise sorted by name.
    pub files: Vec<ProtoFile>,
    /// The names of the requested files, in the order in which they were given.
    pub requested: Vec<String>,
    /// Files with errors, changed until they could be linked, so that rules can
    /// find what else is wrong with them.
    pub(crate) mended: Vec<MendedFile>,
}

impl FileSet {
    /// A file, what it imports, what that imports, and so on.
    pub(crate) fn seen_by<'a>(&'a self, file: &'a ProtoFile) -> Vec<&'a ProtoFile> {
        let by_name: HashMap<&str, &ProtoFile> =
            self.files.iter().map(|file| (file.name(), file)).collect();
        let mut names = HashSet::new();
        let mut seen = Vec::new();
        let mut left = vec![file];
        while let Some(file) = left.pop() {
            if names.insert(file.name()) {
                let imports = file.descriptor.dependency.iter();
                left.extend(imports.filter_map(|import| by_name.get(import.as_str())));
                seen.push(file);
            }
        }
        seen
    }
}

/// A file that is not as its source has it.
#[derive(Debug)]
pub(crate) struct MendedFile {
    pub(crate) file: ProtoFile,
    pub(crate) touched: Touched,
}

/// One `.proto` file.
#[derive(Debug)]
pub struct ProtoFile {
    /// The path on disk, or the import name for a file that the generator
    /// brings along.
    pub path: PathBuf,
    /// The text, empty for a file that the generator brings along.
    pub text: String,
    /// Whether the generator brings the file along.
    pub is_built_in: bool,
    /// The descriptor, names resolved, options interpreted, without source
    /// info.
    pub descriptor: FileDescriptorProto,
    /// The same, encoded. Encoding [`descriptor`](Self::descriptor) again would
    /// put custom options, which are unknown fields there, into an order that
    /// differs from run to run.
    pub encoded: Vec<u8>,
    /// Whether it was asked for, or it is only imported.
    pub requested: bool,
    /// Whether characters stand for bytes of texts that are no UTF-8 in what
    /// was linked.
    pub(crate) has_odd_strings: bool,
    source_info: SourceInfo,
}

impl ProtoFile {
    /// The name that imports use, such as `a/b.proto`.
    pub fn name(&self) -> &str {
        self.descriptor.name()
    }

    /// The source info: places and comments.
    pub fn source_info(&self) -> SourceCodeInfo {
        self.source_info.decode()
    }

    /// A finding at an element, named by its path in the descriptor. Where the
    /// path has no place of its own, the nearest element around it has.
    pub fn diagnostic(&self, path: &[i32], message: String) -> Diagnostic {
        Diagnostic {
            path: self.path.clone(),
            place: self.source_info.place(&self.text, path),
            message,
            help: None,
        }
    }
}

/// Parses the files of these import names and all that they import: those that
/// can be linked, and everything that is wrong with the others.
pub fn parse(includes: &Includes, names: &[String]) -> (FileSet, Vec<Diagnostic>) {
    let mut loader = Loader::new(includes);
    loader.load(names);
    let order = loader.import_order();
    let Loader {
        parsed,
        failed,
        mut errors,
        ..
    } = loader;
    let Links { linked, mended } = link(order, parsed, failed, &mut errors);
    let requested: HashSet<&str> = names.iter().map(String::as_str).collect();
    let (files, undecoded): (Vec<_>, Vec<_>) = linked
        .into_par_iter()
        .map(|file| decode(file, &requested))
        .partition_map(|file| match file {
            Ok(file) => Either::Left(file),
            Err(error) => Either::Right(error),
        });
    errors.extend(undecoded);
    let options = CustomOptions::new(&files);
    let mut files = files;
    files
        .par_iter_mut()
        .for_each(|file| file.encoded = options.encode(file));
    let mended = mended.into_par_iter().filter_map(|(linked, touched)| {
        let file = decode(linked, &requested).ok()?;
        Some(MendedFile { file, touched })
    });
    let set = FileSet {
        mended: mended.collect(),
        files,
        requested: names.to_vec(),
    };
    (set, errors)
}

/// A linked file with its descriptor as rust-protobuf's type.
fn decode(linked: Linked, requested: &HashSet<&str>) -> Result<ProtoFile, Diagnostic> {
    let Parsed {
        path,
        text,
        is_built_in,
        mut source_info,
        has_odd_strings,
        ..
    } = linked.parsed;
    match FileDescriptorProto::parse_from_bytes(&linked.encoded) {
        Ok(mut descriptor) => {
            let options = descriptor.source_code_info.take();
            source_info.number_options(options.unwrap_or_default());
            Ok(ProtoFile {
                requested: requested.contains(descriptor.name()),
                path,
                text,
                is_built_in,
                descriptor,
                encoded: without_source_info(&linked.encoded),
                has_odd_strings,
                source_info,
            })
        }
        Err(error) => Err(Diagnostic {
            path,
            place: source_info.first_option(&text),
            message: format!("the descriptor cannot be read back: {error}"),
            help: None,
        }),
    }
}

fn without_source_info(file: &[u8]) -> Vec<u8> {
    const SOURCE_CODE_INFO: u32 = 9;
    wire::edit(file, |field| match field.number {
        SOURCE_CODE_INFO => Edit::Drop,
        _ => Edit::Keep,
    })
}
