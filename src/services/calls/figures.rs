//! What the calls come to.
//!
//! Names, labels and their values are those of go-grpc-prometheus, which dashboards
//! and alerts for gRPC go by: `grpc_type` is such as `unary`, `grpc_code` such as
//! `InvalidArgument`.

use std::sync::Arc;
use std::time::Duration;

use grpcio::RpcStatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::method::Shape;
use crate::shop::WriteError;
use crate::wire::Refusal;

/// The upper bounds of the latency's buckets, in seconds.
const BUCKETS: [f64; 15] = [
    0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.25,
    1.0, 5.0, 30.0,
];

/// What all calls come to.
#[derive(Debug, Clone)]
pub(super) struct Figures {
    started: Family<Labels, Counter>,
    handled: Family<HandledLabels, Counter>,
    seconds: Family<Labels, Histogram, fn() -> Histogram>,
    in_flight: Family<RoomLabels, Gauge>,
    refused: Family<ReasonLabels, Counter>,
    pub(super) not_taken: Counter,
    panics: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    grpc_type: &'static str,
    grpc_service: Arc<str>,
    grpc_method: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HandledLabels {
    grpc_type: &'static str,
    grpc_service: Arc<str>,
    grpc_method: Arc<str>,
    grpc_code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RoomLabels {
    room: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

impl Labels {
    fn handled(&self, code: RpcStatusCode) -> HandledLabels {
        HandledLabels {
            grpc_type: self.grpc_type,
            grpc_service: Arc::clone(&self.grpc_service),
            grpc_method: Arc::clone(&self.grpc_method),
            grpc_code: code_label(code),
        }
    }
}

fn type_label(shape: Shape) -> &'static str {
    match shape {
        Shape::Unary => "unary",
        Shape::ClientStream => "client_stream",
        Shape::ServerStream => "server_stream",
        Shape::BothStreams => "bidi_stream",
    }
}

/// The codes that this server answers with, as Go spells them.
fn code_label(code: RpcStatusCode) -> &'static str {
    match code {
        RpcStatusCode::OK => "OK",
        RpcStatusCode::CANCELLED => "Canceled",
        RpcStatusCode::INVALID_ARGUMENT => "InvalidArgument",
        RpcStatusCode::DEADLINE_EXCEEDED => "DeadlineExceeded",
        RpcStatusCode::NOT_FOUND => "NotFound",
        RpcStatusCode::PERMISSION_DENIED => "PermissionDenied",
        RpcStatusCode::RESOURCE_EXHAUSTED => "ResourceExhausted",
        RpcStatusCode::INTERNAL => "Internal",
        RpcStatusCode::UNAVAILABLE => "Unavailable",
        _ => "Unknown",
    }
}

/// What the calls to one method come to.
#[derive(Debug)]
pub(super) struct MethodFigures {
    labels: Labels,
    pub(super) started: Counter,
    handled: Family<HandledLabels, Counter>,
    /// The one among them that most calls count.
    ok: Counter,
    seconds: Histogram,
}

impl Figures {
    /// Figures that `registry` shows.
    pub(super) fn new(registry: &mut Registry) -> Figures {
        let figures = Figures {
            started: Family::default(),
            handled: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            in_flight: Family::default(),
            refused: Family::default(),
            not_taken: Counter::default(),
            panics: Counter::default(),
        };
        let started = figures.started.clone();
        registry.register("grpc_server_started", "Calls that were taken", started);
        let handled = figures.handled.clone();
        registry.register(
            "grpc_server_handled",
            "Calls that were answered, by status",
            handled,
        );
        registry.register_with_unit(
            "grpc_server_handling",
            "Time from when a call was taken until its answer was there",
            Unit::Seconds,
            figures.seconds.clone(),
        );
        registry.register(
            "recommendations_calls_in_flight",
            "Calls whose answer is not there yet, by the room that they share",
            figures.in_flight.clone(),
        );
        registry.register(
            "recommendations_calls_refused",
            "Calls that were refused for how things stood, not for what they asked, by reason",
            figures.refused.clone(),
        );
        // Shown also while there are none, so that an alarm has something to go by.
        for reason in REASONS {
            figures
                .refused
                .get_or_create_owned(&ReasonLabels { reason });
        }
        registry.register(
            "recommendations_replies_not_taken",
            "Replies that were dropped because their callers did not take them",
            figures.not_taken.clone(),
        );
        registry.register(
            "recommendations_panics",
            "Handlers that panicked",
            figures.panics.clone(),
        );
        figures
    }

