//! The shop's file as its owner sees it: served, imported, exported.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use grpcio::RpcStatusCode;
use support::program::{Ended, ServerProcess, ask_at, command, run, server};
use support::{MYSTERY, SCIENCE_FICTION, bookshop, call, ids, request, stub};
use tempfile::TempDir;

const BOOKS: &str = "id,title,author,year,categories\n\
    2,Gaudy Night,Dorothy L. Sayers,1935,MYSTERY\n\
    5,\"The Moonstone, a Romance\",Wilkie Collins,1868,MYSTERY\n\
    8,The Caves of Steel,Isaac Asimov,,MYSTERY|SCIENCE_FICTION\n\
    9,A Diary,,,\n";

const INTERACTIONS: &str = "reader_id,book_id,kind,rating,time\n\
    1,5,RATED,5,2026-11-24T16:19:32Z\n\
    1,9,WANTED,,\n\
    2,5,READ,,1970-01-01T00:00:01Z\n\
    2,8,BOUGHT,,\n";

/// A folder for a shop's file and for what is imported into it.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        let path = self.0.path().join(name);
        path.to_str().unwrap().to_owned()
    }

    fn file(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The command with this shop's file.
    fn command(&self, command: &str, arguments: &[&str]) -> Command {
        let mut all = vec![command, "--data"];
        let data = self.path("shop.db");
        all.push(&data);
        all.extend(arguments);
        server(&all)
    }

    fn import(&self) {
        let books = self.file("books.csv", BOOKS);
        let interactions = self.file("interactions.csv", INTERACTIONS);
        let arguments = ["--books", &books, "--interactions", &interactions];
        let ended = run(&mut self.command("import", &arguments));
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }

    fn serve(&self) -> ServerProcess {
        ServerProcess::start(&["--data", &self.path("shop.db")])
    }
}

fn books(server: &ServerProcess, reader: i32, category: i32) -> Vec<i32> {
    ids(call(&stub(server.address), &request(reader, category, 10)))
}

#[track_caller]
fn fails(command: &mut Command, code: i32, message: &str) {
    let Ended {
        code: ended,
        stdout,
        stderr,
    } = run(command);
    assert_eq!(stderr, message);
    assert_eq!((ended, stdout.as_str()), (Some(code), ""));
}

#[test]
fn without_a_name_the_file_is_in_the_platforms_folder_for_data() {
    let folder = Folder::new();
    let home = folder.path("");
    let mut command = server(&["--listen", "127.0.0.1:0"]);
    command
        .env_remove("RECOMMENDATIONS_DATA")
        .env("HOME", &home)
        .env("XDG_DATA_HOME", folder.path("share"));
    let server = ServerProcess::spawn(&mut command);
    assert_eq!(books(&server, 1, MYSTERY)[..3], [1, 2, 3]);
    drop(server);
    let made = |path: &Path| path.is_file();
    if cfg!(target_os = "macos") {
        let library = folder.path("Library/Application Support/recommendations/shop.db");
        assert!(made(Path::new(&library)));
    } else {
        assert!(made(Path::new(
            &folder.path("share/recommendations/shop.db")
        )));
    }
}

#[test]
fn what_was_imported_is_served() {
    let folder = Folder::new();
    folder.import();
    let server = folder.serve();
    // Reader 1 has 5, whose reader 2 also has 8; nobody has 2.
    assert_eq!(books(&server, 1, MYSTERY), [8, 2]);
    assert_eq!(books(&server, 2, MYSTERY), [2]);
    assert_eq!(books(&server, 2, SCIENCE_FICTION), [0; 0]);
    // Nobody that is known: the popular ones.
    assert_eq!(books(&server, 3, MYSTERY), [5, 8, 2]);
}

#[test]
fn what_was_imported_is_exported_again() {
    let folder = Folder::new();
    folder.import();
    let (books, interactions) = (folder.path("b.csv"), folder.path("i.csv"));
    let arguments = ["--books", &books, "--interactions", &interactions];
    let ended = run(&mut folder.command("export", &arguments));
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_eq!(folder.read("b.csv"), BOOKS);
    let mut rows: Vec<String> = folder.read("i.csv").lines().map(str::to_owned).collect();
    let mut expected: Vec<String> = INTERACTIONS.lines().map(str::to_owned).collect();
    rows[1..].sort();
    expected[1..].sort();
    assert_eq!(rows, expected);
}

