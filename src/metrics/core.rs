//! What the C core of gRPC counts itself.

use grpcio::channelz;
use prometheus_client::registry::Registry;
use serde_json::Value;

use super::{Reading, Readings};

/// Shows in `registry` how many calls gRPC has begun on the servers of this process.
///
/// No handler sees a call to a method that there is not, nor one that gRPC refuses by
/// itself, such as for its headers. They are what this is more than the sum of
/// `grpc_server_started_total`, apart from calls that wait for a polling thread.
pub fn show_core(registry: &mut Registry) {
    registry.register_collector(Box::new(Readings(|| {
        vec![Reading::counter(
            "recommendations_core_calls_started",
            "Calls that gRPC has begun, also to methods that there are not",
            channelz::get_servers(0, calls_started),
        )]
    })));
}

/// The calls in what channelz tells of the servers, as gRFC A14 has it.
fn calls_started(servers: &str) -> u64 {
    let told: Value = serde_json::from_str(servers).unwrap_or_default();
    let servers = told["server"].as_array().into_iter().flatten();
    let started =
        servers.filter_map(|server| server["data"]["callsStarted"].as_str()?.parse().ok());
    started.fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calls_of_all_servers_are_counted() {
        let told = r#"{"end":true,"server":[
            {"data":{"callsStarted":"3","callsFailed":"1"},"ref":{"serverId":"1"}},
            {"data":{},"ref":{"serverId":"7"}},
            {"data":{"callsStarted":"4"},"ref":{"serverId":"9"}}]}"#;
        assert_eq!(calls_started(told), 7);
        assert_eq!(calls_started(r#"{"end":true}"#), 0);
        assert_eq!(calls_started(""), 0);
    }
}
