use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};

use super::*;

const SERVING: ServingStatus = ServingStatus::SERVING;
const NOT_SERVING: ServingStatus = ServingStatus::NOT_SERVING;

type Statuses = BoxStream<'static, Result<ServingStatus, Refusal>>;

fn health() -> Health {
    let health = Health::new(["shop.Books"]);
    health.set_serving();
    health
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
fn the_server_and_its_services_are_serving_once_it_is() {
    let health = Health::new(["shop.Books"]);
    assert_eq!(health.status("shop.Books"), Some(NOT_SERVING));
    health.set_serving();
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
fn a_server_whose_watches_have_ended_never_serves_again() {
    let health = health();
    health.end_watches();
    health.set_serving();
    health.set_not_serving();
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
        health.set_not_serving();
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
    health.set_not_serving();
    assert_eq!(next(&mut statuses), None);
    health.end_watches();
    assert_eq!(next(&mut statuses), Some(Err(Refusal::Stopping)));
}

#[test]
fn a_watch_says_that_the_server_stops_before_it_ends() {
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
