//! The service `Books`, over a real socket.

mod support;

use std::net::SocketAddr;

use futures::SinkExt;
use futures::executor::block_on;
use grpcio::{RpcStatusCode, WriteFlags};
use protobuf::{EnumOrUnknown, Message};
use recommendations::pb::BookCategory;
use recommendations::pb::bookshop::{
    Book, BooksClient, DeleteBookRequest, ImportBooksRequest, ListBooksRequest,
    ListSimilarBooksRequest,
};
use recommendations::server::limits;
use support::bookshop::{book, books, books_message, get, ids, import_books, list, patient};
use support::{MYSTERY, THREE_MYSTERIES, call, refusal, refused, request, serve, stub, until};

fn delete(stub: &BooksClient, book_id: i32) -> grpcio::Result<()> {
    let request = DeleteBookRequest {
        book_id,
        ..Default::default()
    };
    stub.delete_book_opt(&request, patient()).map(drop)
}

fn recommended(address: SocketAddr) -> Vec<i32> {
    support::ids(call(&stub(address), &request(1, MYSTERY, 100)))
}

/// The largest books that are valid.
fn largest(ids: std::ops::RangeInclusive<i32>) -> impl Iterator<Item = Book> {
    ids.map(|id| Book {
        author: "a".repeat(1000),
        ..book(id, &"t".repeat(1000))
    })
}

#[test]
fn a_book_is_answered_as_it_was_imported() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    let roadside_picnic = Book {
        id: 77,
        title: "Roadside Picnic".to_owned(),
        author: "Arkady and Boris Strugatsky".to_owned(),
        year: Some(1972),
        categories: vec![BookCategory::SCIENCE_FICTION.into()],
        ..Default::default()
    };
    import_books(&stub, [books_message([roadside_picnic.clone()])]).unwrap();
    assert_eq!(get(&stub, 77).unwrap(), roadside_picnic);
}

#[test]
fn a_book_that_is_not_there_is_not_found() {
    let server = serve(THREE_MYSTERIES);
    refused(
        get(&books(server.address()), 3),
        RpcStatusCode::NOT_FOUND,
        "book 3 is not in the catalogue",
    );
}

#[test]
fn a_number_that_no_book_has_is_refused() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    let message = "book_id is 0; it must be 1 or more";
    let code = RpcStatusCode::INVALID_ARGUMENT;
    refused(get(&stub, 0), code, message);
    refused(delete(&stub, 0), code, message);
    let request = ListSimilarBooksRequest::default();
    refused(
        stub.list_similar_books_opt(&request, patient()),
        code,
        message,
    );
}

#[test]
fn an_import_counts_what_is_new_and_what_is_replaced() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    let messages = || {
        [
            books_message([
                book(2, "Gaudy Night, revised"),
                book(3, "Busman's Honeymoon"),
            ]),
            books_message([book(4, "Whose Body?")]),
        ]
    };
    let reply = import_books(&stub, messages()).unwrap();
    assert_eq!((reply.created, reply.replaced), (2, 1));
    assert_eq!(ids(&stub), [2, 3, 4, 5, 8]);
    assert_eq!(get(&stub, 2).unwrap().title, "Gaudy Night, revised");

    let again = import_books(&stub, messages()).unwrap();
    assert_eq!((again.created, again.replaced), (0, 3));
    assert_eq!(ids(&stub), [2, 3, 4, 5, 8]);
}

#[test]
fn of_the_books_with_one_id_the_last_counts() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    import_books(&stub, [books_message([book(3, "First"), book(3, "Last")])]).unwrap();
    assert_eq!(get(&stub, 3).unwrap().title, "Last");
}

#[test]
fn imported_books_are_recommended_at_once() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    import_books(&stub, [books_message([book(3, "Busman's Honeymoon")])]).unwrap();
    assert!(recommended(server.address()).contains(&3));
}

