use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};

use super::*;

const SERVING: ServingStatus = ServingStatus::SERVING;
const NOT_SERVING: ServingStatus = ServingStatus::NOT_SERVING;

type Statuses = BoxStream<'static, Result<ServingStatus, Refusal>>;

fn health() -> Health {
    Health::new(["shop.Books"])
}

fn watch(health: &Health, service: &str) -> Statuses {
    health.watch(service).unwrap().boxed()
}

/// What a watch has to tell at once.
fn next(statuses: &mut Statuses) -> Option<Result<ServingStatus, Refusal>> {
    let next = statuses.next().now_or_never()?;
    Some(next.expect("a watch ends with a refusal"))
}

#[test]
fn the_server_and_its_services_are_serving() {
    let health = health();
    assert_eq!(health.status(""), Some(SERVING));
    assert_eq!(health.status("shop.Books"), Some(SERVING));
    let statuses: Vec<_> = health.statuses().collect();
    assert_eq!(statuses, [("", SERVING), ("shop.Books", SERVING)]);
}

#[test]
fn a_service_that_there_is_not_has_no_status() {
    for name in ["shop.books", "Books", ".shop.Books", "shop.Books/", " "] {
        assert_eq!(health().status(name), None, "{name}");
    }
}

#[test]
fn a_server_may_pause() {
    let health = health();
    health.set_not_serving();
    assert_eq!(health.status("shop.Books"), Some(NOT_SERVING));
    health.set_serving();
    assert_eq!(health.status("shop.Books"), Some(SERVING));
}

#[test]
fn a_server_that_shuts_down_never_serves_again() {
    let health = health();
    health.shut_down();
    health.set_serving();
    assert_eq!(health.status(""), Some(NOT_SERVING));
    health.end_watches();
    health.set_serving();
    health.shut_down();
    assert_eq!(health.status(""), Some(NOT_SERVING));
    assert!(health.ended().now_or_never().is_some());
}

#[test]
fn a_watch_tells_the_status_at_once_and_then_only_changes() {
    for service in ["", "shop.Books"] {
        let health = health();
        let mut statuses = watch(&health, service);
        assert_eq!(next(&mut statuses), Some(Ok(SERVING)));
        assert_eq!(next(&mut statuses), None);
        health.set_serving();
        assert_eq!(next(&mut statuses), None);
        health.set_not_serving();
        assert_eq!(next(&mut statuses), Some(Ok(NOT_SERVING)));
        health.shut_down();
        assert_eq!(next(&mut statuses), None);
    }
}

#[test]
fn a_slow_watch_is_told_the_newest_status_alone() {
    let health = health();
    let mut statuses = watch(&health, "");
    health.set_not_serving();
    health.set_serving();
    health.set_not_serving();
    assert_eq!(next(&mut statuses), Some(Ok(NOT_SERVING)));
    assert_eq!(next(&mut statuses), None);
    health.set_serving();
    health.set_not_serving();
    assert_eq!(next(&mut statuses), None);
}

#[test]
fn a_watch_of_no_service_says_so_and_stays_open() {
    let health = health();
    let mut statuses = watch(&health, "shop.Boks");
    let unknown = ServingStatus::SERVICE_UNKNOWN;
    assert_eq!(next(&mut statuses), Some(Ok(unknown)));
    health.shut_down();
    assert_eq!(next(&mut statuses), None);
    health.end_watches();
    assert_eq!(next(&mut statuses), Some(Err(Refusal::Stopping)));
}

#[test]
fn a_watch_says_that_the_server_shuts_down_before_it_ends() {
    let health = health();
    let mut statuses = watch(&health, "");
    assert_eq!(next(&mut statuses), Some(Ok(SERVING)));
    health.end_watches();
    assert_eq!(next(&mut statuses), Some(Ok(NOT_SERVING)));
    assert_eq!(next(&mut statuses), Some(Err(Refusal::Stopping)));
}

#[test]
fn a_watch_that_comes_when_they_have_ended_is_refused() {
    let health = health();
    health.end_watches();
    assert_eq!(health.watch("").err(), Some(Refusal::Stopping));
}

#[test]
fn no_more_watches_are_open_than_may_be() {
    let health = health();
    let mut open: Vec<Statuses> = (0..MAX_WATCHES).map(|_| watch(&health, "")).collect();
    let refusal = Refusal::TooManyStreams(MAX_WATCHES);
    assert_eq!(health.watch("").err(), Some(refusal));
    open.pop();
    assert!(health.watch("").is_ok());
}
