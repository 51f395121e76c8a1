//! Comments of `.proto` files as rustdoc.
//!
//! The text stays what its author wrote, as Markdown, but nothing in it may
//! become a doctest, lose text as unknown HTML, or stop the compiler.

use std::collections::HashMap;
use std::ops::Range;

use protobuf::descriptor::SourceCodeInfo;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};

use crate::leniency::is_stand_in;

/// The comments of one file, by path in its descriptor: those before an
/// element and those behind it.
#[derive(Debug, Default)]
pub struct Comments {
    elements: HashMap<Vec<i32>, [String; 2]>,
    /// Those above the file's `syntax` and `package`.
    file: Vec<String>,
}

impl Comments {
    /// The comments in a file's source info.
    pub fn new(info: SourceCodeInfo) -> Comments {
        const PACKAGE: i32 = 2;
        const SYNTAX: i32 = 12;
        let mut comments = Comments::default();
        for mut location in info.location {
            if let [PACKAGE | SYNTAX] = location.path[..] {
                comments
                    .file
                    .append(&mut location.leading_detached_comments);
                comments.file.extend(location.leading_comments.take());
            } else if location.has_leading_comments() || location.has_trailing_comments() {
                let texts = [
                    location.take_leading_comments(),
                    location.take_trailing_comments(),
                ];
                comments.elements.insert(location.path, texts);
            }
        }
        comments
    }

    /// The comments at the top of the file, as `//!` lines.
    pub fn file_lines(&self) -> Vec<String> {
        let texts: Vec<String> = self
            .file
            .iter()
            .map(|comment| plain(comment).join("\n"))
            .filter(|text| !text.is_empty())
            .collect();
        rustdoc(&texts.join("\n\n"))
            .iter()
            .map(|line| line.replacen("///", "//!", 1))
            .collect()
    }

    /// Writes the comments of the element at a path, as `///` lines.
    pub fn write(&self, path: &[usize], indent: usize, out: &mut String) {
        let path: Vec<i32> = path
            .iter()
            .map(|step| i32::try_from(*step).unwrap_or(i32::MAX))
            .collect();
        for line in self.lines(&path) {
            out.push_str(&" ".repeat(indent));
            out.push_str(&line);
            out.push('\n');
        }
    }

    /// The comments of the element at a path, as `///` lines: what stands
    /// before it, then what stands behind it.
    pub fn lines(&self, path: &[i32]) -> Vec<String> {
        let Some([leading, trailing]) = self.elements.get(path) else {
            return Vec::new();
        };
        let mut text = plain(leading);
        let trailing = plain(trailing);
        if !text.is_empty() && !trailing.is_empty() {
            text.push(String::new());
        }
        text.extend(trailing);
        rustdoc(&text.join("\n"))
    }
}

/// The lines of a comment without what only served the `.proto` file's layout.
fn plain(comment: &str) -> Vec<String> {
    let mut lines: Vec<String> = comment
        .lines()
        .map(|line| {
            let line: String = line
                .chars()
                .filter(|c| !breaks_compiler(*c))
                .map(|c| if is_stand_in(c) { '\u{FFFD}' } else { c })
                .collect();
            line.replace('\t', "    ").trim_end().to_owned()
        })
        .collect();
    let indent = lines
        .iter()
        .filter(|line| !line.is_empty())
        .map(|line| line.len() - line.trim_start_matches(' ').len())
        .min()
        .unwrap_or(0);
    for line in &mut lines {
        *line = line.chars().skip(indent).collect();
    }
    let start = lines.iter().position(|line| !line.is_empty());
    let end = lines.iter().rposition(|line| !line.is_empty());
    match (start, end) {
        (Some(start), Some(end)) => lines[start..=end].to_vec(),
        _ => Vec::new(),
    }
}

/// Characters that rustc refuses in comments: a lone carriage return, and
/// those that change the direction of text (lint
/// `text_direction_codepoint_in_comment`).
fn breaks_compiler(c: char) -> bool {
    matches!(c, '\r' | '\0' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The name of a file or folder as comments of generated code have it, in
/// backticks: without what would stop the compiler or end the backticks.
pub fn name(name: &str) -> String {
    name.replace(|c| c == '`' || breaks_compiler(c), "_")
}

/// Markdown as `///` lines that rustdoc takes without a doctest.
fn rustdoc(markdown: &str) -> Vec<String> {
    if markdown.is_empty() {
        return Vec::new();
    }
    let mut text = markdown.to_owned();
    if !findings(&text).is_empty() {
        text = mend(&text);
        if !findings(&text).is_empty() {
            text = fenced(markdown);
        }
    }
    text.lines()
        .map(|line| match line {
            "" => "///".to_owned(),
            line => format!("/// {line}"),
        })
        .collect()
}

/// A piece of Markdown that rustdoc would take otherwise than its author.
enum Finding {
    /// A fenced block that would be compiled as Rust.
    Fence(Range<usize>),
    /// An indented block, which would be compiled as Rust.
    Indented(Range<usize>),
    /// What looks like an HTML tag and would not be shown.
    Html(Range<usize>),
}

fn findings(markdown: &str) -> Vec<Finding> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS;
    Parser::new_ext(markdown, options)
        .into_offset_iter()
        .filter_map(|(event, range)| match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => Some(Finding::Indented(range)),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                is_tested(&language).then_some(Finding::Fence(range))
            }
            Event::Html(_) | Event::InlineHtml(_) => Some(Finding::Html(range)),
            _ => None,
        })
        .collect()
}

