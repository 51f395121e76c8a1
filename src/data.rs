//! Where the command lines find the shop's file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::builder::{OsStringValueParser, TypedValueParser};
use directories::ProjectDirs;

use crate::store::Location;

/// What the file is called in the platform's folder for data.
const FILE: &str = "shop.db";

/// There is no place for the shop's file.
#[derive(Debug, thiserror::Error)]
pub enum NoPlace {
    /// The platform does not say where data belongs.
    #[error("no home folder is known for the shop's file; name a file with --data")]
    NoHome,
    /// The folder for data cannot be made.
    #[error("{}: the folder for the shop's file cannot be made", .folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// `:memory:` is named where only a file will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a shop in memory is empty and gone when the command ends; name the shop's file")]
pub struct InMemory;

/// Where the shop is that `--data` names: a file, or `:memory:`. Without it, that
/// is the file that [`file()`] tells.
///
/// # Errors
///
/// [`NoPlace`] if there is no folder for it.
pub fn location(named: Option<Location>) -> Result<Location, NoPlace> {
    match named {
        Some(location) => Ok(location),
        None => Ok(Location::File(file(None)?)),
    }
}

/// The shop's file that `--data` names. Without it, that is `shop.db` in the
/// platform's folder for data, which is made if need be.
///
/// # Errors
///
/// [`NoPlace`] if there is no such folder.
pub fn file(named: Option<PathBuf>) -> Result<PathBuf, NoPlace> {
    if let Some(path) = named {
        return Ok(path);
    }
    let folders = ProjectDirs::from("", "", "recommendations").ok_or(NoPlace::NoHome)?;
    in_folder(folders.data_dir())
}

/// Reads the `--data` of a command that is of no use without a file.
pub fn file_parser() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().try_map(|written| match written.into() {
        Location::Memory => Err(InMemory),
        Location::File(path) => Ok(path),
    })
}

fn in_folder(folder: &Path) -> Result<PathBuf, NoPlace> {
    let made = fs::create_dir_all(folder);
    made.map_err(|source| NoPlace::NoFolder {
        folder: folder.to_owned(),
        source,
    })?;
    Ok(folder.join(FILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_is_taken() {
        let named = Location::File("elsewhere.db".into());
        assert_eq!(location(Some(named.clone())).unwrap(), named);
        let named = PathBuf::from("elsewhere.db");
        assert_eq!(file(Some(named.clone())).unwrap(), named);
    }

    #[test]
    fn the_folder_for_data_is_made() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("share/recommendations");
        assert_eq!(in_folder(&folder).unwrap(), folder.join("shop.db"));
        assert!(folder.is_dir());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("file/recommendations");
        fs::write(home.path().join("file"), "").unwrap();
        let error = in_folder(&folder).unwrap_err().to_string();
        let folder = folder.display();
        let expected = format!("{folder}: the folder for the shop's file cannot be made");
        assert_eq!(error, expected);
    }
}
