//! What protoc accepts and protox does not: mended before protox sees a file,
//! and undone in what it gives back.

mod linking;
mod text;

pub use linking::{Linking, add_empty_method_options, add_map_entry_places, prepare};
pub use text::{Finding, Mended, mend};
