//! Which calls are repeated and when, and who is called: the service config of
//! gRPC.
//!
//! | call | repeated | since |
//! | --- | --- | --- |
//! | reads | yes | they change nothing |
//! | `RecordInteraction` | yes | the contract says so: the newest replaces the one before. Without a time, it has that of the last attempt |
//! | `DeleteReader` | yes | what is forgotten stays forgotten; the answer counts what the last attempt found |
//! | `DeleteBook`, `DeleteInteraction` | no | the second attempt would answer NOT_FOUND for what the first one deleted |
//! | imports | no | a stream is not kept for it; sending it again does no harm |
//!
//! A call that no server has seen is repeated by gRPC itself, whatever it is. All
//! attempts together take no longer than the call may take.

use serde_json::{Value, json};

/// The calls that are repeated, by service.
const REPEATED: [(&str, &[&str]); 3] = [
    ("Recommendations", &["Recommend"]),
    (
        "bookshop.v1.Books",
        &["GetBook", "ListBooks", "ListSimilarBooks"],
    ),
    (
        "bookshop.v1.Readers",
        &[
            "RecordInteraction",
            "ListInteractions",
            "DeleteReader",
            "ExplainRecommendation",
        ],
    ),
];

/// All servers in turn.
pub(super) const FOR_PROBES: &str = r#"{"loadBalancingConfig":[{"round_robin":{}}]}"#;

/// All servers in turn that say that they serve, and repeated calls.
///
/// One server alone is asked too: calls that reach a server while it stops may be
/// lost, so it is left in peace before, and the calls wait for its next start.
pub(super) fn for_calls() -> String {
    let policy = json!({
        "loadBalancingConfig": [{"round_robin": {}}],
        // The name stands for the server as a whole.
        "healthCheckConfig": {"serviceName": ""},
        // Each failed attempt takes a token, each answer gives a tenth of one, and
        // nothing is repeated while half are gone: a restart under some hundred
        // callers is got over, and servers that are down are not called all the more.
        "retryThrottling": {"maxTokens": 1000, "tokenRatio": 0.1},
        "methodConfig": [{
            "name": names(),
            "retryPolicy": {
                // After 0.1, 0.25, 0.6 and 1.5 seconds, a fifth more or less: longer
                // than it takes to restart a server and, should its first health
                // check fail, to ask again after a second. More attempts gRPC does
                // not make.
                "maxAttempts": 5,
                "initialBackoff": "0.1s",
                "maxBackoff": "1.5s",
                "backoffMultiplier": 2.5,
                // A server that stops answers both, depending on how far the call
                // has got.
                "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
            },
        }],
    });
    policy.to_string()
}

fn names() -> Value {
    REPEATED
        .iter()
        .flat_map(|(service, methods)| {
            let name = move |method| json!({"service": service, "method": method});
            methods.iter().map(name)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::bookshop;

    /// Calls that must not be repeated, by service.
    const ONCE: [(&str, &[&str]); 2] = [
        ("bookshop.v1.Books", &["ImportBooks", "DeleteBook"]),
        (
            "bookshop.v1.Readers",
            &["ImportInteractions", "DeleteInteraction"],
        ),
    ];

    #[test]
    fn every_call_of_the_contract_is_repeated_or_not_on_purpose() {
        let mut judged: Vec<String> = REPEATED
            .iter()
            .chain(&ONCE)
            .flat_map(|(service, methods)| {
                methods
                    .iter()
                    .map(move |method| format!("{service}/{method}"))
            })
            .collect();
        judged.sort();
        let mut contract = vec!["Recommendations/Recommend".to_owned()];
        for service in &bookshop::file_descriptor().proto().service {
            for method in &service.method {
                contract.push(format!("bookshop.v1.{}/{}", service.name(), method.name()));
            }
        }
        contract.sort();
        assert_eq!(judged, contract);
    }
}
