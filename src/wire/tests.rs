use super::*;

fn book(number: i32) -> BookId {
    BookId::new(number).unwrap()
}

fn reader(number: i32) -> ReaderId {
    ReaderId::new(number).unwrap()
}

#[track_caller]
fn told(refusal: Refusal, code: RpcStatusCode, message: &str) {
    let status = status(&refusal);
    assert_eq!((status.code(), status.message()), (code, message));
}

#[test]
fn our_own_fault_is_told_plainly() {
    told(
        Refusal::Panicked("index out of bounds".to_owned()),
        RpcStatusCode::INTERNAL,
        "internal error; the cause is in the server's log",
    );
}

#[test]
fn what_there_is_not_is_not_found() {
    told(
        Refusal::NoBook(book(7)),
        RpcStatusCode::NOT_FOUND,
        "book 7 is not in the catalogue",
    );
    told(
        Refusal::UnknownBook(book(7)),
        RpcStatusCode::NOT_FOUND,
        "book 7 is neither in the catalogue nor in any history",
    );
    let (reader, book) = (reader(3), book(7));
    told(
        Refusal::NoInteraction { reader, book },
        RpcStatusCode::NOT_FOUND,
        "reader 3 has no interaction with book 7",
    );
    told(
        Refusal::NoService("shop.Boks".to_owned()),
        RpcStatusCode::NOT_FOUND,
        "the server has no service \"shop.Boks\"",
    );
}

#[test]
fn a_call_that_was_not_begun_may_be_tried_again() {
    told(
        Refusal::Overloaded(7),
        RpcStatusCode::RESOURCE_EXHAUSTED,
        "7 calls are in flight, the most that may be; try again a little later",
    );
    told(
        Refusal::TooManyOnConnection(7),
        RpcStatusCode::RESOURCE_EXHAUSTED,
        "7 calls are in flight on this connection, the most that may be",
    );
    told(
        Refusal::TooManyFromHost(7),
        RpcStatusCode::RESOURCE_EXHAUSTED,
        "7 calls of this kind are open from this host, the most that may be",
    );
    told(
        Refusal::CrowdedOut(7),
        RpcStatusCode::RESOURCE_EXHAUSTED,
        "7 calls wait for their request, the most that may; this one had waited longest",
    );
    told(
        Refusal::NotTaken(7),
        RpcStatusCode::RESOURCE_EXHAUSTED,
        "callers do not take their replies, of 7 bytes; try again a little later",
    );
    told(
        Refusal::Stopping,
        RpcStatusCode::UNAVAILABLE,
        "the server is stopping",
    );
}

#[test]
fn who_may_only_read_is_told_so() {
    told(
        Refusal::NotAWriter(Some("reader\n".to_owned())),
        RpcStatusCode::PERMISSION_DENIED,
        "the caller with the certificate of \"reader\\n\" may only read; \
         the server's --writer names who may write",
    );
    told(
        Refusal::NotAWriter(None),
        RpcStatusCode::PERMISSION_DENIED,
        "a caller without a client certificate may only read",
    );
}

#[test]
fn what_comes_too_late_is_told_so() {
    let code = RpcStatusCode::DEADLINE_EXCEEDED;
    told(
        Refusal::Late,
        code,
        "the deadline passed before the call was begun",
    );
    told(
        Refusal::Idle(Duration::from_secs(60)),
        code,
        "no request came for 60s",
    );
    told(
        WriteError::Late.into(),
        code,
        "the deadline passed while the write waited; nothing of it was recorded",
    );
}

#[test]
fn a_write_that_was_refused_may_be_tried_again() {
    told(
        WriteError::Busy.into(),
        RpcStatusCode::RESOURCE_EXHAUSTED,
        "too many writes are waiting; try again a little later",
    );
    told(
        WriteError::Unavailable.into(),
        RpcStatusCode::UNAVAILABLE,
        "the store cannot write at present; nothing of this was recorded; try again later",
    );
}

#[test]
fn a_full_history_takes_no_more() {
    told(
        WriteError::FullHistory(reader(5)).into(),
        RpcStatusCode::RESOURCE_EXHAUSTED,
        "reader 5 has 10000 interactions; there can be no more",
    );
}

#[test]
fn a_refusal_in_a_stream_tells_the_message() {
    told(
        Refusal::from(WriteError::Busy).in_message(3),
        RpcStatusCode::RESOURCE_EXHAUSTED,
        "message 3, too many writes are waiting; try again a little later",
    );
    let field = InvalidField::new("title", InvalidValue::Blank(" ".to_owned()));
    told(
        Refusal::from(field.within("books[17]")).in_message(3),
        RpcStatusCode::INVALID_ARGUMENT,
        "message 3, books[17].title is \" \"; it must not be blank",
    );
}

#[test]
fn a_message_that_cannot_be_read_is_an_invalid_argument() {
    let unreadable = grpcio::Error::Codec("unexpected end".into());
    told(
        Refusal::from(unreadable).in_message(2),
        RpcStatusCode::INVALID_ARGUMENT,
        "message 2, the request cannot be read: unexpected end",
    );
}

#[test]
fn a_call_that_is_gone_is_cancelled_whatever_message_it_was_at() {
    let refusal = Refusal::from(grpcio::Error::RemoteStopped).in_message(2);
    told(
        refusal,
        RpcStatusCode::CANCELLED,
        "message 2, the call was cut off: its caller cancelled it or is gone, \
         or gRPC refused a message of it as too large or compressed",
    );
}

#[test]
fn every_category_of_the_contract_is_one_of_ours() {
    for &number in BookCategory::VALUES {
        assert_eq!(known_category(number.into()).map(book_category), Ok(number));
    }
    assert_eq!(BookCategory::VALUES.len(), Category::ALL.len());
}

#[test]
fn a_categorys_name_is_the_contracts() {
    for category in Category::ALL {
        assert_eq!(
            BookCategory::from_str(category.name()),
            Some(book_category(category))
        );
    }
}
