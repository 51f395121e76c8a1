//! A `FileDescriptorSet`, byte for byte as protoc writes it.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use protobuf::Message as _;
use tempfile::TempPath;

use crate::custom_options::{self, CustomOptions};
use crate::leniency;
use crate::parse::{FileSet, ProtoFile};
use crate::source_info;
use crate::wire::{self, Edit};

/// What a descriptor set holds besides the files that were named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contents {
    /// Also every file that they import, and what those import.
    pub imports: bool,
    /// Comments and places, but for the files that the generator brings along:
    /// nobody has the text that their places would be in.
    pub source_info: bool,
}

/// The bytes of a `FileDescriptorSet` of the requested files.
///
/// As with protoc, each file comes after those that it imports and otherwise
/// in the order in which the files were named, and options that are declared
/// with `retention = RETENTION_SOURCE` are left out.
pub fn encode(files: &FileSet, contents: Contents) -> Vec<u8> {
    const FILE: u32 = 1;
    let by_name: HashMap<&str, &ProtoFile> =
        files.files.iter().map(|file| (file.name(), file)).collect();
    let retained = CustomOptions::new(&files.files);
    let mut set = Vec::new();
    for file in order(files, &by_name, contents.imports) {
        let (mut bytes, stripped) = retained.strip(file);
        if file.has_odd_strings {
            bytes = custom_options::with_odd_texts(&bytes);
        }
        if contents.source_info && !file.is_built_in {
            bytes = with_source_info(&bytes, file, &stripped);
        }
        wire::write(&mut set, FILE, &bytes);
    }
    set
}

/// A descriptor set that is ready to take its place.
pub enum Prepared {
    /// Written beside its file, which it replaces as a whole, so that nobody reads
    /// half of it.
    Beside(TempPath),
    /// For a pipe or a device, such as `/dev/stdout`, which cannot be replaced.
    Bytes(Vec<u8>),
}

/// Prepares a descriptor set; nothing is changed yet.
///
/// # Errors
///
/// When the disk refuses.
pub fn prepare(path: &Path, set: Vec<u8>) -> io::Result<Prepared> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if path.exists() && !path.is_file() {
        return Ok(Prepared::Bytes(set));
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As for any new file; the process's umask applies.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(&set)?;
    Ok(Prepared::Beside(file.into_temp_path()))
}

impl Prepared {
    /// Writes what was prepared to that path.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn write(self, path: &Path) -> io::Result<()> {
        match self {
            Prepared::Beside(file) => file.persist(path).map_err(|error| error.error),
            Prepared::Bytes(set) => fs::write(path, set),
        }
    }
}

/// The files to write, imports first.
fn order<'a>(
    files: &'a FileSet,
    by_name: &HashMap<&'a str, &'a ProtoFile>,
    imports: bool,
) -> Vec<&'a ProtoFile> {
    let mut seen = HashSet::new();
    if !imports {
        seen.extend(
            files
                .files
                .iter()
                .filter(|file| !file.requested)
                .map(ProtoFile::name),
        );
    }
    let mut order = Vec::new();
    for name in &files.requested {
        // An explicit stack: a chain of imports may be long.
        let mut stack = vec![(name.as_str(), 0)];
        while let Some((name, next)) = stack.pop() {
            let Some(file) = by_name.get(name).filter(|_| !seen.contains(name)) else {
                continue;
            };
            match file.descriptor.dependency.get(next) {
                Some(import) => {
                    stack.push((name, next + 1));
                    stack.push((import, 0));
                }
                None => {
                    seen.insert(file.name());
                    order.push(*file);
                }
            }
        }
    }
    order
}

/// A file's bytes with its source info, at its place in the order of numbers.
fn with_source_info(bytes: &[u8], file: &ProtoFile, stripped: &HashSet<Vec<i32>>) -> Vec<u8> {
    const SOURCE_CODE_INFO: u32 = 9;
    let mut info = source_info::as_protoc(file.source_info(), &file.text);
    info.location.retain(|location| {
        (0..=location.path.len()).all(|end| !stripped.contains(&location.path[..end]))
    });
    // Only a missing required field could fail, and this message has none.
    let mut info = info.write_to_bytes().unwrap_or_default();
    if file.has_odd_strings {
        info = with_odd_comments(&info);
    }
    let mut out = Vec::new();
    let mut written = false;
    for field in wire::fields(bytes) {
        if field.number > SOURCE_CODE_INFO && !written {
            wire::write(&mut out, SOURCE_CODE_INFO, &info);
            written = true;
        }
        out.extend_from_slice(field.raw);
    }
    if !written {
        wire::write(&mut out, SOURCE_CODE_INFO, &info);
    }
    out
}

/// An encoded `SourceCodeInfo` whose comments are those of the source, even
/// where they are no UTF-8.
fn with_odd_comments(info: &[u8]) -> Vec<u8> {
    const LEADING: u32 = 3;
    const TRAILING: u32 = 4;
    const DETACHED: u32 = 6;
    let comment = |field: &wire::Field<'_>| {
        let is_comment = matches!(field.number, LEADING | TRAILING | DETACHED);
        let comment = field.content.filter(|_| is_comment);
        let restored = comment.and_then(leniency::restored_bytes);
        restored.map_or(Edit::Keep, Edit::Replace)
    };
    wire::edit(info, |location| {
        let content = location.content.map(|content| wire::edit(content, comment));
        content.map_or(Edit::Keep, Edit::Replace)
    })
}
