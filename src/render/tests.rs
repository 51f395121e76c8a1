use super::*;
use crate::client::{Contribution, Recommendation};

fn books() -> Vec<Recommendation> {
    let book = |id, title: &str| Recommendation {
        id,
        title: title.to_owned(),
    };
    vec![
        book(7, "Émile's \"Game\""),
        book(1234, "a\tb\nc\\d\u{1b}[31m"),
    ]
}

#[track_caller]
fn written(books: &[Recommendation], format: Format, expected: &str) {
    let mut out = Vec::new();
    write(books, format, &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn a_table_has_a_header_and_ids_to_the_right() {
    written(
        &books(),
        Format::Table,
        "  ID  TITLE\n   7  Émile's \"Game\"\n1234  a\\tb\\nc\\\\d\\u{1b}[31m\n",
    );
    written(
        &books()[..1],
        Format::Table,
        "ID  TITLE\n 7  Émile's \"Game\"\n",
    );
}

#[test]
fn tsv_has_a_line_for_each_book_and_no_header() {
    written(
        &books(),
        Format::Tsv,
        "7\tÉmile's \"Game\"\n1234\ta\\tb\\nc\\\\d\\u{1b}[31m\n",
    );
}

#[test]
fn json_is_an_array_of_objects() {
    written(
        &books(),
        Format::Json,
        "[{\"id\":7,\"title\":\"Émile's \\\"Game\\\"\"},\
         {\"id\":1234,\"title\":\"a\\tb\\nc\\\\d\\u001b[31m\"}]\n",
    );
}

#[test]
fn no_books_are_nothing_or_an_empty_array() {
    written(&[], Format::Table, "");
    written(&[], Format::Tsv, "");
    written(&[], Format::Json, "[]\n");
}

#[test]
fn json_escapes_it_too_and_stays_the_same_text() {
    let title = "a\u{1b}[31m\u{9b}\u{202e}\"\\é👩";
    let mut out = Vec::new();
    let book = Recommendation {
        id: 1,
        title: title.to_owned(),
    };
    write(&[book], Format::Json, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let escaped = "[{\"id\":1,\"title\":\"a\\u001b[31m\\u009b\\u202e\\\"\\\\é👩\"}]\n";
    assert_eq!(text, escaped);
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read[0]["title"], title);
}

fn interaction(rating: Option<i32>) -> Interaction {
    Interaction {
        reader_id: 3,
        book_id: 7,
        kind: "RATED".to_owned(),
        rating,
        time: Some("2026-11-24T16:19:32Z".to_owned()),
    }
}

#[test]
fn a_field_that_is_not_known_is_empty() {
    let unknown = Interaction {
        time: None,
        ..interaction(None)
    };
    let rows = [interaction(Some(4)), unknown];
    let mut out = Vec::new();
    write(&rows, Format::Tsv, &mut out).unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "3\t7\tRATED\t4\t2026-11-24T16:19:32Z\n3\t7\tRATED\t\t\n"
    );
    let mut out = Vec::new();
    write(&rows[1..], Format::Json, &mut out).unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "[{\"reader_id\":3,\"book_id\":7,\"kind\":\"RATED\",\"rating\":null,\"time\":null}]\n"
    );
    let mut out = Vec::new();
    write(&rows, Format::Table, &mut out).unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "READER  BOOK  KIND   RATING  TIME\n\
         \x20    3     7  RATED       4  2026-11-24T16:19:32Z\n\
         \x20    3     7  RATED\n"
    );
}

#[test]
fn one_row_is_an_object_in_json() {
    let mut out = Vec::new();
    write_one(&books()[0], Format::Json, &mut out).unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "{\"id\":7,\"title\":\"Émile's \\\"Game\\\"\"}\n"
    );
}

#[test]
fn rows_are_written_when_they_come() {
    for (format, first, all) in [
        (Format::Tsv, "7\ta\n", "7\ta\n7\ta\n"),
        (
            Format::Json,
            "[{\"id\":7,\"title\":\"a\"}",
            "[{\"id\":7,\"title\":\"a\"},{\"id\":7,\"title\":\"a\"}]\n",
        ),
        (Format::Table, "", "ID  TITLE\n 7  a\n 7  a\n"),
    ] {
        let rows = [Recommendation {
            id: 7,
            title: "a".to_owned(),
        }];
        let mut out = Vec::new();
        let mut list = List::new(format, &mut out);
        list.add(&rows).unwrap();
        assert_eq!(str::from_utf8(list.out), Ok(first));
        list.add(&rows).unwrap();
        assert_eq!(list.end().unwrap(), 2);
        assert_eq!(String::from_utf8(out).unwrap(), all);
    }
}

fn explanation() -> Explanation {
    Explanation {
        score: 0.75,
        popularity: 3.5,
        interaction: Some(interaction(None)),
        contributions: vec![Contribution {
            book_id: 7,
            title: "a".to_owned(),
            weight: 0.75,
        }],
    }
}

#[test]
fn an_explanation_has_the_score_below_the_table() {
    let mut out = Vec::new();
    write_explanation(&explanation(), Format::Table, &mut out).unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "BOOK  TITLE    WEIGHT\n\
         \x20  7  a      0.750000\n\n\
         score       0.750000\n\
         popularity  3.5\n\
         not recommended: RATED at 2026-11-24T16:19:32Z\n"
    );
    let nothing = Explanation {
        contributions: Vec::new(),
        interaction: None,
        ..explanation()
    };
    let mut out = Vec::new();
    write_explanation(&nothing, Format::Table, &mut out).unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "score       0.750000\npopularity  3.5\n"
    );
}

#[test]
fn an_explanation_tells_the_stars_and_no_time_that_nobody_knows() {
    for (rating, time, told) in [
        (
            Some(1),
            Some("2026-11-24T16:19:32Z"),
            "RATED 1 at 2026-11-24T16:19:32Z",
        ),
        (Some(5), None, "RATED 5"),
        (None, None, "RATED"),
    ] {
        let own = Interaction {
            time: time.map(str::to_owned),
            ..interaction(rating)
        };
        let explanation = Explanation {
            interaction: Some(own),
            ..explanation()
        };
        let mut out = Vec::new();
        write_explanation(&explanation, Format::Table, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let last = format!("not recommended: {told}");
        assert_eq!(text.lines().last(), Some(last.as_str()));
    }
}

#[test]
fn an_explanation_is_one_object_in_json_and_its_books_in_tsv() {
    let mut out = Vec::new();
    write_explanation(&explanation(), Format::Json, &mut out).unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "{\"score\":0.75,\"popularity\":3.5,\"interaction\":{\"reader_id\":3,\"book_id\":7,\
         \"kind\":\"RATED\",\"rating\":null,\"time\":\"2026-11-24T16:19:32Z\"},\
         \"contributions\":[{\"book_id\":7,\"title\":\"a\",\"weight\":0.75}]}\n"
    );
    let mut out = Vec::new();
    write_explanation(&explanation(), Format::Tsv, &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "7\ta\t0.750000\n");
}

#[test]
fn a_wide_letter_takes_two_columns_of_a_table() {
    let rows = ["戦争と平和", "War"].map(|title| Contribution {
        book_id: 7,
        title: title.to_owned(),
        weight: 0.5,
    });
    let mut out = Vec::new();
    write(&rows, Format::Table, &mut out).unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "BOOK  TITLE         WEIGHT\n   7  戦争と平和  0.500000\n   7  War         0.500000\n"
    );
}