#[test]
fn an_import_without_a_message_changes_nothing() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    let reply = import_books(&stub, []).unwrap();
    assert_eq!((reply.created, reply.replaced), (0, 0));
    let reply = import_books(&stub, [books_message([])]).unwrap();
    assert_eq!((reply.created, reply.replaced), (0, 0));
    assert_eq!(ids(&stub), [2, 5, 8]);
}

#[test]
fn a_bad_message_ends_an_import_and_those_before_it_stay() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    let messages = [
        books_message([book(10, "Ten"), book(11, "Eleven")]),
        books_message([book(12, "Twelve")]),
        books_message([book(13, "Thirteen"), book(14, " ")]),
        books_message([book(15, "Fifteen")]),
    ];
    refused(
        import_books(&stub, messages),
        RpcStatusCode::INVALID_ARGUMENT,
        "message 3, books[1].title is \" \"; it must not be blank",
    );
    assert_eq!(ids(&stub), [2, 5, 8, 10, 11, 12]);
}

#[test]
fn a_client_that_goes_on_after_a_refusal_is_told_of_the_refusal() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    let bad = std::iter::once(books_message([book(0, "Zero")]));
    let good = (1..=2000).map(|id| books_message(largest(id..=id)));
    refused(
        import_books(&stub, bad.chain(good)),
        RpcStatusCode::INVALID_ARGUMENT,
        "message 1, books[0].id is 0; it must be 1 or more",
    );
}

#[test]
fn a_message_of_more_than_1000_books_is_refused() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    let many = books_message((1..=1001).map(|id| book(id, "T")));
    refused(
        import_books(&stub, [many]),
        RpcStatusCode::INVALID_ARGUMENT,
        "message 1, books has 1001 items; it must have at most 1000",
    );
}

#[test]
fn a_message_of_more_than_64_kib_is_refused_and_those_recorded_before_it_stay() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    let (mut sender, receiver) = stub.import_books_opt(patient()).unwrap();
    let mut send = |books| block_on(sender.send((books, WriteFlags::default())));
    send(books_message([book(10, "Ten")])).unwrap();
    until(|| get(&stub, 10).is_ok());
    // A server that refuses reads no more; its reply says why.
    let _ = send(books_message(largest(11..=43)));
    let status = refusal(block_on(receiver));
    assert_eq!(status.code(), RpcStatusCode::RESOURCE_EXHAUSTED);
    assert_eq!(ids(&stub), [2, 5, 8, 10]);
}

#[test]
fn a_client_that_vanishes_leaves_the_messages_that_it_sent() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    let (mut sender, receiver) = stub.import_books_opt(patient()).unwrap();
    let message = books_message([book(10, "Ten")]);
    block_on(sender.send((message, WriteFlags::default()))).unwrap();
    until(|| get(&stub, 10).is_ok());
    drop((sender, receiver));
    let reply = import_books(&stub, [books_message([book(11, "Eleven")])]).unwrap();
    assert_eq!(reply.created, 1);
    assert_eq!(ids(&stub), [2, 5, 8, 10, 11]);
}

#[test]
fn every_message_is_recorded_before_the_stream_ends() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    let (mut sender, receiver) = stub.import_books_opt(patient()).unwrap();
    for id in 10..20 {
        let message = books_message([book(id, "T")]);
        block_on(sender.send((message, WriteFlags::default()))).unwrap();
        until(|| get(&stub, id).is_ok());
    }
    let reply = block_on(async {
        // The reply may come before the client knows that the end was sent.
        let _ = sender.close().await;
        receiver.await.unwrap()
    });
    assert_eq!(reply.created, 10);
}

#[test]
fn ten_thousand_books_are_imported() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    let ids: Vec<i32> = (1..=10_000).collect();
    let messages = ids.chunks(500).map(|ids| {
        let books = ids
            .iter()
            .map(|&id| book(id, &format!("The book of the number {id}")));
        books_message(books)
    });
    let reply = import_books(&stub, messages).unwrap();
    assert_eq!((reply.created, reply.replaced), (9_997, 3));
    assert_eq!(all_pages(&stub, 1000, |_| ()), ids);
}

