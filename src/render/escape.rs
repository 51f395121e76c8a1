//! Text that no terminal obeys.

use std::io::{self, Write};

use serde_json::ser::Formatter;

/// The text as one line that no terminal obeys: `\t`, `\n`, `\r` and `\\` stand
/// for a tab, line breaks and a backslash, `\u{1b}` and its like for every other
/// character that controls the terminal or the direction of writing.
pub fn escaped(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => line.push_str("\\t"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\\' => line.push_str("\\\\"),
            _ if controls(character) => line.extend(character.escape_unicode()),
            _ => line.push(character),
        }
    }
    line
}

/// JSON on one line, with `\uXXXX` for what [`controls`] the terminal.
pub(super) struct Unseen;

impl Formatter for Unseen {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for character in fragment.chars() {
            match character {
                // All of them have four digits at most.
                _ if controls(character) => write!(writer, "\\u{:04x}", u32::from(character))?,
                _ => write!(writer, "{character}")?,
            }
        }
        Ok(())
    }
}

fn controls(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_controls_a_terminal_or_the_direction_is_escaped() {
        assert_eq!(
            escaped("a\r\0\u{7f}\u{9b}\u{200f}\u{2028}\u{202e}\u{2066}b"),
            "a\\r\\u{0}\\u{7f}\\u{9b}\\u{200f}\\u{2028}\\u{202e}\\u{2066}b"
        );
    }

    #[test]
    fn other_text_is_left_alone() {
        let text = "Война и мир — 戦争と平和 👩‍🚀 é";
        assert_eq!(escaped(text), text);
    }
}
