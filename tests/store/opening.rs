//! What is opened, and what is refused and stays as it is.

use std::fs;

use futures::executor::block_on;
use recommendations::interaction::Kind;
use recommendations::shop::{Deadline, Settings, Shop};
use recommendations::store::{Database, Location, SCHEMA_VERSION};

use crate::process::{Other, tell, told_file};
use crate::support::{Place, book, history, interaction, location, reader, record};

/// A file with a book and an interaction.
fn filled() -> Place {
    let place = Place::new();
    let database = Database::open(&place.location(), &[book(1, "Gaudy Night")]).unwrap();
    let shop = Shop::open(database, Settings::default()).unwrap();
    record(&shop, 7, 9).unwrap();
    shop.close().unwrap();
    place
}

fn titles(place: &Place) -> Vec<String> {
    let catalog = place.shop().catalog();
    catalog.books().map(|book| book.title.clone()).collect()
}

#[test]
fn a_new_file_has_the_first_books() {
    assert_eq!(titles(&filled()), ["Gaudy Night"]);
}

#[test]
fn a_file_that_is_there_does_not_get_the_first_books_again() {
    let place = Place::new();
    place.open().unwrap().close().unwrap();
    let books = [book(1, "Gaudy Night")];
    let database = Database::open(&place.location(), &books).unwrap();
    let shop = Shop::open(database, Settings::default()).unwrap();
    assert!(shop.catalog().is_empty());
}

#[test]
fn an_empty_file_is_as_good_as_none() {
    let place = Place::new();
    fs::write(place.file(), "").unwrap();
    let books = [book(1, "Gaudy Night")];
    Database::open(&place.location(), &books).unwrap();
    assert_eq!(titles(&place), ["Gaudy Night"]);
}

#[test]
fn what_was_written_is_read_after_the_next_start() {
    let place = filled();
    let shop = place.shop();
    assert_eq!(shop.catalog().get(book(1, "").id).unwrap().year, Some(1935));
    assert_eq!(history(&shop, 7), [9]);
}

#[test]
fn a_closed_shop_is_one_file() {
    assert_eq!(filled().files(), ["shop.db"]);
}

#[test]
fn an_open_shop_shares_no_memory_with_other_processes() {
    let place = filled();
    let shop = place.shop();
    record(&shop, 7, 10).unwrap();
    assert_eq!(place.files(), ["shop.db", "shop.db-wal"]);
}

#[test]
fn the_owner_can_read_the_file() {
    let place = filled();
    let sqlite = place.sqlite();
    let query = "SELECT title || ',' || categories || ',' || kind || ',' || time
                 FROM books, interactions";
    let row: String = sqlite.query_row(query, [], |row| row.get(0)).unwrap();
    assert_eq!(row, "Gaudy Night,MYSTERY|SELF_HELP,WANTED,1");
}

#[test]
fn memory_is_a_database_too() {
    let books = [book(1, "Gaudy Night")];
    let database = Database::open(&Location::Memory, &books).unwrap();
    let shop = Shop::open(database, Settings::default()).unwrap();
    record(&shop, 7, 9).unwrap();
    assert_eq!(shop.catalog().len(), 1);
    assert_eq!(history(&shop, 7), [9]);
    block_on(shop.delete_reader(reader(7), Deadline::none())).unwrap();
    assert!(history(&shop, 7).is_empty());
    shop.close().unwrap();
}

#[test]
fn names_that_mean_something_to_sqlite_are_names_of_files() {
    let place = Place::new();
    for name in ["file:a?mode=memory", "a%41#b", "ü 'x'", ":memory:x"] {
        let file = place.folder().join(name);
        for _ in 0..2 {
            let database = Database::open(&location(&file), &[]).unwrap();
            database.close().unwrap();
        }
        assert!(file.is_file(), "{name}");
    }
    assert_eq!(place.files().len(), 4);
}

#[test]
fn a_second_opener_is_refused() {
    let place = filled();
    let open = place.open().unwrap();
    assert_eq!(
        place.refusal(),
        "is in use by another server, import or program; stop that one first"
    );
    open.close().unwrap();
    place.open().unwrap();
}

#[test]
fn a_second_opener_in_another_process_is_refused() {
    if let Some(file) = told_file() {
        let refused = Database::open(&location(file), &[]).unwrap_err();
        return tell(&refused.to_string());
    }
    let place = filled();
    let shop = place.shop();
    // A refusal in this process must not let go of the lock.
    let refusal = place.refusal();
    let test = "opening::a_second_opener_in_another_process_is_refused";
    let told = Other::start(test, &place.file()).next_line().unwrap();
    assert_eq!(told, format!("{}: {refusal}", place.file().display()));
    record(&shop, 7, 10).unwrap();
    assert_eq!(history(&shop, 7), [9, 10]);
}

#[test]
fn a_folder_is_refused() {
    let place = Place::new();
    fs::create_dir(place.file()).unwrap();
    assert_eq!(place.refusal(), "is a folder; name a file in it");
}

