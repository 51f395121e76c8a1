//! Threads that the system may refuse to give.

use std::io;
use std::sync::mpsc;
use std::thread::{Builder, JoinHandle};

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

/// Tries whether there are so many more threads. That is for those who start threads
/// and do not tell when they get none, and it says nothing of a moment later.
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
