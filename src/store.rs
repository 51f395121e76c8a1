//! What the shop knows, in one SQLite file that its owner can open with
//! `sqlite3`.
//!
//! ```text
//! Location ─> Database::open ─> each_book, each_history ─> memory
//!                  │
//!                  ├─ begin ─> Batch ─> commit        a server's writes
//!                  └─ import                          all of a file at once
//! ```
//!
//! | table | columns |
//! | --- | --- |
//! | `books` | `id`, `title`, `author`, `year` (null where nobody knows), `categories` such as `MYSTERY\|SELF_HELP` |
//! | `interactions` | `reader_id`, `book_id`, `kind`, `rating` (null unless `kind` is `RATED`), `time` in seconds since 1970 |
//!
//! # What must hold
//!
//! - One process at a time has a file: it is locked from when it is opened.
//! - A committed batch is on disk: write-ahead log, `synchronous=FULL`.
//! - A file that is not ours, is newer than we know or is damaged is refused and
//!   stays as it is.
//! - What is erased is overwritten: `secure_delete`, [`Database::truncate_log`]
//!   for what the log still holds, [`Database::rewrite`] for copies.
//! - All SQL stands in the module `sql`, and nothing outside of `store` names
//!   `rusqlite`.

mod database;
mod error;
mod import;
mod location;
mod open;
mod sql;

pub use self::database::{Batch, Database, LARGEST_REWRITTEN};
pub use self::error::{BadRow, Reason, StoreError};
pub use self::import::ImportSummary;
pub use self::location::Location;
pub use self::sql::schema::VERSION as SCHEMA_VERSION;
