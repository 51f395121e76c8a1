//! Texts in quotes that are no UTF-8 once their escapes are resolved, which
//! protoc lets through.
//!
//! Each byte of an escape in such a text is written as a character of the
//! last private plane until everything is linked.

use std::ops::Range;

use super::text::Edit;
use crate::tokens::{Kind, Token};

/// The character that stands for byte 0.
const FIRST: u32 = 0x10_FF00;

/// What an escape stands for.
#[derive(Debug)]
struct Escape {
    range: Range<usize>,
    bytes: Vec<u8>,
}

/// The changes that make protox read such texts.
pub fn edits(text: &str, code: &[&Token]) -> Vec<Edit> {
    let is_odd = |value: &[u8]| std::str::from_utf8(value).is_err();
    let edits = edits_where(text, code, is_odd);
    if edits.is_empty() {
        return edits;
    }
    // Where some characters stand for bytes, their own bytes need stand-ins too.
    edits_where(text, code, |value| {
        is_odd(value) || restored(value).is_some()
    })
}

fn edits_where(text: &str, code: &[&Token], is_odd: impl Fn(&[u8]) -> bool) -> Vec<Edit> {
    // protox joins the texts of neighbours, as protoc does.
    code.chunk_by(|left, right| left.kind == Kind::String && right.kind == Kind::String)
        .filter(|tokens| tokens[0].kind == Kind::String)
        .filter_map(|tokens| edits_of(text, tokens, &is_odd))
        .flatten()
        .collect()
}

fn edits_of(text: &str, tokens: &[&Token], is_odd: impl Fn(&[u8]) -> bool) -> Option<Vec<Edit>> {
    let has_escape = |token: &&Token| token.text(text).contains('\\');
    if !tokens.iter().any(has_escape) {
        return None;
    }
    let mut value = Vec::new();
    let mut odd = Vec::new();
    for token in tokens {
        let start = token.range.start;
        let quoted = token.text(text);
        let quote = quoted.get(..1)?;
        let mut rest = 1;
        while let Some(at) = quoted.get(rest..)?.find('\\').map(|at| rest + at) {
            value.extend_from_slice(quoted.get(rest..at)?.as_bytes());
            let escape = escape(quoted.get(at..)?)?;
            rest = at + escape.range.end;
            value.extend_from_slice(&escape.bytes);
            if escape.bytes.iter().any(|byte| !byte.is_ascii()) {
                let range = start + at..start + rest;
                odd.push((Escape { range, ..escape }, quote));
            }
        }
        value.extend_from_slice(quoted.get(rest..quoted.len() - 1)?.as_bytes());
    }
    if !is_odd(&value) {
        return None;
    }
    let edits = odd
        .iter()
        .map(|(escape, quote)| written_over(escape, quote));
    Some(edits.collect())
}

/// The bytes that a text in quotes stands for, unless protoc refuses it.
pub fn value(quoted: &str) -> Option<Vec<u8>> {
    let is_closed = quoted.len() > 1 && quoted.get(..1) == quoted.get(quoted.len() - 1..);
    let mut rest = quoted.get(1..quoted.len().checked_sub(1)?)?;
    let mut value = Vec::new();
    while let Some(at) = rest.find('\\') {
        value.extend_from_slice(rest.get(..at)?.as_bytes());
        let escape = escape(rest.get(at..)?)?;
        value.extend_from_slice(&escape.bytes);
        rest = rest.get(at + escape.range.end..)?;
    }
    value.extend_from_slice(rest.as_bytes());
    is_closed.then_some(value)
}

/// The escape at the start of a text, unless protoc refuses it.
fn escape(text: &str) -> Option<Escape> {
    let digits = |start: usize, most: usize, radix: u32| {
        let digits = text.get(start..).unwrap_or_default().chars();
        start + digits.take(most).take_while(|c| c.is_digit(radix)).count()
    };
    let number = |digits: Range<usize>, radix| u32::from_str_radix(text.get(digits)?, radix).ok();
    let byte = |number: u32| vec![number.to_le_bytes()[0]];
    let (end, bytes) = match text.as_bytes().get(1)? {
        b'0'..=b'7' => {
            let end = digits(1, 3, 8);
            (end, byte(number(1..end, 8)?))
        }
        b'x' | b'X' => {
            let end = digits(2, 2, 16);
            (end, byte(number(2..end, 16)?))
        }
        b'u' => unicode(text, number(2..6, 16)?),
        b'U' => match number(2..10, 16)? {
            character @ 0..0x11_0000 => (10, utf8(character)),
            // The escape itself is in the text.
            0x11_0000..0x20_0000 => (10, text.get(..10)?.as_bytes().to_vec()),
            _ => return None,
        },
        b'a' => (2, vec![0x07]),
        b'b' => (2, vec![0x08]),
        b'f' => (2, vec![0x0C]),
        b'n' => (2, vec![b'\n']),
        b'r' => (2, vec![b'\r']),
        b't' => (2, vec![b'\t']),
        b'v' => (2, vec![0x0B]),
        quoted @ (b'\\' | b'?' | b'\'' | b'"') => (2, vec![*quoted]),
        _ => return None,
    };
    let range = 0..end;
    Some(Escape { range, bytes })
}

