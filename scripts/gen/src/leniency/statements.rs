//! What is wrong with statements and protox does not find, or does not
//! survive: editions, comments in comments, empty statements where there may be
//! none, and nesting that would exhaust the stack.

use super::text::Finding;
use crate::tokens::{Kind, Token};

/// How deep braces and brackets may nest within an option's value.
const DEEPEST_VALUE: usize = 100;
/// How many parts a dotted name may have; no name can be found beyond 150.
const LONGEST_CHAIN: usize = 150;

/// What is wrong; an edition hides all else, and so does a comment in a
/// comment, since who wrote that means another end than the first.
pub fn check(text: &str, tokens: &[Token], code: &[&Token]) -> Vec<Finding> {
    if let Some(finding) = edition(text, code) {
        return vec![finding];
    }
    let nested = nested_comments(text, tokens);
    if !nested.is_empty() {
        return nested;
    }
    let mut findings = null_characters(text, tokens);
    findings.extend(deep_values(text, code));
    findings.extend(long_chains(text, code));
    findings.extend(empty_statements(text, code));
    findings.extend(reserved_option_names(text, code));
    findings
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

/// The first comment in each block comment.
fn nested_comments(text: &str, tokens: &[Token]) -> Vec<Finding> {
    const START: &str = "/*";
    let comments = tokens.iter().filter(|token| token.kind == Kind::Comment);
    let nested = comments.filter_map(|comment| {
        let content = comment.text(text).strip_prefix(START)?;
        let at = comment.range.start + START.len() + content.find(START)?;
        Some(Finding {
            range: at..at + START.len(),
            message: "a block comment cannot be within another".to_owned(),
            help: Some("write '//' before each line of the outer one".to_owned()),
        })
    });
    nested.collect()
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

/// protoc keeps a name for what it has not looked up yet.
fn reserved_option_names(text: &str, code: &[&Token]) -> Vec<Finding> {
    code.windows(3)
        .filter(|window| {
            let [before, name, after] = [0, 1, 2].map(|at| window[at].text(text));
            matches!(before, "option" | "[" | ",")
                && name == "uninterpreted_option"
                && matches!(after, "=" | ".")
        })
        .map(|window| {
            finding(
                window[1],
                "the option name 'uninterpreted_option' is reserved",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::text::mend;

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
