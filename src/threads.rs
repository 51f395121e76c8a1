//! Threads that the system may refuse to give.

use std::io;
use std::sync::mpsc;
use std::thread::{Builder, JoinHandle};

/// How many threads the C core of gRPC starts at the most, beside those that poll it: for
/// its events one for each core that the machine has, also where the process may use
/// fewer, up to 16, and one that looks after those; two executors of up to four
/// (`scripts/core` says why), two for timers, and one more for when there is much to do.
const OF_GRPC_CORE: usize = 16 + 12;

/// The system gives no further thread.
#[derive(Debug, thiserror::Error)]
#[error("cannot start a thread")]
pub struct NoThread(#[from] io::Error);

/// Starts a thread of that name, which is seen in `top -H`.
pub(crate) fn start<Outcome: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> Outcome + Send + 'static,
) -> Result<JoinHandle<Outcome>, NoThread> {
    Ok(Builder::new().name(name.to_owned()).spawn(run)?)
}

/// Tries whether there are the threads of gRPC, of which so many poll it. Without them
/// grpcio panics, or the core goes on and servers never stop and calls never end. It
/// says nothing of a moment later.
pub(crate) fn are_there_for_grpc(polling: usize) -> Result<(), NoThread> {
    are_there(polling + OF_GRPC_CORE)
}

/// Tries whether there are so many more threads, for those who start some and do not
/// tell when they get none.
pub(crate) fn are_there(count: usize) -> Result<(), NoThread> {
    let mut begun = Vec::with_capacity(count);
    let mut tried = Ok(());
    for _ in 0..count {
        let (end, ended) = mpsc::channel::<()>();
        match start("trial", move || ended.recv().is_err()) {
            Ok(thread) => begun.push((end, thread)),
            Err(error) => {
                tried = Err(error);
                break;
            }
        }
    }
    for (end, thread) in begun {
        drop(end);
        // It does not panic.
        let _ = thread.join();
    }
    tried
}
