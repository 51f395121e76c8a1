//! `recommendations-client` with the catalogue and the readers, as its users see
//! it.

mod support;

use std::io::{BufRead, BufReader};

use support::program::{ask, ask_at, client, fails, prints, run};
use support::{THREE_MYSTERIES, any_port, serve};

#[test]
fn books_are_listed_with_all_that_is_known_of_them() {
    let server = serve(THREE_MYSTERIES);
    prints(
        &mut ask(&server, &["list-books"]),
        "2\tGaudy Night\tDorothy L. Sayers\t1935\tMYSTERY\n\
         5\tThe Moonstone\tWilkie Collins\t1868\tMYSTERY\n\
         8\tThe Nine Tailors\tDorothy L. Sayers\t1934\tMYSTERY\n",
    );
    prints(
        &mut ask(&server, &["list-books", "--format", "table"]),
        "ID  TITLE             AUTHOR             YEAR  CATEGORIES\n\
         \x202  Gaudy Night       Dorothy L. Sayers  1935  MYSTERY\n\
         \x205  The Moonstone     Wilkie Collins     1868  MYSTERY\n\
         \x208  The Nine Tailors  Dorothy L. Sayers  1934  MYSTERY\n",
    );
    prints(
        &mut ask(&server, &["list-books", "--limit", "1", "--format", "json"]),
        "[{\"id\":2,\"title\":\"Gaudy Night\",\"author\":\"Dorothy L. Sayers\",\
         \"year\":1935,\"categories\":[\"MYSTERY\"]}]\n",
    );
}

#[test]
fn all_pages_are_listed_up_to_the_limit() {
    let rows: String = (1..=2500)
        .map(|id| match id % 2 {
            0 => format!("{id},Book,,2000,MYSTERY\n"),
            _ => format!("{id},Book,,2000,SELF_HELP\n"),
        })
        .collect();
    let server = serve(&rows);
    let ids = |arguments: &[&str]| -> Vec<i32> {
        let ended = run(ask(&server, &["list-books"]).args(arguments));
        let lines = ended.stdout.lines();
        lines
            .map(|line| line.split('\t').next().unwrap().parse().unwrap())
            .collect()
    };
    assert!(ids(&[]).into_iter().eq(1..=2500));
    assert!(ids(&["--limit", "1001"]).into_iter().eq(1..=1001));
    assert!(ids(&["--limit", "0"]).is_empty());
    let mysteries = ids(&["--category", "mystery"]);
    assert!(mysteries.into_iter().eq((2..=2500).step_by(2)));
}

#[test]
fn no_books_are_noted_beside_a_table() {
    let server = serve(THREE_MYSTERIES);
    let none = ["list-books", "--category", "self-help", "--format"];
    fails(
        &mut ask(&server, &[&none[..], &["table"]].concat()),
        0,
        "no books",
    );
    prints(&mut ask(&server, &[&none[..], &["json"]].concat()), "[]\n");
    prints(&mut ask(&server, &[&none[..], &["tsv"]].concat()), "");
}

#[test]
fn a_book_is_printed_as_a_row_or_an_object() {
    let server = serve(THREE_MYSTERIES);
    let get = ["get-book", "--book", "5"];
    prints(
        &mut ask(&server, &get),
        "5\tThe Moonstone\tWilkie Collins\t1868\tMYSTERY\n",
    );
    prints(
        &mut ask(&server, &[&get[..], &["--format", "json"]].concat()),
        "{\"id\":5,\"title\":\"The Moonstone\",\"author\":\"Wilkie Collins\",\
         \"year\":1868,\"categories\":[\"MYSTERY\"]}\n",
    );
}

#[test]
fn a_book_that_is_not_there_is_a_failure() {
    let server = serve(THREE_MYSTERIES);
    let address = server.address();
    let message = format!("{address} answers NOT_FOUND: book 7 is not in the catalogue");
    fails(&mut ask(&server, &["get-book", "--book", "7"]), 1, &message);
    fails(
        &mut ask(&server, &["delete-book", "--book", "7"]),
        1,
        &message,
    );
    let explain = ["explain", "--user", "1", "--book", "7"];
    fails(&mut ask(&server, &explain), 1, &message);
    fails(
        &mut ask(&server, &["similar", "--book", "7"]),
        1,
        &format!(
            "{address} answers NOT_FOUND: book 7 is neither in the catalogue nor in any history"
        ),
    );
}

