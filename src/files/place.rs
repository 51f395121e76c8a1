//! Where the command lines read from and write to.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, Metadata};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A file, or standard input or output, which a command line calls `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Standard input or standard output.
    Standard,
    /// The file at that path.
    Path(PathBuf),
}

impl From<OsString> for Place {
    fn from(text: OsString) -> Place {
        match text == "-" {
            true => Place::Standard,
            false => Place::Path(text.into()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Standard => formatter.write_str("-"),
            Place::Path(path) => path.display().fmt(formatter),
        }
    }
}

/// Two of a command's files are one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{first} and {second} are the same; they must be different")]
pub struct SamePlace {
    first: String,
    second: String,
}

/// Sees to it that books, interactions and the shop's file, with what SQLite keeps
/// beside it, are different files, whatever they are called. `standard` is what
/// `-` stands for: standard input or standard output.
///
/// No file is opened.
///
/// # Errors
///
/// [`SamePlace`] if two of them are one.
pub fn different(
    books: Option<&Place>,
    interactions: Option<&Place>,
    shop: Option<&Path>,
    standard: impl AsFd,
) -> Result<(), SamePlace> {
    let given = [("--books", books), ("--interactions", interactions)];
    let given = given.into_iter().filter_map(|(option, place)| {
        let place = place?;
        let spot = match place {
            Place::Standard => Spot::of_open(&standard),
            Place::Path(path) => Spot::of(path),
        };
        Some((format!("{option} {place}"), spot))
    });
    let own = shop.into_iter().flat_map(files_of_shop).map(|path| {
        let name = format!("the shop's file {}", path.display());
        (name, Spot::of(&path))
    });
    let mut seen: Vec<(String, Spot)> = Vec::new();
    for (second, spot) in given.chain(own) {
        if let Some((first, _)) = seen.iter().find(|(_, other)| *other == spot) {
            let first = first.clone();
            return Err(SamePlace { first, second });
        }
        seen.push((second, spot));
    }
    Ok(())
}

/// The shop's file and those that SQLite keeps beside it, which may come and go.
fn files_of_shop(path: &Path) -> [PathBuf; 4] {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    ["", "-wal", "-journal", "-shm"].map(|suffix| {
        let mut name = path.clone().into_os_string();
        name.push(suffix);
        name.into()
    })
}

/// Where a file really is. What cannot be looked at counts as not there.
#[derive(Debug, PartialEq, Eq)]
enum Spot {
    /// What is there already, on that device and with that number.
    There { device: u64, inode: u64 },
    /// What would be there, in a folder without links.
    NotYet(PathBuf),
    /// A standard stream that is closed.
    Closed,
}

impl Spot {
    fn of(path: &Path) -> Spot {
        match fs::metadata(path) {
            Ok(known) => Spot::of_known(&known),
            Err(_) => Spot::NotYet(without_links(path)),
        }
    }

    fn of_open(stream: &impl AsFd) -> Spot {
        let file = stream.as_fd().try_clone_to_owned().map(File::from);
        match file.and_then(|file| file.metadata()) {
            Ok(known) => Spot::of_known(&known),
            Err(_) => Spot::Closed,
        }
    }

    fn of_known(known: &Metadata) -> Spot {
        Spot::There {
            device: known.dev(),
            inode: known.ino(),
        }
    }
}

/// The path with its folder as the system knows it.
fn without_links(path: &Path) -> PathBuf {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match (fs::canonicalize(folder), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests;
