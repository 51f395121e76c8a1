use super::*;

/// Gives so many bytes at a time.
struct Drops<'bytes>(&'bytes [u8], usize);

impl Read for Drops<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(self.1);
        self.0.read(&mut into[..most])
    }
}

/// Rows with their lines, then the error that ends them, if one does.
type Outcome = (Vec<(u64, Vec<String>)>, Option<String>);

fn rows(source: impl Read) -> Outcome {
    let mut rows = Vec::new();
    let told = |line, error: FileError| Some(format!("{line}: {error}"));
    let mut table = match Table::new(source) {
        Ok(table) => table,
        Err(error) => return (rows, told(1, error)),
    };
    loop {
        match table.next() {
            Ok(None) => return (rows, None),
            Ok(Some(row)) => {
                let fields = row.fields().map(String::from_utf8_lossy);
                rows.push((row.line, fields.map(String::from).collect()));
            }
            Err((line, error)) => return (rows, told(line, error)),
        }
    }
}

/// What is read, which must not depend on how the bytes come.
#[track_caller]
fn read(text: &str) -> Outcome {
    let whole = rows(text.as_bytes());
    for drop in 1..=5 {
        assert_eq!(rows(Drops(text.as_bytes(), drop)), whole, "by {drop}");
    }
    whole
}

#[track_caller]
fn reads(text: &str, expected: &[(u64, &[&str])]) {
    let (rows, error) = read(text);
    let rows: Vec<(u64, Vec<&str>)> = rows
        .iter()
        .map(|(line, fields)| (*line, fields.iter().map(String::as_str).collect()))
        .collect();
    let rows: Vec<(u64, &[&str])> = rows.iter().map(|(line, row)| (*line, &row[..])).collect();
    assert_eq!((rows.as_slice(), error), (expected, None), "{text:?}");
}

#[track_caller]
fn refused(text: &str, message: &str) {
    assert_eq!(read(text).1.as_deref(), Some(message), "{text:?}");
}

#[test]
fn a_row_is_named_by_the_line_that_it_begins_on() {
    for line_break in ["\n", "\r\n", "\r"] {
        let text = "\n\na,\"b\nb\n\"\n\n\n\"\n\"\nc".replace('\n', line_break);
        let broken = |text: &str| text.replace('\n', line_break);
        let (b, empty) = (broken("b\nb\n"), broken("\n"));
        reads(&text, &[(3, &["a", &b]), (8, &[&empty]), (10, &["c"])]);
    }
}

#[test]
fn quotes_keep_commas_and_quotes_and_line_breaks() {
    reads("\"a,\"\"b\"\"\",,\"\"\n", &[(1, &["a,\"b\"", "", ""])]);
    reads("\"\"\n,\n", &[(1, &[""]), (2, &["", ""])]);
}

#[test]
fn a_quote_within_a_field_is_part_of_it() {
    reads("5\" disk,6\"\n", &[(1, &["5\" disk", "6\""])]);
}

#[test]
fn the_last_row_needs_no_line_break() {
    reads("a,b", &[(1, &["a", "b"])]);
    reads("a,", &[(1, &["a", ""])]);
    reads("a,\"b\"", &[(1, &["a", "b"])]);
    reads("a,\"b\"\"\"", &[(1, &["a", "b\""])]);
    reads("a\r", &[(1, &["a"])]);
}

#[test]
fn a_byte_order_mark_is_skipped_at_the_beginning_only() {
    reads("\u{feff}a\n\u{feff}b", &[(1, &["a"]), (2, &["\u{feff}b"])]);
    reads("\u{feff}\n\n\"a\"", &[(3, &["a"])]);
    reads("\u{feff}", &[]);
}

#[test]
fn a_quote_that_is_never_closed_is_refused_with_the_line_of_its_row() {
    let message = "2: a quote is opened in this row and never closed";
    for rest in [
        "\"",
        "x,\"",
        "\"x",
        "\"x\n",
        "\"\n\ny\n",
        "\"x\"\"",
        "\"x\"\"\n",
    ] {
        refused(&format!("a\n{rest}"), message);
    }
}

#[test]
fn a_row_that_is_too_long_is_refused() {
    let longest = "x".repeat(MAX_ROW_BYTES - 1);
    for end in ["", "\n"] {
        let (rows, error) = super::tests::rows(format!("a\n{longest},y{end}").as_bytes());
        assert_eq!((rows.len(), error), (2, None));
    }
    for text in [
        "x".repeat(MAX_ROW_BYTES + 1),
        format!("\"{}", "x\n".repeat(MAX_ROW_BYTES)),
    ] {
        let (rows, error) = super::tests::rows(format!("a\n{text}").as_bytes());
        assert_eq!(rows.len(), 1);
        let message = "2: the row is longer than 1048576 bytes; a quote in it may not be closed";
        assert_eq!(error.as_deref(), Some(message));
    }
}

#[test]
fn a_file_without_end_takes_no_more_memory_than_a_row() {
    let (rows, error) = rows(io::repeat(b'x'));
    assert!(rows.is_empty());
    assert!(error.unwrap().starts_with("1: the row is longer than"));
}

#[test]
fn a_row_of_too_many_columns_is_refused() {
    let most = ",".repeat(MAX_COLUMNS - 1);
    let (rows, error) = read(&format!("a\n{most}\n"));
    assert_eq!((rows[1].1.len(), error), (MAX_COLUMNS, None));
    for end in ["", "\n", "\n\n"] {
        refused(
            &format!("a\n{},{end}", ",".repeat(MAX_COLUMNS)),
            "2: the row has more than 1000 columns",
        );
    }
}

#[test]
fn what_is_no_text_in_utf_8_is_refused_by_its_first_bytes() {
    let refused = |bytes: &[u8], message: &str| {
        assert_eq!(rows(bytes).1.as_deref(), Some(message));
        assert_eq!(rows(Drops(bytes, 1)).1.as_deref(), Some(message));
    };
    refused(
        b"\x1f\x8b\x08",
        "1: the file is compressed with gzip; decompress it with gunzip first",
    );
    refused(
        b"PK\x03\x04\x14",
        "1: the file is a ZIP archive or a spreadsheet; save it as CSV first",
    );
    for bytes in [b"\xff\xfei\0", b"\xfe\xff\0i"] {
        refused(bytes, "1: the file is in UTF-16; save it as UTF-8");
    }
}

/// Gives a row, is interrupted at every other call, and fails in the end.
struct Failing {
    text: &'static [u8],
    is_interrupted: bool,
}

impl Read for Failing {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.is_interrupted = !self.is_interrupted;
        if self.is_interrupted {
            return Err(ErrorKind::Interrupted.into());
        }
        match self.text.read(into)? {
            0 => Err(io::Error::other("the disk is gone")),
            read => Ok(read),
        }
    }
}

#[test]
fn a_source_that_fails_midway_is_an_error() {
    let (rows, error) = rows(Failing {
        text: b"a,b\n1,2\n",
        is_interrupted: false,
    });
    assert_eq!(rows.len(), 2);
    assert_eq!(
        error.as_deref(),
        Some("3: cannot be read: the disk is gone")
    );
}
