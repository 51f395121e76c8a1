//! What every call goes through, whatever its service: one way in, one way out.
//!
//! ```text
//! begin ─> permit (access, connection) ─> enter (room) ─> its request (deadline)
//!                                                              │
//!                    deliver <─ count, log <─ the handler's answer
//! ```
//!
//! grpcio runs handlers on the threads that poll gRPC. A panic ends such a
//! thread for good: its calls hang, new connections that fall to it hang, and
//! the server can no longer be shut down. And a call whose sink is dropped is
//! told CANCELLED, which sounds like the caller's own doing. So each call is
//! answered here, whatever happens.

mod access;
mod call;
mod figures;
mod handlers;
mod lines;
mod method;
mod patience;
mod replies;
mod requests;
mod room;
mod shares;
mod streaming;
mod unclaimed;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use futures::FutureExt;
use grpcio::{RequestStream, RpcContext};
use prometheus_client::registry::Registry;

pub use self::access::Writers;
use self::call::Call;
use self::figures::Figures;
pub use self::handlers::Handlers;
use self::lines::Lines;
use self::method::Methods;
pub use self::method::Offered;
use self::patience::Patience;
use self::replies::Untaken;
pub use self::requests::Requests;
pub use self::room::Room;
use self::room::Rooms;
use self::shares::Shares;
use self::unclaimed::Unclaimed;
use crate::logging::panic_message;
use crate::server::limits::{self, MAX_IDLE, MAX_IN_FLIGHT, MOST_ARRIVING};
use crate::threads::{self, NoThread};
use crate::wire::Refusal;

#[cfg(not(panic = "unwind"))]
compile_error!("panics of handlers are caught; build with `panic = \"unwind\"`");

/// The longest pause between two looks at what waits.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Takes calls to the methods of the services that the server offers. Clones
/// share the limits.
#[derive(Clone)]
pub struct Calls(Arc<Shared>);

struct Shared {
    methods: Methods,
    writers: Writers,
    /// gRPC limits the calls of a connection, but only for clients that agree: a limit
    /// of HTTP/2 holds from when the other side has confirmed it, and nothing makes it
    /// do so.
    connections: Shares,
    arriving: Patience,
    idle: Patience,
    untaken: Untaken,
    rooms: Rooms,
    figures: Figures,
    lines: Lines,
    /// Nothing until somebody wants to know.
    unclaimed: OnceLock<Unclaimed>,
}

/// What is set by whoever runs the server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How many calls may be in flight.
    pub max_in_flight: u32,
    /// Who may call what writes.
    pub writers: Writers,
    /// How long the next request of a stream may take to come, and a reply to be
    /// taken; with it goes [`limits::max_arrival`].
    pub max_idle: Duration,
}

impl Default for Settings {
    /// [`MAX_IN_FLIGHT`], everybody may write, and [`MAX_IDLE`].
    fn default() -> Settings {
        Settings {
            max_in_flight: MAX_IN_FLIGHT,
            writers: Writers::Everybody,
            max_idle: MAX_IDLE,
        }
    }
}

impl Calls {
    /// Takes calls to `offered`; what they come to is counted in `registry`.
    ///
    /// # Errors
    ///
    /// [`NoThread`] when there is none that ends what waits for too long.
    pub fn new(
        offered: impl IntoIterator<Item = Offered>,
        settings: Settings,
        registry: &mut Registry,
    ) -> Result<Calls, NoThread> {
        let figures = Figures::new(registry);
        let rooms = Rooms::new(settings.max_in_flight, |room| figures.in_flight(room));
        let max_arrival = limits::max_arrival(settings.max_idle);
        let shared = Arc::new(Shared {
            methods: Methods::new(offered, &figures),
            writers: settings.writers,
            connections: Shares::default(),
            arriving: Patience::new(max_arrival, MOST_ARRIVING),
            idle: Patience::new(settings.max_idle, u64::MAX),
            untaken: Untaken::new(settings.max_idle),
            rooms,
            figures,
            lines: Lines::new(),
            unclaimed: OnceLock::new(),
        });
        let watched = Arc::downgrade(&shared);
        let pause = (max_arrival / 4).clamp(Duration::from_millis(1), LONGEST_PAUSE);
        threads::start("calls", move || {
            loop {
                thread::sleep(pause);
                let Some(shared) = watched.upgrade() else {
                    return;
                };
                shared.look_round(Instant::now());
            }
        })?;
        Ok(Calls(shared))
    }

    /// Tells from now on, in the log and in `registry`, also of calls that gRPC refuses
    /// by itself and that are never taken here. gRPC counts those of all servers of the
    /// process: this is for a process that has one.
    pub fn tell_of_unclaimed(&self, registry: &mut Registry) {
        self.0.unclaimed.get_or_init(|| Unclaimed::new(registry));
    }

    /// The requests of a call that sends many.
    fn requests<Request>(&self, stream: RequestStream<Request>) -> Requests<Request> {
        Requests::new(stream, &self.0.idle)
    }

    /// The requests of a call that sends one.
    fn only_request<Request>(&self, stream: RequestStream<Request>) -> Requests<Request> {
        Requests::new(stream, &self.0.arriving)
    }

    fn begin(&self, ctx: &RpcContext<'_>) -> Call {
        Call::begin(Arc::clone(&self.0), ctx)
    }
}

impl Shared {
    fn look_round(&self, now: Instant) {
        self.arriving.look_round(now);
        self.idle.look_round(now);
        self.untaken.look_round(now);
        if let Some(unclaimed) = self.unclaimed.get() {
            unclaimed.look(now, || self.methods.taken());
        }
    }
}

/// What `answer` gives, or the refusal that stands for its panic.
async fn guarded<Answer>(
    answer: impl Future<Output = Result<Answer, Refusal>>,
) -> Result<Answer, Refusal> {
    // What handlers share is whole between any two of its own operations, so a
    // panic leaves nothing half-done for the next call to see.
    let answered = AssertUnwindSafe(answer).catch_unwind().await;
    answered.unwrap_or_else(|panic| Err(Refusal::Panicked(panic_message(&*panic).to_owned())))
}

fn spawn(ctx: &RpcContext<'_>, call: impl Future<Output = ()> + Send + 'static) {
    ctx.spawn(AssertUnwindSafe(call).catch_unwind().map(|ended| {
        if let Err(panic) = ended {
            tracing::error!(
                cause = panic_message(&*panic),
                "taking a call or sending its reply panicked"
            );
        }
    }));
}