#[test]
fn a_device_is_refused() {
    let refused = Database::open(&location("/dev/null"), &[]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "/dev/null: is no regular file; name one, or one that is not there yet"
    );
}

#[test]
fn a_file_in_no_folder_is_refused() {
    let place = Place::new();
    let file = place.folder().join("none/shop.db");
    let refused = Database::open(&location(&file), &[]).unwrap_err();
    let folder = place.folder().join("none");
    let expected = format!(
        "{}: the folder {} does not exist; create it first",
        file.display(),
        folder.display()
    );
    assert_eq!(refused.to_string(), expected);
    assert!(!folder.exists());
}

#[test]
fn text_is_refused_and_stays() {
    let place = Place::new();
    let text = "id,title,author,year,categories\n".repeat(1000);
    fs::write(place.file(), &text).unwrap();
    assert_eq!(
        place.refusal(),
        "is not a database; name one that the server made, or a new one"
    );
    assert_eq!(place.bytes(), text.as_bytes());
    assert_eq!(place.files(), ["shop.db"]);
}

#[test]
fn another_programs_database_is_refused_and_stays() {
    for log in ["DELETE", "WAL"] {
        let place = Place::new();
        let sqlite = place.sqlite();
        sqlite.pragma_update(None, "journal_mode", log).unwrap();
        sqlite.execute_batch("CREATE TABLE books (id)").unwrap();
        sqlite.close().unwrap();
        let before = place.bytes();
        assert_eq!(
            place.refusal(),
            "is a database of another program; name one that the server made, or a new one"
        );
        assert_eq!(place.bytes(), before);
        assert_eq!(place.files(), ["shop.db"]);
    }
}

#[test]
fn a_newer_schema_is_refused_and_stays() {
    let place = filled();
    let newer = SCHEMA_VERSION + 1;
    place
        .sqlite()
        .pragma_update(None, "user_version", newer)
        .unwrap();
    let before = place.bytes();
    assert_eq!(
        place.refusal(),
        "has schema 2; this version knows schemas up to 1; use a newer version"
    );
    assert_eq!(place.bytes(), before);
}

#[test]
fn a_schema_of_ours_below_1_is_refused_and_stays() {
    for version in [0, -1] {
        let place = filled();
        let sqlite = place.sqlite();
        sqlite.pragma_update(None, "user_version", version).unwrap();
        sqlite.close().unwrap();
        let before = place.bytes();
        let expected = format!(
            "is damaged: its user_version is {version}; it must be from 1 to 1; \
             restore a backup, or try the command .recover of sqlite3"
        );
        assert_eq!(place.refusal(), expected);
        assert_eq!(place.bytes(), before);
    }
}

#[test]
fn a_file_of_every_older_schema_is_brought_up_to_date() {
    // There is none yet but the empty one: a step that is added to the schema
    // adds the file of the version before it here.
    let older: [&str; 1] = [""];
    assert_eq!(i32::try_from(older.len()), Ok(SCHEMA_VERSION));
    for schema in older {
        let place = Place::new();
        let sqlite = place.sqlite();
        sqlite.execute_batch(schema).unwrap();
        sqlite.close().unwrap();
        place.open().unwrap().close().unwrap();
        let sqlite = place.sqlite();
        let version = sqlite.query_row("PRAGMA user_version", [], |row| row.get(0));
        assert_eq!(version, Ok(SCHEMA_VERSION));
    }
}

#[test]
fn a_damaged_file_is_refused_and_stays() {
    let place = filled();
    let mut bytes = place.bytes();
    // All but the first page.
    bytes[4096..].fill(0x55);
    fs::write(place.file(), &bytes).unwrap();
    let refusal = place.refusal();
    assert!(refusal.starts_with("is damaged: "), "{refusal}");
    assert!(
        refusal.ends_with("; restore a backup, or try the command .recover of sqlite3"),
        "{refusal}"
    );
    assert_eq!(place.bytes(), bytes);
}

#[test]
fn a_file_that_is_damaged_in_the_middle_is_refused() {
    let place = Place::new();
    let mut database = place.open().unwrap();
    let interactions = (0..100_000).map(|number| (reader(number), interaction(5, Kind::Read, 1)));
    database
        .import(Vec::new(), interactions.collect(), false, &mut |_| ())
        .unwrap();
    database.close().unwrap();
    let mut bytes = place.bytes();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4096].fill(0x55);
    fs::write(place.file(), &bytes).unwrap();
    let refusal = place.refusal();
    assert!(refusal.starts_with("is damaged: "), "{refusal}");
    assert_eq!(place.bytes(), bytes);
}

#[test]
fn a_file_that_was_cut_is_refused() {
    let place = filled();
    let half = place.bytes().len() / 2;
    let file = fs::OpenOptions::new().write(true).open(place.file());
    file.unwrap().set_len(u64::try_from(half).unwrap()).unwrap();
    assert!(place.refusal().starts_with("is damaged: "));
}

