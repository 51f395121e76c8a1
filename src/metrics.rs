//! Figures for Prometheus: what can be read, and the endpoint that it is read at.

mod endpoint;
mod process;
mod readings;
mod shop;
mod tls;

pub use self::endpoint::{MetricsEndpoint, MetricsError};
pub use self::process::show_process;
pub use self::readings::{Reading, Readings};
pub use self::shop::show_shop;
pub use self::tls::show_tls;