/// The ids of all books, page by page; `between` is called after each page with
/// its number.
fn all_pages(stub: &BooksClient, page_size: i32, mut between: impl FnMut(usize)) -> Vec<i32> {
    let mut request = ListBooksRequest {
        page_size,
        ..Default::default()
    };
    let mut ids = Vec::new();
    for number in 1.. {
        let page = list(stub, &request).unwrap();
        ids.extend(page.books.iter().map(|book| book.id));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
        between(number);
    }
    ids
}

#[test]
fn books_are_listed_by_id_a_page_at_a_time() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    for page_size in 1..=4 {
        assert_eq!(all_pages(&stub, page_size, |_| ()), [2, 5, 8]);
    }
}

#[test]
fn a_page_has_50_books_unless_told_otherwise_and_1000_at_most() {
    let rows: String = (1..=1001)
        .map(|id| format!("{id},Book {id},,2000,MYSTERY\n"))
        .collect();
    let server = serve(&rows);
    let stub = books(server.address());
    for (page_size, expected) in [(0, 50), (1000, 1000), (1001, 1000), (i32::MAX, 1000)] {
        let request = ListBooksRequest {
            page_size,
            ..Default::default()
        };
        let page = list(&stub, &request).unwrap();
        assert_eq!(page.books.len(), expected);
        assert!(!page.next_page_token.is_empty());
    }
}

#[test]
fn books_that_stay_are_listed_once_while_others_come_and_go() {
    let rows: String = (1..=20)
        .map(|number| format!("{},Stays,,2000,MYSTERY\n", 10 * number))
        .collect();
    let server = serve(&rows);
    let stub = books(server.address());
    let listed = all_pages(&stub, 3, |page| {
        let page = i32::try_from(page).unwrap();
        // One before and one after what was listed, and the last that was.
        let come = [book(30 * page - 5, "Comes"), book(30 * page + 5, "Comes")];
        import_books(&stub, [books_message(come)]).unwrap();
        if page == 2 {
            delete(&stub, 50).unwrap();
        }
    });
    let stayed: Vec<i32> = listed.iter().copied().filter(|id| id % 10 == 0).collect();
    let expected: Vec<i32> = (1..=20).map(|number| 10 * number).collect();
    assert_eq!(stayed, expected);
    assert!(listed.is_sorted_by(|one, next| one < next), "{listed:?}");
}

#[test]
fn only_books_of_a_category_are_listed() {
    let server = serve("1,A,,2000,MYSTERY\n2,B,,2000,SELF_HELP\n3,C,,2000,MYSTERY|SELF_HELP\n");
    let stub = books(server.address());
    let listed = |category: BookCategory, page_token: &str| {
        let request = ListBooksRequest {
            page_size: 1,
            page_token: page_token.to_owned(),
            category: Some(category.into()),
            ..Default::default()
        };
        list(&stub, &request)
    };
    let first = listed(BookCategory::MYSTERY, "").unwrap();
    assert_eq!(first.books[0].id, 1);
    let second = listed(BookCategory::MYSTERY, &first.next_page_token).unwrap();
    assert_eq!(
        (second.books[0].id, second.next_page_token),
        (3, String::new())
    );
    assert!(
        listed(BookCategory::SCIENCE_FICTION, "")
            .unwrap()
            .books
            .is_empty()
    );
    refused(
        listed(BookCategory::SELF_HELP, &first.next_page_token),
        RpcStatusCode::INVALID_ARGUMENT,
        &format!(
            "page_token is \"{}\"; it must be sent with the category of the page that gave it",
            first.next_page_token
        ),
    );
}

