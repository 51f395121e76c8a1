//! The service `Readers`, over a real socket.

mod support;

use std::net::SocketAddr;

use futures::SinkExt;
use futures::executor::block_on;
use grpcio::{RpcStatusCode, WriteFlags};
use protobuf::{EnumOrUnknown, MessageField};
use recommendations::pb::bookshop::interaction::Kind;
use recommendations::pb::bookshop::{
    DeleteReaderRequest, ExplainRecommendationRequest, ExplainRecommendationResponse, Interaction,
    ListInteractionsRequest, ReadersClient, RecordInteractionRequest,
};
use support::bookshop::{
    delete_interaction, history, history_books, import_interactions, interaction,
    interactions_message, patient, read, readers, record,
};
use support::{MYSTERY, THREE_MYSTERIES, call, refused, request, serve, stub};

const INVALID: RpcStatusCode = RpcStatusCode::INVALID_ARGUMENT;

fn rated(reader_id: i32, book_id: i32, rating: i32, seconds: i64) -> Interaction {
    Interaction {
        rating: Some(rating),
        ..interaction(reader_id, book_id, Kind::RATED, seconds)
    }
}

fn recommended(address: SocketAddr, reader_id: i32) -> Vec<i32> {
    support::ids(call(&stub(address), &request(reader_id, MYSTERY, 100)))
}

fn delete_reader(stub: &ReadersClient, reader_id: i32) -> grpcio::Result<i64> {
    let request = DeleteReaderRequest {
        reader_id,
        ..Default::default()
    };
    let reply = stub.delete_reader_opt(&request, patient())?;
    Ok(reply.deleted_interactions)
}

fn explain(
    stub: &ReadersClient,
    reader_id: i32,
    book_id: i32,
) -> grpcio::Result<ExplainRecommendationResponse> {
    let request = ExplainRecommendationRequest {
        reader_id,
        book_id,
        ..Default::default()
    };
    stub.explain_recommendation_opt(&request, patient())
}

#[test]
fn an_interaction_is_answered_and_listed_as_it_was_recorded() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    for new in [
        interaction(1, 2, Kind::WANTED, 0),
        interaction(1, 3, Kind::BOUGHT, 1),
        interaction(1, i32::MAX, Kind::READ, 2),
        rated(1, 5, 5, 4_294_967_295),
    ] {
        assert_eq!(record(&stub, new.clone()).unwrap(), new);
        let request = ListInteractionsRequest {
            reader_id: 1,
            page_size: 1,
            ..Default::default()
        };
        assert_eq!(history(&stub, &request).unwrap().interactions, [new]);
    }
}

#[test]
fn a_recorded_book_is_recommended_no_more_at_once() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    assert_eq!(recommended(server.address(), 1), [2, 5, 8]);
    record(&stub, interaction(1, 5, Kind::WANTED, 7)).unwrap();
    assert_eq!(recommended(server.address(), 1), [2, 8]);
    record(&stub, rated(1, 2, 1, 7)).unwrap();
    assert_eq!(recommended(server.address(), 1), [8]);
    assert_eq!(recommended(server.address(), 2), [2, 5, 8]);
}

#[test]
fn a_call_may_be_repeated() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    for _ in 0..3 {
        let new = rated(1, 5, 3, 7);
        assert_eq!(record(&stub, new.clone()).unwrap(), new);
    }
    assert_eq!(history_books(&stub, 1), [5]);
}

#[test]
fn only_what_is_not_older_replaces_what_is_recorded() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    let bought = interaction(1, 5, Kind::BOUGHT, 100);
    let older = interaction(1, 5, Kind::READ, 99);
    let as_old = interaction(1, 5, Kind::WANTED, 100);
    let newer = rated(1, 5, 4, 101);
    assert_eq!(record(&stub, bought.clone()).unwrap(), bought);
    assert_eq!(record(&stub, older).unwrap(), bought);
    assert_eq!(record(&stub, as_old.clone()).unwrap(), as_old);
    assert_eq!(record(&stub, newer.clone()).unwrap(), newer);
}

