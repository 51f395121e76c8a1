//! Numbers as protoc's tokenizer reads them; protox lets some more through,
//! above all in the values of options that are messages.

use super::text::Finding;
use crate::tokens::{Kind, Token};

/// What is wrong with the numbers of a text.
pub fn check(text: &str, code: &[&Token]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut read = 0;
    let mut previous: Option<&Token> = None;
    for token in code {
        let start = token.range.start;
        let before = previous.replace(token);
        let rest = text.get(start..).unwrap_or_default();
        if start < read || !starts_number(rest, token.kind) {
            continue;
        }
        let number = Number::read(rest);
        read = start + number.length;
        let follows_name = |before: &Token| before.kind == Kind::Word && before.range.end == start;
        let wrong = if rest.starts_with('.') && before.is_some_and(follows_name) {
            Some("has no space between it and the name before it")
        } else {
            number.wrong
        };
        if let Some(wrong) = wrong {
            findings.push(Finding {
                range: start..read,
                message: format!("number '{}' {wrong}", &rest[..number.length]),
                help: None,
            });
        }
    }
    findings
}

fn starts_number(rest: &str, kind: Kind) -> bool {
    let is_fraction = || {
        let digits = rest.strip_prefix('.');
        digits.is_some_and(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))
    };
    kind == Kind::Number || is_fraction()
}

/// A number at the start of a text.
struct Number {
    length: usize,
    wrong: Option<&'static str>,
}

impl Number {
    fn read(text: &str) -> Number {
        let mut reader = Reader { text, length: 0 };
        let (is_decimal, mut wrong) = match text.as_bytes() {
            [b'0', b'x' | b'X', ..] => {
                reader.length = 2;
                let digits = reader.skip(|c| c.is_ascii_hexdigit());
                (false, (digits == 0).then_some("has no hexadecimal digits"))
            }
            [b'0', b'0'..=b'9', ..] => {
                reader.skip(|c| matches!(c, '0'..='7'));
                let others = reader.skip(|c| c.is_ascii_digit());
                let wrong = "is octal, since it starts with 0, but has other digits than 0 to 7";
                (false, (others > 0).then_some(wrong))
            }
            _ => (true, reader.decimal()),
        };
        let rest = &text[reader.length..];
        if rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            wrong = wrong.or(Some("has no space between it and the name after it"));
        } else if rest.starts_with('.') {
            wrong = wrong.or(Some(if is_decimal {
                "has more than one decimal point, or one after its exponent"
            } else {
                "is hexadecimal or octal, so it cannot have a fraction"
            }));
        }
        Number {
            length: reader.length,
            wrong,
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    length: usize,
}

impl Reader<'_> {
    /// Digits, a fraction and an exponent.
    fn decimal(&mut self) -> Option<&'static str> {
        self.skip(|c| c.is_ascii_digit());
        if self.take(&['.']) {
            self.skip(|c| c.is_ascii_digit());
        }
        if self.take(&['e', 'E']) {
            self.take(&['+', '-']);
            let digits = self.skip(|c| c.is_ascii_digit());
            return (digits == 0).then_some("has an 'e' but no exponent");
        }
        None
    }

    fn take(&mut self, any: &[char]) -> bool {
        let found = self.text[self.length..].starts_with(any);
        self.length += usize::from(found);
        found
    }

    /// Goes on while characters, ASCII ones, are of a kind; how many were.
    fn skip(&mut self, is_of_kind: impl Fn(char) -> bool) -> usize {
        let rest = &self.text[self.length..];
        let count = rest.chars().take_while(|c| is_of_kind(*c)).count();
        self.length += count;
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::tokens;

    fn wrong(text: &str) -> Vec<String> {
        let tokens = tokens(text);
        let code: Vec<&Token> = tokens.iter().collect();
        let findings = check(text, &code);
        findings
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }

    #[test]
    fn numbers_that_protoc_reads_are_right() {
        let fine = "0 00 017 0x1F 0XaB 1 1. .5 1.5 1e5 1.5E-3 1e+5 9 8-1 a .5 0.5 1,2 a.b ...";
        assert_eq!(wrong(fine), [""; 0]);
    }

    #[test]
    fn numbers_that_protoc_does_not_read_are_wrong() {
        for (text, expected) in [
            (
                "1.5f",
                "number '1.5' has no space between it and the name after it",
            ),
            (
                "5_",
                "number '5' has no space between it and the name after it",
            ),
            (
                "01e5",
                "number '01' has no space between it and the name after it",
            ),
            (
                "a.5",
                "number '.5' has no space between it and the name before it",
            ),
            (
                "1.2.3",
                "number '1.2' has more than one decimal point, or one after its exponent",
            ),
            (
                "1e5.3",
                "number '1e5' has more than one decimal point, or one after its exponent",
            ),
            (
                "01.5",
                "number '01' is hexadecimal or octal, so it cannot have a fraction",
            ),
            (
                "0x1.5",
                "number '0x1' is hexadecimal or octal, so it cannot have a fraction",
            ),
            (
                "089",
                "number '089' is octal, since it starts with 0, but has other digits than 0 to 7",
            ),
            ("0xg", "number '0x' has no hexadecimal digits"),
            ("1e+", "number '1e+' has an 'e' but no exponent"),
        ] {
            assert_eq!(wrong(text)[0], expected, "{text}");
        }
    }
}
