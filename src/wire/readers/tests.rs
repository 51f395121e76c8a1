use protobuf::{Enum, Message};

use super::*;
use crate::server::limits;
use crate::wire::MAX_ITEMS;

fn rated() -> bookshop::Interaction {
    bookshop::Interaction {
        reader_id: 3,
        book_id: 7,
        kind: KindNumber::RATED.into(),
        rating: Some(4),
        interaction_time: Some(timestamp(Time::from_seconds(1_000))).into(),
        ..Default::default()
    }
}

fn record(message: bookshop::Interaction) -> Result<NewInteraction, InvalidField> {
    recorded(&bookshop::RecordInteractionRequest {
        interaction: Some(message).into(),
        ..Default::default()
    })
}

/// A change of the interaction that makes it invalid.
#[track_caller]
fn refused(change: impl Fn(&mut bookshop::Interaction), message: &str) {
    let mut changed = rated();
    change(&mut changed);
    let many = bookshop::ImportInteractionsRequest {
        interactions: vec![rated(), changed.clone()],
        ..Default::default()
    };
    assert_eq!(
        record(changed).unwrap_err().to_string(),
        format!("interaction.{message}")
    );
    assert_eq!(
        imported(&many).unwrap_err().to_string(),
        format!("interactions[1].{message}")
    );
}

#[test]
fn an_interaction_is_the_same_after_a_way_there_and_back() {
    for kind in [KindNumber::WANTED, KindNumber::BOUGHT, KindNumber::READ] {
        let unrated = bookshop::Interaction {
            kind: kind.into(),
            rating: None,
            ..rated()
        };
        let new = record(unrated.clone()).unwrap();
        assert_eq!(new_message(&new), unrated);
    }
    let new = record(rated()).unwrap();
    assert_eq!(new_message(&new), rated());
    let stored = Interaction {
        book: new.book,
        kind: new.kind,
        time: new.time.unwrap(),
    };
    assert_eq!(message(new.reader, stored), rated());
}

#[test]
fn an_interaction_must_be_set() {
    let request = bookshop::RecordInteractionRequest::default();
    assert_eq!(
        recorded(&request).unwrap_err().to_string(),
        "interaction is not set; it must be"
    );
}

#[test]
fn numbers_out_of_range_are_refused() {
    let message = "reader_id is -1; it must be 0 or more";
    refused(|each| each.reader_id = -1, message);
    let message = "book_id is 0; it must be 1 or more";
    refused(|each| each.book_id = 0, message);
}

#[test]
fn a_kind_that_the_contract_does_not_have_is_refused() {
    for number in [0, 5, -1, i32::MAX] {
        refused(
            |each| each.kind = EnumOrUnknown::from_i32(number),
            &format!(
                "kind is {number}; it must be one of 1 (WANTED), 2 (BOUGHT), 3 (READ), 4 (RATED)"
            ),
        );
    }
}

#[test]
fn a_rating_is_from_1_to_5() {
    for rating in [0, 6, -1, 257, i32::MAX] {
        refused(
            |each| each.rating = Some(rating),
            &format!("rating is {rating}; it must be from 1 to 5"),
        );
    }
    refused(
        |each| each.rating = None,
        "rating is not set; with RATED it must be from 1 to 5",
    );
}

#[test]
fn only_what_is_rated_has_a_rating() {
    refused(
        |each| each.kind = KindNumber::READ.into(),
        "rating is 4; with READ it must not be set",
    );
}

#[test]
fn a_time_is_cut_to_the_second() {
    for (seconds, nanos) in [(0, 0), (1_000, 999_999_999), (u32::MAX, 1)] {
        let mut message = rated();
        let time = message.interaction_time.mut_or_insert_default();
        time.seconds = seconds.into();
        time.nanos = nanos;
        let new = record(message).unwrap();
        assert_eq!(new.time, Some(Time::from_seconds(seconds)));
    }
}

#[test]
fn a_time_may_be_left_out() {
    let message = bookshop::Interaction {
        interaction_time: MessageField::none(),
        ..rated()
    };
    let new = record(message.clone()).unwrap();
    assert_eq!(new.time, None);
    assert_eq!(new_message(&new), message);
}

#[test]
fn a_time_before_1970_or_after_2106_is_refused() {
    for seconds in [-1, 4_294_967_296, i64::MIN, i64::MAX] {
        refused(
            |each| each.interaction_time.mut_or_insert_default().seconds = seconds,
            &format!(
                "interaction_time.seconds is {seconds}; \
                 it must be from 0 (in 1970) to 4294967295 (in 2106)"
            ),
        );
    }
    for nanos in [-1, 1_000_000_000] {
        refused(
            |each| each.interaction_time.mut_or_insert_default().nanos = nanos,
            &format!("interaction_time.nanos is {nanos}; it must be from 0 to 999999999"),
        );
    }
}