#[test]
fn a_time_may_be_left_out() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    let new = Interaction {
        interaction_time: MessageField::none(),
        ..read(1, 5, 0)
    };
    let recorded = record(&stub, new).unwrap();
    assert_eq!((recorded.book_id, recorded.kind), (5, Kind::READ.into()));
    assert!(recorded.interaction_time.is_some());
}

#[test]
fn a_fraction_of_a_second_is_cut() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    let mut new = read(1, 5, 7);
    new.interaction_time.mut_or_insert_default().nanos = 999_999_999;
    assert_eq!(record(&stub, new).unwrap(), read(1, 5, 7));
}

#[test]
fn an_interaction_that_is_not_valid_is_refused() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    let refused = |new: Interaction, message: &str| {
        let message = format!("interaction.{message}");
        support::refused(record(&stub, new), INVALID, &message);
    };
    refused(read(-1, 5, 7), "reader_id is -1; it must be 0 or more");
    refused(read(1, 0, 7), "book_id is 0; it must be 1 or more");
    let kinds = "it must be one of 1 (WANTED), 2 (BOUGHT), 3 (READ), 4 (RATED)";
    for number in [0, 5] {
        let new = Interaction {
            kind: EnumOrUnknown::from_i32(number),
            ..read(1, 5, 7)
        };
        refused(new, &format!("kind is {number}; {kinds}"));
    }
    refused(rated(1, 5, 6, 7), "rating is 6; it must be from 1 to 5");
    refused(
        interaction(1, 5, Kind::RATED, 7),
        "rating is not set; with RATED it must be from 1 to 5",
    );
    let new = Interaction {
        rating: Some(3),
        ..read(1, 5, 7)
    };
    refused(new, "rating is 3; with READ it must not be set");
    refused(
        read(1, 5, -1),
        "interaction_time.seconds is -1; it must be from 0 (in 1970) to 4294967295 (in 2106)",
    );
    let mut new = read(1, 5, 7);
    new.interaction_time.mut_or_insert_default().nanos = -1;
    refused(
        new,
        "interaction_time.nanos is -1; it must be from 0 to 999999999",
    );
    assert!(history_books(&stub, 1).is_empty());
}

#[test]
fn a_call_without_an_interaction_is_refused() {
    let server = serve(THREE_MYSTERIES);
    let request = RecordInteractionRequest::default();
    refused(
        readers(server.address()).record_interaction_opt(&request, patient()),
        INVALID,
        "interaction is not set; it must be",
    );
}

#[test]
fn an_import_counts_what_is_new_replaced_and_outdated() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    record(&stub, read(1, 2, 100)).unwrap();
    record(&stub, read(1, 5, 100)).unwrap();
    let messages = [
        interactions_message([read(1, 2, 99), read(1, 5, 101), read(2, 5, 1)]),
        interactions_message([read(1, 8, 50), read(3, 8, 1)]),
    ];
    let reply = import_interactions(&stub, messages.clone()).unwrap();
    let counts = (reply.created, reply.replaced, reply.outdated);
    assert_eq!(counts, (3, 1, 1));
    assert_eq!(history_books(&stub, 1), [5, 2, 8]);

    let again = import_interactions(&stub, messages).unwrap();
    let counts = (again.created, again.replaced, again.outdated);
    assert_eq!(counts, (0, 4, 1));
    assert_eq!(history_books(&stub, 1), [5, 2, 8]);
}

#[test]
fn of_a_readers_interactions_with_a_book_the_newest_counts() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    let message = interactions_message([
        read(1, 5, 7),
        interaction(1, 5, Kind::BOUGHT, 9),
        rated(1, 5, 2, 9),
        read(1, 5, 8),
    ]);
    import_interactions(&stub, [message]).unwrap();
    let request = ListInteractionsRequest {
        reader_id: 1,
        ..Default::default()
    };
    let interactions = history(&stub, &request).unwrap().interactions;
    assert_eq!(interactions, [rated(1, 5, 2, 9)]);
}

#[test]
fn a_bad_message_ends_an_import_and_those_before_it_stay() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    let messages = [
        interactions_message([read(1, 2, 1)]),
        interactions_message([read(1, 5, 1), rated(1, 8, 0, 1)]),
        interactions_message([read(1, 9, 1)]),
    ];
    refused(
        import_interactions(&stub, messages),
        INVALID,
        "message 2, interactions[1].rating is 0; it must be from 1 to 5",
    );
    assert_eq!(history_books(&stub, 1), [2]);
}

