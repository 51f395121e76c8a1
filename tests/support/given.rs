//! The settings that the server gives gRPC for its connections, read back.

use std::collections::BTreeMap;
use std::sync::Arc;

use grpcio::{ChannelBuilder, EnvBuilder};
use recommendations::server::limits;

use super::settings;

/// The numbers among them by name.
pub fn to_the_core() -> BTreeMap<String, i32> {
    let environment = Arc::new(EnvBuilder::new().cq_count(1).build());
    settings::numbers(&limits::limited(
        ChannelBuilder::new(environment),
        limits::MAX_CONNECTIONS,
    ))
}
