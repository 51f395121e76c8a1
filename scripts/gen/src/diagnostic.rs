//! What is wrong with a `.proto` file, where, and how it is printed.

use std::fmt;
use std::path::PathBuf;

use crate::leniency::is_stand_in;

/// One finding about one place in one `.proto` file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The file as it was found on disk.
    pub path: PathBuf,
    /// Where in the file; `None` when the finding is about the whole file.
    pub place: Option<Place>,
    /// What is wrong, without a full stop.
    pub message: String,
    /// A way out, where there is one to name.
    pub help: Option<String>,
}

/// A place in a file, with the line that is printed under the message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line number, from 1.
    pub line: usize,
    /// Column, in characters, from 1.
    pub column: usize,
    /// How many characters are underlined, at least 1.
    pub width: usize,
    /// The line's text without its line end.
    pub text: String,
}

impl Place {
    /// The place that starts at line and column, both from 0, in `source`.
    ///
    /// Columns are counted in characters. A place past the end of the text is
    /// moved to the end.
    pub fn at(source: &str, line: usize, column: usize, width: usize) -> Place {
        let text = source.lines().nth(line).unwrap_or_default();
        let column = column.min(text.chars().count());
        let rest = text.chars().count() - column;
        Place {
            line: line + 1,
            column: column + 1,
            width: width.clamp(1, rest.max(1)),
            text: text.to_owned(),
        }
    }

    /// The place at a byte offset of `source`.
    pub fn at_offset(source: &str, offset: usize, length: usize) -> Place {
        let mut start = offset.min(source.len());
        while !source.is_char_boundary(start) {
            start -= 1;
        }
        let before = &source[..start];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let line = before.matches('\n').count();
        let column = source[line_start..start].chars().count();
        let width = source[start..]
            .char_indices()
            .take_while(|(at, _)| *at < length)
            .count();
        Place::at(source, line, column, width)
    }

    /// The last place of `source`, for what is missing there.
    pub fn at_end(source: &str) -> Place {
        let end = source.trim_end().len();
        Place::at_offset(source, end, 1)
    }
}

/// How many characters of a line are printed at most.
const WIDEST: usize = 200;
/// How many of them are before the place, at least when so many are there.
const BEFORE: usize = 80;

/// What is printed of a line.
struct Excerpt {
    text: String,
    /// What is printed before the underline.
    indent: String,
    /// How many characters are underlined.
    width: usize,
}

impl Excerpt {
    /// The whole line, or as much of a long one as is around the place.
    fn new(place: &Place) -> Excerpt {
        let length = place.text.chars().count();
        let column = place.column.saturating_sub(1);
        let last = length.saturating_sub(WIDEST);
        let start = column.saturating_sub(BEFORE).min(last);
        let end = length.min(start + WIDEST);
        let shown = place.text.chars().skip(start).take(end - start);
        let shown = shown.map(|c| if is_stand_in(c) { '\u{FFFD}' } else { c });
        let cut = |is_cut: bool| if is_cut { "…" } else { "" };
        // A tab is as wide as the reader's terminal makes it, so the line under
        // it repeats the tab.
        let indent = shown
            .clone()
            .take(column.saturating_sub(start))
            .map(|c| if c == '\t' { '\t' } else { ' ' });
        Excerpt {
            indent: cut(start > 0).chars().map(|_| ' ').chain(indent).collect(),
            width: place.width.min(end.saturating_sub(column)).max(1),
            text: format!(
                "{}{}{}",
                cut(start > 0),
                shown.collect::<String>(),
                cut(end < length)
            ),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some(place) = &self.place {
            write!(f, "{}:{}:", place.line, place.column)?;
        }
        write!(f, " error: {}", self.message)?;
        let mut gutter = String::new();
        if let Some(place) = &self.place {
            let number = place.line.to_string();
            gutter = " ".repeat(number.len());
            let Excerpt {
                text,
                indent,
                width,
            } = Excerpt::new(place);
            let underline = "^".repeat(width);
            write!(
                f,
                "\n{gutter} |\n{number} | {text}\n{gutter} | {indent}{underline}"
            )?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n{gutter} = help: {help}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_shows_file_line_column_and_the_line() {
        let diagnostic = Diagnostic {
            path: PathBuf::from("protos/a.proto"),
            place: Some(Place::at_offset(
                "syntax = \"proto3\";\n\tFoo x = 1;\n",
                20,
                3,
            )),
            message: "name 'Foo' is not defined".to_owned(),
            help: Some("import the file that defines it".to_owned()),
        };
        assert_eq!(
            diagnostic.to_string(),
            "protos/a.proto:2:2: error: name 'Foo' is not defined\n  \
             |\n2 | \tFoo x = 1;\n  | \t^^^\n  = help: import the file that defines it"
        );
    }

    /// What is printed of one line, and under it.
    fn shown(text: &str, column: usize, width: usize) -> (String, String) {
        let printed = Diagnostic {
            path: PathBuf::from("a.proto"),
            place: Some(Place::at(text, 0, column, width)),
            message: String::new(),
            help: None,
        }
        .to_string();
        let mut lines = printed.lines().skip(2).map(|line| line[4..].to_owned());
        (lines.next().unwrap(), lines.next().unwrap())
    }

    #[test]
    fn a_line_of_200_characters_is_shown_whole() {
        let line = "é".repeat(200);
        let (text, under) = shown(&line, 199, 1);
        assert_eq!(text, line);
        assert_eq!(under, format!("{}^", " ".repeat(199)));
    }

    #[test]
    fn a_longer_line_is_cut_around_the_place() {
        let line = format!("{}é{}", "a".repeat(500), "b".repeat(500));
        let (text, under) = shown(&line, 500, 9);
        let expected = format!("…{}é{}…", "a".repeat(80), "b".repeat(119));
        assert_eq!(text, expected);
        assert_eq!(under, format!("{}{}", " ".repeat(81), "^".repeat(9)));

        let (text, under) = shown(&line, 0, 1000);
        assert_eq!(text, format!("{}…", "a".repeat(200)));
        assert_eq!(under, "^".repeat(200));

        let (text, under) = shown(&line, 1001, 1);
        assert_eq!(text, format!("…{}", "b".repeat(200)));
        assert_eq!(under, format!("{}^", " ".repeat(201)));
    }

    #[test]
    fn places_past_the_end_are_moved_into_the_text() {
        assert_eq!(Place::at_offset("é", 1, 9).column, 1);
        assert_eq!(Place::at("ab", 7, 7, 7).line, 8);
        let end = Place::at_end("message M {\n\n");
        assert_eq!((end.line, end.column), (1, 12));
    }
}
