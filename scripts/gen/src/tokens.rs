//! The tokens of a `.proto` file, as far as they matter before parsing.

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A name or a keyword.
    Word,
    /// A number.
    Number,
    /// Text in quotes.
    String,
    /// A line or block comment.
    Comment,
    /// Any other character.
    Symbol,
}

/// A token and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it is, in bytes.
    pub range: Range<usize>,
}

impl Token {
    /// Its text.
    pub fn text<'a>(&self, source: &'a str) -> &'a str {
        source.get(self.range.clone()).unwrap_or_default()
    }
}

/// The tokens of a text, without what is between them. Wrong text gives some
/// tokens, too: the parser is the one to say what is wrong.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(c) = text[start..].chars().next() {
        let rest = &text[start..];
        let (kind, length) = match c {
            _ if c.is_whitespace() => {
                start += c.len_utf8();
                continue;
            }
            '/' if rest.starts_with("//") => (Kind::Comment, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (
                Kind::Comment,
                rest[2..].find("*/").map_or(rest.len(), |end| end + 4),
            ),
            '"' | '\'' => (Kind::String, quoted(rest, c)),
            'a'..='z' | 'A'..='Z' | '_' => (Kind::Word, word(rest)),
            '0'..='9' => (Kind::Number, number(rest)),
            '.' if starts_with_digit(&rest[1..]) => (Kind::Number, number(rest)),
            _ => (Kind::Symbol, c.len_utf8()),
        };
        tokens.push(Token {
            kind,
            range: start..start + length,
        });
        start += length;
    }
    tokens
}

fn word(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(text.len())
}

/// The length of a number, with what wrongly follows it without a space.
fn number(text: &str) -> usize {
    let digits = |start: usize| {
        let rest = text.get(start..).unwrap_or_default();
        let end = rest.find(|c: char| !c.is_ascii_digit());
        start + end.unwrap_or(rest.len())
    };
    let mut end = digits(0);
    if text.starts_with('0') && end > 1 {
        // Octal: it has no fraction.
        return word(text);
    }
    if text[end..].starts_with('.') {
        end = digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let signed = end + 1 + usize::from(text[end + 1..].starts_with(['+', '-']));
        end = digits(signed).max(end);
    }
    end + word(&text[end..])
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// The length of text in quotes; it ends at the end of its line at the latest.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' => return at,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_its_fraction_and_exponent() {
        let text = "0.05 .5 1.5e-3 5. 0x1F.5 017 1e+5f a.b 1.2.3 8-1";
        let found: Vec<&str> = tokens(text)
            .iter()
            .filter(|token| token.kind == Kind::Number)
            .map(|token| token.text(text))
            .collect();
        assert_eq!(
            found,
            [
                "0.05", ".5", "1.5e-3", "5.", "0x1F", ".5", "017", "1e+5f", "1.2", ".3", "8", "1"
            ]
        );
    }

    #[test]
    fn every_kind_is_told_apart() {
        let text = "a1 = 'it\\'s' /* ; */ 0x1F; // end\n\"open";
        let found: Vec<(Kind, &str)> = tokens(text)
            .iter()
            .map(|token| (token.kind, token.text(text)))
            .collect();
        assert_eq!(
            found,
            [
                (Kind::Word, "a1"),
                (Kind::Symbol, "="),
                (Kind::String, "'it\\'s'"),
                (Kind::Comment, "/* ; */"),
                (Kind::Number, "0x1F"),
                (Kind::Symbol, ";"),
                (Kind::Comment, "// end"),
                (Kind::String, "\"open"),
            ]
        );
    }
}
