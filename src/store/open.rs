//! How a file is opened: what it must be, and what is done with it first.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode};

use super::error::Reason;
use super::sql::schema::{self, Owner};
use super::sql::{self, rows};
use crate::book::Book;

/// What is known of a database once it is open.
pub(super) struct Opened {
    pub(super) connection: Connection,
    /// Whether the file can be written.
    pub(super) is_writable: bool,
    /// Whether whoever had the file last did not close it.
    pub(super) was_left_open: bool,
}

/// Opens a database in memory.
pub(super) fn memory(first_books: &[Book]) -> Result<Opened, Reason> {
    let connection = sql::open_memory()?;
    prepare(&connection, first_books)?;
    Ok(Opened {
        connection,
        is_writable: true,
        was_left_open: false,
    })
}

/// Opens the database in a file; makes it if there is none.
pub(super) fn file(path: &Path, first_books: &[Book]) -> Result<Opened, Reason> {
    // What is beside a file is beside what a link to it leads to. And SQLite takes
    // some relative names for something else.
    let (path, is_there) = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => return Err(Reason::Folder),
        Ok(metadata) if !metadata.is_file() => return Err(Reason::Special),
        // An empty file is as good as none.
        Ok(metadata) => (fs::canonicalize(path), metadata.len() > 0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => (std::path::absolute(path), false),
        Err(error) => return Err(Reason::Unreachable(error)),
    };
    let path = &path.map_err(Reason::Unreachable)?;
    if let Some(folder) = path.parent()
        && !folder.is_dir()
    {
        return Err(Reason::NoFolder(folder.to_owned()));
    }
    // With a journal beside it, the file is in the middle of a change.
    if is_there && !holds_something(&beside(path, "-journal"))? {
        let untouched = sql::open_unchanging(path)?;
        version(schema::owner(&untouched)?)?;
    }
    let log = beside(path, "-wal");
    // Whoever closes the file takes the log away. An empty one is what is left when
    // the log was emptied, since something was erased, and then nobody closed it.
    let was_left_open = fs::exists(&log).map_err(Reason::Unreachable)?;
    match open_writable(path, first_books) {
        Ok(connection) => Ok(Opened {
            connection,
            is_writable: true,
            was_left_open,
        }),
        Err(Reason::Failed(error)) if !is_there => Err(Reason::Uncreatable(error)),
        Err(reason) if !is_there => Err(reason),
        Err(reason) if is_unwritable(&reason) => {
            for log in [log, beside(path, "-journal")] {
                if holds_something(&log)? {
                    return Err(Reason::Unmerged(log));
                }
            }
            let connection = sql::open_unchanging(path)?;
            check(&connection)?;
            tracing::warn!(file = %path.display(), %reason, "opened for reading only");
            Ok(Opened {
                connection,
                is_writable: false,
                was_left_open: false,
            })
        }
        Err(reason) => Err(reason),
    }
}

fn open_writable(path: &Path, first_books: &[Book]) -> Result<Connection, Reason> {
    let connection = sql::open(path)?;
    if sql::is_read_only(&connection)? {
        return Err(Reason::ReadOnly);
    }
    sql::exclude_others(&connection)?;
    prepare(&connection, first_books)?;
    // Only now, since the first page of a file must tell whose it is also while
    // all the rest is in the log.
    sql::use_log(&connection)?;
    if let Err(error) = sql::truncate_log(&connection) {
        tracing::warn!(file = %path.display(), %error, "the log could not be merged into the file");
    }
    Ok(connection)
}

/// Locks the file, and sees to it that it is what we think.
fn prepare(connection: &Connection, first_books: &[Book]) -> Result<(), Reason> {
    let transaction = sql::lock(connection)?;
    match version(schema::owner(&transaction)?)? {
        0 => {
            schema::migrate(&transaction, 0)?;
            for book in first_books {
                rows::put_book(&transaction, book)?;
            }
        }
        schema::VERSION => check(&transaction)?,
        older => {
            check(&transaction)?;
            schema::migrate(&transaction, older)?;
        }
    }
    Ok(transaction.commit()?)
}

fn check(connection: &Connection) -> Result<(), Reason> {
    match sql::damage(connection)? {
        None => Ok(()),
        Some(damage) => Err(Reason::Damaged(damage)),
    }
}

/// The version of the schema of an owner's file, 0 for nobody's.
fn version(owner: Owner) -> Result<i32, Reason> {
    match owner {
        Owner::Nobody => Ok(0),
        Owner::Other => Err(Reason::Foreign),
        Owner::Us(version) if version > schema::VERSION => Err(Reason::Newer {
            found: version,
            known: schema::VERSION,
        }),
        Owner::Us(version) if version < 1 => Err(Reason::Damaged(format!(
            "its user_version is {version}; it must be from 1 to {}",
            schema::VERSION
        ))),
        Owner::Us(version) => Ok(version),
    }
}

/// Whether the file could be written by somebody else, or elsewhere.
fn is_unwritable(reason: &Reason) -> bool {
    match reason {
        Reason::ReadOnly => true,
        Reason::Failed(error) => matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied)
        ),
        _ => false,
    }
}

/// The file that SQLite keeps beside a database under its name with that ending.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn holds_something(path: &Path) -> Result<bool, Reason> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.len() > 0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Reason::Unreachable(error)),
    }
}
