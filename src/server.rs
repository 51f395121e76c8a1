//! The server: start, serve, stop.

pub mod limits;
pub mod listen;
pub mod signals;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use futures::FutureExt;
use grpcio::{ChannelBuilder, EnvBuilder, ServerBuilder, Service, ShutdownFuture};

use self::limits::StopTimes;
use self::listen::{Listener, Security};
use crate::services::health::Health;
use crate::threads::{self, NoThread};

/// How long the calls that [`Server::stop`] cancels have to end.
const CANCEL_LIMIT: Duration = Duration::from_secs(5);

/// How often a shutdown is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A server that serves from when it is made until it is stopped or dropped.
///
/// Dropping it cancels the calls in flight; [`Server::stop`] lets them finish.
#[derive(Debug)]
pub struct Server {
    grpc: grpcio::Server,
    address: SocketAddr,
    health: Health,
    /// Looks at the files of TLS as long as the server is there.
    _security: Security,
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody has the port already.
    #[error(
        "address {0} is in use: another program has it, perhaps for a connection of its own; stop it, or listen on another port"
    )]
    InUse(SocketAddr),
    /// The system does not let us listen there.
    #[error("cannot listen on {address}")]
    Refused {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// gRPC could not listen there, though the system would let us.
    #[error("cannot listen on {0}; gRPC gives no reason")]
    Unbound(SocketAddr),
    /// The system does not give gRPC the threads that it needs.
    #[error(transparent)]
    NoThread(#[from] NoThread),
    /// gRPC could not make a server.
    #[error("gRPC cannot make a server")]
    Core(#[from] grpcio::Error),
}

/// Calls went on after they had been cancelled, and were left behind.
#[derive(Debug, thiserror::Error)]
#[error("calls still ran {CANCEL_LIMIT:?} after they had been cancelled; they were left behind")]
pub struct CallsLeft;

impl Server {
    /// Starts to serve `services` there; [`Server::address`] has the true port.
    /// `health`, of which they tell, serves from now on until the server stops.
    ///
    /// # Errors
    ///
    /// [`StartError`] when the address is in use or cannot be listened on, or when there
    /// are too few threads.
    pub fn start(
        listener: Listener,
        services: Vec<Service>,
        health: Health,
    ) -> Result<Server, StartError> {
        threads::are_there_for_grpc(limits::polling_threads())?;
        let environment = EnvBuilder::new()
            .cq_count(limits::polling_threads())
            .name_prefix("grpc-poll")
            .build();
        let environment = Arc::new(environment);
        // Asked of the system first: where gRPC cannot listen, it logs a line of half a
        // thousand characters and gives no reason.
        can_listen(listener.address)?;
        let connections = ChannelBuilder::new(Arc::clone(&environment));
        let settings = limits::limited(connections, listener.max_connections);
        let builder = ServerBuilder::new(environment).channel_args(settings.build_args());
        let mut grpc = services
            .into_iter()
            .fold(builder, ServerBuilder::register_service)
            .build()?;
        let port = grpc
            .add_listening_port(
                listener.address.to_string(),
                listener.security.credentials(),
            )
            .map_err(|_| StartError::Unbound(listener.address))?;
        grpc.start();
        health.set_serving();
        let address = SocketAddr::new(listener.address.ip(), port);
        Ok(Server {
            grpc,
            address,
            health,
            _security: listener.security,
        })
    }

    /// Where the server listens, with its true port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Says NOT_SERVING and goes on for the time of a lame duck, then takes no more
    /// calls, ends the watches and waits until the calls in flight have finished,
    /// but no longer than the drain; then cancels them and waits 5 seconds more.
    ///
    /// # Errors
    ///
    /// [`CallsLeft`] when calls did not even end then. They end with the process.
    pub fn stop(mut self, times: StopTimes) -> Result<(), CallsLeft> {
        self.health.set_not_serving();
        thread::sleep(times.lame_duck);
        self.health.end_watches();
        let mut shutdown = self.grpc.shutdown();
        if is_done_within(times.drain, &mut shutdown) {
            return Ok(());
        }
        tracing::warn!(drain = ?times.drain, "calls did not finish in time; cancelling them");
        self.grpc.cancel_all_calls();
        match is_done_within(CANCEL_LIMIT, &mut shutdown) {
            true => Ok(()),
            false => {
                // The process may not end soon: what holds them up, such as a disk, may
                // hold up all else.
                tracing::warn!("cancelled calls did not end; they are left behind");
                Err(CallsLeft)
            }
        }
    }
}

/// Whether the shutdown is done before the limit. It is looked at again and again: a
/// future of grpcio cannot be waited for with a limit, and a thread that waits for it
/// may be one more than the system gives.
fn is_done_within(limit: Duration, shutdown: &mut ShutdownFuture) -> bool {
    let begun = Instant::now();
    loop {
        if let Some(done) = shutdown.now_or_never() {
            if let Err(error) = done {
                tracing::warn!(%error, "gRPC's shutdown failed");
            }
            return true;
        }
        let left = limit.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return false;
        }
        thread::sleep(LOOK_EVERY.min(left));
    }
}

/// Whether the system lets us listen there, and if not, why.
fn can_listen(address: SocketAddr) -> Result<(), StartError> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(StartError::InUse(address)),
        Err(source) => Err(StartError::Refused { address, source }),
    }
}
