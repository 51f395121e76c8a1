//! The client's channels, and the settings of their connections.

use std::ffi::CString;
use std::sync::Arc;
use std::time::Duration;

use grpcio::{Channel, ChannelBuilder, EnvBuilder};

use super::policy;
use super::settings::{ConnectError, Settings};
use crate::threads;

/// How many threads poll gRPC for a channel.
const POLLING_THREADS: usize = 1;

/// The size of the largest answer, in bytes. A page of 1000 of the largest books
/// has half of it.
const MAX_ANSWER_BYTES: i32 = 4 * 1024 * 1024;

/// A channel for calls: they are repeated where that is safe, and avoid a server
/// that says that it does not serve.
///
/// # Errors
///
/// [`ConnectError`] where the settings make no channel.
pub(super) fn for_calls(settings: &Settings) -> Result<Channel, ConnectError> {
    open(settings, |builder| {
        configured(builder, &policy::for_calls())
    })
}

/// A channel for questions about the servers themselves: nothing is repeated and
/// nobody avoided.
///
/// # Errors
///
/// [`ConnectError`] where the settings make no channel.
pub(super) fn for_probes(settings: &Settings) -> Result<Channel, ConnectError> {
    open(settings, |builder| {
        configured(builder, policy::FOR_PROBES).enable_retry(false)
    })
}

fn configured(builder: ChannelBuilder, policy: &str) -> ChannelBuilder {
    match CString::new(policy) {
        Ok(policy) => builder.raw_cfg_string(c"grpc.service_config".to_owned(), policy),
        // No zero byte is in a policy.
        Err(_) => builder,
    }
}

fn open(
    settings: &Settings,
    configured: impl FnOnce(ChannelBuilder) -> ChannelBuilder,
) -> Result<Channel, ConnectError> {
    threads::are_there_for_grpc(POLLING_THREADS)?;
    let endpoints = &settings.endpoints;
    let target = endpoints.target()?;
    let builder = named(configured(connection()), settings)?
        // gRPC would send even calls to this machine through the proxy that the
        // environment names, and to a proxy it can name no more than one address.
        .enable_http_proxy(endpoints.only().is_some_and(|only| !only.is_loopback()));
    Ok(builder.connect(&target))
}

/// With the server's name, and TLS where it is wanted.
fn named(builder: ChannelBuilder, settings: &Settings) -> Result<ChannelBuilder, ConnectError> {
    let endpoints = &settings.endpoints;
    let Some(tls) = &settings.tls else {
        // The name of several addresses would be all of them.
        return Ok(builder.default_authority(endpoints.first().to_string()));
    };
    let name = match &tls.server_name {
        Some(name) => name.as_str(),
        None if endpoints.is_one_host() => endpoints.first().host(),
        None => return Err(ConnectError::ManyNames(endpoints.clone())),
    };
    let credentials = tls.files.read()?;
    Ok(builder
        .override_ssl_target(name)
        .set_credentials(credentials))
}

/// What all channels have in common. Each has threads of its own.
fn connection() -> ChannelBuilder {
    let environment = EnvBuilder::new()
        .cq_count(POLLING_THREADS)
        .name_prefix("grpc-client")
        .build();
    ChannelBuilder::new(Arc::new(environment))
        .primary_user_agent(concat!("recommendations/", env!("CARGO_PKG_VERSION")))
        // Otherwise two clients would share a connection, and how long to wait
        // before the next attempt to connect.
        .use_local_subchannel_pool(true)
        .max_receive_message_len(MAX_ANSWER_BYTES)
        // Only uncompressed answers: a compressed one is inflated as a whole before
        // its size is checked.
        .raw_cfg_int(c"grpc.compression_enabled_algorithms_bitset".to_owned(), 1)
        // A server that vanished without a word is noticed after 50 seconds, also
        // between calls and however long nothing but pings is sent. The server's
        // limits allow a ping every 20 seconds.
        .keepalive_time(Duration::from_secs(30))
        .keepalive_timeout(Duration::from_secs(20))
        .keepalive_permit_without_calls(true)
        .http2_max_pings_without_data(0)
        // A server that restarts is found again soon, also one that was away for
        // long.
        .initial_reconnect_backoff(Duration::from_millis(100))
        .max_reconnect_backoff(Duration::from_secs(5))
        // The least that an attempt to connect may take, TLS included: a lost packet
        // is sent again after a second.
        .raw_cfg_int(c"grpc.min_reconnect_backoff_ms".to_owned(), 2_000)
        // How often a name is resolved anew, at most.
        .raw_cfg_int(
            c"grpc.dns_min_time_between_resolutions_ms".to_owned(),
            5_000,
        )
}

#[cfg(test)]
#[allow(unsafe_code)]
mod settings_read_back;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_of_connections_are_those_that_are_documented() {
        let expected = [
            ("grpc.compression_enabled_algorithms_bitset", 1),
            ("grpc.dns_min_time_between_resolutions_ms", 5_000),
            ("grpc.http2.max_pings_without_data", 0),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.keepalive_time_ms", 30_000),
            ("grpc.keepalive_timeout_ms", 20_000),
            ("grpc.max_receive_message_length", 4 * 1024 * 1024),
            ("grpc.max_reconnect_backoff_ms", 5_000),
            ("grpc.min_reconnect_backoff_ms", 2_000),
            ("grpc.use_local_subchannel_pool", 1),
        ];
        let expected = expected.map(|(name, number)| (name.to_owned(), number));
        let numbers = settings_read_back::numbers(&connection());
        assert_eq!(numbers, expected.into());
    }
}
