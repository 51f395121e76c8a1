//! Where the command lines read from and write to.

use std::ffi::OsString;
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

/// Books and interactions would share standard input or output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("--books and --interactions are both -; only one of them can be")]
pub struct BothStandard;

/// Sees to it that not both of two places are standard input or output.
///
/// # Errors
///
/// [`BothStandard`] if they are.
pub fn at_most_one_standard(
    books: Option<&Place>,
    interactions: Option<&Place>,
) -> Result<(), BothStandard> {
    match (books, interactions) {
        (Some(Place::Standard), Some(Place::Standard)) => Err(BothStandard),
        _ => Ok(()),
    }
}
