//! `recommendations-client import` as its users see it.

mod support;

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;

use support::program::{ask, ask_at, fails, prints, run};
use support::{HEADER, Nobody, THREE_MYSTERIES, any_port, serve};
use tempfile::TempDir;

/// A folder with files, which goes when it is dropped.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    /// Writes a file; its path as an argument.
    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path.into_os_string().into_string().unwrap()
    }
}

#[test]
fn files_are_imported_and_may_be_imported_again() {
    let server = serve(THREE_MYSTERIES);
    let folder = Folder::new();
    let rows: String = (1..=3000)
        .map(|id| format!("{id},{},,2000,MYSTERY\n", "x".repeat(900)))
        .collect();
    let books = folder.file("books.csv", &format!("{HEADER}{rows}"));
    let rows: String = (1..=3000).map(|book| format!("7,{book}\n")).collect();
    let interactions = folder.file("interactions.csv", &format!("user_id,book_id\n{rows}"));
    let import = ["import", "--books", &books, "--interactions", &interactions];
    prints(
        &mut ask(&server, &import),
        "books\t2997\t3\t0\ninteractions\t3000\t0\t0\n",
    );
    prints(
        ask(&server, &import).args(["--format", "json"]),
        "[{\"imported\":\"books\",\"created\":0,\"replaced\":3000,\"outdated\":0},\
         {\"imported\":\"interactions\",\"created\":0,\"replaced\":3000,\"outdated\":0}]\n",
    );
    let history = run(&mut ask(&server, &["history", "--user", "7"]));
    assert_eq!(history.stdout.lines().count(), 3000);
}

#[test]
fn interactions_have_kinds_ratings_and_times_where_the_file_has_them() {
    let server = serve(THREE_MYSTERIES);
    let folder = Folder::new();
    let text = "reader_id,book_id,kind,rating,time\n\
                1,2,READ,,2026-11-24T16:19:32Z\n\
                1,5,,3,7\n\
                1,8,,,1970-01-01T00:00:01Z\n";
    let file = folder.file("interactions.csv", text);
    prints(
        &mut ask(&server, &["import", "--interactions", &file]),
        "interactions\t3\t0\t0\n",
    );
    prints(
        &mut ask(&server, &["history", "--user", "1"]),
        "1\t2\tREAD\t\t2026-11-24T16:19:32Z\n\
         1\t5\tRATED\t3\t1970-01-01T00:00:07Z\n\
         1\t8\tWANTED\t\t1970-01-01T00:00:01Z\n",
    );
}

#[test]
fn an_interaction_without_a_time_replaces_none_that_has_one() {
    let server = serve(THREE_MYSTERIES);
    let record = ["record", "--user", "1", "--book", "5", "--rating", "4"];
    let time = ["--time", "2026-11-24T16:19:32Z"];
    assert_eq!(run(ask(&server, &record).args(time)).code, Some(0));
    let folder = Folder::new();
    let file = folder.file("interactions.csv", "user_id,book_id\n1,5\n");
    prints(
        &mut ask(&server, &["import", "--interactions", &file]),
        "interactions\t0\t0\t1\n",
    );
}

#[test]
fn a_time_that_a_file_does_not_have_is_not_shown_either() {
    let server = serve(THREE_MYSTERIES);
    let folder = Folder::new();
    let file = folder.file("interactions.csv", "user_id,book_id,rating\n1,5,2\n");
    prints(
        &mut ask(&server, &["import", "--interactions", &file]),
        "interactions\t1\t0\t0\n",
    );
    let history = ["history", "--user", "1"];
    prints(&mut ask(&server, &history), "1\t5\tRATED\t2\t\n");
    prints(
        ask(&server, &history).args(["--format", "json"]),
        "[{\"reader_id\":1,\"book_id\":5,\"kind\":\"RATED\",\"rating\":2,\"time\":null}]\n",
    );
    let explain = ["explain", "--user", "1", "--book", "5", "--format", "table"];
    let ended = run(&mut ask(&server, &explain));
    assert_eq!(
        ended.stdout.lines().last(),
        Some("not recommended: RATED 2"),
        "{}",
        ended.stdout
    );
}

#[test]
fn standard_input_is_a_file_of_its_own() {
    let server = serve(THREE_MYSTERIES);
    for (option, text, printed) in [
        (
            "--books",
            "id,title,author,year,categories\n77,New,,,MYSTERY\n",
            "books\t1\t0\t0\n",
        ),
        (
            "--interactions",
            "user_id,book_id\n1,77\n",
            "interactions\t1\t0\t0\n",
        ),
    ] {
        let mut command = ask(&server, &["import", option, "-"]);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), printed);
    }
}

#[test]
fn standard_input_cannot_be_both_files() {
    fails(
        &mut ask_at(
            any_port(),
            &["import", "--books", "-", "--interactions", "-"],
        ),
        2,
        "--books - and --interactions - are the same; they must be different; \
         see recommendations-client --help",
    );
}

#[test]
fn a_file_with_a_bad_row_is_told_with_its_line_and_nothing_is_sent() {
    let server = serve(THREE_MYSTERIES);
    let folder = Folder::new();
    let books = folder.file("books.csv", &format!("{HEADER}77,New,,2000,MYSTERY\n"));
    let interactions = folder.file("interactions.csv", "user_id,book_id\n1,2\n1,0\n");
    let import = ["import", "--books", &books, "--interactions", &interactions];
    let ended = run(&mut ask(&server, &import));
    assert_eq!(
        ended.stderr,
        format!(
            "{interactions}:3: book_id is \"0\"; it must be a whole number from 1 to 2147483647\n\
             recommendations-client: bad rows: 1; nothing is imported; \
             mend them or give --skip-bad-rows\n"
        )
    );
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    let ended = run(&mut ask(&server, &["get-book", "--book", "77"]));
    assert_eq!(ended.code, Some(1));
}

#[test]
fn an_import_without_a_server_says_what_to_do() {
    let nobody = Nobody::new();
    let folder = Folder::new();
    let books = folder.file("books.csv", &format!("{HEADER}77,New,,2000,MYSTERY\n"));
    let ended = run(&mut ask_at(
        nobody.address(),
        &["import", "--books", &books],
    ));
    let begin = format!(
        "recommendations-client: nobody answers at {}",
        nobody.address()
    );
    assert!(ended.stderr.starts_with(&begin), "{}", ended.stderr);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
}

#[test]
fn an_import_that_takes_too_long_is_given_up() {
    let silent = TcpListener::bind(any_port()).unwrap();
    let address = silent.local_addr().unwrap();
    let folder = Folder::new();
    let books = folder.file("books.csv", &format!("{HEADER}77,New,,2000,MYSTERY\n"));
    let import = ["import", "--books", &books, "--import-timeout", "200ms"];
    fails(
        &mut ask_at(address, &import),
        1,
        &format!(
            "no answer from {address} within 200ms; \
             wait longer with --import-timeout, or name another address with --addr"
        ),
    );
}

#[test]
fn an_import_without_a_file_is_wrong_usage() {
    let ended = run(&mut ask_at(any_port(), &["import"]));
    assert_eq!((ended.code, ended.stderr.lines().count()), (Some(2), 1));
    let either = "<--books <FILE>|--interactions <FILE>>";
    assert!(ended.stderr.contains(either), "{}", ended.stderr);
}