/// Whether rustdoc takes a block of this language for Rust: when it names no
/// other language.
fn is_tested(language: &str) -> bool {
    let mut words = language
        .split(|c: char| c == ',' || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .peekable();
    words.peek().is_none()
        || words.any(|word| {
            !word.starts_with(|c: char| c.is_ascii_alphabetic())
                || word.starts_with("edition")
                || word.starts_with("ignore")
                || matches!(
                    word,
                    "rust"
                        | "should_panic"
                        | "no_run"
                        | "compile_fail"
                        | "allow_fail"
                        | "test_harness"
                        | "standalone"
                        | "standalone_crate"
                        | "custom"
                )
        })
}

/// Markdown with each finding mended at its place.
fn mend(markdown: &str) -> String {
    let mut text = markdown.to_owned();
    // From the end, so that earlier ranges stay right.
    for finding in findings(markdown).into_iter().rev() {
        match finding {
            Finding::Fence(range) => {
                let line_end = text[range.start..]
                    .find('\n')
                    .map_or(text.len(), |end| range.start + end);
                let fence: String = text[range.start..line_end]
                    .chars()
                    .take_while(|c| matches!(c, '`' | '~'))
                    .collect();
                text.replace_range(range.start..line_end, &format!("{fence}text"));
            }
            Finding::Indented(range) => {
                // The range starts behind the first line's indentation.
                let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
                let mut end = range.end;
                while text[start..end].ends_with('\n') {
                    end -= 1;
                }
                let block = fence_block(&text[start..end]);
                text.replace_range(start..end, &block);
            }
            Finding::Html(range) => {
                let escaped = text[range.clone()].replace('<', "\\<");
                text.replace_range(range, &escaped);
            }
        }
    }
    text
}

/// An indented block as a fenced one at the place where its indentation
/// starts to mean code.
fn fence_block(block: &str) -> String {
    let indent = block
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches(' ').len())
        .min()
        .unwrap_or(0)
        .saturating_sub(4);
    let fence = format!("{}{}", " ".repeat(indent), fence_for(block));
    let mut result = format!("{fence}text\n");
    for line in block.lines() {
        result += line.strip_prefix("    ").unwrap_or(line.trim_start());
        result.push('\n');
    }
    result + &fence
}

/// The whole text as one fenced block, for what cannot be mended in place.
fn fenced(text: &str) -> String {
    let fence = fence_for(text);
    format!("{fence}text\n{text}\n{fence}")
}

/// A fence that nothing in the text closes.
fn fence_for(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks a comment, as protox gives it, against its rustdoc lines.
    #[track_caller]
    fn check(comment: &str, expected: &[&str]) {
        assert_eq!(rustdoc(&plain(comment).join("\n")), expected);
    }

    #[test]
    fn names_of_files_do_not_stop_the_compiler() {
        assert_eq!(name("a/b-c.proto"), "a/b-c.proto");
        assert_eq!(name("a`\u{202e}[b].proto"), "a__[b].proto");
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        check(
            " One.\n\n Two, [three] and https://x.org/*.\n",
            &["/// One.", "///", "/// Two, [three] and https://x.org/*."],
        );
    }

    #[test]
    fn a_fence_without_a_language_is_text() {
        check(
            " See\n ```\n let x;\n ```\n ```json\n {}\n ```\n",
            &[
                "/// See",
                "/// ```text",
                "/// let x;",
                "/// ```",
                "/// ```json",
                "/// {}",
                "/// ```",
            ],
        );
    }

    #[test]
    fn an_indented_block_is_fenced() {
        check(
            " Such as\n\n     a { b }\n       c\n\n done.\n",
            &[
                "/// Such as",
                "///",
                "/// ```text",
                "/// a { b }",
                "///   c",
                "/// ```",
                "///",
                "/// done.",
            ],
        );
    }

    #[test]
    fn an_indented_block_in_a_list_stays_in_the_list() {
        check(
            " * one\n\n       code\n\n * two\n",
            &[
                "/// * one",
                "///",
                "///   ```text",
                "///   code",
                "///   ```",
                "///",
                "/// * two",
            ],
        );
    }

    #[test]
    fn html_is_shown_as_text() {
        check(
            " A <name> & a <b>bold</b> `<c>`.\n",
            &["/// A \\<name> & a \\<b>bold\\</b> `<c>`."],
        );
    }

    #[test]
    fn characters_that_stop_the_compiler_go() {
        check(" a\u{202e}b\r\n\tc\n", &["/// ab", "///    c"]);
    }

    #[test]
    fn whatever_the_comment_nothing_is_tested() {
        for comment in [
            "    only code",
            "```",
            "> quote\n>\n>     code\n",
            "- a\n  - b\n\n            deep\n",
            "~~~rust\nfn f() {}\n~~~",
            "````ignore\n```\n````",
            "<div>\n\n    code\n\n</div>",
            "1.  x\n\n        y\n2.  z",
            "<!-- a\n\n    b\n-->",
            "*/ /* \\",
        ] {
            let lines = rustdoc(&plain(comment).join("\n"));
            let text: Vec<&str> = lines
                .iter()
                .map(|line| line.strip_prefix("/// ").unwrap_or(""))
                .collect();
            assert!(
                findings(&text.join("\n")).is_empty(),
                "{comment:?}: {lines:#?}"
            );
        }
    }
}
