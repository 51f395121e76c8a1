//! Where the command lines read from and write to.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

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

/// Books and interactions would share a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("--books and --interactions are both {0}; they must be different")]
pub struct SamePlace(Place);

/// Sees to it that books and interactions do not share a place.
///
/// # Errors
///
/// [`SamePlace`] if they do.
pub fn different(books: Option<&Place>, interactions: Option<&Place>) -> Result<(), SamePlace> {
    match books {
        Some(place) if interactions == books => Err(SamePlace(place.clone())),
        _ => Ok(()),
    }
}
