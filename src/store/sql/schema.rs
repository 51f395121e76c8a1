//! The tables, and how those of older files become those of today.

use rusqlite::{Connection, Result};

/// What each version of the schema adds to the one before it. Files of all of
/// them exist: a step that was released never changes.
const STEPS: [&str; 1] = [VERSION_1];

/// The version that this program writes.
pub const VERSION: i32 = 1;

/// Marks a file as ours: "Book" in ASCII.
const APPLICATION_ID: i32 = 0x426f_6f6b;

// What a row may hold is not checked here but where rows are read, since that
// names the row. SQLite's checks would cost a third of an import, and as much as
// all the rest of a start.
const VERSION_1: &str = "
CREATE TABLE books (
  id         INTEGER PRIMARY KEY,
  title      TEXT NOT NULL,
  author     TEXT NOT NULL, -- empty where nobody knows
  year       INTEGER,
  categories TEXT NOT NULL -- such as MYSTERY|SELF_HELP
) STRICT;

CREATE TABLE interactions (
  reader_id INTEGER NOT NULL,
  book_id   INTEGER NOT NULL,
  kind      TEXT NOT NULL, -- WANTED, BOUGHT, READ or RATED
  rating    INTEGER, -- from 1 to 5 if kind is RATED
  time      INTEGER NOT NULL, -- seconds since 1970
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
    take_steps(connection, version, &STEPS)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", VERSION)
}

/// Takes the steps that come after a version.
fn take_steps(connection: &Connection, version: i32, steps: &[&str]) -> Result<()> {
    let done = usize::try_from(version).unwrap_or(0);
    let mut missing = steps.iter().skip(done);
    missing.try_for_each(|step| connection.execute_batch(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    // There is one version as yet, so the later ones are made up.
    const LATER: [&str; 3] = [
        VERSION_1,
        "ALTER TABLE books ADD COLUMN isbn TEXT NOT NULL DEFAULT 'none';",
        "UPDATE books SET isbn = isbn || ' of ' || title;",
    ];

    fn with_a_book() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        migrate(&connection, 0).unwrap();
        let book = "INSERT INTO books VALUES (7, 'Emma', 'Jane Austen', 1815, '')";
        connection.execute(book, []).unwrap();
        connection
    }

    fn isbn(connection: &Connection) -> Result<String> {
        connection.query_row("SELECT isbn FROM books WHERE id = 7", [], |row| row.get(0))
    }

    #[test]
    fn the_steps_after_a_files_version_are_taken_in_their_order_and_its_rows_stay() {
        let connection = with_a_book();
        take_steps(&connection, 1, &LATER).unwrap();
        assert_eq!(isbn(&connection).unwrap(), "none of Emma");
        take_steps(&connection, 3, &LATER).unwrap();
        assert_eq!(isbn(&connection).unwrap(), "none of Emma");
    }

    #[test]
    fn a_step_that_fails_takes_back_those_before_it() {
        let mut connection = with_a_book();
        let change = connection.transaction().unwrap();
        let steps = [LATER[0], LATER[1], "UPDATE books SET isbn = NULL;"];
        take_steps(&change, 1, &steps).unwrap_err();
        drop(change);
        assert!(isbn(&connection).is_err());
        let titles = connection.query_row("SELECT title FROM books", [], |row| row.get(0));
        assert_eq!(titles, Ok("Emma".to_owned()));
    }
}
