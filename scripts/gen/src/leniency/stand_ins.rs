//! Words and numbers that stand for others while protox parses a file.

use std::collections::HashMap;

use protox::prost_reflect::prost_types::field_descriptor_proto::Type;
use protox::prost_reflect::prost_types::{
    FieldDescriptorProto, FileDescriptorProto, UninterpretedOption,
};

use super::high_numbers::HighNumbers;
use super::odd_strings;
use super::options::{each_field, each_option};
use super::reserved::Reserved;
use super::text::Edit;
use crate::tokens::{Kind, Token};

/// What stands for something else, and for what.
#[derive(Debug, Default)]
pub struct StandIns {
    /// For the type `map`, which is a message of that name.
    map: Option<String>,
    /// For `-inf` and `-nan` as values of options.
    negative: HashMap<String, f64>,
    reserved: Reserved,
    high_numbers: HighNumbers,
    /// Whether characters stand for bytes of texts that are no UTF-8.
    pub has_odd_strings: bool,
}

/// What protox needs something else for, and the changes of the text.
pub fn find(text: &str, code: &[&Token]) -> (StandIns, Vec<Edit>) {
    let mut stand_ins = StandIns::default();
    let mut edits = Vec::new();
    for (at, window) in code.windows(4).enumerate() {
        let [before, first, second, third] = [0, 1, 2, 3].map(|at| window[at]);
        let texts = [before, first, second, third].map(|token| token.text(text));
        match texts {
            [
                "{" | "}" | ";" | "optional" | "required" | "repeated",
                "map",
                _,
                "=",
            ] if second.kind == Kind::Word => {
                if stand_ins.map.is_none() {
                    stand_ins.map = unused_word(text, 'm');
                }
                if let Some(word) = &stand_ins.map {
                    edits.push(Edit::replace(first.range.start, word.clone()));
                }
            }
            ["=", "-", name @ ("inf" | "nan"), ";" | "," | "]"]
                if !is_default(text, code.get(..at).unwrap_or_default()) =>
            {
                edits.extend(stand_ins.stand_for_negative(text, name, first, second));
            }
            ["{" | "}" | ";", "reserved", ..] if second.kind != Kind::Word => {
                let list = code.get(at + 2..).unwrap_or_default();
                edits.extend(stand_ins.reserved.find(text, list));
                edits.extend(stand_ins.high_numbers.in_list(text, list));
            }
            ["{" | "}" | ";", "extensions", ..] if second.kind == Kind::Number => {
                let list = code.get(at + 2..).unwrap_or_default();
                edits.extend(stand_ins.high_numbers.in_list(text, list));
            }
            _ => {}
        }
    }
    for number in extension_numbers(text, code) {
        edits.extend(stand_ins.high_numbers.stand_for(text, number));
    }
    (stand_ins, edits)
}

/// The numbers of the fields in `extend` blocks.
fn extension_numbers<'a>(text: &str, code: &[&'a Token]) -> Vec<&'a Token> {
    let mut numbers = Vec::new();
    // Whether each open brace is that of an `extend`.
    let mut open: Vec<bool> = Vec::new();
    let mut is_extend = false;
    let mut previous = ";";
    for (at, token) in code.iter().enumerate() {
        let found = token.text(text);
        match found {
            "extend" if matches!(previous, ";" | "{" | "}") => is_extend = true,
            "{" => open.push(std::mem::take(&mut is_extend)),
            "}" => drop(open.pop()),
            ";" => is_extend = false,
            _ => {
                let after = code.get(at + 1).map_or("", |token| token.text(text));
                if token.kind == Kind::Number
                    && previous == "="
                    && open.last() == Some(&true)
                    && matches!(after, ";" | "[" | "{")
                {
                    numbers.push(*token);
                }
            }
        }
        previous = found;
    }
    numbers
}

/// Whether the name before a `=` is a field's `default`, which protox reads
/// with its sign.
fn is_default(text: &str, before: &[&Token]) -> bool {
    match before {
        [.., list, name] => name.text(text) == "default" && matches!(list.text(text), "[" | ","),
        _ => false,
    }
}

impl StandIns {
    fn stand_for_negative(
        &mut self,
        text: &str,
        name: &str,
        minus: &Token,
        word: &Token,
    ) -> Vec<Edit> {
        let (letter, value) = match name {
            "inf" => ('i', f64::NEG_INFINITY),
            _ => ('n', f64::NAN),
        };
        let known = self.negative.keys().find(|word| word.starts_with(letter));
        let Some(stand_in) = known.cloned().or_else(|| unused_word(text, letter)) else {
            return Vec::new();
        };
        self.negative.insert(stand_in.clone(), value);
        vec![
            Edit::replace(minus.range.start, " ".to_owned()),
            Edit::replace(word.range.start, stand_in),
        ]
    }

