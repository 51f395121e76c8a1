//! Offending values, as error messages show them.

/// The longest excerpt, in characters.
const LONGEST: usize = 60;

/// `text` in quotes with its control characters escaped, cut after 60 characters.
///
/// A message stays one readable line whatever somebody put into the value; a
/// quote that is never closed can make a value of a whole file.
pub(crate) fn excerpt(text: &str) -> String {
    let mut characters = text.chars();
    let shown: String = characters.by_ref().take(LONGEST).collect();
    match characters.next() {
        None => format!("{shown:?}"),
        Some(_) => format!("{shown:?}..."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_line() {
        assert_eq!(excerpt("a\nb\t\u{1b}"), r#""a\nb\t\u{1b}""#);
    }

    #[test]
    fn an_excerpt_is_cut_after_60_characters() {
        assert_eq!(excerpt(&"é".repeat(60)), format!("\"{}\"", "é".repeat(60)));
        assert_eq!(
            excerpt(&"é".repeat(61)),
            format!("\"{}\"...", "é".repeat(60))
        );
    }
}
