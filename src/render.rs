//! Books for the eye, for a pipe, for a program.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::client::Recommendation;

/// How books are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A column for the ids and one for the titles, with a header.
    Table,
    /// A line for each book, id and title with a tab between them, no header.
    Tsv,
    /// One JSON array of objects with `id` and `title`.
    Json,
}

/// Writes `books` to `out` in their order.
///
/// In a table and in TSV, a book is one line whatever its title holds: see
/// [`escaped`]. No books are no table at all, no line of TSV, and `[]`.
///
/// # Errors
///
/// What `out` says.
pub fn write(books: &[Recommendation], format: Format, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Table => write_table(books, out),
        Format::Tsv => write_tsv(books, out),
        Format::Json => {
            let mut serializer = Serializer::with_formatter(&mut *out, Unseen);
            books.serialize(&mut serializer)?;
            writeln!(out)
        }
    }
}

fn write_table(books: &[Recommendation], out: &mut impl Write) -> io::Result<()> {
    const HEADER: &str = "ID";
    let widths = books.iter().map(|book| book.id.to_string().len());
    let Some(widest) = widths.max() else {
        return Ok(());
    };
    let width = widest.max(HEADER.len());
    writeln!(out, "{HEADER:>width$}  TITLE")?;
    for Recommendation { id, title } in books {
        writeln!(out, "{id:>width$}  {}", escaped(title))?;
    }
    Ok(())
}

fn write_tsv(books: &[Recommendation], out: &mut impl Write) -> io::Result<()> {
    for Recommendation { id, title } in books {
        writeln!(out, "{id}\t{}", escaped(title))?;
    }
    Ok(())
}

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
struct Unseen;

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

    fn books() -> Vec<Recommendation> {
        let book = |id, title: &str| Recommendation {
            id,
            title: title.to_owned(),
        };
        vec![
            book(7, "Émile's \"Game\""),
            book(1234, "a\tb\nc\\d\u{1b}[31m"),
        ]
    }

    #[track_caller]
    fn written(books: &[Recommendation], format: Format, expected: &str) {
        let mut out = Vec::new();
        write(books, format, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_table_has_a_header_and_ids_to_the_right() {
        written(
            &books(),
            Format::Table,
            "  ID  TITLE\n   7  Émile's \"Game\"\n1234  a\\tb\\nc\\\\d\\u{1b}[31m\n",
        );
        written(
            &books()[..1],
            Format::Table,
            "ID  TITLE\n 7  Émile's \"Game\"\n",
        );
    }

    #[test]
    fn tsv_has_a_line_for_each_book_and_no_header() {
        written(
            &books(),
            Format::Tsv,
            "7\tÉmile's \"Game\"\n1234\ta\\tb\\nc\\\\d\\u{1b}[31m\n",
        );
    }

    #[test]
    fn json_is_an_array_of_objects() {
        written(
            &books(),
            Format::Json,
            "[{\"id\":7,\"title\":\"Émile's \\\"Game\\\"\"},\
             {\"id\":1234,\"title\":\"a\\tb\\nc\\\\d\\u001b[31m\"}]\n",
        );
    }

    #[test]
    fn no_books_are_nothing_or_an_empty_array() {
        written(&[], Format::Table, "");
        written(&[], Format::Tsv, "");
        written(&[], Format::Json, "[]\n");
    }

    #[test]
    fn what_controls_a_terminal_or_the_direction_is_escaped() {
        assert_eq!(
            escaped("a\r\0\u{7f}\u{9b}\u{200f}\u{2028}\u{202e}\u{2066}b"),
            "a\\r\\u{0}\\u{7f}\\u{9b}\\u{200f}\\u{2028}\\u{202e}\\u{2066}b"
        );
    }

    #[test]
    fn json_escapes_it_too_and_stays_the_same_text() {
        let title = "a\u{1b}[31m\u{9b}\u{202e}\"\\é👩";
        let mut out = Vec::new();
        let book = Recommendation {
            id: 1,
            title: title.to_owned(),
        };
        write(&[book], Format::Json, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let escaped = "[{\"id\":1,\"title\":\"a\\u001b[31m\\u009b\\u202e\\\"\\\\é👩\"}]\n";
        assert_eq!(text, escaped);
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read[0]["title"], title);
    }

    #[test]
    fn other_text_is_left_alone() {
        let text = "Война и мир — 戦争と平和 👩‍🚀 é";
        assert_eq!(escaped(text), text);
    }
}
