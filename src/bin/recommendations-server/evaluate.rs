//! Evaluating.

use recommendations::store::Location;
use recommendations::usage::Failure;

/// Tells how well the recommendations suit the shop's own readers.
#[derive(clap::Args)]
pub struct Arguments {
    /// The shop's file [default: shop.db in the platform's folder for data]
    #[arg(long, value_name = "FILE", env = "RECOMMENDATIONS_DATA")]
    data: Option<Location>,
}

/// Evaluates the shop's file.
pub fn run(_arguments: Arguments) -> Result<(), Failure> {
    Ok(())
}
