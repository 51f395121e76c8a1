//! The tables, and how those of older files become those of today.

use rusqlite::{Connection, Result};

/// What each version of the schema adds to the one before it. Files of all of
/// them exist: a step that was released never changes.
const STEPS: [&str; 1] = [VERSION_1];

/// The version that this program writes.
pub const VERSION: i32 = 1;

/// Marks a file as ours: "Book" in ASCII.
const APPLICATION_ID: i32 = 0x426f_6f6b;

const VERSION_1: &str = "
CREATE TABLE books (
  id         INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 2147483647),
  title      TEXT NOT NULL CHECK (trim(title) <> '' AND octet_length(title) <= 1000),
  author     TEXT NOT NULL CHECK (octet_length(author) <= 1000),
  year       INTEGER CHECK (year BETWEEN -9999 AND 9999),
  categories TEXT NOT NULL -- such as MYSTERY|SELF_HELP
) STRICT;

CREATE TABLE interactions (
  reader_id INTEGER NOT NULL CHECK (reader_id BETWEEN 0 AND 2147483647),
  book_id   INTEGER NOT NULL CHECK (book_id BETWEEN 1 AND 2147483647),
  kind      TEXT NOT NULL CHECK (kind IN ('WANTED', 'BOUGHT', 'READ', 'RATED')),
  rating    INTEGER CHECK (CASE kind WHEN 'RATED' THEN ifnull(rating BETWEEN 1 AND 5, 0)
                                     ELSE rating IS NULL END),
  time      INTEGER NOT NULL CHECK (time BETWEEN 0 AND 4294967295), -- seconds since 1970
  PRIMARY KEY (reader_id, book_id)
) STRICT, WITHOUT ROWID;
";

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Nobody's: there is nothing in it.
    Nobody,
    /// Ours, of that version of the schema.
    Us(i32),
    /// Another program's.
    Other,
}

/// Whose file it is.
pub fn owner(connection: &Connection) -> Result<Owner> {
    let number = |query| connection.query_row(query, [], |row| row.get::<_, i32>(0));
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    if application == APPLICATION_ID {
        return Ok(Owner::Us(version));
    }
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    let is_empty = (application, version, tables) == (0, 0, 0);
    Ok(if is_empty {
        Owner::Nobody
    } else {
        Owner::Other
    })
}

/// Brings a file from a version of the schema to [`VERSION`]; 0 is the version of
/// an empty one. The caller's transaction makes it whole.
pub fn migrate(connection: &Connection, version: i32) -> Result<()> {
    let done = usize::try_from(version).unwrap_or(0);
    for step in STEPS.iter().skip(done) {
        connection.execute_batch(step)?;
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", VERSION)
}
