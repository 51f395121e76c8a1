//! The command `ping`.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use futures::executor::block_on;
use recommendations::client::{Probe, RequestId, Settings};
use recommendations::render::{self, Column, Format, Row};
use serde::Serialize;
use signal_hook::consts::SIGINT;
use signal_hook::flag;
use signal_hook::iterator::Signals;

use super::arguments::Ping;
use super::print;

/// A call and how long its answer took.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Call {
    seq: u32,
    time_ms: Option<f64>,
    error: Option<String>,
}

impl Row for Call {
    const COLUMNS: &'static [Column] = &[
        Column::number("SEQ"),
        Column::number("TIME_MS"),
        Column::text("ERROR"),
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.seq.to_string(),
            self.time_ms.map(written).unwrap_or_default(),
            self.error.clone().unwrap_or_default(),
        ]
    }
}

/// All calls together.
#[derive(Debug, PartialEq, Serialize)]
struct Summary {
    sent: usize,
    failed: usize,
    /// From 0 to 100.
    loss_percent: f64,
    /// Of the calls that were answered, if there are any.
    #[serde(flatten)]
    times: Option<Times>,
}

/// In milliseconds.
#[derive(Debug, PartialEq, Serialize)]
struct Times {
    min_ms: f64,
    mean_ms: f64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

/// All that was seen.
#[derive(Serialize)]
struct Seen {
    calls: Vec<Call>,
    summary: Summary,
}

/// Calls a server again and again, and tells how long it took.
pub fn ping(
    settings: &Settings,
    request_id: Option<RequestId>,
    asked: &Ping,
) -> anyhow::Result<()> {
    let mut probe = Probe::connect(settings)?;
    if let Some(id) = request_id {
        probe = probe.with_request_id(id);
    }
    // This one connects. Where that fails, so do those that count.
    let _ = block_on(probe.check(""));
    let interrupt = interrupt().context("cannot watch for signals")?;
    let format = print::format(&asked.output);
    let mut calls = Vec::new();
    let mut next = Instant::now();
    for seq in 1..=asked.count {
        let pause = next.saturating_duration_since(Instant::now());
        if interrupt.recv_timeout(pause).is_ok() {
            break;
        }
        next = Instant::now() + asked.interval;
        let call = call(&probe, seq);
        let is_read = match format {
            Format::Table => print::line(line(&call))?,
            Format::Tsv => print::row(&call, format)?,
            Format::Json => true,
        };
        if !is_read {
            return Ok(());
        }
        calls.push(call);
    }
    let summary = summary(&calls);
    let (sent, failed) = (summary.sent, summary.failed);
    match format {
        Format::Table => {
            print::line(told(&summary))?;
        }
        Format::Tsv => {}
        Format::Json => {
            print::written(&asked.output, |_, out| {
                render::write_object(&Seen { calls, summary }, out)
            })?;
        }
    }
    if failed > 0 {
        bail!("{failed} of {sent} calls failed");
    }
    Ok(())
}

/// What is told of the first Ctrl-C from now on; the second ends the process, should a
/// call still be waited for.
fn interrupt() -> io::Result<Receiver<()>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    // They run in this order, so the first signal finds the flag unset.
    flag::register_conditional_default(SIGINT, Arc::clone(&interrupted))?;
    flag::register(SIGINT, interrupted)?;
    let mut signals = Signals::new([SIGINT])?;
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().spawn(move || {
        if signals.forever().next().is_some() {
            // It may come after the last call.
            let _ = sender.send(());
        }
    })?;
    Ok(receiver)
}

