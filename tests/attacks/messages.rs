//! Messages that are none, and methods that are none.

use std::collections::BTreeSet;

use grpcio::RpcStatusCode;
use proptest::collection::vec;
use proptest::prelude::*;
use recommendations::pb::health::{HealthClient, HealthListRequest};

use crate::support::bookshop::patient;
use crate::support::http2::RECOMMEND;
use crate::support::{THREE_MYSTERIES, bytes, channel, serve};
use crate::{answers, seeded};

fn code(path: &str, message: Vec<u8>) -> RpcStatusCode {
    let server = serve(THREE_MYSTERIES);
    let (code, _) = bytes::call(&channel(server.address(), |it| it), path, message);
    answers(server.address(), &[2]);
    code
}

#[test]
fn every_method_that_is_declared_can_be_called() {
    let server = serve(THREE_MYSTERIES);
    let channel = channel(server.address(), |it| it);
    let (paths, services) = bytes::declared();
    let health = HealthClient::new(channel.clone());
    let offered = health
        .list_opt(&HealthListRequest::new(), patient())
        .unwrap();
    let offered: BTreeSet<String> = offered.statuses.into_keys().collect();
    let whole_server = String::new();
    let declared = services.into_iter().chain([whole_server]).collect();
    assert_eq!(offered, declared);
    for path in paths {
        let (code, message) = bytes::call(&channel, &path, Vec::new());
        assert_ne!(code, RpcStatusCode::UNIMPLEMENTED, "{path}: {message}");
    }
}

#[test]
fn an_unknown_method_or_service_is_unimplemented() {
    for path in [
        "/Recommendations/Guess",
        "/Nothing/Recommend",
        "/",
        "/a/b/c",
    ] {
        assert_eq!(
            code(path, Vec::new()),
            RpcStatusCode::UNIMPLEMENTED,
            "{path}"
        );
    }
}

#[test]
fn what_is_no_message_is_an_invalid_argument() {
    let truncated = vec![0x08];
    assert_eq!(code(RECOMMEND, truncated), RpcStatusCode::INVALID_ARGUMENT);
}

#[test]
fn groups_nested_as_deep_as_a_request_has_bytes_are_an_invalid_argument() {
    // Field 15, which is none of ours, as a group.
    let nested = vec![0x7b; 60_000];
    assert_eq!(code(RECOMMEND, nested), RpcStatusCode::INVALID_ARGUMENT);
}

#[test]
fn a_million_nested_groups_are_refused() {
    assert_eq!(
        code(RECOMMEND, vec![0x7b; 1_000_000]),
        RpcStatusCode::RESOURCE_EXHAUSTED
    );
}

proptest! {
    #![proptest_config(seeded(
        40,
        concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/attacks/messages.proptest-regressions"
        )
    ))]

    #[test]
    fn any_bytes_are_answered_by_every_method(messages in vec(vec(any::<u8>(), 0..60), 3)) {
        let server = serve(THREE_MYSTERIES);
        let channel = channel(server.address(), |it| it);
        for path in bytes::declared().0 {
            for message in &messages {
                let (code, text) = bytes::call(&channel, &path, message.clone());
                prop_assert_ne!(code, RpcStatusCode::DEADLINE_EXCEEDED, "{}", path);
                prop_assert_ne!(code, RpcStatusCode::INTERNAL, "{}: {}", path, text);
            }
        }
    }
}
