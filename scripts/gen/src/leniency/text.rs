//! The text of a file, before it is parsed.
//!
//! A look at the tokens finds what the descriptors do not show: editions,
//! empty statements where there may be none, and nesting that would exhaust
//! the stack. It also rewrites `extensions 5 [options]`, which protox cannot
//! parse, into `extensions 5 to 5 [options]`.

use std::ops::Range;

use crate::tokens::{Kind, Token, tokens};

/// How deep braces and brackets may nest within an option's value.
const DEEPEST_VALUE: usize = 100;
/// How many parts a dotted name may have; no name can be found beyond 150.
const LONGEST_CHAIN: usize = 150;

/// A text as protox can read it.
#[derive(Debug, Default)]
pub struct Mended {
    /// The text.
    pub text: String,
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
    if let Some(finding) = edition(text, &code) {
        return Err(vec![finding]);
    }
    let mut findings = null_characters(text, &tokens);
    findings.extend(deep_values(text, &code));
    findings.extend(long_chains(text, &code));
    findings.extend(empty_statements(text, &code));
    if findings.is_empty() {
        Ok(with_whole_ranges(text, &code))
    } else {
        Err(findings)
    }
}

fn finding(token: &Token, message: &str) -> Finding {
    Finding {
        range: token.range.clone(),
        message: message.to_owned(),
        help: None,
    }
}

/// `edition = "2023";` in place of a syntax.
fn edition(text: &str, code: &[&Token]) -> Option<Finding> {
    let [word, equals, value, ..] = code else {
        return None;
    };
    let is_edition = word.text(text) == "edition" && equals.text(text) == "=";
    (is_edition && value.kind == Kind::String).then(|| Finding {
        range: word.range.start..value.range.end,
        message: "editions are not supported".to_owned(),
        help: Some(
            "write 'syntax = \"proto3\";' or 'syntax = \"proto2\";' instead, without 'features'"
                .to_owned(),
        ),
    })
}

fn null_characters(text: &str, tokens: &[Token]) -> Vec<Finding> {
    tokens
        .iter()
        .filter(|token| token.kind == Kind::Comment)
        .filter_map(|token| {
            let at = token.range.start + token.text(text).find('\0')?;
            Some(Finding {
                range: at..at + 1,
                message: "null characters are not allowed".to_owned(),
                help: None,
            })
        })
        .collect()
}

fn deep_values(text: &str, code: &[&Token]) -> Option<Finding> {
    let mut open = Vec::new();
    for (at, token) in code.iter().enumerate() {
        match token.text(text) {
            "{" | "[" | "<" if token.kind == Kind::Symbol => {
                let starts_value = at > 0 && code[at - 1].text(text) == "=";
                let in_value = open.last().is_some_and(|depth| *depth > 0);
                open.push(match open.last() {
                    Some(depth) if in_value => depth + 1,
                    _ => usize::from(starts_value),
                });
            }
            "}" | "]" | ">" if token.kind == Kind::Symbol => {
                open.pop();
            }
            _ => {}
        }
        if open.last().is_some_and(|depth| *depth > DEEPEST_VALUE) {
            return Some(finding(
                token,
                "the option's value is nested more than 100 deep",
            ));
        }
    }
    None
}

fn long_chains(text: &str, code: &[&Token]) -> Option<Finding> {
    let mut dots = 0;
    let mut previous = "";
    for token in code {
        let found = token.text(text);
        if found == "." {
            dots += 1;
        } else if previous != "." {
            dots = 0;
        }
        if dots > LONGEST_CHAIN {
            return Some(finding(token, "the name has more than 150 parts"));
        }
        previous = found;
    }
    None
}

/// In a oneof and in an `extend` there is no empty statement, and an `extend`
/// is not empty.
fn empty_statements(text: &str, code: &[&Token]) -> Vec<Finding> {
    let mut findings = Vec::new();
    // The first word of the statement that each open brace belongs to.
    let mut blocks: Vec<&str> = Vec::new();
    let mut statement: Option<&str> = None;
    let mut brackets = 0_usize;
    for (at, token) in code.iter().enumerate() {
        let found = token.text(text);
        let block = blocks.last().copied().unwrap_or_default();
        let previous = at
            .checked_sub(1)
            .map_or("", |before| code[before].text(text));
        match found {
            _ if token.kind != Kind::Symbol => {
                statement.get_or_insert(found);
            }
            "[" => brackets += 1,
            "]" => brackets = brackets.saturating_sub(1),
            "{" => {
                let in_value = blocks.last() == Some(&"");
                let named = matches!(previous, "=" | ":") || brackets > 0 || in_value;
                let word = statement.take().filter(|_| !named);
                blocks.push(word.unwrap_or_default());
                if named {
                    statement = Some("value");
                }
            }
            "}" => {
                if block == "extend" && previous == "{" {
                    findings.push(finding(token, "an extend block must have a field"));
                }
                blocks.pop();
                // After the brace of a value the statement goes on.
                statement = (block.is_empty()).then_some("value");
            }
            ";" => {
                if statement.is_none() && matches!(block, "oneof" | "extend") {
                    let message = format!("empty statements are not allowed in '{block}'");
                    findings.push(finding(token, &message));
                }
                statement = None;
            }
            _ => {
                statement.get_or_insert("");
            }
        }
    }
    findings
}

/// Writes single numbers before options as ranges.
fn with_whole_ranges(text: &str, code: &[&Token]) -> Mended {
    let mut mended = Mended::default();
    let mut copied = 0;
    for window in code.windows(3) {
        let [before, single, bracket] = window else {
            continue;
        };
        let in_list = matches!(before.text(text), "extensions" | ",");
        if !(in_list && single.kind == Kind::Number && bracket.text(text) == "[") {
            continue;
        }
        mended.text += &text[copied..single.range.end];
        copied = single.range.end;
        let start = mended.text.len();
        mended.positions.push(position(&mended.text));
        mended.text += " to ";
        mended.text += single.text(text);
        mended.insertions.push(start..mended.text.len());
    }
    mended.text += &text[copied..];
    mended
}

/// Line and column, from 0, of the end of a text.
fn position(text: &str) -> (i32, i32) {
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

    #[test]
    fn statements_are_told_from_values() {
        for fine in [
            "message M { oneof a { option (x) = { b: 1 }; int32 c = 1; } }",
            "message M { oneof a { group G = 1 { } int32 c = 2; }; }",
            "extend M { optional int32 a = 1 [(x) = { b: 1 }]; }",
            "message extend { ; } enum oneof { A = 0; ; }",
            "option (x) = { a { extend {} } };;",
        ] {
            assert_eq!(empty(fine), 0, "{fine}");
        }
        for wrong in [
            "message M { oneof a { int32 c = 1;; } }",
            "message M { oneof a { ; int32 c = 1; } }",
            "message M { oneof a { group G = 1 { } ; } }",
            "extend M { }",
            "message M { extend M { optional int32 a = 1; ; } }",
        ] {
            assert_eq!(empty(wrong), 1, "{wrong}");
        }
    }

    fn empty(text: &str) -> usize {
        mend(text).err().map_or(0, |findings| findings.len())
    }
}
