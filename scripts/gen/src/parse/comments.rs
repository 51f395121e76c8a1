//! The comments before and behind declarations, attached as protoc does.

use protox::prost_reflect::prost_types::source_code_info::Location;

use crate::tokens::{Kind, Token, tokens};

/// Gives the declarations of a text the comments that protoc gives them.
pub fn attach(locations: &mut [Location], text: &str) {
    let all = tokens(text);
    let code: Vec<&Token> = all.iter().filter(|t| t.kind != Kind::Comment).collect();
    let lines: Vec<usize> = std::iter::once(0)
        .chain(text.match_indices('\n').map(|(at, _)| at + 1))
        .collect();
    for location in locations {
        location.leading_comments = None;
        location.trailing_comments = None;
        location.leading_detached_comments = Vec::new();
        let Some((first, last)) = declaration(location, text, &code, &lines) else {
            continue;
        };
        let before = comments(text, &code, first);
        let behind = comments(text, &code, last + 1);
        location.leading_detached_comments = before.detached;
        location.leading_comments = Some(before.leading).filter(|text| !text.is_empty());
        location.trailing_comments = Some(behind.trailing).filter(|text| !text.is_empty());
    }
}

/// The first token of a declaration, and the one that ends it or opens its
/// block: comments are beside these.
fn declaration(
    location: &Location,
    text: &str,
    code: &[&Token],
    lines: &[usize],
) -> Option<(usize, usize)> {
    let offset = |line: i32, column: i32| {
        let start = lines.get(usize::try_from(line).ok()?)?;
        Some(start + usize::try_from(column).ok()?)
    };
    let (start, end) = match location.span[..] {
        [line, start, end] => (offset(line, start)?, offset(line, end)?),
        [line, start, end_line, end] => (offset(line, start)?, offset(end_line, end)?),
        _ => return None,
    };
    let found = |at: usize| code.get(at).map_or("", |token| token.text(text));
    let first = code.partition_point(|token| token.range.start < start);
    let last = code.partition_point(|token| token.range.end < end);
    let follows_another = first == 0 || matches!(found(first - 1), ";" | "{" | "}");
    if holds_others(&location.path) || !follows_another {
        return None;
    }
    match found(last) {
        ";" => Some((first, last)),
        // The message of a group has its comments, not the field.
        "}" if !is_field(&location.path) => Some((first, block(text, code, first)?)),
        _ => None,
    }
}

/// Whether a path is that of a file or of options, which start and may end with
/// the first of what is in them.
fn holds_others(path: &[i32]) -> bool {
    match path {
        [] | [8] | [5, _, 3] | [6, _, 3] | [6, _, 2, _, 4] | [4, _, 7] => true,
        [4, .., 3, _, 7] | [4, .., 4, _, 3] | [4, .., 8, _, 2] => !path.len().is_multiple_of(2),
        _ => false,
    }
}

fn is_field(path: &[i32]) -> bool {
    path.len().is_multiple_of(2) && matches!(path, [7, _] | [4, .., 2 | 6, _])
}

