//! A disk that is full, and has room again. The system refuses to let a file grow
//! beyond a limit, which any user can set.

use std::fs;
use std::process::Command;

use recommendations::shop::{Settings, Shop, WriteError};
use recommendations::store::Database;

use crate::process::{Other, program, tell, told_file};
use crate::support::{Place, history, location, record};

#[test]
fn a_full_disk_refuses_writes_until_there_is_room() {
    const TEST: &str = "full_disk::a_full_disk_refuses_writes_until_there_is_room";
    if let Some(file) = told_file() {
        let database = Database::open(&location(file), &[]).unwrap();
        return write_until_killed(&Shop::open(database, Settings::default()).unwrap());
    }
    let place = Place::new();
    place.shop().close().unwrap();
    let limited = limited(100_000);
    let mut other = Other::start_by(limited, TEST, &place.file());

    let mut answered = Vec::new();
    let mut refused = Vec::new();
    let mut refused_together = 0;
    while refused_together < 50 {
        let line = other.next_line().unwrap();
        match line.split_once(' ').unwrap() {
            ("answered", book) => {
                answered.push(book.parse::<i32>().unwrap());
                refused_together = 0;
            }
            ("refused", book) => {
                refused.push(book.parse::<i32>().unwrap());
                refused_together += 1;
            }
            _ => panic!("{line}"),
        }
    }
    assert!(answered.len() > 50, "{}", answered.len());

    let raised = Command::new("prlimit")
        .args(["--fsize=unlimited", "--pid", &other.id().to_string()])
        .status()
        .unwrap();
    assert!(raised.success());
    let mut answered_together = 0;
    while answered_together < 50 {
        let line = other.next_line().unwrap();
        match line.split_once(' ').unwrap() {
            ("answered", book) => {
                answered.push(book.parse::<i32>().unwrap());
                answered_together += 1;
            }
            // Told before the limit was raised.
            ("refused", _) if answered_together == 0 => (),
            _ => panic!("{line}"),
        }
    }
    other.kill();

    place.check();
    let history = history(&place.shop(), 1);
    assert!(answered.iter().all(|book| history.contains(book)));
    assert!(!refused.iter().any(|book| history.contains(book)));
}

/// Records interactions for ever, tells what became of each, and sees to it that
/// what is read is what was answered.
fn write_until_killed(shop: &Shop) {
    let mut answered = Vec::new();
    for book in 1.. {
        match record(shop, 1, book) {
            Ok(_) => {
                answered.push(book);
                tell(&format!("answered {book}"));
            }
            Err(error) => {
                assert_eq!(error, WriteError::Unavailable);
                assert_eq!(history(shop, 1), answered);
                tell(&format!("refused {book}"));
            }
        }
    }
}

#[test]
fn a_start_on_a_full_disk_reads() {
    if let Some(file) = told_file() {
        let shop = Shop::open(
            Database::open(&location(file), &[]).unwrap(),
            Settings::default(),
        );
        let shop = shop.unwrap();
        assert_eq!(record(&shop, 1, 10), Err(WriteError::Unavailable));
        return tell(&format!("{:?}", history(&shop, 1)));
    }
    let test = "full_disk::a_start_on_a_full_disk_reads";
    let place = Place::new();
    let shop = place.shop();
    record(&shop, 1, 9).unwrap();
    let copy = Place::new();
    for file in place.files() {
        fs::copy(place.folder().join(&file), copy.folder().join(&file)).unwrap();
    }
    shop.close().unwrap();
    // With and without a log that was left behind.
    for place in [copy, place] {
        let mut other = Other::start_by(limited(0), test, &place.file());
        assert_eq!(other.next_line().as_deref(), Some("[9]"));
        drop(other);
        assert_eq!(history(&place.shop(), 1), [9]);
    }
}

#[test]
fn a_new_file_on_a_full_disk_is_refused() {
    if let Some(file) = told_file() {
        let refused = Database::open(&location(file), &[]).unwrap_err();
        return tell(&refused.to_string());
    }
    let test = "full_disk::a_new_file_on_a_full_disk_is_refused";
    for bytes in [0, 4096] {
        let place = Place::new();
        let mut other = Other::start_by(limited(bytes), test, &place.file());
        let line = other.next_line().unwrap();
        let expected = format!(
            "{}: cannot be created; see that its folder can be written",
            place.file().display()
        );
        assert_eq!(line, expected);
        drop(other);
        // What is left there is no obstacle.
        place.open().unwrap();
    }
}

/// A command that runs this program in such a way that its files cannot grow
/// beyond so many bytes.
fn limited(bytes: u64) -> Command {
    let limit = format!("trap '' XFSZ; exec prlimit --fsize={bytes}:unlimited \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &limit, "sh"]).arg(program());
    command
}
