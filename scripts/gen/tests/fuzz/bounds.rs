//! How long a case may take, and how much memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use proptest::test_runner::TestCaseError;

/// The longest that a case may take. Of 12,000 the slowest took 21 ms, so that
/// no load of the machine makes one look like a hang.
const LONGEST: Duration = Duration::from_secs(120);

/// The most bytes that a case may have at a time. Of 12,000, whose texts had at
/// most 28 kB, one had 14 MB and half had less than 0.3 MB.
const MOST_BYTES: usize = 64 << 20;

/// How often it is looked whether a case has too much memory.
const LOOK: Duration = Duration::from_millis(20);

/// The test whose case ran into a bound and may still run. Cases take turns,
/// since memory is counted for the process: the generator has threads.
static STUCK: Mutex<Option<ThreadId>> = Mutex::new(None);

/// Gives what a case gives. One that does not end in time, or takes too much
/// memory, is an error that shows it, while it still runs.
pub fn bounded<T: Send + 'static>(
    shown: &str,
    case: impl FnOnce() -> T + Send + 'static,
) -> Result<T, TestCaseError> {
    let own = thread::current().id();
    let mut stuck = STUCK.lock().unwrap_or_else(PoisonError::into_inner);
    match *stuck {
        None => {}
        // A smaller case would have to share the process with this one, so
        // shrinking finds none.
        Some(test) if test == own => return Err(TestCaseError::reject("a case still runs")),
        Some(_) => return Err(TestCaseError::reject("a case of another test still runs")),
    }
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    let used = || PEAK.load(Relaxed).saturating_sub(before);
    let started = Instant::now();
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || {
        // Nobody listens to a case that was given up.
        let _ = sender.send(case());
    });
    let given = loop {
        match receiver.recv_timeout(LOOK) {
            Ok(given) => break Some(given),
            Err(mpsc::RecvTimeoutError::Disconnected) => break None,
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
        if used() > MOST_BYTES || started.elapsed() > LONGEST {
            *stuck = Some(own);
            return Err(failure(used(), started.elapsed(), shown));
        }
    };
    if let Err(panic) = thread.join() {
        resume_unwind(panic);
    }
    match given {
        Some(given) if used() <= MOST_BYTES => Ok(given),
        _ => Err(failure(used(), started.elapsed(), shown)),
    }
}

fn failure(bytes: usize, time: Duration, shown: &str) -> TestCaseError {
    TestCaseError::fail(format!(
        "{bytes} bytes after {time:?}; at most {MOST_BYTES} bytes and {LONGEST:?} are allowed:\n{shown}"
    ))
}

/// The bytes that the process has, and the most since the case began.
static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, with its bytes counted.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn add(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(live, Relaxed);
}

// SAFETY: every call goes on to the system's allocator with its arguments as
// they are, and counting neither allocates nor panics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // The old bytes and the new ones may both be there for a moment.
        add(size);
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}
