//! Replies that nobody takes.

use std::time::Duration;

use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use protobuf::Message;
use recommendations::pb::bookshop::{BooksClient, ImportBooksRequest, ListBooksRequest};
use recommendations::server::Server;
use recommendations::services;
use recommendations::services::calls::Settings;
use recommendations::shop::Shop;

use crate::support::bookshop::{self, book, books_message, import_books};
use crate::support::http2::{HEADERS, NO_WINDOW, RECOMMEND, RST_STREAM, WINDOW_UPDATE, stream};
use crate::support::{MYSTERY, request, until};
use crate::ways::{Target, WAYS, Way};

const LIST_BOOKS: &str = "/bookshop.v1.Books/ListBooks";
const WATCH: &str = "/grpc.health.v1.Health/Watch";
const BOOKS: i32 = 128;

/// The page of all books, which is as long as a page can be.
fn whole_page() -> ListBooksRequest {
    ListBooksRequest {
        page_size: BOOKS,
        ..Default::default()
    }
}

fn long_books() -> Vec<ImportBooksRequest> {
    let long = "x".repeat(1000);
    let ids: Vec<i32> = (1..=BOOKS).collect();
    ids.chunks(25)
        .map(|ids| {
            books_message(ids.iter().map(|id| {
                let mut book = book(*id, &long);
                book.author.clone_from(&long);
                book
            }))
        })
        .collect()
}

/// A server of long books, whose replies may wait for so long.
fn serve(way: Way, max_idle: Duration) -> (Server, Target) {
    let settings = Settings {
        max_idle,
        ..Settings::default()
    };
    serve_with(way, settings, &mut Registry::default())
}

/// The same within those limits, which shows its figures there.
fn serve_with(way: Way, settings: Settings, registry: &mut Registry) -> (Server, Target) {
    let calls = services::calls(settings, registry).unwrap();
    let (server, target) = way.serve_shop(Shop::in_memory([]), calls);
    import_books(&books(&target), long_books()).unwrap();
    (server, target)
}

fn books(target: &Target) -> BooksClient {
    BooksClient::new(target.channel())
}

/// The setting by which a client takes messages of any length,
const ALL_THE_WINDOW: [u8; 6] = [0, 4, 0x7f, 0xff, 0xff, 0xff];

/// and how much more than by default the whole connection can take.
const MOST_MORE: u32 = 0x7fff_ffff - 65_535;

const SHORT: Duration = Duration::from_millis(200);
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Makes one call that takes no reply, and waits until it is cancelled.
fn is_cancelled(path: &str, message: &[u8]) {
    for way in WAYS {
        let (_server, target) = serve(way, SHORT);
        let mut connection = target.unconfirmed(&NO_WINDOW);
        connection.call(1, path, message);
        connection.wait_for(|frame| frame.kind == RST_STREAM && frame.stream == stream(1));
        target.answers_somehow();
    }
}

#[test]
fn a_short_reply_that_is_not_taken_is_dropped() {
    is_cancelled(RECOMMEND, &request(1, MYSTERY, 1).write_to_bytes().unwrap());
}

#[test]
fn a_long_reply_that_is_not_taken_is_dropped() {
    is_cancelled(LIST_BOOKS, &whole_page().write_to_bytes().unwrap());
}

#[test]
fn a_stream_of_replies_that_are_not_taken_is_ended() {
    is_cancelled(WATCH, &[]);
}

#[test]
fn of_too_many_replies_those_are_dropped_that_have_waited_longest() {
    let message = whole_page().write_to_bytes().unwrap();
    for way in WAYS {
        let (_server, target) = serve(way, NEVER);
        let ask = || {
            let mut connection = target.unconfirmed(&NO_WINDOW);
            for number in 1..=100 {
                connection.call(number, LIST_BOOKS, &message);
            }
            connection
        };
        let mut connection = ask();
        let mut waiting = 0;
        connection.wait_for(|frame| {
            waiting += i32::from(frame.kind == HEADERS);
            waiting == 100
        });
        // Together they have 75 MiB.
        let _others = [(); 2].map(|()| ask());
        connection.wait_for(|frame| frame.kind == RST_STREAM && frame.stream == stream(1));
        let stub = books(&target);
        // Until the core has dropped them, long replies may be refused.
        until(|| match bookshop::list(&stub, &whole_page()) {
            Ok(page) => i32::try_from(page.books.len()) == Ok(BOOKS),
            Err(_) => false,
        });
    }
}

fn is_answered_however_many_others_leave(way: Way) {
    let mut registry = Registry::default();
    let settings = Settings {
        max_idle: NEVER,
        // No call is refused because of those that are not answered yet.
        max_in_flight: u32::MAX,
        ..Settings::default()
    };
    let (_server, target) = serve_with(way, settings, &mut registry);
    let books = books(&target);

    // They let everything be sent and read nothing, so that it waits in the server.
    let message = whole_page().write_to_bytes().unwrap();
    let ask = || {
        let mut connection = target.unconfirmed(&ALL_THE_WINDOW);
        connection.send(WINDOW_UPDATE, 0, 0, &MOST_MORE.to_be_bytes());
        for number in 1..=100 {
            connection.call(number, LIST_BOOKS, &message);
        }
        connection
    };
    let mut others = Vec::new();
    let refused = "recommendations_calls_refused_total{reason=\"replies_not_taken\"} ";
    until(|| {
        others.push(ask());
        let mut shown = String::new();
        text::encode(&mut shown, &registry).unwrap();
        let calls = shown.lines().find_map(|line| line.strip_prefix(refused));
        calls.unwrap() != "0"
    });
    for _ in 0..10 {
        let page = bookshop::list(&books, &whole_page()).unwrap();
        assert_eq!(i32::try_from(page.books.len()), Ok(BOOKS));
    }
    // As is a caller who comes only now.
    target.answers_somehow();
}

#[test]
fn who_takes_replies_is_answered_however_many_others_leave() {
    for way in WAYS {
        is_answered_however_many_others_leave(way);
    }
}

#[test]
fn replies_that_are_not_taken_hold_up_nobody_on_the_connection() {
    for way in WAYS {
        let (_server, target) = serve(way, NEVER);
        let mut connection = target.unconfirmed(&NO_WINDOW);
        connection.call(1, LIST_BOOKS, &whole_page().write_to_bytes().unwrap());
        connection.wait_for(|frame| frame.kind == HEADERS && frame.stream == stream(1));
        connection.call(2, RECOMMEND, &[]);
        connection.wait_for(|frame| frame.kind == HEADERS && frame.stream == stream(2));
    }
}
