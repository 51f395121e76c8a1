//! How far a long command is, on a terminal.

use std::cell::Cell;
use std::io::{self, Read};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What takes less time than this has no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// How many rows are counted between two looks at the clock.
const ROWS_A_LOOK: u64 = 1024;

/// A bar on standard error, drawn where that is a terminal, once it took a second.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    started: Instant,
    is_drawn: Cell<bool>,
    unit: Unit,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Bytes,
    Rows,
}

impl Progress {
    /// Of reading that many bytes.
    pub fn of_bytes(what: &'static str, bytes: u64) -> Progress {
        let template = "{msg} [{bar:40}] {bytes} of {total_bytes}, {eta} left";
        Progress::new(what, Some(bytes), template, Unit::Bytes)
    }

    /// Of that many rows.
    pub fn of_rows(what: &'static str, rows: u64) -> Progress {
        let template = "{msg} [{bar:40}] {human_pos} of {human_len} rows, {eta} left";
        Progress::new(what, Some(rows), template, Unit::Rows)
    }

    /// Of rows that nobody has counted yet.
    pub fn of_unknown_rows(what: &'static str) -> Progress {
        let template = "{msg} {spinner} {human_pos} rows";
        Progress::new(what, None, template, Unit::Rows)
    }

    fn new(what: &'static str, total: Option<u64>, template: &str, unit: Unit) -> Progress {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        // A bar that looks otherwise is better than none.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        Progress {
            bar,
            started: Instant::now(),
            is_drawn: Cell::new(false),
            unit,
        }
    }

    /// Counts another row, where rows are counted.
    pub fn add_row(&self) {
        if self.unit == Unit::Rows {
            self.bar.inc(1);
            if self.bar.position().is_multiple_of(ROWS_A_LOOK) {
                self.draw_if_due();
            }
        }
    }

    /// So many rows are done altogether.
    pub fn set_rows(&self, rows: u64) {
        self.bar.set_position(rows);
        self.draw_if_due();
    }

    /// A source whose bytes are counted as they are read, where bytes are counted.
    pub fn of_reading<Source: Read>(&self, source: Source) -> Counted<'_, Source> {
        Counted {
            source,
            progress: self,
        }
    }

    fn draw_if_due(&self) {
        if !self.is_drawn.get() && self.started.elapsed() >= PATIENCE {
            self.is_drawn.set(true);
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A source whose bytes are counted.
#[derive(Debug)]
pub struct Counted<'progress, Source> {
    source: Source,
    progress: &'progress Progress,
}

impl<Source: Read> Read for Counted<'_, Source> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(into)?;
        if self.progress.unit == Unit::Bytes {
            self.progress.bar.inc(u64::try_from(read).unwrap_or(0));
            self.progress.draw_if_due();
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_less_than_a_second_has_no_bar() {
        let mut progress = Progress::of_rows("writing", 10);
        progress.set_rows(1);
        assert!(!progress.is_drawn.get());
        progress.started -= PATIENCE;
        progress.set_rows(2);
        assert!(progress.is_drawn.get());
    }

    #[test]
    fn bytes_are_counted_as_they_are_read() {
        let progress = Progress::of_bytes("reading", 5);
        let mut read = String::new();
        let mut counted = progress.of_reading(&b"12345"[..]);
        counted.read_to_string(&mut read).unwrap();
        progress.add_row();
        assert_eq!((read.as_str(), progress.bar.position()), ("12345", 5));
    }

    #[test]
    fn rows_are_counted_where_bytes_are_not() {
        let progress = Progress::of_unknown_rows("reading");
        io::copy(&mut progress.of_reading(&b"12345"[..]), &mut io::sink()).unwrap();
        progress.add_row();
        assert_eq!(progress.bar.position(), 1);
    }

    #[test]
    fn every_bar_has_its_own_look() {
        for template in [
            "{msg} [{bar:40}] {bytes} of {total_bytes}, {eta} left",
            "{msg} [{bar:40}] {human_pos} of {human_len} rows, {eta} left",
            "{msg} {spinner} {human_pos} rows",
        ] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
