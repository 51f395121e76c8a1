//! Comments from `#` in the values of options. protoc reads such a value as one
//! line, so that the comment reaches to its end.

use super::odd_strings;
use super::text::{Edit, Finding};
use crate::tokens::{Kind, Token};

/// Comments in values that are not at their outermost level, so that protoc
/// finds no end of what is open.
pub fn check(text: &str, code: &[&Token]) -> Vec<Finding> {
    let nested = comments(text, code).into_iter().filter(|c| c.is_nested);
    nested
        .map(|comment| Finding {
            range: code[comment.start].range.clone(),
            message: "'#' starts a comment to the end of the option's value".to_owned(),
            help: Some("write '//' instead".to_owned()),
        })
        .collect()
}

/// Blanks in place of the comments.
pub fn edits(text: &str, code: &[&Token]) -> Vec<Edit> {
    let comments = comments(text, code).into_iter();
    comments
        .flat_map(|comment| code.get(comment.start..comment.end).unwrap_or_default())
        .filter(|token| {
            // protoc looks at the tokens of a comment, too.
            token.kind != Kind::String || odd_strings::value(token.text(text)).is_some()
        })
        .map(|token| Edit::replace(token.range.start, " ".repeat(token.range.len())))
        .collect()
}

/// A comment, by the indexes of its tokens.
struct Comment {
    start: usize,
    end: usize,
    is_nested: bool,
}

fn comments(text: &str, code: &[&Token]) -> Vec<Comment> {
    let mut comments = Vec::new();
    if !text.contains('#') {
        return comments;
    }
    let mut braces = 0_usize;
    let mut others = 0_usize;
    let mut comment: Option<Comment> = None;
    let mut previous = "";
    for (at, token) in code.iter().enumerate() {
        let found = token.text(text);
        match found {
            "{" if braces > 0 || previous == "=" => braces += 1,
            "}" if braces == 1 => {
                (braces, others) = (0, 0);
                comments.extend(comment.take().map(|c| Comment { end: at, ..c }));
            }
            "}" => braces = braces.saturating_sub(1),
            "[" | "<" if braces > 0 => others += 1,
            "]" | ">" => others = others.saturating_sub(1),
            "#" if braces > 0 && comment.is_none() => {
                comment = Some(Comment {
                    start: at,
                    end: at,
                    is_nested: braces > 1 || others > 0,
                });
            }
            _ => {}
        }
        previous = found;
    }
    comments
}

#[cfg(test)]
mod tests {
    use super::super::text::mend;

    #[test]
    fn a_comment_reaches_to_the_end_of_its_value() {
        let text = "option (a) = { b: 1 # 'c' }\n d: 2 };";
        assert_eq!(
            mend(text).unwrap().text,
            "option (a) = { b: 1       }\n d: 2 };"
        );
        let text = "option (a) = { b: '#' /* # */ };";
        assert_eq!(mend(text).unwrap().text, text);
    }

    #[test]
    fn a_comment_within_what_is_open_is_refused() {
        for text in [
            "option (a) = { b { # c\n } };",
            "option (a) = { b: [1, # c\n 2] };",
        ] {
            assert_eq!(mend(text).unwrap_err().len(), 1, "{text}");
        }
    }
}
