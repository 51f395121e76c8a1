//! Why a database cannot be opened, read or written.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

use super::location::Location;
use crate::history::MAX_INTERACTIONS;
use crate::reader::ReaderId;

/// Why a database cannot be opened, read or written. Nothing of it is lost.
#[derive(Debug)]
pub struct StoreError {
    /// Where the database is.
    pub location: Location,
    /// What is wrong.
    pub reason: Box<Reason>,
}

/// What is wrong with a database.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// The name is a folder's.
    #[error("is a folder; name a file in it")]
    Folder,
    /// The name is something's that can hold no file's bytes, such as a device's.
    #[error("is no regular file; name one, or one that is not there yet")]
    Special,
    /// The folder that the file would be in is not there.
    #[error("the folder {} does not exist; create it first", .0.display())]
    NoFolder(PathBuf),
    /// There is no such file.
    #[error("does not exist; name the shop's file with --data")]
    Missing,
    /// The system does not let us look at the file.
    #[error("cannot be looked at")]
    Unreachable(#[source] io::Error),
    /// There is no such file, and none can be made.
    #[error("cannot be created; see that its folder can be written")]
    Uncreatable(#[source] rusqlite::Error),
    /// Somebody has the file open.
    #[error("is in use by another server, import or program; stop that one first")]
    InUse,
    /// The file is no SQLite file.
    #[error("is not a database; name one that the server made, or a new one")]
    NotADatabase,
    /// The file is an SQLite file that we did not make.
    #[error("is a database of another program; name one that the server made, or a new one")]
    Foreign,
    /// The file was written by a newer version of this program.
    #[error("has schema {found}; this version knows schemas up to {known}; use a newer version")]
    Newer {
        /// The file's schema.
        found: i32,
        /// The newest schema that is known.
        known: i32,
    },
    /// The file is not as SQLite left it.
    #[error("is damaged: {0}; restore a backup, or try the command .recover of sqlite3")]
    Damaged(String),
    /// The disk is full.
    #[error("its disk is full; make room and try again")]
    Full,
    /// The file is read-only.
    #[error("is read-only; see that the file and its folder can be written")]
    ReadOnly,
    /// The file is read-only, and changes that were answered are still in its log.
    #[error("is read-only, and {} holds its newest changes; see that both and their folder can be written", .0.display())]
    Unmerged(PathBuf),
    /// A row holds what no row may hold.
    #[error("{0}; mend it with sqlite3")]
    BadRow(Box<BadRow>),
    /// A reader would have more than [`MAX_INTERACTIONS`].
    #[error(
        "reader {reader} would have {found} interactions; a reader has at most {MAX_INTERACTIONS}"
    )]
    FullHistory {
        /// The reader.
        reader: ReaderId,
        /// How many interactions the reader would have.
        found: usize,
    },
    /// SQLite says something else.
    #[error("cannot be read or written")]
    Failed(#[source] rusqlite::Error),
}

/// A row that somebody else wrote holds what no row may hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the row of {table} with {key}: {column} is {found}; it must be {allowed}")]
pub struct BadRow {
    /// The table.
    pub table: &'static str,
    /// The columns of the row's key with their values.
    pub key: String,
    /// The column.
    pub column: &'static str,
    /// What stands in it.
    pub found: String,
    /// What may stand in it.
    pub allowed: String,
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.location, self.reason)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.reason.source()
    }
}

impl From<rusqlite::Error> for Reason {
    fn from(error: rusqlite::Error) -> Reason {
        // A statement that was right when it was written is wrong: its table is not
        // as we made it. The statement itself, of many lines, tells nobody more.
        if let rusqlite::Error::SqlInputError { msg, .. } = error {
            return Reason::Damaged(msg);
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Reason::InUse,
            Some(ErrorCode::NotADatabase) => Reason::NotADatabase,
            Some(ErrorCode::DatabaseCorrupt) => Reason::Damaged(error.to_string()),
            // The same, where SQLite cannot tell the place in the statement.
            Some(ErrorCode::Unknown) => Reason::Damaged(error.to_string()),
            Some(ErrorCode::DiskFull) => Reason::Full,
            Some(ErrorCode::ReadOnly) => Reason::ReadOnly,
            _ => Reason::Failed(error),
        }
    }
}
