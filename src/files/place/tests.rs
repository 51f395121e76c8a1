use std::io;
use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::*;

/// A folder with a link to itself.
struct Folder {
    path: PathBuf,
    _kept: TempDir,
}

impl Folder {
    fn new() -> Folder {
        let kept = tempfile::tempdir().unwrap();
        let path = fs::canonicalize(kept.path()).unwrap();
        symlink(&path, path.join("link")).unwrap();
        Folder { path, _kept: kept }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn place(&self, name: &str) -> Place {
        Place::Path(self.path(name))
    }

    fn write(&self, name: &str) {
        fs::write(self.path(name), "").unwrap();
    }

    /// What is said of books and interactions, without the folder's name.
    fn refused(&self, books: &str, interactions: &str, shop: &str) -> Option<String> {
        let (books, interactions) = (self.place(books), self.place(interactions));
        let shop = self.path(shop);
        let checked = different(Some(&books), Some(&interactions), Some(&shop), io::stdin());
        let folder = format!("{}/", self.path.display());
        Some(checked.err()?.to_string().replace(&folder, ""))
    }
}

#[test]
fn different_files_may_be_named() {
    let folder = Folder::new();
    assert_eq!(folder.refused("b", "i", "shop.db"), None);
    for name in ["b", "i", "shop.db"] {
        folder.write(name);
    }
    assert_eq!(folder.refused("b", "i", "shop.db"), None);
    assert_eq!(different(None, None, None, io::stdin()), Ok(()));
}

#[test]
fn one_file_under_two_names_is_refused_also_where_it_is_not_there_yet() {
    let folder = Folder::new();
    let message = "--books b and --interactions link/./b are the same; they must be different";
    let refused = || folder.refused("b", "link/./b", "shop.db");
    assert_eq!(refused().as_deref(), Some(message));
    folder.write("b");
    assert_eq!(refused().as_deref(), Some(message));
}

#[test]
fn hard_links_are_one_file() {
    let folder = Folder::new();
    folder.write("b");
    fs::hard_link(folder.path("b"), folder.path("i")).unwrap();
    assert_eq!(
        folder.refused("b", "i", "shop.db").as_deref(),
        Some("--books b and --interactions i are the same; they must be different")
    );
}

#[test]
fn the_shops_file_and_what_is_beside_it_are_refused() {
    let folder = Folder::new();
    for there in [false, true] {
        for suffix in ["", "-wal", "-journal", "-shm"] {
            let name = format!("shop.db{suffix}");
            if there {
                folder.write(&name);
            }
            let refused = folder.refused(&format!("link/{name}"), "i", "shop.db");
            let expected = format!(
                "--books link/{name} and the shop's file {name} are the same; \
                 they must be different"
            );
            assert_eq!(refused, Some(expected));
        }
    }
}

#[test]
fn what_is_beside_the_file_that_a_link_leads_to_is_refused() {
    let folder = Folder::new();
    folder.write("real.db");
    symlink("real.db", folder.path("shop.db")).unwrap();
    assert_eq!(
        folder.refused("b", "real.db-wal", "shop.db").as_deref(),
        Some(
            "--interactions real.db-wal and the shop's file real.db-wal are the same; \
             they must be different"
        )
    );
}

#[test]
fn a_standard_stream_is_what_it_was_led_to() {
    let folder = Folder::new();
    folder.write("i");
    let led = File::open(folder.path("i")).unwrap();
    let interactions = folder.place("i");
    let checked = different(Some(&Place::Standard), Some(&interactions), None, led);
    assert_eq!(
        checked.unwrap_err().to_string(),
        format!("--books - and --interactions {interactions} are the same; they must be different")
    );
}
