//! Shops in files of folders that go when they are dropped.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use futures::executor::block_on;
use recommendations::book::{Book, BookId};
use recommendations::category::{Categories, Category};
use recommendations::interaction::{Interaction, Kind, Time};
use recommendations::reader::ReaderId;
use recommendations::shop::{Deadline, NewInteraction, Recorded, Settings, Shop, WriteError};
use recommendations::store::{Database, Location, StoreError};
use rusqlite::Connection;
use tempfile::TempDir;

/// Far longer than anything here takes: whoever waits that long has failed.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A file of a shop, which need not be there, in a folder of its own.
pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new() -> Place {
        Place {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    pub fn location(&self) -> Location {
        Location::File(self.file())
    }

    pub fn open(&self) -> Result<Database, StoreError> {
        Database::open(&self.location(), &[])
    }

    pub fn shop(&self) -> Shop {
        Shop::open(self.open().unwrap(), Settings::default()).unwrap()
    }

    /// The file as `sqlite3` sees it.
    pub fn sqlite(&self) -> Connection {
        Connection::open(self.file()).unwrap()
    }

    /// The message with which the file is refused, from after its name.
    pub fn refusal(&self) -> String {
        let refused = self.open().unwrap_err();
        let name = format!("{}: ", self.file().display());
        let message = refused.to_string();
        message.strip_prefix(&name).unwrap().to_owned()
    }

    /// The names of the files in the folder, in order.
    pub fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// Sees to it that SQLite finds no fault with the file, log and all.
    pub fn check(&self) {
        let query = "PRAGMA integrity_check";
        let found = self.sqlite().query_row(query, [], |row| row.get(0));
        assert_eq!(found, Ok("ok".to_owned()));
    }

    /// Whether a file in the folder holds a number as SQLite writes it.
    pub fn holds(&self, number: i32) -> bool {
        let number = number.to_be_bytes();
        let mut files = self.files().into_iter();
        files.any(|file| {
            let bytes = fs::read(self.folder.path().join(file)).unwrap();
            bytes.windows(number.len()).any(|window| window == number)
        })
    }

    pub fn bytes(&self) -> Vec<u8> {
        fs::read(self.file()).unwrap()
    }
}

/// The location of that file.
pub fn location(file: impl Into<PathBuf>) -> Location {
    Location::File(file.into())
}

pub fn book(id: i32, title: &str) -> Book {
    Book {
        id: book_id(id),
        title: title.to_owned(),
        author: "Dorothy L. Sayers".to_owned(),
        year: Some(1935),
        categories: Categories::from_iter([Category::Mystery, Category::SelfHelp]),
    }
}

pub fn book_id(id: i32) -> BookId {
    BookId::new(id).unwrap()
}

pub fn reader(number: i32) -> ReaderId {
    ReaderId::new(number).unwrap()
}

pub fn interaction(book: i32, kind: Kind, time: u32) -> Interaction {
    Interaction {
        book: book_id(book),
        kind,
        time: Time::from_seconds(time),
    }
}

/// A reader wants a book, at that time.
pub fn wanted(reader_number: i32, book: i32, time: u32) -> NewInteraction {
    NewInteraction {
        reader: reader(reader_number),
        book: book_id(book),
        kind: Kind::Wanted,
        time: Some(Time::from_seconds(time)),
    }
}

/// Records that a reader wants a book, and waits for the answer.
pub fn record(shop: &Shop, reader: i32, book: i32) -> Result<Recorded, WriteError> {
    block_on(shop.record(vec![wanted(reader, book, 1)], Deadline::none()))
}

/// The books of a reader's history, in order.
pub fn history(shop: &Shop, number: i32) -> Vec<i32> {
    let history = shop.history(reader(number));
    let books = history.interactions().iter();
    books.map(|each| each.book.number()).collect()
}
