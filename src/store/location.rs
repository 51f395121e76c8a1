//! Where a database is.

use std::convert::Infallible;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a database is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// Nowhere: it is in memory and goes with the process.
    Memory,
    /// In this file.
    File(PathBuf),
}

impl Location {
    /// How the location in memory is written.
    pub const MEMORY: &'static str = ":memory:";
}

impl From<OsString> for Location {
    /// The location that somebody wrote: [`Location::MEMORY`] or a file's name.
    fn from(written: OsString) -> Location {
        if written == Location::MEMORY {
            Location::Memory
        } else {
            Location::File(written.into())
        }
    }
}

impl FromStr for Location {
    type Err = Infallible;

    fn from_str(written: &str) -> Result<Location, Infallible> {
        Ok(OsString::from(written).into())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Memory => formatter.write_str(Location::MEMORY),
            Location::File(path) => path.display().fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_memory_or_a_file() {
        let location = |written: &str| -> Location { written.parse().unwrap() };
        assert_eq!(location(":memory:"), Location::Memory);
        assert_eq!(location("shop.db"), Location::File("shop.db".into()));
        for written in [":memory:", "shop.db", "./:memory:"] {
            assert_eq!(location(written).to_string(), written);
        }
    }
}
