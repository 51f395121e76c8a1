//! What protoc accepts and protox does not: mended before protox sees a file,
//! and undone in what it gives back. And what protox reads, or cannot survive,
//! while protoc refuses it.

mod linking;
mod literals;
mod numbers;
mod options;
mod reserved;
mod stand_ins;
mod statements;
mod text;

pub use linking::{Linking, add_empty_method_options, add_map_entry_places, prepare};
pub use text::{Finding, Mended, mend};