#[test]
fn a_pipe_gets_the_export_and_gives_the_import() {
    let folder = Folder::new();
    folder.import();
    let mut export = folder.command("export", &["--interactions", "-"]);
    let exported = run(&mut export).stdout;
    assert_eq!(exported.lines().count(), INTERACTIONS.lines().count());

    let other = Folder::new();
    let file = other.file("interactions.csv", &exported);
    let mut import = other.command("import", &["--interactions", "-"]);
    import.stdin(Stdio::from(fs::File::open(file).unwrap()));
    let ended = run(&mut import);
    assert_eq!(
        (ended.code, ended.stderr.as_str()),
        (
            Some(0),
            "recommendations-server: read books: 0, interactions: 4\n\
             recommendations-server: books: 0 new, 0 replaced, 0 deleted; \
             interactions: 4 new, 0 replaced, 0 older than what is recorded\n"
        )
    );
}

#[test]
fn books_that_are_not_in_the_file_go_where_they_are_to_be_replaced() {
    let folder = Folder::new();
    folder.import();
    let one = folder.file("one.csv", "id,title,categories\n5,Moonstone,MYSTERY\n");
    let ended = run(&mut folder.command("import", &["--books", &one, "--replace-books"]));
    assert!(
        ended.stderr.contains("books: 0 new, 1 replaced, 3 deleted"),
        "{}",
        ended.stderr
    );
    let server = folder.serve();
    assert_eq!(books(&server, 3, MYSTERY), [5]);
}

#[test]
fn every_bad_row_is_told_and_nothing_is_imported() {
    let folder = Folder::new();
    folder.import();
    let books = folder.file("bad.csv", "id,title\n1,A\n0,B\n2,\n");
    let interactions = folder.file("worse.csv", "user_id,book_id,rating\n1,2,6\n");
    let arguments = ["--books", &books, "--interactions", &interactions];
    fails(
        &mut folder.command("import", &arguments),
        1,
        &format!(
            "{books}:3: id is \"0\"; it must be a whole number from 1 to 2147483647\n\
             {books}:4: title is \"\"; it must not be blank\n\
             {interactions}:2: rating is \"6\"; it must be a whole number from 1 to 5\n\
             recommendations-server: bad rows: 3; nothing is imported; \
             mend them or give --skip-bad-rows\n"
        ),
    );
    let mut export = folder.command("export", &["--books", "-"]);
    assert_eq!(run(&mut export).stdout, BOOKS);
}

#[test]
fn bad_rows_are_skipped_where_that_is_asked_for() {
    let folder = Folder::new();
    let books = folder.file("bad.csv", "id,title\n1,A\n0,B\n");
    let import = || folder.command("import", &["--books", &books]);
    let mut by_environment = import();
    by_environment.env("RECOMMENDATIONS_SKIP_BAD_ROWS", "yes");
    for command in [import().arg("--skip-bad-rows"), &mut by_environment] {
        let Ended { code, stderr, .. } = run(command);
        assert_eq!(code, Some(0), "{stderr}");
        assert!(stderr.contains("bad rows left out: 1"), "{stderr}");
    }
    let mut export = folder.command("export", &["--books", "-"]);
    let expected = "id,title,author,year,categories\n1,A,,,\n";
    assert_eq!(run(&mut export).stdout, expected);
}

#[test]
fn a_second_server_and_an_import_are_refused_while_the_file_is_served() {
    let folder = Folder::new();
    folder.import();
    let server = folder.serve();
    let data = folder.path("shop.db");
    let message = format!(
        "recommendations-server: {data}: is in use by another server, import or program; \
         stop that one first\n"
    );
    let mut second = support::program::server(&["--data", &data, "--listen", "127.0.0.1:0"]);
    fails(&mut second, 1, &message);
    let books = folder.path("books.csv");
    fails(
        &mut folder.command("import", &["--books", &books]),
        1,
        &message,
    );
    assert_eq!(books_of_nobody(&server), [5, 8, 2]);
}

fn books_of_nobody(server: &ServerProcess) -> Vec<i32> {
    books(server, 3, MYSTERY)
}

#[test]
fn export_and_evaluate_make_no_file() {
    let folder = Folder::new();
    let data = folder.path("shop.db");
    let message = format!(
        "recommendations-server: {data}: does not exist; name the shop's file with --data\n"
    );
    fails(
        &mut folder.command("export", &["--books", "-"]),
        1,
        &message,
    );
    fails(&mut folder.command("evaluate", &[]), 1, &message);
    assert!(!Path::new(&data).exists());
}

