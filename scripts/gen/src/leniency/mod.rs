//! What protoc accepts and protox does not: mended before protox sees a file,
//! and undone in what it gives back. And what protox reads, or cannot survive,
//! while protoc refuses it.

mod hash_comments;
mod high_numbers;
mod linking;
mod literals;
mod map_entries;
mod numbers;
mod odd_strings;
mod options;
mod owners;
mod packed;
mod reserved;
mod scopes;
mod stand_ins;
mod statements;
mod text;
mod values;

pub use high_numbers::HIGHEST;
pub use linking::{Linking, add_empty_method_options, add_map_entry_places, prepare};
pub use odd_strings::{is_stand_in, restored as restored_bytes, text_of};
pub use options::drop_options;
pub use packed::set_packed;
pub use scopes::Scopes;
pub use text::{Finding, Mended, mend};
pub use values::mend_values;
