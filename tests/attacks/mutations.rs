//! Messages that are nearly right, and metadata that may be anything.
//!
//! The cases are few and the same each time, so that they take some seconds. For a
//! longer search: `PROPTEST_CASES=20000 cargo test --release --test attacks mutations`.

use grpcio::RpcStatusCode;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::seeded;
use crate::support::http2::{
    DATA, END_HEADERS, END_STREAM, HEADERS, RECOMMEND, frame, headers, message, stream,
};
use crate::support::wire::{changed, encoded, valid};
use crate::support::{THREE_MYSTERIES, bytes};
use crate::ways::WAYS;

/// One to four messages for every method, in the order of [`bytes::declared`].
fn streams() -> impl Strategy<Value = Vec<Vec<Vec<u8>>>> {
    let requests = bytes::requests().into_iter();
    let streams = requests.map(|request| vec(changed(&request), 1..5));
    streams.collect::<Vec<_>>()
}

/// A message for every method that can be read.
fn readable() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let requests = bytes::requests().into_iter();
    let messages = requests.map(|request| valid(&request).prop_map(|fields| encoded(&fields)));
    messages.collect::<Vec<_>>()
}

/// Fields of headers whose names mean something, or nothing; their values are any
/// bytes, or nearly right.
fn metadata() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    let names = vec![
        "x-request-id",
        "grpc-timeout",
        "grpc-encoding",
        "grpc-accept-encoding",
        "grpc-previous-rpc-attempts",
        "grpc-trace-bin",
        "grpc-tags-bin",
        "some-bin",
        "some",
        "user-agent",
        "content-type",
        "te",
        "host",
        "Capital",
        ":path",
        "",
    ];
    let near = vec![
        "99999999H",
        "0n",
        "-1S",
        "gzip",
        "identity,deflate",
        "100",
        "AAE=",
        "a\"b",
    ];
    let near = select(near).prop_map(|text| text.as_bytes().to_vec());
    let value = prop_oneof![near, vec(any::<u8>(), 0..=126)];
    vec((select(names), value), 1..6)
}

/// A field of HPACK whose name and value are literal and not to be indexed.
fn literal(name: &str, value: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
    let (name_length, value_length) = (length(name.as_bytes()), length(value));
    [&[0, name_length], name.as_bytes(), &[value_length], value].concat()
}

proptest! {
    #![proptest_config(seeded(
        24,
        concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/attacks/mutations.proptest-regressions"
        )
    ))]

    #[test]
    fn what_is_changed_could_be_read_before(messages in readable()) {
        for (request, message) in bytes::requests().iter().zip(messages) {
            let read = request.parse_from_bytes(&message);
            prop_assert!(read.is_ok(), "{request}: {message:?}: {read:?}");
        }
    }

    #[test]
    fn any_changes_of_messages_are_answered_by_every_method(streams in streams()) {
        for way in WAYS {
            let (_server, target) = way.serve(THREE_MYSTERIES);
            let channel = target.channel();
            for (path, messages) in bytes::declared().0.into_iter().zip(&streams) {
                let told = format!("{way:?}: {path}: {messages:?}");
                let (code, text) = bytes::stream(&channel, &path, messages.clone());
                prop_assert_ne!(code, RpcStatusCode::DEADLINE_EXCEEDED, "{}", told);
                prop_assert_ne!(code, RpcStatusCode::INTERNAL, "{}: {}", told, text);
                prop_assert_ne!(code, RpcStatusCode::UNKNOWN, "{}: {}", told, text);
            }
            // Books may have been deleted or replaced.
            target.answers_somehow();
        }
    }

    #[test]
    fn any_metadata_is_answered_and_keeps_nobody_out(calls in vec(metadata(), 5)) {
        for way in WAYS {
            let (_server, target) = way.serve(THREE_MYSTERIES);
            for fields in &calls {
                let mut connection = target.open();
                let fields = fields.iter().map(|(name, value)| literal(name, value));
                let block = [headers(RECOMMEND), fields.collect::<Vec<_>>().concat()].concat();
                connection.send(HEADERS, END_HEADERS, stream(1), &block);
                // The server may have closed the connection by then.
                let body = frame(DATA, END_STREAM, stream(1), &message(&[]));
                let _ = connection.send_bytes(&body);
                connection.wait_for_answer_or_end(stream(1));
                target.answers(&[2]);
            }
        }
    }
}