#[test]
fn import_and_export_need_a_file() {
    let folder = Folder::new();
    for command in ["import", "export"] {
        fails(
            &mut folder.command(command, &[]),
            2,
            "recommendations-server: the following required arguments were not provided: \
             <--books <FILE>|--interactions <FILE>>; see recommendations-server --help\n",
        );
        let both = ["--books", "-", "--interactions", "-"];
        fails(
            &mut folder.command(command, &both),
            2,
            "recommendations-server: --books - and --interactions - are the same; \
             they must be different; see recommendations-server --help\n",
        );
    }
}

#[test]
fn a_shop_in_memory_is_only_served() {
    for command in [
        &["import", "--books", "-"][..],
        &["export", "--books", "-"],
        &["evaluate"],
    ] {
        fails(
            server(command).args(["--data", ":memory:"]),
            2,
            "recommendations-server: invalid value ':memory:' for '--data <FILE>': \
             a shop in memory is empty and gone when the command ends; name the shop's file; \
             see recommendations-server --help\n",
        );
    }
}

#[test]
fn the_shops_file_is_never_the_file_of_an_import_or_export() {
    let folder = Folder::new();
    folder.import();
    let data = fs::canonicalize(folder.path("shop.db")).unwrap();
    let data = data.to_str().unwrap();
    let before = fs::read(data).unwrap();
    for suffix in ["", "-wal", "-journal", "-shm"] {
        let file = folder.path(&format!("./shop.db{suffix}"));
        for command in ["import", "export"] {
            fails(
                &mut folder.command(command, &["--books", &file]),
                2,
                &format!(
                    "recommendations-server: --books {file} and the shop's file {data}{suffix} \
                     are the same; they must be different; see recommendations-server --help\n"
                ),
            );
        }
    }
    assert_eq!(fs::read(data).unwrap(), before);
}

#[test]
fn two_files_are_not_exported_to_one() {
    let folder = Folder::new();
    folder.import();
    let arguments = ["--books", "./q.csv", "--interactions", "q.csv"];
    fails(
        folder.command("export", &arguments).current_dir(&folder.0),
        2,
        "recommendations-server: --books ./q.csv and --interactions q.csv are the same; \
         they must be different; see recommendations-server --help\n",
    );
    assert!(!Path::new(&folder.path("q.csv")).exists());
}

#[test]
fn a_new_file_gets_the_built_in_books_where_only_interactions_are_imported() {
    let folder = Folder::new();
    let interactions = folder.file("interactions.csv", INTERACTIONS);
    let ended = run(&mut folder.command("import", &["--interactions", &interactions]));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let exported = run(&mut folder.command("export", &["--books", "-"])).stdout;
    assert!(exported.contains("The Maltese Falcon"), "{exported}");
    // A file that is there is left its own books.
    let folder = Folder::new();
    folder.import();
    let ended = run(&mut folder.command("import", &["--interactions", &interactions]));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(
        run(&mut folder.command("export", &["--books", "-"])).stdout,
        BOOKS
    );
}

#[test]
fn a_new_file_is_made_once_all_is_read() {
    let folder = Folder::new();
    let books = folder.file("books.csv", BOOKS);
    let bad = folder.file("bad.csv", "reader_id,book_id\n1,0\n");
    for interactions in [folder.path("missing.csv"), bad] {
        let both = ["--books", &books, "--interactions", &interactions];
        for arguments in [&both[..], &both[2..]] {
            let ended = run(&mut folder.command("import", arguments));
            assert_eq!(ended.code, Some(1), "{}", ended.stderr);
            assert!(!Path::new(&folder.path("shop.db")).exists());
        }
    }
}

#[test]
fn an_import_that_is_refused_leaves_a_new_file_with_the_built_in_books() {
    let folder = Folder::new();
    let books = folder.file("books.csv", BOOKS);
    let rows: String = (1..=100_001).map(|book| format!("1,{book}\n")).collect();
    let many = folder.file("many.csv", &format!("reader_id,book_id\n{rows}"));
    let both = ["--books", &books, "--interactions", &many];
    let ended = run(&mut folder.command("import", &both));
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let exported = run(&mut folder.command("export", &["--books", "-"])).stdout;
    assert!(exported.contains("The Maltese Falcon"), "{exported}");
    assert!(!exported.contains("A Diary"), "{exported}");
    let exported = run(&mut folder.command("export", &["--interactions", "-"])).stdout;
    assert_eq!(exported.lines().count(), 1);
}

#[test]
fn books_of_an_import_are_all_that_a_new_file_has() {
    let folder = Folder::new();
    // As mktemp makes it.
    folder.file("shop.db", "");
    let books = folder.file("books.csv", BOOKS);
    let ended = run(&mut folder.command("import", &["--books", &books]));
    assert!(
        ended.stderr.contains("books: 4 new, 0 replaced, 0 deleted"),
        "{}",
        ended.stderr
    );
    let exported = run(&mut folder.command("export", &["--books", "-"])).stdout;
    assert_eq!(exported, BOOKS);
}

