use futures::FutureExt;
use futures::channel::mpsc;
use futures::executor::block_on;
use futures::stream::BoxStream;
use protobuf::text_format;

use super::*;
use crate::pb::{self, reflection_v1alpha};

type Answers = BoxStream<'static, Result<ServerReflectionResponse, Refusal>>;

fn service(health: &Health) -> ReflectionService {
    let described = [("Recommendations", pb::recommendations_file())];
    ReflectionService::new(described, health.clone())
}

/// A conversation whose requests stay open.
fn open(service: &ReflectionService) -> Answers {
    service.clone().answers(stream::pending()).boxed()
}

/// What a conversation has to tell at once.
fn next(answers: &mut Answers) -> Option<Result<ServerReflectionResponse, Refusal>> {
    let next = answers.next().now_or_never()?;
    Some(next.expect("the conversation goes on or ends with a refusal"))
}

#[test]
fn each_request_is_answered_in_turn() {
    let hosts = ["a", "b", "c"];
    let requests = stream::iter(hosts.map(|host| {
        Ok(ServerReflectionRequest {
            host: host.to_owned(),
            ..Default::default()
        })
    }));
    let answers: Vec<_> = block_on(service(&Health::new([])).answers(requests).collect());
    let answered: Vec<String> = answers
        .into_iter()
        .map(|answer| answer.unwrap().valid_host)
        .collect();
    assert_eq!(answered, hosts);
}

#[test]
fn a_conversation_ends_with_the_watches() {
    let health = Health::new([]);
    let mut answers = open(&service(&health));
    assert_eq!(next(&mut answers), None);
    health.set_not_serving();
    assert_eq!(next(&mut answers), None);
    health.end_watches();
    assert_eq!(next(&mut answers), Some(Err(Refusal::Stopping)));
}

#[test]
fn a_caller_who_never_pauses_cannot_hold_up_the_end() {
    let health = Health::new([]);
    let endless = stream::repeat_with(|| Ok(ServerReflectionRequest::new()));
    let mut answers = service(&health).answers(endless).boxed();
    assert!(next(&mut answers).unwrap().is_ok());
    health.end_watches();
    assert_eq!(next(&mut answers), Some(Err(Refusal::Stopping)));
}

#[test]
fn a_request_that_cannot_be_read_ends_the_conversation() {
    let (sender, requests) = mpsc::unbounded();
    let mut answers = service(&Health::new([])).answers(requests).boxed();
    let refusal = Refusal::Unreadable("unexpected end".to_owned());
    sender.unbounded_send(Err(refusal.clone())).unwrap();
    assert_eq!(next(&mut answers), Some(Err(refusal)));
}

/// So that one implementation can serve both.
#[test]
fn the_two_versions_are_the_same_on_the_wire() {
    let newer = text_format::print_to_string_pretty(pb::reflection::file_descriptor().proto());
    let older = text_format::print_to_string_pretty(reflection_v1alpha::file_descriptor().proto());
    let older = older.replace("v1alpha", "v1");
    let older = older.replace("  deprecated: true\n", "");
    assert_eq!(older, newer);
}