#[test]
fn numbers_that_are_not_valid_are_wrong_usage() {
    let refused = |arguments: &[&str], expected: &str| {
        let ended = run(&mut ask_at(any_port(), arguments));
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(2), 1));
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    };
    let number = "it must be a whole number from 0 to 2147483647";
    let book = "it must be a whole number from 1 to 2147483647";
    refused(&["get-book", "--book", "0"], book);
    refused(&["history", "--user", "-1"], number);
    refused(&["similar", "--book", "5", "--max-results", "-1"], number);
    let record = ["record", "--user", "-1", "--book", "5", "--kind", "read"];
    refused(&record, number);
    let limit = ["history", "--user", "1", "--limit", "ten"];
    refused(
        &limit,
        "'ten' for '--limit <NUMBER>': it must be a whole number from 0",
    );
}

#[test]
fn a_kind_is_read_in_any_case() {
    let server = serve(THREE_MYSTERIES);
    for kind in ["read", "READ", "Read"] {
        let record = ["record", "--user", "1", "--book", "5", "--kind", kind];
        let ended = run(ask(&server, &record).args(["--time", "1"]));
        assert_eq!(ended.stdout, "1\t5\tREAD\t\t1970-01-01T00:00:01Z\n");
    }
}

#[test]
fn a_book_without_readers_has_no_similar_ones() {
    let server = serve(THREE_MYSTERIES);
    let similar = [
        "similar",
        "--book",
        "5",
        "--category",
        "mystery",
        "--format",
    ];
    prints(
        &mut ask(&server, &[&similar[..], &["json"]].concat()),
        "[]\n",
    );
    fails(
        &mut ask(&server, &[&similar[..], &["table"]].concat()),
        0,
        "no similar books",
    );
}

#[test]
fn what_is_recorded_is_printed_listed_and_recommended_no_more() {
    let server = serve(THREE_MYSTERIES);
    let record = |arguments: &[&str]| {
        let mut command = ask(&server, &["record", "--user", "1"]);
        command.args(arguments);
        command
    };
    let rated = "1\t5\tRATED\t4\t2026-11-24T16:19:32Z\n";
    let time = ["--time", "2026-11-24T16:19:32Z"];
    prints(record(&["--book", "5", "--rating", "4"]).args(time), rated);
    prints(
        record(&[
            "--book",
            "2",
            "--kind",
            "bought",
            "--time",
            "1970-01-01T00:00:01Z",
        ])
        .args(["--format", "json"]),
        "{\"reader_id\":1,\"book_id\":2,\"kind\":\"BOUGHT\",\"rating\":null,\
         \"time\":\"1970-01-01T00:00:01Z\"}\n",
    );
    let older = [
        "--book",
        "5",
        "--kind",
        "read",
        "--time",
        "2025-01-01T00:00:00Z",
    ];
    prints(&mut record(&older), rated);
    prints(
        &mut ask(&server, &["history", "--user", "1"]),
        &format!("{rated}1\t2\tBOUGHT\t\t1970-01-01T00:00:01Z\n"),
    );
    prints(
        &mut ask(&server, &["history", "--user", "1", "--limit", "1"]),
        rated,
    );
    prints(
        &mut ask(
            &server,
            &["recommend", "--user", "1", "--category", "mystery"],
        ),
        "8\tThe Nine Tailors\n",
    );
}

#[test]
fn a_time_is_taken_as_files_have_it() {
    let server = serve(THREE_MYSTERIES);
    for (time, printed) in [
        ("2026-11-24T18:19:32+02:00", "2026-11-24T16:19:32Z"),
        ("2026-11-24T16:19:32.5Z", "2026-11-24T16:19:32Z"),
        ("1795537173", "2026-11-24T16:19:33Z"),
    ] {
        let record = ["record", "--user", "1", "--book", "5", "--kind", "read"];
        prints(
            ask(&server, &record).args(["--time", time]),
            &format!("1\t5\tREAD\t\t{printed}\n"),
        );
    }
}

