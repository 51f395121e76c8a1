//! Literals that protox cannot read, written so that it can.

use super::text::Edit;
use crate::tokens::{Kind, Token};

/// The changes that make protox read what protoc does.
pub fn edits(text: &str, code: &[&Token]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut big = Vec::new();
    for (at, token) in code.iter().enumerate() {
        match token.kind {
            Kind::String => edits.extend(escapes(token, text)),
            Kind::Number => {
                let before = at.checked_sub(1).and_then(|before| code.get(before));
                let is_negative = before.is_some_and(|before| before.text(text) == "-");
                if is_too_big(token.text(text), is_negative) {
                    big.push(at);
                }
            }
            _ => {}
        }
    }
    if !big.is_empty() {
        let in_option = in_options(text, code);
        let in_option = |at: &&usize| in_option.get(**at) == Some(&true);
        // What is too big for an integer is meant for a float.
        edits.extend(
            big.iter()
                .filter(in_option)
                .map(|at| Edit::insert(code[*at].range.end, ".".to_owned())),
        );
    }
    edits
}

/// Whether a decimal number does not fit all integers.
fn is_too_big(number: &str, is_negative: bool) -> bool {
    let is_decimal = !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit());
    let highest = if is_negative {
        i64::MIN.unsigned_abs()
    } else {
        u64::MAX
    };
    is_decimal
        && number
            .parse::<u64>()
            .map_or(true, |number| number > highest)
}

/// Whether each token is in an option: after the word `option`, or in brackets.
fn in_options(text: &str, code: &[&Token]) -> Vec<bool> {
    let mut brackets = 0_usize;
    let mut braces = 0_usize;
    let mut statement = false;
    let mut previous = ";";
    code.iter()
        .map(|token| {
            let found = token.text(text);
            if !statement && found == "option" && matches!(previous, ";" | "{" | "}") {
                statement = true;
                braces = 0;
            }
            match found {
                "[" => brackets += 1,
                "]" => brackets = brackets.saturating_sub(1),
                "{" => braces += 1,
                "}" => braces = braces.saturating_sub(1),
                ";" if braces == 0 => statement = false,
                _ => {}
            }
            previous = found;
            statement || brackets > 0
        })
        .collect()
}

/// Escapes in a text in quotes: octal ones over one byte, of which protoc takes
/// the lowest 8 bits, and pairs of surrogates, which are one character. What is
/// written over them is as long.
fn escapes(token: &Token, text: &str) -> Vec<Edit> {
    let quoted = token.text(text);
    let mut edits = Vec::new();
    let mut at = 0;
    while let Some(found) = quoted.get(at..).and_then(|rest| rest.find('\\')) {
        at += found;
        let escape = quoted.get(at..).unwrap_or_default();
        if is_over_unicode(escape) {
            // protoc has the escape itself in the text.
            edits.push(Edit::insert(token.range.start + at, "\\".to_owned()));
        }
        let replacement = octal(escape).or_else(|| surrogates(escape, quoted));
        match replacement {
            Some(replacement) => {
                let length = replacement.len();
                edits.push(Edit::replace(token.range.start + at, replacement));
                at += length;
            }
            None => at += 2,
        }
    }
    edits
}

fn octal(escape: &str) -> Option<String> {
    match escape.as_bytes() {
        [b'\\', first @ b'4'..=b'7', b'0'..=b'7', b'0'..=b'7', ..] => {
            let first = char::from(first - 4);
            Some(format!("\\{first}{}", escape.get(2..4)?))
        }
        _ => None,
    }
}

/// Whether an escape is of a character just beyond the last one.
fn is_over_unicode(escape: &str) -> bool {
    let digits = escape.strip_prefix("\\U").and_then(|rest| rest.get(..8));
    let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
    number.is_some_and(|number| (0x11_0000..0x20_0000).contains(&number))
}

/// `\uD83D\uDE00` as `\U0001F600` and two quotes: the text ends and goes on.
fn surrogates(escape: &str, quoted: &str) -> Option<String> {
    let unit = |at: usize| {
        let digits = escape.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut characters = char::decode_utf16([unit(0)?, unit(6)?]);
    let character = characters.next()?.ok()?;
    if characters.next().is_some() {
        return None;
    }
    let quote = quoted.get(..1)?;
    Some(format!("\\U{:08X}{quote}{quote}", u32::from(character)))
}

#[cfg(test)]
mod tests {
    use super::super::text::mend;

    #[test]
    fn escapes_are_written_as_protox_reads_them() {
        for (text, expected) in [
            (r"x = '\400\703\651\08';", r"x = '\000\303\251\08';"),
            (r"x = '\U00110000';", r"x = '\\U00110000';"),
            (r"x = '\\400';", r"x = '\\400';"),
            (r#"x = "a\uD83D\uDE00b";"#, r#"x = "a\U0001F600""b";"#),
            (r"x = '\", r"x = '\"),
            (r"x = '\é4é';", r"x = '\é4é';"),
        ] {
            assert_eq!(mend(text).unwrap().text, expected);
        }
    }

    #[test]
    fn big_integers_in_options_become_floats() {
        for (text, expected) in [
            (
                "option (a) = 18446744073709551616;",
                "option (a) = 18446744073709551616.;",
            ),
            (
                "option (a) = 18446744073709551615;",
                "option (a) = 18446744073709551615;",
            ),
            (
                "option (a) = { b { c: 99999999999999999999 } };",
                "option (a) = { b { c: 99999999999999999999. } };",
            ),
            (
                "a = 1 [default = -99999999999999999999];",
                "a = 1 [default = -99999999999999999999.];",
            ),
            (
                "message M { int32 a = 99999999999999999999; }",
                "message M { int32 a = 99999999999999999999; }",
            ),
        ] {
            assert_eq!(mend(text).unwrap().text, expected);
        }
    }
}
