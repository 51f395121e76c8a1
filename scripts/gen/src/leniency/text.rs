//! The text of a file, before it is parsed.
//!
//! A look at the tokens finds what the descriptors do not show. It also
//! rewrites what protox cannot parse, such as `extensions 5 [options]` into
//! `extensions 5 to 5 [options]`.

use std::ops::Range;

use super::stand_ins::StandIns;
use super::{hash_comments, literals, numbers, odd_strings, stand_ins, statements};
use crate::tokens::{Kind, Token, tokens};

/// A text as protox can read it.
#[derive(Debug, Default)]
pub struct Mended {
    /// The text.
    pub text: String,
    /// What must be put back into what protox gives.
    pub stand_ins: StandIns,
    /// Where something was inserted, as offsets in `text`, ascending.
    insertions: Vec<Range<usize>>,
    /// The lines and columns, from 0, at which they start.
    positions: Vec<(i32, i32)>,
}

/// A finding about a range of bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where it is.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// A way out.
    pub help: Option<String>,
}

/// A change of a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Edit {
    /// Where it starts, in bytes.
    pub start: usize,
    /// What is written over what is there, byte for byte.
    pub replacement: String,
    /// What is inserted after that.
    pub insertion: String,
}

impl Edit {
    /// Writes over what is at an offset.
    pub fn replace(start: usize, replacement: String) -> Edit {
        Edit {
            start,
            replacement,
            insertion: String::new(),
        }
    }

    /// Inserts at an offset.
    pub fn insert(start: usize, insertion: String) -> Edit {
        Edit {
            start,
            replacement: String::new(),
            insertion,
        }
    }
}

impl Mended {
    /// The offset in the original text of an offset in the mended one.
    pub fn original_offset(&self, offset: usize) -> usize {
        let inserted: usize = self
            .insertions
            .iter()
            .take_while(|insertion| insertion.start < offset)
            .map(Range::len)
            .sum();
        offset.saturating_sub(inserted)
    }

    /// Moves the columns of a span of source info to the original text.
    pub fn restore_span(&self, span: &mut [i32]) {
        if self.insertions.is_empty() {
            return;
        }
        let end_line = if span.len() == 3 { 0 } else { 2 };
        let end_column = span.len().saturating_sub(1);
        for (line, column) in [(0, 1), (end_line, end_column)] {
            let (Some(at), Some(old)) = (span.get(line).copied(), span.get(column).copied()) else {
                continue;
            };
            let moved: usize = self
                .insertions
                .iter()
                .zip(&self.positions)
                .filter(|(_, (line, column))| *line == at && *column < old)
                .map(|(insertion, _)| insertion.len())
                .sum();
            if let Some(column) = span.get_mut(column) {
                *column = old.saturating_sub(i32::try_from(moved).unwrap_or(0));
            }
        }
    }
}

/// The text for protox.
///
/// # Errors
///
/// What protox would not find, or could not survive.
pub fn mend(text: &str) -> Result<Mended, Vec<Finding>> {
    let tokens: Vec<Token> = tokens(text);
    let code: Vec<&Token> = tokens
        .iter()
        .filter(|token| token.kind != Kind::Comment)
        .collect();
    let mut findings = statements::check(text, &tokens, &code);
    findings.extend(numbers::check(text, &code));
    findings.extend(hash_comments::check(text, &code));
    if !findings.is_empty() {
        return Err(findings);
    }
    let (mut stand_ins, mut edits) = stand_ins::find(text, &code);
    // Of two changes at one place the first counts.
    edits.splice(..0, hash_comments::edits(text, &code));
    let odd_strings = odd_strings::edits(text, &code);
    stand_ins.has_odd_strings = !odd_strings.is_empty();
    edits.extend(odd_strings);
    edits.extend(literals::edits(text, &code));
    edits.extend(whole_ranges(text, &code));
    edits.sort_by_key(|edit| edit.start);
    Ok(Mended {
        stand_ins,
        ..edited(text, &edits)
    })
}

/// Writes single numbers before options as ranges.
fn whole_ranges(text: &str, code: &[&Token]) -> Vec<Edit> {
    let mut edits = Vec::new();
    for window in code.windows(3) {
        let [before, single, bracket] = window else {
            continue;
        };
        let in_list = matches!(before.text(text), "extensions" | ",");
        if in_list && single.kind == Kind::Number && bracket.text(text) == "[" {
            let range = format!(" to {}", single.text(text));
            edits.push(Edit::insert(single.range.end, range));
        }
    }
    edits
}

/// A text with ascending changes.
fn edited(text: &str, edits: &[Edit]) -> Mended {
    let mut mended = Mended::default();
    let mut copied = 0;
    for edit in edits {
        // What overlaps an earlier change stays as it is.
        let Some(between) = text.get(copied..edit.start) else {
            continue;
        };
        mended.text += between;
        mended.text += &edit.replacement;
        copied = edit.start + edit.replacement.len();
        if !edit.insertion.is_empty() {
            let start = mended.text.len();
            mended.positions.push(position(&mended.text));
            mended.text += &edit.insertion;
            mended.insertions.push(start..mended.text.len());
        }
    }
    mended.text += text.get(copied..).unwrap_or_default();
    mended
}

/// Line and column, from 0, of the end of a text.
pub fn position(text: &str) -> (i32, i32) {
    let start = text.rfind('\n').map_or(0, |end| end + 1);
    let number = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    (
        number(text.matches('\n').count()),
        number(text.len() - start),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_extension_number_with_options_becomes_a_range() {
        let text = "message M {\n  extensions 4, 10 [verification = UNVERIFIED]; reserved 5;\n}";
        let mended = mend(text).unwrap();
        assert_eq!(
            mended.text,
            "message M {\n  extensions 4, 10 to 10 [verification = UNVERIFIED]; reserved 5;\n}"
        );
        let reserved = mended.text.find("reserved").unwrap();
        assert_eq!(
            mended.original_offset(reserved),
            text.find("reserved").unwrap()
        );
        // The end of the range, where protoc has the number itself.
        let mut span = [1, 22, 24];
        mended.restore_span(&mut span);
        assert_eq!(span, [1, 16, 18]);
    }

    #[test]
    fn text_without_such_a_number_stays() {
        let text = "message M { int32 a = 1 [deprecated = true]; }";
        assert_eq!(mend(text).unwrap().text, text);
    }
}
