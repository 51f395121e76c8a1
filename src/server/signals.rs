//! The signals that stop the server.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

/// SIGINT, which Ctrl-C sends, SIGHUP, which a terminal that closes sends, and
/// SIGTERM.
#[derive(Debug)]
pub struct StopSignals(Signals);

impl StopSignals {
    /// Watches for the signals from now on. The first is for
    /// [`StopSignals::wait`]; the second ends the process at once with exit
    /// code 1.
    ///
    /// # Errors
    ///
    /// What the system says when signals cannot be watched for.
    pub fn register() -> io::Result<StopSignals> {
        let signals = [SIGHUP, SIGINT, SIGTERM];
        let stopping = Arc::new(AtomicBool::new(false));
        for signal in signals {
            // They run in this order, so the first signal finds the flag unset.
            flag::register_conditional_shutdown(signal, 1, Arc::clone(&stopping))?;
            flag::register(signal, Arc::clone(&stopping))?;
        }
        Signals::new(signals).map(StopSignals)
    }

    /// Waits for a signal; its name.
    pub fn wait(&mut self) -> &'static str {
        match self.0.forever().next() {
            Some(SIGHUP) => "SIGHUP",
            Some(SIGINT) => "SIGINT",
            _ => "SIGTERM",
        }
    }
}