#[test]
fn the_largest_import_of_1000_fits_into_a_request() {
    let largest = bookshop::Interaction {
        reader_id: i32::MAX,
        book_id: i32::MAX,
        interaction_time: Some(Timestamp {
            seconds: u32::MAX.into(),
            nanos: 999_999_999,
            ..Default::default()
        })
        .into(),
        ..rated()
    };
    let mut request = bookshop::ImportInteractionsRequest {
        interactions: vec![largest; MAX_ITEMS],
        ..Default::default()
    };
    assert_eq!(imported(&request).unwrap().len(), MAX_ITEMS);
    let bytes = i32::try_from(request.compute_size()).unwrap();
    assert_eq!(bytes, 32_000);
    assert!(bytes < limits::MAX_REQUEST_BYTES);
    request.interactions.push(rated());
    assert_eq!(
        imported(&request).unwrap_err().to_string(),
        "interactions has 1001 items; it must have at most 1000"
    );
}

#[test]
fn a_page_is_asked_for_by_reader_size_and_token() {
    let refused = |request: &bookshop::ListInteractionsRequest, message: &str| {
        assert_eq!(page(request).unwrap_err().to_string(), message);
    };
    let mut request = bookshop::ListInteractionsRequest {
        reader_id: -1,
        page_size: -1,
        page_token: "next".to_owned(),
        ..Default::default()
    };
    refused(&request, "reader_id is -1; it must be 0 or more");
    request.reader_id = 0;
    refused(&request, "page_size is -1; it must be 0 or more");
    request.page_size = 0;
    refused(
        &request,
        "page_token is \"next\"; it must be empty or a next_page_token of this method",
    );
    request.page_token.clear();
    assert_eq!(page(&request).unwrap().size.items(), 50);
}

#[test]
fn what_is_forgotten_or_explained_must_be_valid() {
    let delete = |reader_id, book_id| {
        let request = bookshop::DeleteInteractionRequest {
            reader_id,
            book_id,
            ..Default::default()
        };
        forgotten(&request).unwrap_err().to_string()
    };
    let explain = |reader_id, book_id| {
        let request = bookshop::ExplainRecommendationRequest {
            reader_id,
            book_id,
            ..Default::default()
        };
        explained(&request).unwrap_err().to_string()
    };
    for refused in [&delete as &dyn Fn(i32, i32) -> String, &explain] {
        assert_eq!(refused(-1, 0), "reader_id is -1; it must be 0 or more");
        assert_eq!(refused(0, 0), "book_id is 0; it must be 1 or more");
    }
    let request = bookshop::DeleteReaderRequest {
        reader_id: -1,
        ..Default::default()
    };
    assert_eq!(
        forgotten_reader(&request).unwrap_err().to_string(),
        "reader_id is -1; it must be 0 or more"
    );
}

#[test]
fn an_explanation_has_titles_and_the_readers_own_interaction() {
    let known = crate::files::built_in().unwrap().swap_remove(0);
    let (id, title) = (known.id, known.title.clone());
    let stranger = BookId::new(i32::MAX).unwrap();
    let given = Explanation {
        score: 0.75,
        contributions: vec![(id, 0.5), (stranger, 0.25)],
        popularity: 3.5,
    };
    let own = Interaction {
        book: stranger,
        kind: Kind::Read,
        time: Time::UNKNOWN,
    };
    let reader = ReaderId::new(3).unwrap();
    let reply = explanation(&given, &Catalog::new([known]), reader, Some(own));
    assert_eq!((reply.score, reply.popularity), (0.75, 3.5));
    let contributions: Vec<_> = reply
        .contributions
        .iter()
        .map(|each| (each.book_id, each.title.as_str(), each.weight))
        .collect();
    let expected = [(id.number(), title.as_str(), 0.5), (i32::MAX, "", 0.25)];
    assert_eq!(contributions, expected);
    assert_eq!(reply.interaction.as_ref(), Some(&message(reader, own)));
}

#[test]
fn an_explanation_lists_the_200_strongest() {
    let books = (1..=201).map(|number| (BookId::new(number).unwrap(), 0.001));
    let given = Explanation {
        score: 0.201,
        contributions: books.collect(),
        popularity: 0.0,
    };
    let reader = ReaderId::new(3).unwrap();
    let reply = explanation(&given, &Catalog::default(), reader, None);
    assert_eq!(reply.contributions.len(), MAX_CONTRIBUTIONS);
    assert_eq!(reply.score, 0.201);
    assert!(reply.interaction.is_none());
}

#[test]
fn every_kind_of_the_contract_is_one_of_ours() {
    for kind in [
        Kind::Wanted,
        Kind::Bought,
        Kind::Read,
        Kind::Rated(Rating::new(1).unwrap()),
    ] {
        let number = kind_number(kind);
        assert_eq!(KindNumber::from_str(kind.name()), Some(number));
    }
    assert_eq!(KindNumber::VALUES.len(), 5);
}