    /// The calls in flight of a room.
    pub(super) fn in_flight(&self, room: &'static str) -> Gauge {
        self.in_flight.get_or_create_owned(&RoomLabels { room })
    }

    pub(super) fn of_method(&self, service: &str, method: &str, shape: Shape) -> MethodFigures {
        let labels = Labels {
            grpc_type: type_label(shape),
            grpc_service: service.into(),
            grpc_method: method.into(),
        };
        MethodFigures {
            started: self.started.get_or_create_owned(&labels),
            handled: self.handled.clone(),
            ok: self
                .handled
                .get_or_create_owned(&labels.handled(RpcStatusCode::OK)),
            seconds: self.seconds.get_or_create_owned(&labels),
            labels,
        }
    }

    /// Counts a call that was refused.
    pub(super) fn refused(&self, refusal: &Refusal) {
        match cause(refusal) {
            Cause::Request | Cause::End => {}
            Cause::Circumstances(reason) => {
                self.refused.get_or_create(&ReasonLabels { reason }).inc();
            }
            Cause::Panic => {
                self.panics.inc();
            }
        }
    }
}

/// What a call was refused for.
enum Cause {
    /// For what it asked: it would be refused at any time.
    Request,
    /// For how things stood, of which this is the reason's name.
    Circumstances(&'static str),
    /// For nothing: what stays open ends so when the server stops.
    End,
    /// For a fault of ours.
    Panic,
}

// There is no arm for all others, so that a new refusal is thought of here.
fn cause(refusal: &Refusal) -> Cause {
    let reason = match refusal {
        Refusal::Query(_)
        | Refusal::Invalid(_)
        | Refusal::NoBook(_)
        | Refusal::UnknownBook(_)
        | Refusal::NoInteraction { .. }
        | Refusal::NoService(_)
        | Refusal::Unreadable(_) => return Cause::Request,
        Refusal::Stopping => return Cause::End,
        Refusal::Panicked(_) => return Cause::Panic,
        Refusal::InMessage { refusal, .. } => return cause(refusal),
        Refusal::Overloaded(_) => OVERLOAD,
        Refusal::TooManyOnConnection(_) => CONNECTION,
        Refusal::TooManyFromHost(_) => HOST,
        Refusal::NotTaken(_) => REPLIES,
        Refusal::CrowdedOut(_) | Refusal::Idle(_) | Refusal::NoRequest => NO_REQUEST,
        Refusal::Gone => CUT_OFF,
        Refusal::Late | Refusal::Write(WriteError::Late) => DEADLINE,
        Refusal::NotAWriter(_) => PERMISSION,
        Refusal::Write(WriteError::Busy) => WRITES,
        Refusal::Write(WriteError::FullHistory(_)) => HISTORY,
        Refusal::Write(WriteError::Unavailable) => STORE,
    };
    Cause::Circumstances(reason)
}

const OVERLOAD: &str = "overload";
const CONNECTION: &str = "connection";
const HOST: &str = "host";
const REPLIES: &str = "replies_not_taken";
const NO_REQUEST: &str = "no_request";
const CUT_OFF: &str = "cut_off";
const DEADLINE: &str = "deadline";
const PERMISSION: &str = "permission";
const WRITES: &str = "writes_waiting";
const HISTORY: &str = "full_history";
const STORE: &str = "store";
const REASONS: [&str; 11] = [
    OVERLOAD, CONNECTION, HOST, REPLIES, NO_REQUEST, CUT_OFF, DEADLINE, PERMISSION, WRITES,
    HISTORY, STORE,
];

impl MethodFigures {
    /// Counts a call that was answered so, after so long.
    pub(super) fn handled(&self, code: RpcStatusCode, took: Duration) {
        match code {
            RpcStatusCode::OK => self.ok.inc(),
            code => self.handled.get_or_create(&self.labels.handled(code)).inc(),
        };
        self.seconds.observe(took.as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_counts_for_its_reason_also_within_a_stream() {
        let figures = Figures::new(&mut Registry::default());
        let busy = Refusal::Write(WriteError::Busy);
        figures.refused(&busy.clone().in_message(2));
        figures.refused(&busy);
        figures.refused(&Refusal::Panicked("at last".to_owned()).in_message(1));
        figures.refused(&Refusal::NoService("shop".to_owned()));
        figures.refused(&Refusal::Stopping);
        let counted = REASONS.map(|reason| {
            let labels = ReasonLabels { reason };
            figures.refused.get_or_create_owned(&labels).get()
        });
        let expected = REASONS.map(|reason| if reason == WRITES { 2 } else { 0 });
        assert_eq!(counted, expected);
        assert_eq!(figures.panics.get(), 1);
    }
}