#[test]
fn a_file_without_a_table_is_refused() {
    let place = filled();
    place.sqlite().execute_batch("DROP TABLE books").unwrap();
    let database = place.open().unwrap();
    let refused = Shop::open(database, Settings::default()).unwrap_err();
    let expected = format!(
        "{}: is damaged: no such table: books; \
         restore a backup, or try the command .recover of sqlite3",
        place.file().display()
    );
    assert_eq!(refused.to_string(), expected);
}

#[test]
fn a_file_without_a_column_is_refused_in_one_line() {
    assert_eq!(
        refused_after("ALTER TABLE books DROP COLUMN year"),
        "is damaged: no such column: year; \
         restore a backup, or try the command .recover of sqlite3"
    );
}

/// What is said of a file after its owner made that change to it.
fn refused_after(change: &str) -> String {
    let place = filled();
    let sqlite = place.sqlite();
    sqlite.execute_batch(change).unwrap();
    sqlite.close().unwrap();
    let before = place.bytes();
    let database = place.open().unwrap();
    let refused = Shop::open(database, Settings::default()).unwrap_err();
    assert_eq!(place.bytes(), before);
    let message = refused.to_string();
    let (_, message) = message.split_once("shop.db: ").unwrap();
    message.to_owned()
}

#[test]
fn a_book_that_is_not_valid_is_named() {
    let long = "x".repeat(1001);
    let long_shown = format!("\"{}\"...", "x".repeat(60));
    let cases = [
        (
            "id = 0",
            0,
            "id is 0; it must be from 1 to 2147483647".to_owned(),
        ),
        (
            "title = ' \t'",
            1,
            "title is \" \\t\"; it must be from 1 to 1000 bytes and not blank".to_owned(),
        ),
        (
            &format!("title = '{long}'"),
            1,
            format!("title is {long_shown}; it must be from 1 to 1000 bytes and not blank"),
        ),
        (
            &format!("author = '{long}'"),
            1,
            format!("author is {long_shown}; it must be at most 1000 bytes"),
        ),
        (
            "author = CAST(x'ff' AS TEXT)",
            1,
            "author is \"\u{fffd}\"; it must be UTF-8".to_owned(),
        ),
        (
            "year = 10000",
            1,
            "year is 10000; it must be null or from -9999 to 9999".to_owned(),
        ),
        (
            "categories = 'MYSTERY|ROMANCE'",
            1,
            "categories is \"MYSTERY|ROMANCE\"; \
             it must be some of MYSTERY, SCIENCE_FICTION, SELF_HELP with | between them"
                .to_owned(),
        ),
    ];
    for (change, id, reason) in cases {
        assert_eq!(
            refused_after(&format!("UPDATE books SET {change}")),
            format!("the row of books with id {id}: {reason}; mend it with sqlite3")
        );
    }
}

#[test]
fn an_interaction_that_is_not_valid_is_named() {
    let cases = [
        (
            "reader_id = -1",
            "-1",
            "9",
            "reader_id is -1; it must be from 0 to 2147483647",
        ),
        (
            "book_id = 0",
            "7",
            "0",
            "book_id is 0; it must be from 1 to 2147483647",
        ),
        (
            "kind = 'LOST'",
            "7",
            "9",
            "kind is \"LOST\"; it must be WANTED, BOUGHT, READ or RATED",
        ),
        (
            "kind = 'RATED'",
            "7",
            "9",
            "rating is null; it must be from 1 to 5",
        ),
        (
            "kind = 'RATED', rating = 6",
            "7",
            "9",
            "rating is 6; it must be from 1 to 5",
        ),
        (
            "rating = 3",
            "7",
            "9",
            "rating is 3; it must be null where kind is not RATED",
        ),
        (
            "time = -1",
            "7",
            "9",
            "time is -1; it must be from 0 to 4294967295",
        ),
    ];
    for (change, reader, book, reason) in cases {
        assert_eq!(
            refused_after(&format!("UPDATE interactions SET {change}")),
            format!(
                "the row of interactions with reader_id {reader}, book_id {book}: {reason}; \
                 mend it with sqlite3"
            )
        );
    }
}

#[test]
fn a_log_that_was_left_behind_is_merged() {
    let place = filled();
    let shop = place.shop();
    record(&shop, 7, 10).unwrap();
    // The file and its log as a crash would leave them.
    let copy = Place::new();
    let log = place.folder().join("shop.db-wal");
    assert!(fs::metadata(&log).unwrap().len() > 0);
    fs::copy(place.file(), copy.file()).unwrap();
    fs::copy(log, copy.folder().join("shop.db-wal")).unwrap();
    assert_eq!(history(&copy.shop(), 7), [9, 10]);
}

#[test]
fn a_symbolic_link_leads_to_the_file() {
    let place = filled();
    let link = place.folder().join("link.db");
    std::os::unix::fs::symlink(place.file(), &link).unwrap();
    let open = Database::open(&location(&link), &[]).unwrap();
    let refused = place.refusal();
    assert!(refused.starts_with("is in use"), "{refused}");
    drop(open);
}
