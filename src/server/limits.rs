//! What the server lets a client do to it, and why.

use std::thread;
use std::time::Duration;

use grpcio::ChannelBuilder;

/// The size of the largest request, in bytes, and of the largest message of a
/// stream. A thousand interactions fit into it, and 32 of the largest books; what
/// is larger is refused with RESOURCE_EXHAUSTED.
pub const MAX_REQUEST_BYTES: i32 = 64 * 1024;

/// The size of the largest metadata of a call, in bytes. More is refused with
/// RESOURCE_EXHAUSTED.
pub const MAX_METADATA_BYTES: i32 = 16 * 1024;

/// How many connections may be open unless it is set. Together they take some 150 MB,
/// and with TLS 600 MB.
pub const MAX_CONNECTIONS: u32 = 10_000;

/// How many files the server opens beside its connections, at the most: the shop's, those
/// of TLS, those who read figures, and gRPC's own.
pub const OTHER_FILES: u64 = 256;

/// How many handshakes of TLS may be begun and not done. Together they take some 90 MB,
/// and a second and a half of two cores.
pub const MAX_HANDSHAKES: i32 = 2048;

/// How many calls one connection may have in flight.
pub const MAX_CALLS_PER_CONNECTION: i32 = 100;

/// How many calls may be in flight unless it is set. Each holds a request of at
/// most 64 KiB.
pub const MAX_IN_FLIGHT: u32 = 1024;

/// How many watches may be open. A client has one for each of its connections.
/// Together they take some 80 MB.
///
/// A place is free again when the client cancels, its deadline passes or its
/// connection closes; if it vanishes without a word, when the keepalive notices.
pub const MAX_WATCHES: u32 = 4096;

/// How many conversations may be open. They are for people who look round, not for
/// every client.
pub const MAX_CONVERSATIONS: u32 = 100;

/// How many of the watches, or of the conversations, those from one host may have
/// where `most` may be open: one client that takes all that it gets must not make
/// those that check health find no server.
pub const fn share_of_a_host(most: u32) -> u32 {
    most.div_ceil(4)
}

/// A request that has not come after so long keeps others from their room no more.
pub const PROMPT: Duration = Duration::from_millis(100);

/// How many calls may wait for their request. When there are more, those are ended
/// that have waited longest: where all is well a request comes with its headers.
pub const MOST_ARRIVING: u64 = 8192;

/// How long the next request of a stream may take to come, and a reply to be taken. The
/// call is ended then: a caller that says nothing must not keep its place.
pub const MAX_IDLE: Duration = Duration::from_secs(60);

/// How long the only request of a call without a stream may take to come, where streams
/// may be idle for so long: it comes with its headers, so a third will do.
pub fn max_arrival(max_idle: Duration) -> Duration {
    max_idle / 3
}

/// How many bytes of replies may wait for their callers. When there are more, the
/// calls are cancelled that have waited longest.
pub const MOST_UNTAKEN: u64 = 64 * 1024 * 1024;

/// How many bytes of replies may wait on a connection whatever waits on others: one of
/// the longest and a few short ones, as a caller has that takes them. Whoever has more
/// is refused further calls when [`MOST_UNTAKEN`] waits twice over.
pub const UNTAKEN_OF_A_CONNECTION: u64 = 320 * 1024;

/// So many lines of the log the calls may have that are refused, as many those that are
/// denied, and as many those that fail.
pub const LOG_LINES_A_SECOND: u64 = 100;

/// How the server stops, unless it is set.
pub const STOP: StopTimes = StopTimes {
    lame_duck: Duration::from_millis(500),
    // Kubernetes and systemd kill what is not gone after 30 seconds or more.
    drain: Duration::from_secs(25),
};

/// How the server stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StopTimes {
    /// For so long it takes calls and says that it will go, so that clients and
    /// load balancers go elsewhere before it does.
    pub lame_duck: Duration,
    /// So long the calls that are then in flight have to finish.
    pub drain: Duration,
}

/// How many threads poll gRPC. More than there are cores gain nothing; with one
/// alone, a slow connection would hold up every other.
pub fn polling_threads() -> usize {
    thread::available_parallelism().map_or(2, |cores| cores.get().max(2))
}

/// The settings of the server's connections, which are named like a channel's.
///
/// There is no `ResourceQuota`: it counts neither calls nor replies, so floods of them
/// took the same memory with it, and with a small one good calls failed.
///
/// `max_connections` above [`i32::MAX`] is that.
pub fn limited(connections: ChannelBuilder, max_connections: u32) -> ChannelBuilder {
    connections
        // With it, a second server on the same port would silently get half of
        // the connections; and several sockets of ours would swap certificates at
        // the same moment, which the core cannot.
        .reuse_port(false)
        .max_concurrent_stream(MAX_CALLS_PER_CONNECTION)
        .max_receive_message_len(MAX_REQUEST_BYTES)
        // What a caller sends before anybody reads it waits in memory. Left alone, gRPC
        // lets it be 4 MiB a connection.
        .stream_initial_window_size(MAX_REQUEST_BYTES)
        .http2_bdp_probe(false)
        // Of what comes at one go, no more is read before others have their turn: some
        // 130 calls that are reset, or 5 ms.
        .raw_cfg_int(
            c"grpc.experimental.tcp_max_read_chunk_size".to_owned(),
            8 * 1024,
        )
        // A client that vanished without a word is noticed after 80 seconds.
        .keepalive_time(Duration::from_secs(60))
        .keepalive_timeout(Duration::from_secs(20))
        .keepalive_permit_without_calls(true)
        // Clients may ping every 20 seconds; those that do so more often are
        // sent away.
        .http2_min_recv_ping_interval_without_data(Duration::from_secs(20))
        // Only uncompressed requests: a compressed one is inflated as a whole
        // before its size is checked.
        .raw_cfg_int(c"grpc.compression_enabled_algorithms_bitset".to_owned(), 1)
        // Behind a proxy, clients share the table of headers, and one can poison
        // it for the others (CVE-2024-7246).
        .raw_cfg_int(c"grpc.http2.hpack_table_size.decoder".to_owned(), 0)
        // Both, since the core refuses at random what is between the two.
        .raw_cfg_int(c"grpc.max_metadata_size".to_owned(), MAX_METADATA_BYTES)
        .raw_cfg_int(
            c"grpc.absolute_max_metadata_size".to_owned(),
            MAX_METADATA_BYTES,
        )
        // Both are kept where the core is compiled with what `scripts/core` mends: whoever
        // connects is hung up on, and of the handshakes the one that began first ends.
        .raw_cfg_int(
            c"grpc.max_allowed_incoming_connections".to_owned(),
            i32::try_from(max_connections).unwrap_or(i32::MAX),
        )
        .raw_cfg_int(
            c"grpc.experimental.max_handshakes".to_owned(),
            MAX_HANDSHAKES,
        )
        // A connection that sends nothing is closed.
        .raw_cfg_int(c"grpc.server_handshake_timeout_ms".to_owned(), 5_000)
        .raw_cfg_int(c"grpc.max_connection_idle_ms".to_owned(), 15 * 60 * 1_000)
        // Connections are made anew from time to time, so that they spread over
        // the servers behind a load balancer.
        .raw_cfg_int(c"grpc.max_connection_age_ms".to_owned(), 30 * 60 * 1_000)
        .raw_cfg_int(c"grpc.max_connection_age_grace_ms".to_owned(), 30 * 1_000)
}