    /// Puts back what something stands for.
    pub fn undo(&self, file: &mut FileDescriptorProto) {
        if let Some(map) = &self.map {
            each_field(file, &mut |field| restore_map(map, field));
        }
        if self.has_odd_strings {
            each_field(file, &mut restore_default);
        }
        each_option(file, &mut |_, _, option| self.set_number(option));
        self.reserved.restore(file);
        self.high_numbers.restore(file);
    }

    /// `inf` and `nan` are numbers too, where an option takes a number.
    fn set_number(&self, option: &mut UninterpretedOption) {
        match option.identifier_value.as_deref() {
            Some("inf") => option.double_value = Some(f64::INFINITY),
            Some("nan") => option.double_value = Some(f64::NAN),
            Some(word) => {
                if let Some(value) = self.negative.get(word) {
                    option.double_value = Some(*value);
                    option.identifier_value = None;
                }
            }
            None => {}
        }
    }
}

/// Bytes stay bytes; text keeps what stands for them.
fn restore_default(field: &mut FieldDescriptorProto) {
    if field.r#type() == Type::Bytes
        && let Some(default) = &mut field.default_value
    {
        *default = odd_strings::restored_default(default);
    }
}

/// A word of three letters that a text has not.
fn unused_word(text: &str, first: char) -> Option<String> {
    ('0'..='9')
        .flat_map(|second| ('a'..='z').map(move |third| format!("{first}{second}{third}")))
        .find(|word| !text.contains(word.as_str()))
}

fn restore_map(map: &str, field: &mut FieldDescriptorProto) {
    if field.type_name() == map {
        field.type_name = Some("map".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use protox::file::File;

    use super::super::text::mend;
    use super::*;

    /// The descriptor of a text that protox alone would refuse.
    fn parsed(text: &str) -> FileDescriptorProto {
        let mended = mend(text).unwrap();
        assert!(File::from_source("a.proto", text).is_err(), "{text}");
        let file = File::from_source("a.proto", &mended.text).unwrap();
        let mut file = FileDescriptorProto::from(file);
        let locations = file.source_code_info.iter_mut();
        for location in locations.flat_map(|info| &mut info.location) {
            mended.restore_span(&mut location.span);
        }
        mended.stand_ins.undo(&mut file);
        file
    }

    #[test]
    fn a_type_may_be_named_map() {
        let file = parsed("message map { repeated map m00 = 1; optional map map = 2; }");
        let fields = file.message_type[0].field.iter();
        let names: Vec<_> = fields.map(|f| (f.type_name(), f.name())).collect();
        assert_eq!(names, [("map", "m00"), ("map", "map")]);
    }

    #[test]
    fn options_may_be_infinite_or_no_number() {
        let text = "option (a) = -inf; option (b) = - nan; option (c) = inf; option (d) = i00;";
        let options = parsed(text).options.unwrap_or_default();
        let found: Vec<_> = options
            .uninterpreted_option
            .iter()
            .map(|o| {
                (
                    o.identifier_value.as_deref(),
                    format!("{:?}", o.double_value),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                (None, "Some(-inf)".to_owned()),
                (None, "Some(NaN)".to_owned()),
                (Some("inf"), "Some(inf)".to_owned()),
                (Some("i00"), "None".to_owned()),
            ]
        );
    }

    #[test]
    fn what_is_reserved_stays_as_it_is_written() {
        let file = parsed(
            "message M {\n  reserved \"\", 'a b', \"c\", \"1\" '' '2'; reserved 600000000 to 2147483646, 5;\n  \
             message N { enum E { reserved \"_é\"; reserved 600000000; A = 0; } }\n}",
        );
        let message = &file.message_type[0];
        assert_eq!(message.reserved_name, ["", "a b", "c", "12"]);
        let ranges = message.reserved_range.iter();
        let ranges: Vec<_> = ranges.map(|r| (r.start(), r.end())).collect();
        assert_eq!(ranges, [(600_000_000, 2_147_483_647), (5, 6)]);
        let enumeration = &message.nested_type[0].enum_type[0];
        assert_eq!(enumeration.reserved_name, ["_é"]);
        let range = &enumeration.reserved_range[0];
        assert_eq!((range.start(), range.end()), (600_000_000, 600_000_000));
    }
}
