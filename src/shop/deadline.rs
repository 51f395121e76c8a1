//! Until when a write is wanted.

use std::fmt;
use std::sync::Arc;

/// Tells whether it is too late for a write: nobody waits for its answer any more,
/// so it is not begun.
#[derive(Clone)]
pub struct Deadline(Arc<dyn Fn() -> bool + Send + Sync>);

impl Deadline {
    /// A deadline that has passed once `has_passed` says so.
    pub fn new(has_passed: impl Fn() -> bool + Send + Sync + 'static) -> Deadline {
        Deadline(Arc::new(has_passed))
    }

    /// No deadline.
    pub fn none() -> Deadline {
        Deadline::new(|| false)
    }

    /// Whether it has passed.
    pub fn has_passed(&self) -> bool {
        (self.0)()
    }
}

impl fmt::Debug for Deadline {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Deadline")
    }
}
