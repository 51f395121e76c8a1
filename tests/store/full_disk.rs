//! A disk that is full, and has room again. The system refuses to let a file grow
//! beyond a limit, which any user can set.

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
    let mut limited = Command::new("sh");
    limited
        .args([
            "-c",
            "trap '' XFSZ; exec prlimit --fsize=100000:unlimited \"$@\"",
            "sh",
        ])
        .arg(program());
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
fn a_new_file_on_a_full_disk_is_refused() {
    const TEST: &str = "full_disk::a_new_file_on_a_full_disk_is_refused";
    if let Some(file) = told_file() {
        let refused = Database::open(&location(file), &[]).unwrap_err();
        return tell(&format!("{:#}", anyhow::Error::from(refused)));
    }
    let place = Place::new();
    let mut limited = Command::new("sh");
    limited
        .args([
            "-c",
            "trap '' XFSZ; exec prlimit --fsize=4096:unlimited \"$@\"",
            "sh",
        ])
        .arg(program());
    let mut other = Other::start_by(limited, TEST, &place.file());
    let line = other.next_line().unwrap();
    assert!(line.contains("shop.db: cannot be created"), "{line}");
    drop(other);
    // What is left there is no obstacle.
    place.open().unwrap();
}
