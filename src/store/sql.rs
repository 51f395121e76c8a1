//! All SQL: how a file is opened here, the tables in [`schema`], their rows in
//! [`rows`].

pub(super) mod rows;
pub(super) mod schema;

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, OpenFlags, Result, Transaction, TransactionBehavior};

/// An empty database in memory.
pub(super) fn open_memory() -> Result<Connection> {
    let connection = Connection::open_in_memory()?;
    settle(&connection)?;
    Ok(connection)
}

/// Opens a file, or makes one if there is none. Nothing of it is read yet, so
/// nothing is known of it, but [`is_read_only`].
pub(super) fn open(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    Connection::open_with_flags(path, flags)
}

/// Sees to it that a file that can be written is locked for us alone from when it
/// is first looked into.
pub(super) fn exclude_others(connection: &Connection) -> Result<()> {
    // Before all else: then the index of the log is in memory, and there is no
    // file for it that others could share.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    settle(connection)
}

/// Opens a file that nobody writes to, as it is: without locks, without its log,
/// and without any change to it or to its folder.
pub(super) fn open_unchanging(path: &Path) -> Result<Connection> {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                uri.push(char::from(*byte));
            }
            // Writing to a string does not fail.
            _ => drop(write!(uri, "%{byte:02x}")),
        }
    }
    uri.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(uri, flags)?;
    settle(&connection)?;
    Ok(connection)
}

/// What holds for every connection: whoever waits, waits elsewhere; what the
/// file's own schema says is not trusted; what is deleted is overwritten.
fn settle(connection: &Connection) -> Result<()> {
    connection.busy_timeout(Duration::ZERO)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.execute_batch(
        "PRAGMA cell_size_check = ON;
         PRAGMA secure_delete = ON;
         PRAGMA synchronous = FULL;
         PRAGMA cache_size = -16384;",
    )
}

/// Whether the file could only be opened for reading.
pub(super) fn is_read_only(connection: &Connection) -> Result<bool> {
    connection.is_readonly(MAIN_DB)
}

/// Locks the file, and begins a transaction that nobody can be in the way of.
pub(super) fn lock(connection: &Connection) -> Result<Transaction<'_>> {
    Transaction::new_unchecked(connection, TransactionBehavior::Exclusive)
}

/// Begins a transaction that writes.
pub(super) fn begin(connection: &Connection) -> Result<Transaction<'_>> {
    Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
}

/// Lets changes go to a log, which is merged into the file at every 1000 pages
/// (4 MiB), and is cut to 16 MiB then if it had grown larger.
pub(super) fn use_log(connection: &Connection) -> Result<()> {
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA wal_autocheckpoint = 1000;
         PRAGMA journal_size_limit = 16777216;",
    )
}

/// Merges the log into the file and empties it.
pub(super) fn truncate_log(connection: &Connection) -> Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

/// Writes the whole file anew, without the bytes that nothing uses.
pub(super) fn rewrite(connection: &Connection) -> Result<()> {
    connection.execute_batch("VACUUM")
}

/// The size of the file in bytes.
pub(super) fn size(connection: &Connection) -> Result<i64> {
    let query = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    connection.query_row(query, [], |row| row.get(0))
}

/// What is wrong with the structure of the file, if anything is.
pub(super) fn damage(connection: &Connection) -> Result<Option<String>> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok((found != "ok").then(|| found.replace('\n', " ")))
}
