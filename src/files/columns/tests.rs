use crate::files::{Books, Interactions};

#[track_caller]
fn refused(header: &[u8], message: &str) {
    let problem = Books::new("books.csv", header).unwrap_err();
    assert!(problem.ends_the_file());
    assert_eq!(problem.to_string(), message);
}

#[test]
fn a_header_without_a_column_that_must_be_there_is_refused() {
    refused(
        b"\n\nid,author\n",
        "books.csv:3: header is \"id,author\", without title; \
         it must have id (or book_id), title and may have author (or authors), \
         year (or original_publication_year), categories",
    );
    let problem = Interactions::new("<stdin>", &b"id,title\n"[..]).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "<stdin>:1: header is \"id,title\", without reader_id (or user_id); \
         it must have reader_id (or user_id), book_id and may have kind, rating, time"
    );
}

#[test]
fn a_column_that_is_there_twice_is_refused() {
    refused(
        b"id,title,Title\n",
        "books.csv:1: header has title twice; once is enough",
    );
}

#[test]
fn two_names_of_one_column_are_refused() {
    refused(
        b"id,title,book_id\n",
        "books.csv:1: header has both id and book_id, which mean the same; one is enough",
    );
    refused(
        b"authors,id,title,author\n",
        "books.csv:1: header has both authors and author, which mean the same; one is enough",
    );
}

#[test]
fn a_separator_that_is_no_comma_is_refused() {
    refused(
        b"id;title;author\n1;A;a\n",
        "books.csv:1: header is \"id;title;author\"; the separator must be a comma",
    );
    refused(
        b"id\ttitle\n1\tA\n",
        "books.csv:1: header is \"id\\ttitle\"; the separator must be a comma",
    );
}

#[test]
fn a_header_that_is_no_text_is_refused() {
    refused(
        b"id,title,\xe9\n",
        "books.csv:1: header is \"id,title,\u{fffd}\", which is not text in UTF-8; \
         save the file as UTF-8",
    );
    refused(
        b"i\0d\0,\0",
        "books.csv:1: header is \"i\\0d\\0,\\0\", which is not text in UTF-8; \
         save the file as UTF-8",
    );
}
