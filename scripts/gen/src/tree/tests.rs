use super::*;

fn tree(folder: &Path, files: &[(&str, &str)]) -> Tree {
    let mut tree = Tree::default();
    tree.own(folder);
    for (name, text) in files {
        let text = format!("{HEADER}\n{text}\n");
        tree.insert(folder.join(name), Box::new(move || Ok(text.clone())));
    }
    tree
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_second_write_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let tree = tree(folder.path(), &[("a.rs", "a"), ("b/c.rs", "c")]);
    assert_eq!(tree.write().unwrap().changed, 2);
    let before = fs::metadata(folder.path().join("a.rs")).unwrap();
    assert_eq!(tree.write().unwrap().changed, 0);
    let after = fs::metadata(folder.path().join("a.rs")).unwrap();
    assert_eq!(before.modified().unwrap(), after.modified().unwrap());
}

#[test]
fn stale_files_go_with_their_folders_and_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    tree(path, &[("a.rs", "a"), ("b/c.rs", "c")])
        .write()
        .unwrap();
    fs::write(path.join("mine.rs"), "// mine\n").unwrap();
    fs::write(path.join("notes.txt"), HEADER).unwrap();
    let smaller = tree(path, &[("a.rs", "a")]);
    let removed = smaller.write().unwrap().removed;
    assert_eq!(removed, [path.join("b/c.rs")]);
    assert_eq!(names(path), ["a.rs", "mine.rs", "notes.txt"]);
    assert_eq!(
        smaller.foreign().unwrap(),
        [path.join("mine.rs"), path.join("notes.txt")]
    );
}

#[test]
fn a_file_of_somebody_else_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("b.rs"), "// mine\n").unwrap();
    let refusal = tree(path, &[("a.rs", "a"), ("b.rs", "b")])
        .write()
        .unwrap_err();
    assert!(
        refusal
            .to_string()
            .contains("b.rs: error: this file was not written by grpcio-gen")
    );
    assert_eq!(names(path), ["b.rs"]);
    assert_eq!(fs::read_to_string(path.join("b.rs")).unwrap(), "// mine\n");
}

#[test]
fn nothing_changes_when_one_file_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    tree(path, &[("a.rs", "old")]).write().unwrap();
    // A file where a folder is due.
    fs::write(path.join("b"), "").unwrap();
    tree(path, &[("a.rs", "new"), ("b/c.rs", "c")])
        .write()
        .unwrap_err();
    assert_eq!(names(path), ["a.rs", "b"]);
    assert!(
        fs::read_to_string(path.join("a.rs"))
            .unwrap()
            .ends_with("old\n")
    );
}

#[test]
fn what_is_wrong_with_a_folder_is_said_once() {
    let error = || TreeError::Io {
        path: PathBuf::from("out"),
        error: io::Error::from(io::ErrorKind::PermissionDenied),
    };
    assert_eq!(
        TreeErrors(vec![error(), error()]).to_string(),
        "out: error: permission denied"
    );
}

#[test]
fn two_files_at_one_path_are_refused_however_it_is_spelled() {
    let folder = tempfile::tempdir().unwrap();
    let mut twice = tree(folder.path(), &[("a.rs", "a"), ("b/c.rs", "c")]);
    let again = folder.path().join("x/../b/c.rs");
    twice.insert(again, Box::new(|| Ok("c".to_owned())));
    for errors in [
        twice.changes(|_| {}).unwrap_err(),
        twice.write().unwrap_err(),
    ] {
        assert!(errors.to_string().ends_with(
            "c.rs: error: two generated files are due here; \
             choose output folders that are not inside one another"
        ));
    }
    assert!(names(folder.path()).is_empty());
}

#[test]
fn what_an_interrupted_run_left_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join(".grpcio-gen-x1Y2z3"), "// This fi").unwrap();
    fs::write(path.join(".grpcio-gen-x1Y2z4"), "").unwrap();
    tree(path, &[("a.rs", "a")]).write().unwrap();
    assert_eq!(names(path), ["a.rs"]);
}

#[test]
fn files_that_are_called_as_what_a_run_leaves_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for (name, text) in [
        (".grpcio-gen-mine", ""),
        (".grpcio-gen-x1Y2z3", "mine"),
        (".grpcio-gen-x1-2z3", ""),
    ] {
        fs::write(path.join(name), text).unwrap();
    }
    assert_eq!(
        tree(path, &[]).write().unwrap().removed,
        Vec::<PathBuf>::new()
    );
}

#[test]
fn an_empty_file_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("a.rs"), "").unwrap();
    let error = tree(path, &[("a.rs", "a")]).write().unwrap_err();
    assert!(matches!(error.0.as_slice(), [TreeError::NotOurs(_)]));
    assert_eq!(fs::read(path.join("a.rs")).unwrap(), b"");
}

#[test]
fn a_change_prints_as_a_unified_diff() {
    let change = Change {
        path: PathBuf::from("out/a.rs"),
        old: Some("one\ntwo\n".to_owned()),
        new: Some("one\n2\n".to_owned()),
    };
    assert_eq!(
        change.to_string(),
        "--- out/a.rs\n+++ out/a.rs\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n"
    );
    let stale = Change {
        new: None,
        ..change
    };
    assert!(
        stale
            .to_string()
            .starts_with("--- out/a.rs\n+++ /dev/null\n")
    );
}