/// A character, or a half of one that may have the other half behind it.
fn unicode(text: &str, number: u32) -> (usize, Vec<u8>) {
    let low = text.get(6..12).and_then(|next| next.strip_prefix("\\u"));
    let low = low.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    match low {
        Some(low) if (0xD800..0xDC00).contains(&number) && (0xDC00..0xE000).contains(&low) => {
            let both = 0x1_0000 + ((number - 0xD800) << 10) + (low - 0xDC00);
            (12, utf8(both))
        }
        _ => (6, utf8(number)),
    }
}

/// A number encoded as UTF-8 encodes characters, even when it is none.
fn utf8(number: u32) -> Vec<u8> {
    let part = |shift: u32| 0x80 | (number >> shift & 0x3F);
    let parts = match number {
        0..0x80 => vec![number],
        0x80..0x800 => vec![0xC0 | number >> 6, part(0)],
        0x800..0x1_0000 => vec![0xE0 | number >> 12, part(6), part(0)],
        _ => vec![0xF0 | number >> 18, part(12), part(6), part(0)],
    };
    parts.iter().map(|part| part.to_le_bytes()[0]).collect()
}

/// Writes characters over an escape. What does not fit over it is inserted
/// behind it; what is left of it is closed and opened quotes.
fn written_over(escape: &Escape, quote: &str) -> Edit {
    let length = escape.range.len();
    let characters: Vec<char> = escape
        .bytes
        .iter()
        .filter_map(|byte| character(*byte))
        .collect();
    let (over, behind) = characters.split_at(characters.len().min(length / 4));
    let mut replacement: String = over.iter().collect();
    while replacement.len() < length {
        replacement += quote;
    }
    Edit {
        start: escape.range.start,
        replacement,
        insertion: behind.iter().collect(),
    }
}

/// A text in which characters stand for the bytes that are no UTF-8.
pub fn text_of(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text += chunk.valid();
        text.extend(chunk.invalid().iter().filter_map(|byte| character(*byte)));
    }
    text
}

/// Whether a character stands for a byte.
pub fn is_stand_in(character: char) -> bool {
    u32::from(character) >= FIRST
}

fn character(byte: u8) -> Option<char> {
    char::from_u32(FIRST + u32::from(byte))
}

/// Bytes with those that something stands for; `None` where nothing does.
pub fn restored(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, others)) = rest.split_first() {
        match rest {
            [
                0xF4,
                0x8F,
                high @ 0xBC..=0xBF,
                low @ 0x80..=0xBF,
                others @ ..,
            ] => {
                out.push((high - 0xBC) << 6 | (low - 0x80));
                rest = others;
            }
            _ => {
                out.push(*first);
                rest = others;
            }
        }
    }
    (out.len() != bytes.len()).then_some(out)
}

/// The same in the default value of a field of type bytes, whose bytes are
/// written as octal escapes.
pub fn restored_default(default: &str) -> String {
    let mut out = String::with_capacity(default.len());
    let mut rest = default;
    while let Some(at) = rest.find("\\364\\217\\27") {
        let (before, found) = rest.split_at(at);
        out += before;
        let octal = |range| u8::from_str_radix(found.get(range)?, 8).ok();
        let bytes = [octal(1..4), octal(5..8), octal(9..12), octal(13..16)];
        let bytes: Option<Vec<u8>> = bytes.into_iter().collect();
        match bytes.and_then(|bytes| restored(&bytes)) {
            Some(byte) => {
                out += &format!("\\{:03o}", byte[0]);
                rest = found.get(16..).unwrap_or_default();
            }
            None => {
                out += "\\364";
                rest = found.get(4..).unwrap_or_default();
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::super::text::mend;
    use super::*;

    #[test]
    fn texts_that_are_utf8_stay() {
        for text in [
            r"x = '\xc3\xa9';",
            r"x = '\xc3' '\xa9';",
            r"x = '\303\251é\n\\xff';",
            r"x = '\uD83D\uDE00';",
            r"x = '\xff",
        ] {
            let tokens = crate::tokens::tokens(text);
            let code: Vec<&Token> = tokens.iter().collect();
            assert_eq!(edits(text, &code), [], "{text}");
        }
    }

    #[test]
    fn other_bytes_come_back() {
        for (text, expected) in [
            (r"x = '\xff';", &b"\xff"[..]),
            (r"x = 'a\377é\xC3';", b"a\xff\xc3\xa9\xc3"),
            (r"x = '\777';", b"\xff"),
            (r"x = '\uD800b';", b"\xed\xa0\x80b"),
        ] {
            let mended = mend(text).unwrap().text;
            let quoted: String = mended.split('\'').skip(1).collect();
            let found = restored(quoted.trim_end_matches(';').as_bytes()).unwrap();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn defaults_of_bytes_come_back() {
        assert_eq!(restored_default(r"a\364\217\277\277b"), r"a\377b");
        assert_eq!(restored_default(r"\364\217\200\200"), r"\364\217\200\200");
    }
}
