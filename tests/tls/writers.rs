//! Who may write, and that all others may read.

use std::collections::BTreeSet;
use std::sync::Arc;

use grpcio::{Channel, RpcStatusCode};
use prometheus_client::registry::Registry;
use recommendations::pb::RecommendationsClient;
use recommendations::pb::bookshop::interaction::Kind;
use recommendations::pb::bookshop::{
    BooksClient, DeleteBookRequest, ListInteractionsRequest, ReadersClient,
};
use recommendations::server::Server;
use recommendations::server::listen::Security;
use recommendations::services;
use recommendations::services::calls::{Settings, Writers};
use recommendations::shop::Shop;
use recommendations::tls::ServerTls;

use super::LOOK_EVERY;
use super::support::bookshop::{
    self, book, books_message, import_books, import_interactions, interaction,
    interactions_message, patient, record,
};
use super::support::tls::{Authority, Files, credentials};
use super::support::{self, MYSTERY, call, refused, request};

/// A server where `writer` alone may write, and who its clients trust.
fn serve() -> (Server, Authority) {
    let authority = Authority::new();
    let files = Files::of_server(&authority.server());
    files.put_client_ca(&authority);
    (serve_mutual(&files), authority)
}

/// A server with these files where `writer` alone may write.
pub fn serve_mutual(files: &Files) -> Server {
    let tls = ServerTls::open(files.mutual(), LOOK_EVERY).unwrap();
    let settings = Settings {
        writers: Writers::Named(BTreeSet::from(["writer".to_owned()])),
        ..Settings::default()
    };
    let calls = services::calls(settings, &mut Registry::default()).unwrap();
    let shop = Arc::new(Shop::in_memory([]));
    support::serve_all(shop, calls, Security::Tls(tls))
}

fn channel(server: &Server, authority: &Authority, name: &str) -> Channel {
    let credentials = credentials(&[authority], Some(&authority.client(name)));
    support::channel(server.address(), |builder| {
        builder.set_credentials(credentials)
    })
}

#[test]
fn a_writer_may_write() {
    let (server, authority) = serve();
    let channel = channel(&server, &authority, "writer");
    let books = BooksClient::new(channel.clone());
    import_books(&books, [books_message([book(5, "Gaudy Night")])]).unwrap();
    assert_eq!(bookshop::ids(&books), [5]);
    let readers = ReadersClient::new(channel);
    record(&readers, interaction(1, 5, Kind::READ, 1)).unwrap();
    assert_eq!(bookshop::history_books(&readers, 1), [5]);
    let request = DeleteBookRequest {
        book_id: 5,
        ..Default::default()
    };
    books.delete_book_opt(&request, patient()).unwrap();
}

#[test]
fn others_may_read_books_alone() {
    let (server, authority) = serve();
    let channel = channel(&server, &authority, "reader");
    call(
        &RecommendationsClient::new(channel.clone()),
        &request(1, MYSTERY, 3),
    )
    .unwrap();
    let books = BooksClient::new(channel.clone());
    let readers = ReadersClient::new(channel);
    assert!(bookshop::ids(&books).is_empty());

    let code = RpcStatusCode::PERMISSION_DENIED;
    let message = "the caller with the certificate of \"reader\" may only read; \
                   the server's --writer names who may write";
    refused(
        import_books(&books, [books_message([book(5, "Gaudy Night")])]),
        code,
        message,
    );
    let request = DeleteBookRequest {
        book_id: 5,
        ..Default::default()
    };
    refused(books.delete_book_opt(&request, patient()), code, message);
    refused(
        record(&readers, interaction(1, 5, Kind::READ, 1)),
        code,
        message,
    );
    refused(
        import_interactions(
            &readers,
            [interactions_message([interaction(1, 5, Kind::READ, 1)])],
        ),
        code,
        message,
    );
    let request = ListInteractionsRequest {
        reader_id: 1,
        ..Default::default()
    };
    refused(bookshop::history(&readers, &request), code, message);
    assert!(bookshop::ids(&books).is_empty());
}
