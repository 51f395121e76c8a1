//! The signals that stop the server, and one that must not.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use signal_hook::iterator::Signals;

/// Makes a write to a file that may not grow (`ulimit -f`, `LimitFSIZE=`) fail, as on a full
/// disk. Left alone, the signal for that ends the process.
///
/// # Errors
///
/// What the system says when the signal cannot be watched for.
pub fn outlive_file_limit() -> io::Result<()> {
    flag::register(SIGXFSZ, Arc::default()).map(drop)
}

/// SIGINT, which Ctrl-C sends, SIGHUP, which a terminal that closes sends, and
/// SIGTERM.
#[derive(Debug)]
pub struct StopSignals {
    signals: Signals,
    end_at_once: Arc<AtomicBool>,
}

impl StopSignals {
    /// Watches for the signals from now on. Until [`StopSignals::defer`] the first
    /// ends the process at once with exit code 0: nobody was answered anything yet.
    /// A second one does so at any time, with exit code 1.
    ///
    /// # Errors
    ///
    /// What the system says when signals cannot be watched for.
    pub fn register() -> io::Result<StopSignals> {
        let signals = [SIGHUP, SIGINT, SIGTERM];
        let end_at_once = Arc::new(AtomicBool::new(true));
        let stopping = Arc::new(AtomicBool::new(false));
        for signal in signals {
            // They run in this order, so the first signal finds the second flag unset.
            flag::register_conditional_shutdown(signal, 0, Arc::clone(&end_at_once))?;
            flag::register_conditional_shutdown(signal, 1, Arc::clone(&stopping))?;
            flag::register(signal, Arc::clone(&stopping))?;
        }
        let signals = Signals::new(signals)?;
        Ok(StopSignals {
            signals,
            end_at_once,
        })
    }

    /// Lets the first signal from now on be for [`StopSignals::wait`].
    pub fn defer(&self) {
        self.end_at_once.store(false, Ordering::SeqCst);
    }

    /// Waits for a signal; its name.
    pub fn wait(&mut self) -> &'static str {
        match self.signals.forever().next() {
            Some(SIGHUP) => "SIGHUP",
            Some(SIGINT) => "SIGINT",
            _ => "SIGTERM",
        }
    }
}
