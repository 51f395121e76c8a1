//! Figures that somebody else keeps, read when they are asked for.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// One figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    name: &'static str,
    help: &'static str,
    value: Value,
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Counter(u64),
    Gauge(f64),
}

impl Reading {
    /// What only grows. `_total` is added to its name.
    pub fn counter(name: &'static str, help: &'static str, value: u64) -> Reading {
        let value = Value::Counter(value);
        Reading { name, help, value }
    }

    /// What goes up and down.
    pub fn gauge(name: &'static str, help: &'static str, value: f64) -> Reading {
        let value = Value::Gauge(value);
        Reading { name, help, value }
    }
}

/// Reads figures when Prometheus asks for them.
pub struct Readings<Read>(pub Read);

impl<Read> fmt::Debug for Readings<Read> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Readings")
    }
}

impl<Read> Collector for Readings<Read>
where
    Read: Fn() -> Vec<Reading> + Send + Sync + 'static,
{
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        for Reading { name, help, value } in (self.0)() {
            match value {
                Value::Counter(value) => {
                    encode(&mut encoder, name, help, &ConstCounter::new(value))
                }
                Value::Gauge(value) => encode(&mut encoder, name, help, &ConstGauge::new(value)),
            }?;
        }
        Ok(())
    }
}

fn encode(
    encoder: &mut DescriptorEncoder,
    name: &str,
    help: &str,
    metric: &impl EncodeMetric,
) -> fmt::Result {
    let metric_type = metric.metric_type();
    metric.encode(encoder.encode_descriptor(name, help, None, metric_type)?)
}