#[test]
fn a_list_that_is_not_valid_is_refused() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    let list_refused = |request: ListBooksRequest, message| {
        refused(
            list(&stub, &request),
            RpcStatusCode::INVALID_ARGUMENT,
            message,
        );
    };
    list_refused(
        ListBooksRequest {
            page_size: -1,
            ..Default::default()
        },
        "page_size is -1; it must be 0 or more",
    );
    list_refused(
        ListBooksRequest {
            page_token: "garbage".to_owned(),
            ..Default::default()
        },
        "page_token is \"garbage\"; it must be empty or a next_page_token of this method",
    );
    list_refused(
        ListBooksRequest {
            category: Some(EnumOrUnknown::from_i32(3)),
            ..Default::default()
        },
        "category is 3; it must be one of 0 (MYSTERY), 1 (SCIENCE_FICTION), 2 (SELF_HELP)",
    );
}

#[test]
fn a_page_of_the_largest_books_has_fewer_and_the_next_goes_on() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    let all: Vec<i32> = (1..=1000).collect();
    let messages = all.chunks(25).map(|ids| {
        let (first, last) = (ids[0], ids[ids.len() - 1]);
        books_message(largest(first..=last))
    });
    import_books(&stub, messages).unwrap();
    let mut request = ListBooksRequest {
        page_size: 1000,
        ..Default::default()
    };
    let mut ids = Vec::new();
    loop {
        let page = list(&stub, &request).unwrap();
        assert!(page.compute_size() <= 256 * 1024, "{}", page.compute_size());
        assert!(page.books.iter().all(|book| book.title.len() == 1000));
        ids.extend(page.books.iter().map(|book| book.id));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(ids, all);
}

#[test]
fn a_deleted_book_vanishes_at_once() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    delete(&stub, 5).unwrap();
    assert_eq!(ids(&stub), [2, 8]);
    assert_eq!(recommended(server.address()), [2, 8]);
    let gone = "book 5 is not in the catalogue";
    refused(get(&stub, 5), RpcStatusCode::NOT_FOUND, gone);
    refused(delete(&stub, 5), RpcStatusCode::NOT_FOUND, gone);
}

#[test]
fn similar_books_of_a_book_without_readers_are_none() {
    let server = serve(THREE_MYSTERIES);
    let request = ListSimilarBooksRequest {
        book_id: 5,
        ..Default::default()
    };
    let stub = books(server.address());
    let reply = stub.list_similar_books_opt(&request, patient()).unwrap();
    assert!(reply.similar_books.is_empty());
}

#[test]
fn similar_books_of_a_book_that_nobody_knows_are_not_found() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    let similar = |book_id, category: Option<i32>, max_results| {
        let request = ListSimilarBooksRequest {
            book_id,
            category: category.map(EnumOrUnknown::from_i32),
            max_results,
            ..Default::default()
        };
        stub.list_similar_books_opt(&request, patient())
    };
    refused(
        similar(77, None, 0),
        RpcStatusCode::NOT_FOUND,
        "book 77 is neither in the catalogue nor in any history",
    );
    refused(
        similar(5, Some(-1), 0),
        RpcStatusCode::INVALID_ARGUMENT,
        "category is -1; it must be one of 0 (MYSTERY), 1 (SCIENCE_FICTION), 2 (SELF_HELP)",
    );
    refused(
        similar(5, None, -1),
        RpcStatusCode::INVALID_ARGUMENT,
        "max_results is -1; it must be 0 or more",
    );
}

#[test]
fn a_message_that_cannot_be_read_is_refused_with_its_number() {
    let server = serve(THREE_MYSTERIES);
    let stub = books(server.address());
    let mut garbage = ImportBooksRequest::default();
    // Field 1 as a number: the books are a list of messages.
    let fields = garbage.special_fields.mut_unknown_fields();
    fields.add_length_delimited(1, vec![0xff]);
    let status = refusal(import_books(&stub, [books_message([]), garbage]));
    assert_eq!(status.code(), RpcStatusCode::INVALID_ARGUMENT);
    let message = status.message();
    assert!(
        message.starts_with("message 2, the request cannot be read: "),
        "{message}"
    );
    let size = i32::try_from(message.len()).unwrap();
    assert!(size < limits::MAX_REQUEST_BYTES);
}
