use clap::Parser;

use super::*;
use crate::book::BookId;
use crate::files::MAX_SHOWN;

#[derive(Debug, Parser)]
struct CommandLine {
    #[command(flatten)]
    arguments: Arguments,
}

fn arguments(given: &[&str]) -> Arguments {
    parsed(given).unwrap()
}

fn parsed(given: &[&str]) -> Result<Arguments, clap::Error> {
    let given = ["import"].iter().chain(given);
    Ok(CommandLine::try_parse_from(given)?.arguments)
}

/// Files in a folder of their own, which is gone when it is dropped.
struct Files(tempfile::TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Files {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Files(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// What the command reads and reports, with the folder left out.
    fn read(&self, given: &[&str], standard_input: &str) -> (Result<Input, ImportError>, String) {
        let given: Vec<String> = given
            .iter()
            .map(|argument| match argument.ends_with(".csv") {
                true => self.path(argument),
                false => (*argument).to_owned(),
            })
            .collect();
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        let mut report = Vec::new();
        let sources = arguments(&given).sources;
        let input = sources.read(standard_input.as_bytes(), &mut report);
        let report = String::from_utf8(report).unwrap();
        (input, report.replace(&self.path(""), ""))
    }
}

fn ids(books: &[Book]) -> Vec<i32> {
    books.iter().map(|book| book.id.number()).collect()
}

#[test]
fn both_files_are_read() {
    let files = Files::new(&[
        ("books.csv", "id,title,categories\n2,B,MYSTERY\n1,A,\n"),
        ("marks.csv", "user_id,book_id\n7,2\n7,1\n"),
    ]);
    let given = ["--books", "books.csv", "--interactions", "marks.csv"];
    let (input, report) = files.read(&given, "");
    let input = input.unwrap();
    assert_eq!(report, "");
    assert_eq!(ids(&input.books), [2, 1]);
    let books = input.interactions.iter().map(|(_, each)| each.book);
    assert!(books.eq([1, 2].map(|id| BookId::new(id).unwrap())));
    assert_eq!(input.to_string(), "read books: 2, interactions: 2");
}

#[test]
fn either_file_may_be_left_out() {
    let files = Files::new(&[]);
    let (input, _) = files.read(&["--books", "-"], "id,title\n1,A\n");
    assert_eq!(ids(&input.unwrap().books), [1]);
    let (input, _) = files.read(&["--interactions", "-"], "user_id,book_id\n1,2\n");
    assert_eq!(input.unwrap().interactions.len(), 1);
}

#[test]
fn the_help_tells_of_the_command_and_its_options() {
    use clap::CommandFactory;

    let help = CommandLine::command().render_long_help().to_string();
    assert!(help.starts_with("Reads books and interactions"), "{help}");
    let options = [
        "--data",
        "--books",
        "--interactions",
        "--skip-bad-rows",
        "--replace-books",
    ];
    let places = options.map(|option| help.find(&format!("\n      {option}")).unwrap());
    assert!(places.is_sorted(), "{help}");
}

#[test]
fn not_both_files_may_be_left_out() {
    let error = parsed(&["--data", "shop.db"]).unwrap_err().to_string();
    assert!(
        error.contains("<--books <FILE>|--interactions <FILE>>"),
        "{error}"
    );
}

#[test]
fn a_shop_in_memory_is_refused() {
    let error = parsed(&["--data", ":memory:", "--books", "x"]).unwrap_err();
    let expected = "error: invalid value ':memory:' for '--data <FILE>': \
        a shop in memory is empty and gone when the command ends; name the shop's file";
    assert_eq!(error.to_string().lines().next(), Some(expected));
}

#[test]
fn not_both_files_may_be_standard_input() {
    let both = arguments(&["--books", "-", "--interactions", "-"]);
    assert_eq!(
        both.sources.check(None).unwrap_err().to_string(),
        "--books - and --interactions - are the same; they must be different"
    );
    assert_eq!(
        arguments(&["--books", "-", "--interactions", "x"])
            .sources
            .check(None),
        Ok(())
    );
}

#[test]
fn only_read_books_can_replace_the_others() {
    let error = parsed(&["--interactions", "x", "--replace-books"]).unwrap_err();
    assert!(error.to_string().contains("--books <FILE>"), "{error}");
    assert!(arguments(&["--books", "x", "--replace-books"]).replace_books);
}

#[test]
fn the_bad_rows_of_all_files_are_told_and_nothing_is_read() {
    let files = Files::new(&[("books.csv", "id,title\n0,A\n1,B\n")]);
    let given = ["--books", "books.csv", "--interactions", "-"];
    let (input, report) = files.read(&given, "user_id,book_id,rating\n1,2,0\n1,2,3\n");
    assert_eq!(
        report,
        "books.csv:2: id is \"0\"; it must be a whole number from 1 to 2147483647\n\
         <stdin>:2: rating is \"0\"; it must be a whole number from 1 to 5\n"
    );
    let error = input.unwrap_err();
    assert_eq!(error, ImportError::BadRows(2));
    assert_eq!(
        error.to_string(),
        "bad rows: 2; nothing is imported; mend them or give --skip-bad-rows"
    );
}

#[test]
fn bad_rows_are_skipped_and_still_told_where_that_is_asked_for() {
    let files = Files::new(&[("books.csv", "id,title\n0,A\n1,B\n")]);
    let (input, report) = files.read(&["--books", "books.csv", "--skip-bad-rows"], "");
    let input = input.unwrap();
    assert!(report.starts_with("books.csv:2: id is \"0\""));
    assert_eq!(ids(&input.books), [1]);
    assert_eq!(input.skipped, 1);
    assert_eq!(
        input.to_string(),
        "read books: 1, interactions: 0; bad rows left out: 1"
    );
}

#[test]
fn books_of_which_none_would_be_left_are_refused() {
    let given = ["--books", "-", "--skip-bad-rows", "--replace-books"];
    let (input, _) = Files::new(&[]).read(&given, "id,title\n0,A\n");
    assert_eq!(
        input.unwrap_err().to_string(),
        "every book is on a bad row; nothing is imported; mend them first"
    );
}

#[test]
fn a_file_that_breaks_off_is_not_skipped() {
    let files = Files::new(&[("books.csv", "id,title\n1,A\n2,\"B\n3,C\n")]);
    let given = [
        "--skip-bad-rows",
        "--books",
        "books.csv",
        "--interactions",
        "no.csv",
    ];
    let (input, report) = files.read(&given, "");
    assert_eq!(
        report,
        "books.csv:3: a quote is opened in this row and never closed\n\
         no.csv: cannot be read: No such file or directory (os error 2)\n"
    );
    let error = input.unwrap_err();
    assert_eq!(error, ImportError::BrokenFile);
    assert_eq!(
        error.to_string(),
        "a file cannot be used as it is; nothing is imported; mend it first"
    );
}

#[test]
fn of_very_many_bad_rows_the_first_are_told() {
    let text = format!("id,title\n{}", "0,A\n".repeat(MAX_SHOWN + 7));
    let (input, report) = Files::new(&[]).read(&["--books", "-"], &text);
    assert_eq!(input.unwrap_err(), ImportError::BadRows(107));
    assert_eq!(report.lines().count(), MAX_SHOWN + 1);
    assert!(report.ends_with("\nand 7 more\n"));
}

#[test]
fn books_of_which_hardly_any_has_a_category_are_told() {
    let files = Files::new(&[("books.csv", "id,title\n1,A\n2,B\n")]);
    let (input, report) = files.read(&["--books", "books.csv"], "");
    assert_eq!(ids(&input.unwrap().books), [1, 2]);
    assert_eq!(
        report,
        "books.csv: 2 of 2 books have no category, so nobody is ever recommended them; \
         a column categories in a file of books gives them some\n"
    );
}

#[test]
fn a_header_alone_is_a_file_of_interactions_but_none_of_books() {
    let files = Files::new(&[
        ("books.csv", "id,title\n"),
        ("marks.csv", "user_id,book_id\n"),
    ]);
    let (input, report) = files.read(&["--interactions", "marks.csv"], "");
    assert!(input.unwrap().interactions.is_empty());
    assert_eq!(report, "");
    let (input, report) = files.read(&["--books", "books.csv"], "");
    assert_eq!(input.unwrap_err(), ImportError::BrokenFile);
    assert_eq!(
        report,
        "books.csv:1: the file has a header and no row; it must have at least one\n"
    );
}

#[test]
fn ignored_columns_are_told() {
    let (input, report) = Files::new(&[]).read(
        &["--books", "-"],
        "x,id,title,\"y\nz\",,categories\n0,1,A,0,,MYSTERY\n",
    );
    assert!(input.is_ok());
    assert_eq!(
        report,
        "<stdin>: columns that are ignored: \"x\", \"y\\nz\"\n"
    );
}

#[test]
fn repeated_interactions_are_counted() {
    let text = "user_id,book_id,rating\n1,2,3\n1,2,5\n1,2,4\n";
    let (input, _) = Files::new(&[]).read(&["--interactions", "-"], text);
    let input = input.unwrap();
    assert_eq!(input.interactions[0].1.kind.rating().unwrap().stars(), 5);
    assert_eq!(input.repeated, 2);
    assert_eq!(
        input.to_string(),
        "read books: 0, interactions: 1; left out for a newer or stronger one: 2"
    );
}

#[test]
fn what_was_read_goes_to_the_store_and_its_answer_comes_back() {
    let stored = run(
        &arguments(&["--books", "-"]).sources,
        &b"id,title\n1,A\n"[..],
        &mut io::sink(),
        |input, progress| {
            progress(1);
            Ok::<_, ImportError>(ids(&input.books))
        },
    );
    assert_eq!(stored, Ok(vec![1]));
}

#[test]
fn the_store_is_not_asked_where_nothing_is_imported() {
    let stored = run(
        &arguments(&["--books", "-"]).sources,
        &b"id,title\n0,A\n"[..],
        &mut io::sink(),
        |_, _| -> Result<(), ImportError> { panic!("asked") },
    );
    assert_eq!(stored, Err(ImportError::BadRows(1)));
}

#[test]
fn a_folder_is_no_file_to_read() {
    let (input, report) = Files::new(&[]).read(&["--books", "/"], "");
    assert_eq!(input.unwrap_err(), ImportError::BrokenFile);
    assert_eq!(report, "/: cannot be read: Is a directory (os error 21)\n");
}