#[test]
fn a_server_without_books_says_so() {
    let folder = Folder::new();
    let book = folder.file("book.csv", "id,title,categories\n1,A,MYSTERY\n");
    let ended = run(&mut folder.command("import", &["--books", &book]));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let server = folder.serve();
    let ended = run(&mut ask_at(server.address, &["delete-book", "--book", "1"]));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    server.signal("TERM");
    server.end();
    let server = folder.serve();
    assert_eq!(books(&server, 1, MYSTERY), [0; 0]);
    server.signal("TERM");
    let stderr = server.end().stderr;
    assert!(stderr.contains("there are no books"), "{stderr}");
}

#[test]
fn books_without_categories_are_told_where_they_are_imported_and_where_they_are_served() {
    let folder = Folder::new();
    let books = folder.file("books.csv", "id,title\n1,A\n2,B\n");
    let told = "2 of 2 books have no category, so nobody is ever recommended them; \
                a column categories in a file of books gives them some";
    let ended = run(&mut folder.command("import", &["--books", &books]));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let first = ended.stderr.lines().next();
    assert_eq!(first, Some(format!("{books}: {told}").as_str()));
    let server = folder.serve();
    server.signal("TERM");
    let stderr = server.end().stderr;
    assert!(stderr.contains(told), "{stderr}");
}

#[test]
fn an_evaluation_is_a_table_or_json() {
    let folder = Folder::new();
    let books: String = (1..=20)
        .map(|id| format!("{id},Book {id},MYSTERY\n"))
        .collect();
    let marks: String = (0..200)
        .map(|mark| format!("{},{}\n", mark / 10, 1 + mark % 10 + mark / 100 * 10))
        .collect();
    let books = folder.file("books.csv", &format!("id,title,categories\n{books}"));
    let marks = folder.file("marks.csv", &format!("user_id,book_id\n{marks}"));
    let arguments = ["--books", &books, "--interactions", &marks];
    let ended = run(&mut folder.command("import", &arguments));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);

    let table = run(&mut folder.command("evaluate", &[]));
    assert_eq!((table.code, table.stderr.as_str()), (Some(0), ""));
    for expected in ["recall@20", "MYSTERY", "popularity", "seed 0; 20 readers"] {
        assert!(table.stdout.contains(expected), "{}", table.stdout);
    }
    let json = ["--format", "json", "--seed", "7"];
    let json = run(&mut folder.command("evaluate", &json));
    assert_eq!((json.code, json.stderr.as_str()), (Some(0), ""));
    let report: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(report["seed"], 7);
    assert_eq!(report["readers"], 20);
    let mut by_environment = folder.command("evaluate", &[]);
    by_environment.env("RECOMMENDATIONS_FORMAT", "json");
    by_environment.env("RECOMMENDATIONS_SEED", "7");
    assert_eq!(run(&mut by_environment).stdout, json.stdout);
    fails(
        &mut folder.command("evaluate", &["--seed", "x"]),
        2,
        "recommendations-server: invalid value 'x' for '--seed <NUMBER>': it must be a whole number from 0 to \
         18446744073709551615; see recommendations-server --help\n",
    );
    // Ten readers have one half of the books and ten the other: of whoever has eight
    // books of a half, the other two come first.
    assert_eq!(report["parts"][0]["model"]["recall_at_10"], 1.0);
}

#[test]
fn a_file_that_may_not_grow_refuses_writes_and_is_read_on() {
    let folder = Folder::new();
    folder.import();
    let server_command = server(&["--listen", "127.0.0.1:0", "--lame-duck", "0s"]);
    let mut limited = command("prlimit", &["--fsize=200000"]);
    limited
        .arg(server_command.get_program())
        .args(server_command.get_args())
        .env("RECOMMENDATIONS_DATA", folder.path("shop.db"));
    let server = ServerProcess::spawn(&mut limited);
    let readers = bookshop::readers(server.address);
    let refused = (1..100_000)
        .find_map(|reader| bookshop::record(&readers, bookshop::read(reader, 5, 1)).err());
    let status = support::refusal::<()>(Err(refused.unwrap()));
    assert_eq!(status.code(), RpcStatusCode::UNAVAILABLE, "{status}");
    let answer = call(&stub(server.address), &request(i32::MAX, MYSTERY, 1));
    assert_eq!(ids(answer), [5]);
    server.signal("TERM");
    assert_eq!(server.end().code, Some(0));
}
