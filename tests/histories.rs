//! Histories of `Readers`, a page at a time, over a real socket.

mod support;

use grpcio::RpcStatusCode;
use recommendations::pb::bookshop::{ListInteractionsRequest, ReadersClient};
use support::bookshop::{
    delete_interaction, history, import_interactions, interactions_message, read, readers, record,
};
use support::{THREE_MYSTERIES, refused, serve};

const INVALID: RpcStatusCode = RpcStatusCode::INVALID_ARGUMENT;

/// The books of a history, page by page; `between` is called after each page.
fn all_pages(
    stub: &ReadersClient,
    reader_id: i32,
    page_size: i32,
    mut between: impl FnMut(),
) -> Vec<i32> {
    let mut request = ListInteractionsRequest {
        reader_id,
        page_size,
        ..Default::default()
    };
    let mut books = Vec::new();
    loop {
        let page = history(stub, &request).unwrap();
        books.extend(page.interactions.iter().map(|each| each.book_id));
        if page.next_page_token.is_empty() {
            return books;
        }
        request.page_token = page.next_page_token;
        between();
    }
}

#[test]
fn a_history_is_listed_from_the_newest_and_by_descending_book() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    let interactions = [
        read(1, 4, 10),
        read(1, 6, 10),
        read(1, 5, 10),
        read(1, 1, 11),
    ];
    import_interactions(&stub, [interactions_message(interactions)]).unwrap();
    for page_size in [0, 1, 2, 3, 4, 1001] {
        assert_eq!(all_pages(&stub, 1, page_size, || ()), [1, 6, 5, 4]);
    }
}

#[test]
fn interactions_that_stay_are_listed_once_while_others_come_and_go() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    let stays = (1..=9).map(|book| read(1, book, 10 * i64::from(book)));
    import_interactions(&stub, [interactions_message(stays)]).unwrap();
    let mut comes = 100;
    let listed = all_pages(&stub, 1, 2, || {
        comes += 1;
        record(&stub, read(1, comes, 1_000)).unwrap();
        if comes == 102 {
            // The last that was listed.
            delete_interaction(&stub, 1, 6).unwrap();
        }
    });
    assert_eq!(listed, [9, 8, 7, 6, 5, 4, 3, 2, 1]);
}

#[test]
fn a_history_has_50_on_a_page_unless_told_otherwise_and_1000_at_most() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    let messages = (0..2).map(|message| {
        let books = (1..=600).map(|book| read(1, 600 * message + book, 7));
        interactions_message(books)
    });
    import_interactions(&stub, messages).unwrap();
    for (page_size, expected) in [(0, 50), (1000, 1000), (i32::MAX, 1000)] {
        let request = ListInteractionsRequest {
            reader_id: 1,
            page_size,
            ..Default::default()
        };
        assert_eq!(
            history(&stub, &request).unwrap().interactions.len(),
            expected
        );
    }
}

#[test]
fn a_reader_who_is_not_known_has_no_history() {
    let server = serve(THREE_MYSTERIES);
    let request = ListInteractionsRequest {
        reader_id: i32::MAX,
        ..Default::default()
    };
    let page = history(&readers(server.address()), &request).unwrap();
    assert!(page.interactions.is_empty() && page.next_page_token.is_empty());
}

#[test]
fn a_list_that_is_not_valid_is_refused() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    let two = interactions_message([read(1, 2, 1), read(1, 5, 1)]);
    import_interactions(&stub, [two]).unwrap();
    let list = |reader_id, page_size, page_token: &str| {
        let request = ListInteractionsRequest {
            reader_id,
            page_size,
            page_token: page_token.to_owned(),
            ..Default::default()
        };
        history(&stub, &request)
    };
    refused(
        list(-1, 0, ""),
        INVALID,
        "reader_id is -1; it must be 0 or more",
    );
    refused(
        list(1, -1, ""),
        INVALID,
        "page_size is -1; it must be 0 or more",
    );
    refused(
        list(1, 0, "garbage"),
        INVALID,
        "page_token is \"garbage\"; it must be empty or a next_page_token of this method",
    );
    let token = list(1, 1, "").unwrap().next_page_token;
    refused(
        list(2, 1, &token),
        INVALID,
        &format!(
            "page_token is \"{token}\"; it must be sent with the reader_id of the page that gave it"
        ),
    );
}
