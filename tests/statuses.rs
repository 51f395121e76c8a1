//! Every request is answered as the table in `wire` says, over a real socket.

mod support;

use grpcio::RpcStatusCode;
use support::{MYSTERY, SCIENCE_FICTION, THREE_MYSTERIES, call, ids, refusal, request, stub};

#[track_caller]
fn refused(user_id: i32, category: i32, max_results: i32, code: RpcStatusCode, message: &str) {
    let server = support::serve(THREE_MYSTERIES);
    let stub = stub(server.address());
    let status = refusal(call(&stub, &request(user_id, category, max_results)));
    assert_eq!((status.code(), status.message()), (code, message));
}

#[track_caller]
fn answered(rows: &str, user_id: i32, category: i32, max_results: i32, expected: &[i32]) {
    let server = support::serve(rows);
    let stub = stub(server.address());
    let response = call(&stub, &request(user_id, category, max_results));
    assert_eq!(ids(response), expected);
}

#[test]
fn books_are_answered_with_their_ids_and_titles() {
    let server = support::serve(THREE_MYSTERIES);
    let response = call(&stub(server.address()), &request(1, MYSTERY, 2)).unwrap();
    let books: Vec<_> = response
        .recommendations
        .iter()
        .map(|book| (book.id, book.title.as_str()))
        .collect();
    assert_eq!(books, [(2, "Gaudy Night"), (5, "The Moonstone")]);
}

#[test]
fn an_unknown_category_is_not_found() {
    refused(
        1,
        3,
        3,
        RpcStatusCode::NOT_FOUND,
        "category 3 is not known; it must be one of 0 (MYSTERY), 1 (SCIENCE_FICTION), 2 (SELF_HELP)",
    );
}

#[test]
fn negative_max_results_are_an_invalid_argument() {
    refused(
        1,
        MYSTERY,
        -1,
        RpcStatusCode::INVALID_ARGUMENT,
        "max_results is -1; it must be 0 or more",
    );
}

#[test]
fn a_negative_user_id_is_an_invalid_argument() {
    refused(
        -1,
        MYSTERY,
        3,
        RpcStatusCode::INVALID_ARGUMENT,
        "user_id is -1; it must be 0 or more",
    );
}

#[test]
fn the_first_wrong_field_of_the_contract_is_refused() {
    refused(
        -7,
        9,
        -9,
        RpcStatusCode::INVALID_ARGUMENT,
        "user_id is -7; it must be 0 or more",
    );
}

#[test]
fn zero_max_results_are_answered_with_no_books() {
    answered(THREE_MYSTERIES, 1, MYSTERY, 0, &[]);
}

#[test]
fn an_unknown_reader_is_answered() {
    answered(THREE_MYSTERIES, i32::MAX, MYSTERY, 10, &[2, 5, 8]);
    answered(THREE_MYSTERIES, 0, MYSTERY, 10, &[2, 5, 8]);
}

#[test]
fn a_category_without_books_is_answered_with_none() {
    answered(THREE_MYSTERIES, 1, SCIENCE_FICTION, 10, &[]);
}

#[test]
fn more_than_100_results_are_coerced_to_100() {
    let rows: String = (1..=101)
        .map(|id| format!("{id},Book {id},,2000,MYSTERY\n"))
        .collect();
    let expected: Vec<i32> = (1..=100).collect();
    for max_results in [100, 101, i32::MAX] {
        answered(&rows, 1, MYSTERY, max_results, &expected);
    }
}

#[test]
fn the_longest_answer_is_received() {
    let rows: String = (1..=100)
        .map(|id| format!("{id},{},,2000,MYSTERY\n", "x".repeat(1000)))
        .collect();
    let expected: Vec<i32> = (1..=100).collect();
    answered(&rows, 1, MYSTERY, 100, &expected);
}