#[test]
fn the_largest_import_of_1000_is_taken_and_one_more_is_not() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    let message = |count| {
        let books = (0..count).map(|number| i32::MAX - number);
        interactions_message(books.map(|book| {
            let mut largest = rated(i32::MAX, book, 5, 4_294_967_295);
            largest.interaction_time.mut_or_insert_default().nanos = 999_999_999;
            largest
        }))
    };
    let reply = import_interactions(&stub, [message(1000)]).unwrap();
    assert_eq!(reply.created, 1000);
    refused(
        import_interactions(&stub, [message(1001)]),
        INVALID,
        "message 1, interactions has 1001 items; it must have at most 1000",
    );
}

#[test]
fn an_import_without_a_message_changes_nothing() {
    let server = serve(THREE_MYSTERIES);
    let reply = import_interactions(&readers(server.address()), []).unwrap();
    assert_eq!((reply.created, reply.replaced, reply.outdated), (0, 0, 0));
}

#[test]
fn a_client_that_vanishes_leaves_the_messages_that_it_sent() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    let (mut sender, receiver) = stub.import_interactions_opt(patient()).unwrap();
    let message = interactions_message([read(1, 5, 7)]);
    block_on(sender.send((message, WriteFlags::default()))).unwrap();
    while history_books(&stub, 1).is_empty() {}
    drop((sender, receiver));
    record(&stub, read(1, 2, 8)).unwrap();
    assert_eq!(history_books(&stub, 1), [2, 5]);
}

#[test]
fn a_deleted_interaction_is_forgotten() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    record(&stub, read(1, 5, 7)).unwrap();
    delete_interaction(&stub, 1, 5).unwrap();
    assert!(history_books(&stub, 1).is_empty());
    assert_eq!(recommended(server.address(), 1), [2, 5, 8]);
    refused(
        delete_interaction(&stub, 1, 5),
        RpcStatusCode::NOT_FOUND,
        "reader 1 has no interaction with book 5",
    );
    refused(
        delete_interaction(&stub, -1, 5),
        INVALID,
        "reader_id is -1; it must be 0 or more",
    );
    refused(
        delete_interaction(&stub, 1, 0),
        INVALID,
        "book_id is 0; it must be 1 or more",
    );
}

#[test]
fn a_deleted_reader_is_forgotten() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    let three = interactions_message([read(1, 5, 7), read(1, 8, 7), read(2, 8, 7)]);
    import_interactions(&stub, [three]).unwrap();
    assert_eq!(delete_reader(&stub, 1).unwrap(), 2);
    assert!(history_books(&stub, 1).is_empty());
    assert_eq!(recommended(server.address(), 1), [2, 5, 8]);
    assert_eq!(history_books(&stub, 2), [8]);
    assert_eq!(delete_reader(&stub, 1).unwrap(), 0);
    refused(
        delete_reader(&stub, -1),
        INVALID,
        "reader_id is -1; it must be 0 or more",
    );
}

#[test]
fn a_readers_own_interaction_stands_in_the_explanation() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    assert!(explain(&stub, 1, 5).unwrap().interaction.is_none());
    record(&stub, rated(1, 5, 4, 7)).unwrap();
    let explanation = explain(&stub, 1, 5).unwrap();
    assert_eq!(explanation.interaction.as_ref(), Some(&rated(1, 5, 4, 7)));
}

#[test]
fn only_books_of_the_catalogue_are_explained() {
    let server = serve(THREE_MYSTERIES);
    let stub = readers(server.address());
    record(&stub, read(1, 7, 7)).unwrap();
    refused(
        explain(&stub, 1, 7),
        RpcStatusCode::NOT_FOUND,
        "book 7 is not in the catalogue",
    );
    refused(
        explain(&stub, -1, 5),
        INVALID,
        "reader_id is -1; it must be 0 or more",
    );
    refused(
        explain(&stub, 1, 0),
        INVALID,
        "book_id is 0; it must be 1 or more",
    );
}
