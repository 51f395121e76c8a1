use super::*;
use crate::files::Problems;

const HEADER: &str = "reader_id,book_id,kind,rating,time";

/// Reads the header and then `rows`, the first of which is on line 2.
fn read(rows: &str) -> Result<Vec<(ReaderId, Interaction)>, String> {
    parse(&format!("{HEADER}\n{rows}"))
}

fn parse(text: &str) -> Result<Vec<(ReaderId, Interaction)>, String> {
    let rows =
        Interactions::new("marks.csv", text.as_bytes()).map_err(|error| error.to_string())?;
    let mut problems = Problems::default();
    let interactions = problems.sift(rows);
    match problems.is_empty() {
        true => Ok(interactions),
        false => Err(problems.to_string()),
    }
}

#[track_caller]
fn refused(row: &str, message: &str) {
    assert_eq!(
        read(&format!("{row}\n")).unwrap_err(),
        format!("marks.csv:2: {message}")
    );
}

fn rated(stars: u8) -> Kind {
    Kind::Rated(Rating::new(stars).unwrap())
}

fn interaction(reader: i32, book: i32, kind: Kind, time: u32) -> (ReaderId, Interaction) {
    let interaction = Interaction {
        book: BookId::new(book).unwrap(),
        kind,
        time: Time::from_seconds(time),
    };
    (ReaderId::new(reader).unwrap(), interaction)
}

#[test]
fn a_row_becomes_an_interaction() {
    assert_eq!(
        read("7,4,RATED,5,2000-02-29T12:34:56Z\n0,2147483647,wanted,,\n2147483647,1,Read,,9\n"),
        Ok(vec![
            interaction(7, 4, rated(5), 951_827_696),
            interaction(0, i32::MAX, Kind::Wanted, 0),
            interaction(i32::MAX, 1, Kind::Read, 9),
        ])
    );
}

#[test]
fn a_row_without_kind_and_rating_is_wanted() {
    let wanted = vec![interaction(116, 8697, Kind::Wanted, 0)];
    assert_eq!(parse("user_id,book_id\n116,8697\n").unwrap(), wanted);
    assert_eq!(read("116,8697,,,\n").unwrap(), wanted);
}

#[test]
fn a_row_with_a_rating_and_no_kind_is_rated() {
    let four = vec![interaction(8, 2584, rated(4), 0)];
    assert_eq!(parse("user_id,book_id,rating\n8,2584,4\n").unwrap(), four);
    assert_eq!(read("8,2584,,4,\n").unwrap(), four);
}

#[test]
fn every_kind_is_read_in_any_case() {
    for kind in [Kind::Wanted, Kind::Bought, Kind::Read, rated(3)] {
        let rating = if kind.rating().is_some() { "3" } else { "" };
        for name in [kind.name().to_owned(), kind.name().to_lowercase()] {
            let rows = read(&format!("1,2,{name},{rating},\n")).unwrap();
            assert_eq!(rows, [interaction(1, 2, kind, 0)]);
        }
    }
}

#[test]
fn a_file_may_have_no_interaction() {
    assert_eq!(read("").unwrap(), []);
    assert_eq!(
        parse("").unwrap_err(),
        "marks.csv:1: the file is empty; it must have a header and at least one row"
    );
}

#[test]
fn an_unknown_kind_is_refused_with_the_known_ones() {
    refused(
        "1,2,liked,,",
        "kind is \"liked\"; it must be one of WANTED, BOUGHT, READ, RATED",
    );
}

#[test]
fn a_rating_that_is_not_1_to_5_is_refused() {
    for rating in ["0", "6", "-1", "10", "4.5", "5.0", " 5", "five"] {
        let message = format!("rating is \"{rating}\"; it must be a whole number from 1 to 5");
        refused(&format!("1,2,RATED,{rating},"), &message);
        refused(&format!("1,2,,{rating},"), &message);
    }
}

#[test]
fn what_is_rated_needs_a_rating() {
    refused(
        "1,2,rated,,",
        "kind is RATED without a rating; it must have one from 1 to 5",
    );
    assert_eq!(
        parse("user_id,book_id,kind\n1,2,RATED\n").unwrap_err(),
        "marks.csv:2: kind is RATED without a rating; it must have one from 1 to 5"
    );
}

#[test]
fn what_is_not_rated_has_no_rating() {
    refused(
        "1,2,read,3,",
        "kind is READ with the rating \"3\"; only RATED has one",
    );
}

#[test]
fn a_number_out_of_range_is_refused() {
    for number in ["-1", "2147483648", "x", "", "1.0"] {
        refused(
            &format!("{number},2,,,"),
            &format!("reader_id is \"{number}\"; it must be a whole number from 0 to 2147483647"),
        );
    }
    for number in ["-1", "0", "2147483648", "\"2,0\""] {
        let shown = number.trim_matches('"');
        refused(
            &format!("1,{number},,,"),
            &format!("book_id is \"{shown}\"; it must be a whole number from 1 to 2147483647"),
        );
    }
    assert_eq!(
        parse("user_id,book_id\n-1,2\n").unwrap_err(),
        "marks.csv:2: user_id is \"-1\"; it must be a whole number from 0 to 2147483647"
    );
}

#[test]
fn a_time_that_cannot_be_kept_is_refused() {
    for time in ["yesterday", "4294967296", "1969-12-31T23:59:59Z"] {
        refused(
            &format!("1,2,,,{time}"),
            &format!(
                "time is \"{time}\"; it must be in RFC 3339, such as 2026-11-24T16:19:32Z, \
                 or in seconds since 1970, from 0 to 4294967295"
            ),
        );
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_as_what_they_stand_for() {
    let text = b"user_id,book_id\n1,\xff\n";
    let mut rows = Interactions::new("marks.csv", &text[..]).unwrap();
    assert_eq!(
        rows.next().unwrap().unwrap_err().to_string(),
        "marks.csv:2: book_id is \"\u{fffd}\"; it must be a whole number from 1 to 2147483647"
    );
}

#[test]
fn rows_come_with_their_lines() {
    let text = format!("{HEADER}\n\n1,2,,,\n\n1,x,,,\n1,3,,,\n");
    let rows = Interactions::new("marks.csv", text.as_bytes()).unwrap();
    let lines: Vec<Result<u64, u64>> = rows
        .map(|row| row.map(|(line, _)| line).map_err(|problem| problem.line))
        .collect();
    assert_eq!(lines, [Ok(3), Err(5), Ok(6)]);
}

#[test]
fn the_newest_of_a_reader_and_book_counts_and_of_equally_old_ones_the_strongest() {
    let given = [
        interaction(1, 1, rated(5), 7),
        interaction(1, 1, Kind::Wanted, 8),
        interaction(1, 2, Kind::Bought, 7),
        interaction(1, 2, rated(2), 7),
        interaction(1, 2, rated(1), 7),
        interaction(2, 1, Kind::Read, 7),
    ];
    let left = [given[1], given[3], given[5]];
    for turn in 0..given.len() {
        for reversed in [false, true] {
            let mut interactions = given.to_vec();
            interactions.rotate_left(turn);
            if reversed {
                interactions.reverse();
            }
            assert_eq!(newest(&mut interactions), 3);
            assert_eq!(interactions, left);
        }
    }
}
