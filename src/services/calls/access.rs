//! Who may write.

use std::collections::BTreeSet;

/// Who may write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Writers {
    /// Everybody whom the server lets connect.
    Everybody,
    /// Those with a client certificate of one of these common names.
    Named(BTreeSet<String>),
}

impl Writers {
    /// Whether the caller with that common name is one of them.
    pub(super) fn have(&self, caller: Option<&str>) -> bool {
        match self {
            Writers::Everybody => true,
            Writers::Named(names) => caller.is_some_and(|name| names.contains(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_may_write_where_there_are_names() {
        let writers = Writers::Named(BTreeSet::from(["shop".to_owned()]));
        assert!(writers.have(Some("shop")));
        for other in [None, Some(""), Some("Shop"), Some("shop ")] {
            assert!(!writers.have(other), "{other:?}");
        }
        assert!(Writers::Everybody.have(None));
    }
}