#[test]
fn an_explanation_tells_the_readers_own_interaction() {
    let server = serve(THREE_MYSTERIES);
    let record = ["record", "--user", "1", "--book", "5", "--kind", "wanted"];
    let time = ["--time", "2026-11-24T16:19:32Z"];
    assert_eq!(run(ask(&server, &record).args(time)).code, Some(0));
    let explain = ["explain", "--user", "1", "--book", "5", "--format", "table"];
    let ended = run(&mut ask(&server, &explain));
    let last = ended.stdout.lines().last();
    assert_eq!(
        last,
        Some("not recommended: WANTED at 2026-11-24T16:19:32Z")
    );
}

#[test]
fn what_was_deleted_is_said() {
    let server = serve(THREE_MYSTERIES);
    for book in ["2", "5"] {
        let record = ["record", "--user", "1", "--book", book, "--kind", "read"];
        assert_eq!(run(&mut ask(&server, &record)).code, Some(0));
    }
    let interaction = ["delete-interaction", "--user", "1", "--book", "2"];
    prints(
        &mut ask(&server, &interaction),
        "deleted the interaction of reader 1 with book 2\n",
    );
    fails(
        &mut ask(&server, &interaction),
        1,
        &format!(
            "{} answers NOT_FOUND: reader 1 has no interaction with book 2",
            server.address()
        ),
    );
    prints(
        &mut ask(&server, &["delete-reader", "--user", "1"]),
        "deleted reader 1 with 1 interaction\n",
    );
    prints(
        &mut ask(&server, &["delete-reader", "--user", "1"]),
        "deleted reader 1 with 0 interactions\n",
    );
    prints(
        &mut ask(&server, &["delete-book", "--book", "5"]),
        "deleted book 5\n",
    );
    let ended = run(&mut ask(&server, &["list-books"]));
    assert_eq!(ended.stdout.lines().count(), 2);
}

#[test]
fn what_cannot_be_recorded_is_wrong_usage() {
    let record = |arguments: &[&str]| {
        let mut command = ask_at(any_port(), &["record", "--user", "1", "--book", "5"]);
        let ended = run(command.args(arguments));
        assert_eq!((ended.code, ended.stderr.lines().count()), (Some(2), 1));
        ended.stderr
    };
    let refused = record(&["--rating", "6"]);
    assert!(refused.contains("'6' for '--rating <STARS>': it must be from 1 to 5"));
    let refused = record(&["--kind", "read", "--time", "yesterday"]);
    let rule = "it must be in RFC 3339, such as 2026-11-24T16:19:32Z, \
                or in seconds since 1970, from 0 to 4294967295";
    assert!(refused.contains(rule), "{refused}");
    let refused = record(&["--kind", "read", "--time", "2107-01-01T00:00:00Z"]);
    assert!(refused.contains(rule), "{refused}");
    record(&["--kind", "read", "--rating", "3"]);
    let refused = record(&["--kind", "rated"]);
    let rule = "'rated' for '--kind <KIND>': it must be wanted, bought or read; \
                for what is rated, give --rating";
    assert!(refused.contains(rule), "{refused}");
    record(&[]);
}

#[test]
fn a_list_ends_when_its_reader_has_read_enough() {
    let rows: String = (1..=50_000)
        .map(|id| format!("{id},A book with a title that fills the pipe,,2000,MYSTERY\n"))
        .collect();
    let server = serve(&rows);
    let mut child = ask(&server, &["list-books"]).spawn().unwrap();
    let mut first = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut first).unwrap();
    drop(out);
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn every_command_has_help() {
    for command in [
        "recommend",
        "similar",
        "explain",
        "list-books",
        "get-book",
        "record",
        "history",
        "import",
        "delete-book",
        "delete-interaction",
        "delete-reader",
    ] {
        let ended = run(&mut client(&[command, "--help"]));
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
        assert!(ended.stdout.contains("--addr"), "{command}");
    }
}