fn call(probe: &Probe, seq: u32) -> Call {
    let begun = Instant::now();
    let answered = block_on(probe.check(""));
    let time = begun.elapsed();
    Call {
        seq,
        time_ms: answered.is_ok().then(|| milliseconds(time)),
        error: answered.err().map(|error| error.to_string()),
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn summary(calls: &[Call]) -> Summary {
    let mut times: Vec<f64> = calls.iter().filter_map(|call| call.time_ms).collect();
    times.sort_by(f64::total_cmp);
    let (sent, failed) = (calls.len(), calls.len() - times.len());
    Summary {
        sent,
        failed,
        loss_percent: 100.0 * share(failed, sent),
        times: Times::of(&times),
    }
}

impl Times {
    /// Of ascending times.
    fn of(times: &[f64]) -> Option<Times> {
        let (&min_ms, &max_ms) = (times.first()?, times.last()?);
        Some(Times {
            min_ms,
            mean_ms: times.iter().sum::<f64>() / count(times.len()),
            p50_ms: percentile(times, 50)?,
            p99_ms: percentile(times, 99)?,
            max_ms,
        })
    }
}

/// The smallest of ascending times that so many of a hundred do not exceed: the
/// nearest rank.
fn percentile(times: &[f64], percent: usize) -> Option<f64> {
    let rank = (times.len() * percent).div_ceil(100);
    times.get(rank.checked_sub(1)?).copied()
}

fn share(part: usize, whole: usize) -> f64 {
    count(part) / count(whole.max(1))
}

/// A count of calls: it fits.
fn count(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A time in milliseconds for the eye; JSON has all digits.
fn written(time_ms: f64) -> String {
    format!("{time_ms:.3}")
}

fn line(call: &Call) -> String {
    let seq = call.seq;
    match (call.time_ms, &call.error) {
        (Some(time), _) => format!("seq={seq} time={} ms", written(time)),
        (None, error) => format!("seq={seq} {}", error.as_deref().unwrap_or_default()),
    }
}

fn told(summary: &Summary) -> String {
    let Summary {
        sent,
        failed,
        loss_percent,
        ..
    } = summary;
    let calls = format!("{sent} calls, {failed} failed ({loss_percent:.1}%)");
    let Some(times) = &summary.times else {
        return calls;
    };
    let [min, mean, p50, p99, max] = [
        times.min_ms,
        times.mean_ms,
        times.p50_ms,
        times.p99_ms,
        times.max_ms,
    ]
    .map(written);
    format!("{calls}\nmin={min} mean={mean} p50={p50} p99={p99} max={max} ms")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(times: impl IntoIterator<Item = Option<f64>>) -> Vec<Call> {
        let call = |(seq, time_ms): (u32, Option<f64>)| Call {
            seq,
            time_ms,
            error: time_ms.is_none().then(|| "no answer".to_owned()),
        };
        (1..).zip(times).map(call).collect()
    }

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times: Vec<f64> = (1..=200).map(f64::from).collect();
        let of = Times::of(&times).unwrap();
        assert_eq!((of.min_ms, of.max_ms), (1.0, 200.0));
        assert_eq!((of.mean_ms, of.p50_ms, of.p99_ms), (100.5, 100.0, 198.0));
        let one = Times::of(&[7.0]).unwrap();
        assert_eq!((one.p50_ms, one.p99_ms), (7.0, 7.0));
        assert_eq!(Times::of(&[]), None);
    }

    #[test]
    fn calls_that_failed_are_lost_and_have_no_time() {
        let summary = summary(&calls([Some(3.0), None, Some(1.0), None]));
        assert_eq!((summary.sent, summary.failed), (4, 2));
        assert_eq!(
            told(&summary),
            "4 calls, 2 failed (50.0%)\nmin=1.000 mean=2.000 p50=1.000 p99=3.000 max=3.000 ms"
        );
    }

    #[test]
    fn where_all_failed_there_are_no_times() {
        let calls = calls([None]);
        assert_eq!(told(&summary(&calls)), "1 calls, 1 failed (100.0%)");
        assert_eq!(line(&calls[0]), "seq=1 no answer");
        let json = serde_json::to_string(&summary(&calls)).unwrap();
        assert_eq!(json, r#"{"sent":1,"failed":1,"loss_percent":100.0}"#);
    }
}
