use std::fs;
use std::path::Path;

use super::*;
use crate::book::BookId;
use crate::category::Category;
use crate::interaction::{Kind, Rating, Time};

fn book(id: i32) -> Book {
    Book {
        id: BookId::new(id).unwrap(),
        title: "A, \"B\"".to_owned(),
        author: "é".to_owned(),
        year: Some(-5),
        categories: [Category::Mystery, Category::SelfHelp]
            .into_iter()
            .collect(),
    }
}

fn interaction(book: i32, kind: Kind, time: u32) -> (ReaderId, Interaction) {
    let interaction = Interaction {
        book: BookId::new(book).unwrap(),
        kind,
        time: Time::from_seconds(time),
    };
    (ReaderId::new(7).unwrap(), interaction)
}

fn arguments(books: Option<Place>, interactions: Option<Place>) -> Arguments {
    Arguments {
        data: None,
        books,
        interactions,
    }
}

fn at(path: &Path) -> Option<Place> {
    Some(Place::Path(path.to_owned()))
}

/// Exports two books and three interactions.
fn export(arguments: &Arguments, out: impl Write) -> Result<Exported, ExportError> {
    let stars = Rating::new(5).unwrap();
    let interactions = [
        interaction(1, Kind::Wanted, 0),
        interaction(2, Kind::Read, 1),
        interaction(3, Kind::Rated(stars), u32::MAX),
    ];
    run(
        arguments,
        out,
        |look| {
            let _ = [book(1), book(2)].iter().try_for_each(look);
            Ok(())
        },
        |look| {
            let _ = interactions.iter().try_for_each(look);
            Ok(())
        },
    )
}

const BOOKS: &str = "id,title,author,year,categories\n\
    1,\"A, \"\"B\"\"\",é,-5,MYSTERY|SELF_HELP\n\
    2,\"A, \"\"B\"\"\",é,-5,MYSTERY|SELF_HELP\n";

const INTERACTIONS: &str = "reader_id,book_id,kind,rating,time\n\
    7,1,WANTED,,\n\
    7,2,READ,,1970-01-01T00:00:01Z\n\
    7,3,RATED,5,2106-02-07T06:28:15Z\n";

#[test]
fn both_files_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let (books, interactions) = (folder.path().join("b"), folder.path().join("i"));
    let exported = export(&arguments(at(&books), at(&interactions)), io::sink()).unwrap();
    assert_eq!((exported.books, exported.interactions), (2, 3));
    assert_eq!(fs::read_to_string(&books).unwrap(), BOOKS);
    assert_eq!(fs::read_to_string(&interactions).unwrap(), INTERACTIONS);
}

#[test]
fn a_hyphen_is_standard_output() {
    let mut out = Vec::new();
    export(&arguments(None, Some(Place::Standard)), &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), INTERACTIONS);
}

#[test]
fn the_files_must_be_different() {
    for place in [Some(Place::Standard), at(Path::new("shop.csv"))] {
        let both = arguments(place.clone(), place.clone());
        let error = both.check(Path::new("shop.db")).unwrap_err();
        let place = place.unwrap();
        assert_eq!(
            error.to_string(),
            format!(
                "--books {place} and --interactions {place} are the same; they must be different"
            )
        );
    }
    let different = arguments(Some(Place::Standard), at(Path::new("shop.csv")));
    assert_eq!(different.check(Path::new("shop.db")), Ok(()));
}

/// Fails after so many bytes.
struct Failing(usize, ErrorKind);

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        match taken {
            0 => Err(self.1.into()),
            _ => Ok(taken),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn whoever_closes_standard_output_has_read_enough() {
    for bytes in [0, 10, 100] {
        let out = Failing(bytes, ErrorKind::BrokenPipe);
        assert!(export(&arguments(None, Some(Place::Standard)), out).is_ok());
    }
}

#[test]
fn no_more_is_read_once_nobody_listens() {
    let mut looked = 0;
    let exported: Result<Exported, ExportError> = run(
        &arguments(Some(Place::Standard), None),
        Failing(0, ErrorKind::BrokenPipe),
        |look| {
            let book = book(1);
            while look(&book).is_continue() {
                looked += 1;
            }
            Ok(())
        },
        |_| Ok(()),
    );
    assert!(exported.is_ok());
    // No more than a chunk can hold.
    assert!(looked < 64 * 1024);
}

#[test]
fn standard_output_on_a_full_disk_is_an_error() {
    let out = Failing(10, ErrorKind::StorageFull);
    let error = export(&arguments(Some(Place::Standard), None), out).unwrap_err();
    assert_eq!(error.to_string(), "<stdout>: cannot be written");
    assert_eq!(error.source.kind(), ErrorKind::StorageFull);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let full = Path::new("/dev/full");
    let error = export(&arguments(at(full), None), io::sink()).unwrap_err();
    assert_eq!(error.to_string(), "/dev/full: cannot be written");
    assert_eq!(error.source.kind(), ErrorKind::StorageFull);
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let path = Path::new("/no/such/books.csv");
    let error = export(&arguments(at(path), None), io::sink()).unwrap_err();
    assert_eq!(error.to_string(), "/no/such/books.csv: cannot be written");
}

#[test]
fn an_export_that_fails_leaves_the_old_files() {
    let folder = tempfile::tempdir().unwrap();
    let (books, interactions) = (folder.path().join("b"), folder.path().join("i"));
    fs::write(&books, "old").unwrap();
    let failed = run(
        &arguments(at(&books), at(&interactions)),
        io::sink(),
        |look| {
            assert!(look(&book(1)).is_continue());
            Ok(())
        },
        |_| {
            Err(ExportError {
                file: "shop.db".to_owned(),
                source: ErrorKind::Other.into(),
            })
        },
    );
    assert_eq!(
        failed.unwrap_err().to_string(),
        "shop.db: cannot be written"
    );
    assert_eq!(fs::read_to_string(&books).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
