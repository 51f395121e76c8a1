//! The embedded `FileDescriptorProto`, written so that a change reads well.

use std::fmt::Write as _;

use protobuf::descriptor::FileDescriptorProto;
use protobuf::{CodedInputStream, Message as _, rt::WireType};

/// Writes a descriptor's bytes, without source info, as the lines of a byte
/// string: one line for each field of `FileDescriptorProto`, so that each
/// message, enum and service has a line of its own.
pub fn write(file: &FileDescriptorProto, out: &mut String) {
    let mut file = file.clone();
    file.source_code_info.clear();
    // Only a missing required field could fail, and descriptors have none.
    let bytes = file.write_to_bytes().unwrap_or_default();
    let mut start = 0;
    for end in field_ends(&bytes) {
        out.push_str("    ");
        for byte in &bytes[start..end] {
            escape(*byte, out);
        }
        out.push_str("\\\n");
        start = end;
    }
}

/// Where each top-level field of a message ends.
fn field_ends(bytes: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut input = CodedInputStream::from_bytes(bytes);
    while let Ok(Some(tag)) = input.read_raw_tag_or_eof() {
        let skipped = WireType::new(tag & 7).map(|wire_type| input.skip_field(wire_type));
        if !matches!(skipped, Some(Ok(()))) {
            break;
        }
        ends.push(usize::try_from(input.pos()).unwrap_or(bytes.len()));
    }
    if ends.last() != Some(&bytes.len()) && !bytes.is_empty() {
        ends.push(bytes.len());
    }
    ends
}

/// A byte as rust-protobuf writes it. A space is escaped, because one at the
/// start of a line would be lost behind the backslash before it.
fn escape(byte: u8, out: &mut String) {
    match byte {
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        b'\\' | b'"' => {
            out.push('\\');
            out.push(char::from(byte));
        }
        b'\0' => out.push_str("\\0"),
        0x21..=0x7e => out.push(char::from(byte)),
        _ => {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
}
