//! Where `.proto` files are looked for: the folders of `--proto_path`.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// The folders of `--proto_path`, in the order in which they are searched.
#[derive(Debug, Clone)]
pub struct Includes {
    folders: Vec<PathBuf>,
}

/// Why a file named on the command line is not generated.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// A folder of `--proto_path` is not there.
    #[error("{}: error: no such folder; --proto_path takes the folders that imports start from", .0.display())]
    NoSuchFolder(PathBuf),
    /// Neither on disk nor below an include folder.
    #[error("{}: error: no such file, neither from here nor below --proto_path", .0.display())]
    NoSuchFile(PathBuf),
    /// On disk, but below no include folder, so that it has no import name.
    #[error("{}: error: outside every --proto_path, so no import could name it; pass --proto_path with a folder above it", .0.display())]
    Outside(PathBuf),
    /// An earlier include folder has a file of the same import name.
    #[error("{}: error: hidden by {}, which comes first in --proto_path; reorder the folders or name that file", .0.display(), .1.display())]
    Shadowed(PathBuf, PathBuf),
    /// An import name must be text, and on one line: it stands in the comments
    /// of generated code.
    #[error("{}: error: the path is not UTF-8 or holds a control character; rename the file", .0.display())]
    NotText(PathBuf),
    /// A folder was named that holds no `.proto` file.
    #[error("{}: error: no .proto file below this folder", .0.display())]
    EmptyFolder(PathBuf),
    /// The disk refused.
    #[error("{}: error: {}", .0.display(), .1)]
    Unreadable(PathBuf, #[source] io::Error),
}

impl Includes {
    /// The include folders, `.` when none are given.
    ///
    /// # Errors
    ///
    /// When one of them is not a folder.
    pub fn new(folders: &[PathBuf]) -> Result<Includes, InputError> {
        let folders = if folders.is_empty() {
            vec![PathBuf::from(".")]
        } else {
            folders.to_vec()
        };
        match folders.iter().find(|folder| !folder.is_dir()) {
            Some(missing) => Err(InputError::NoSuchFolder(missing.clone())),
            None => Ok(Includes { folders }),
        }
    }

    /// The file that an import name stands for, if there is one.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        if name.contains(char::is_control) {
            return None;
        }
        self.folders
            .iter()
            .map(|folder| join(folder, name))
            .find(|path| path.is_file())
    }

    /// The import names of a file, or of every `.proto` file below a folder,
    /// sorted.
    ///
    /// # Errors
    ///
    /// When there is no such file, or when no import could name it.
    pub fn names(&self, input: &Path) -> Result<Vec<String>, InputError> {
        if !input.is_dir() {
            return Ok(vec![self.name(input)?]);
        }
        let mut files = Vec::new();
        proto_files(input, &mut files)?;
        if files.is_empty() {
            return Err(InputError::EmptyFolder(input.to_owned()));
        }
        let mut names = files
            .iter()
            .map(|file| self.name(file))
            .collect::<Result<Vec<_>, _>>()?;
        names.sort();
        Ok(names)
    }

    fn name(&self, file: &Path) -> Result<String, InputError> {
        if !file.exists() {
            // As protoc has it, an input may also be an import name.
            let name = import_name(file);
            return match name.filter(|name| self.find(name).is_some()) {
                Some(name) => Ok(name),
                None => Err(InputError::NoSuchFile(file.to_owned())),
            };
        }
        let mut below = self
            .folders
            .iter()
            .filter_map(|folder| strip_prefix(file, folder));
        let Some(relative) = below.next() else {
            return Err(InputError::Outside(file.to_owned()));
        };
        let name = import_name(&relative).ok_or_else(|| InputError::NotText(file.to_owned()))?;
        match self.find(&name) {
            Some(first) if same_path(&first, file) => Ok(name),
            Some(first) => Err(InputError::Shadowed(file.to_owned(), first)),
            None => Err(InputError::NoSuchFile(file.to_owned())),
        }
    }
}

/// `folder/name`, without a leading `./` that only clutters messages.
fn join(folder: &Path, name: &str) -> PathBuf {
    if folder == Path::new(".") {
        PathBuf::from(name)
    } else {
        folder.join(name)
    }
}

fn proto_files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), InputError> {
    let unreadable = |error| InputError::Unreadable(folder.to_owned(), error);
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        // A link to a folder could lead in circles; a link to a file is a file.
        if entry.file_type().map_err(unreadable)?.is_dir() {
            proto_files(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "proto") && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

fn import_name(relative: &Path) -> Option<String> {
    let mut parts = Vec::new();
    for component in relative.components() {
        match component {
            Component::Normal(part) => {
                let part = part.to_str()?;
                if part.contains(char::is_control) {
                    return None;
                }
                parts.push(part);
            }
            Component::CurDir => {}
            _ => return None,
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

fn strip_prefix(path: &Path, folder: &Path) -> Option<PathBuf> {
    let plain = |path: &Path| -> PathBuf {
        path.components()
            .filter(|part| *part != Component::CurDir)
            .collect()
    };
    let (path, folder) = (plain(path), plain(folder));
    if let Ok(relative) = path.strip_prefix(&folder)
        && (folder.is_absolute() || path.is_relative())
        && !relative
            .components()
            .any(|part| part == Component::ParentDir)
    {
        return Some(relative.to_owned());
    }
    // One absolute and the other not, or dots on the way: ask the disk.
    let real = path.canonicalize().ok()?;
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".").canonicalize().ok()?
    } else {
        folder.canonicalize().ok()?
    };
    real.strip_prefix(folder).ok().map(Path::to_owned)
}

fn same_path(left: &Path, right: &Path) -> bool {
    match (left.canonicalize(), right.canonicalize()) {
        (Ok(left), Ok(right)) => left == right,
        _ => left == right,
    }
}
