//! What was changed in a file so that it can be linked.

use std::collections::HashSet;

/// In the names that elements get while they are mended; no source has it in
/// a name.
pub const MARK: char = '\u{2}';

/// The elements that are no longer as the source has them.
#[derive(Debug, Default)]
pub struct Touched {
    paths: HashSet<Vec<i32>>,
}

impl Touched {
    /// Notes that all below a path was changed.
    pub fn add(&mut self, path: &[i32]) {
        self.paths.insert(path.to_vec());
    }

    /// Whether a finding may come from the changes alone: it is about what was
    /// changed, or speaks of it.
    pub fn explains(&self, path: &[i32], message: &str) -> bool {
        message.contains(MARK) || (0..=path.len()).any(|end| self.paths.contains(&path[..end]))
    }
}
