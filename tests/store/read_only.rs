//! A file that cannot be written is read.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::process::Command;

use recommendations::shop::{Settings, Shop, WriteError};
use recommendations::store::Database;

use crate::process::{Other, program, tell, told_file};
use crate::support::{Place, history, location, record};

const NOBODY: u32 = 65_534;

/// A file whose reader 7 has book 9.
fn filled() -> Place {
    let place = Place::new();
    let shop = place.shop();
    record(&shop, 7, 9).unwrap();
    shop.close().unwrap();
    place
}

/// What another process, which may not write whatever is not for everybody to
/// write, tells of a file: why it is refused, or what is read and written.
fn told_by_nobody(test: &str, place: &Place, file_mode: u32, folder_mode: u32) -> Vec<String> {
    let chmod = |path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    let program_of_all = place.folder().join("program");
    fs::copy(program(), &program_of_all).unwrap();
    chmod(program_of_all.clone(), 0o755);
    chmod(place.file(), file_mode);
    chmod(place.folder(), folder_mode);
    let mut command = Command::new(program_of_all);
    // The superuser may write everything.
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    let mut other = Other::start_by(command, test, &place.file());
    let mut told = Vec::new();
    while let Some(line) = other.next_line() {
        told.push(line);
    }
    chmod(place.folder(), 0o755);
    chmod(place.file(), 0o644);
    told
}

fn tell_of(file: std::path::PathBuf) {
    let database = match Database::open(&location(file), &[]) {
        Ok(database) => database,
        Err(refused) => return tell(&refused.to_string()),
    };
    assert!(!database.is_writable());
    let shop = Shop::open(database, Settings::default()).unwrap();
    tell(&format!("{:?}", history(&shop, 7)));
    assert_eq!(record(&shop, 7, 10), Err(WriteError::Unavailable));
    tell(&format!("{:?}", history(&shop, 7)));
    shop.close().unwrap();
}

#[test]
fn a_read_only_file_is_read() {
    if let Some(file) = told_file() {
        return tell_of(file);
    }
    let test = "read_only::a_read_only_file_is_read";
    let place = filled();
    let before = place.bytes();
    assert_eq!(told_by_nobody(test, &place, 0o444, 0o755), ["[9]", "[9]"]);
    assert_eq!(place.bytes(), before);
    assert_eq!(place.files(), ["program", "shop.db"]);
}

#[test]
fn a_file_in_a_read_only_folder_is_read() {
    if let Some(file) = told_file() {
        return tell_of(file);
    }
    let test = "read_only::a_file_in_a_read_only_folder_is_read";
    let place = filled();
    let before = place.bytes();
    assert_eq!(told_by_nobody(test, &place, 0o666, 0o555), ["[9]", "[9]"]);
    assert_eq!(place.bytes(), before);
    assert_eq!(place.files(), ["program", "shop.db"]);
}

#[test]
fn a_read_only_file_with_answered_changes_in_its_log_is_refused() {
    if let Some(file) = told_file() {
        return tell_of(file);
    }
    let test = "read_only::a_read_only_file_with_answered_changes_in_its_log_is_refused";
    let place = filled();
    let shop = place.shop();
    record(&shop, 7, 10).unwrap();
    // The file and its log as a crash would leave them.
    let copy = Place::new();
    let log = copy.folder().join("shop.db-wal");
    fs::copy(place.file(), copy.file()).unwrap();
    fs::copy(place.folder().join("shop.db-wal"), &log).unwrap();
    // Also where a link in another folder leads to it.
    let linked = Place::new();
    symlink(copy.file(), linked.file()).unwrap();
    fs::set_permissions(copy.folder(), Permissions::from_mode(0o555)).unwrap();
    for place in [&linked, &copy] {
        let told = told_by_nobody(test, place, 0o444, 0o555);
        let expected = format!(
            "{}: is read-only, and {} holds its newest changes; \
             see that both and their folder can be written",
            place.file().display(),
            log.display()
        );
        assert_eq!(told, [expected]);
    }
    assert_eq!(history(&copy.shop(), 7), [9, 10]);
}

#[test]
fn a_new_file_in_a_read_only_folder_is_refused() {
    if let Some(file) = told_file() {
        let refused = Database::open(&location(file), &[]).unwrap_err();
        return tell(&refused.to_string());
    }
    let test = "read_only::a_new_file_in_a_read_only_folder_is_refused";
    let place = filled();
    fs::write(place.file(), "").unwrap();
    let told = told_by_nobody(test, &place, 0o444, 0o555);
    let expected = format!(
        "{}: is read-only; see that the file and its folder can be written",
        place.file().display()
    );
    assert_eq!(told, [expected]);
}