/// The brace that opens a declaration's block.
fn block(text: &str, code: &[&Token], first: usize) -> Option<usize> {
    let mut brackets = 0_usize;
    for (at, token) in code.iter().enumerate().skip(first) {
        match token.text(text) {
            "[" => brackets += 1,
            "]" => brackets = brackets.saturating_sub(1),
            "{" if brackets == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// The comments between two tokens.
#[derive(Debug, Default, PartialEq, Eq)]
struct Comments {
    trailing: String,
    detached: Vec<String>,
    leading: String,
}

/// The comments before the token at an index of `code`.
fn comments(text: &str, code: &[&Token], next: usize) -> Comments {
    let start = next
        .checked_sub(1)
        .map_or(0, |before| code[before].range.end);
    let end = code.get(next).map_or(text.len(), |token| token.range.start);
    let next = code.get(next).map_or("", |token| token.text(text));
    between(text.get(start..end).unwrap_or_default(), start == 0, next)
}

/// Comments while they are read.
#[derive(Default)]
struct Collector {
    found: Comments,
    pending: Option<String>,
    is_line: bool,
    may_trail: bool,
    has_trailing: bool,
    count: usize,
}

/// The comments of a text between two tokens, the later of which is `next`.
///
/// Source: `NextWithComments` of protoc's tokenizer.
fn between(gap: &str, at_start: bool, next: &str) -> Comments {
    let mut collector = Collector {
        may_trail: !at_start,
        ..Collector::default()
    };
    let mut rest = gap.trim_start_matches(is_blank);
    // Whether the last comment read is on the line of the token before.
    let mut on_line = !at_start;
    let mut ends_trailing = gap;
    loop {
        if let Some((comment, behind)) = line_comment(rest) {
            collector.line(comment);
            rest = behind;
            if on_line {
                collector.flush();
            }
        } else if let Some((comment, behind)) = block_comment(rest) {
            collector.block(comment);
            rest = behind.trim_start_matches(is_blank);
            if on_line {
                collector.flush();
                ends_trailing = rest;
            } else {
                rest = rest.strip_prefix('\n').unwrap_or(rest);
            }
        } else if let Some(behind) = rest.strip_prefix('\n') {
            rest = behind;
            if !on_line {
                collector.flush();
                collector.may_trail = false;
            }
        } else {
            break;
        }
        on_line = false;
        rest = rest.trim_start_matches(is_blank);
    }
    let is_beside = !gap.contains('\n') || !ends_trailing.contains('\n');
    if is_beside && !at_start && !next.is_empty() {
        collector.detach_only();
    } else if matches!(next, "" | "}" | "]" | ")") {
        collector.flush();
    }
    collector.found.leading = collector.pending.unwrap_or_default();
    collector.found
}

impl Collector {
    fn line(&mut self, comment: &str) {
        if !self.is_line {
            self.flush();
        }
        self.is_line = true;
        self.pending.get_or_insert_default().push_str(comment);
    }

    fn block(&mut self, comment: String) {
        self.flush();
        self.is_line = false;
        self.pending = Some(comment);
    }

    /// What was read does not belong to the next token.
    fn flush(&mut self) {
        let Some(comment) = self.pending.take() else {
            return;
        };
        self.count += 1;
        if std::mem::take(&mut self.may_trail) {
            self.has_trailing = true;
            self.found.trailing = comment;
        } else {
            self.found.detached.push(comment);
        }
    }

    /// A single comment between two tokens of one line belongs to neither.
    fn detach_only(&mut self) {
        if self.count + usize::from(self.pending.is_some()) == 1 {
            self.may_trail = false;
            self.flush();
            // An empty comment is one, too.
            if self.has_trailing {
                let trailing = std::mem::take(&mut self.found.trailing);
                self.found.detached.insert(0, trailing);
            }
        }
    }
}

fn is_blank(c: char) -> bool {
    c != '\n' && c.is_whitespace()
}

/// What is in the line comment at the start of a text, its line feed included,
/// and what follows.
fn line_comment(text: &str) -> Option<(&str, &str)> {
    let comment = text.strip_prefix("//")?;
    let end = comment.find('\n').map_or(comment.len(), |end| end + 1);
    comment.split_at_checked(end)
}

/// The same of a block comment, without the blanks and stars that start its
/// lines.
fn block_comment(text: &str) -> Option<(String, &str)> {
    let (comment, behind) = text.strip_prefix("/*")?.split_once("*/")?;
    let mut lines = comment.split('\n');
    let mut kept = lines.next()?.to_owned();
    for line in lines {
        kept.push('\n');
        let line = line.trim_start_matches(is_blank);
        kept += line.strip_prefix('*').unwrap_or(line);
    }
    Some((kept, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(gap: &str, trailing: &str, detached: &[&str], leading: &str) {
        let expected = Comments {
            trailing: trailing.to_owned(),
            detached: detached.iter().map(|text| (*text).to_owned()).collect(),
            leading: leading.to_owned(),
        };
        assert_eq!(between(gap, false, "message"), expected, "{gap:?}");
    }

    #[test]
    fn comments_belong_to_what_they_stand_beside() {
        check(" // a\n", " a\n", &[], "");
        check(" /* a */\n", " a ", &[], "");
        check(" // a\n // b\n // c\n", " a\n", &[], " b\n c\n");
        check("\n // a\n\n // b\n\n // c\n", " a\n", &[" b\n"], " c\n");
        check("\n\n // a\n\n /* b */\n", "", &[" a\n"], " b ");
        check(" /* a */ // b\n", " a ", &[], " b\n");
    }

    #[test]
    fn a_comment_between_two_tokens_of_a_line_belongs_to_neither() {
        check(" /* a */ ", "", &[" a "], "");
        check(" /* a\n */ ", "", &[" a\n"], "");
        check(" /**/ ", "", &[""], "");
        check(" /* a */ /* b */ ", " a ", &[], " b ");
        assert_eq!(between(" /* a */ ", false, "}").trailing, "");
        assert_eq!(between(" /* a */ ", true, "syntax").leading, " a ");
    }

    #[test]
    fn a_comment_before_the_end_of_a_block_is_not_before_a_declaration() {
        let found = between("\n // a\n", false, "}");
        assert_eq!(
            (found.trailing.as_str(), found.leading.as_str()),
            (" a\n", "")
        );
    }

    #[test]
    fn lines_of_blocks_lose_their_blanks_and_stars() {
        check("\n\n/* a\n   * b\n  c\n\n   */\n", "", &[], " a\n b\nc\n\n");
        check("\n\n//\n//\n", "", &[], "\n\n");
        check("\n\n/**/\n", "", &[], "");
    }
}
