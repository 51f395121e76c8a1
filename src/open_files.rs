//! Open files, of which the system gives a process so many, connections among them.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit of this process to `files`, as far as the system lets it. Many
/// shells and service managers set a low limit for old programs and a high one up to
/// which a process may go by itself.
///
/// Gives the limit that holds then: `None` for no limit.
///
/// # Errors
///
/// When the system does not set what it said it would.
pub fn allow(files: u64) -> io::Result<Option<u64>> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let most = maximum.map_or(files, |maximum| maximum.min(files));
    if current.is_none_or(|current| current >= most) {
        return Ok(current);
    }
    let raised = Rlimit {
        current: Some(most),
        maximum,
    };
    setrlimit(Resource::Nofile, raised)?;
    Ok(Some(most))
}
