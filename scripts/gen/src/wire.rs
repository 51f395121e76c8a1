//! Encoded messages, field by field, for what no generated type keeps.

use protobuf::{CodedInputStream, CodedOutputStream, rt::WireType};

/// A field of an encoded message.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// Its number.
    pub number: u32,
    /// All its bytes.
    pub raw: &'a [u8],
    /// What it holds, when that is a message, text or bytes.
    pub content: Option<&'a [u8]>,
    /// What is between its tags, when it is a group.
    pub group: Option<&'a [u8]>,
}

impl Field<'_> {
    /// The number that it holds, when that is what it holds.
    pub fn varint(&self) -> Option<u64> {
        let mut input = CodedInputStream::from_bytes(self.raw);
        let tag = input.read_raw_tag_or_eof().ok()??;
        let is_varint = WireType::new(tag & 7) == Some(WireType::Varint);
        is_varint.then(|| input.read_raw_varint64().ok()).flatten()
    }

    /// How it is encoded.
    pub fn wire_type(&self) -> Option<WireType> {
        WireType::new(u32::from(*self.raw.first()?) & 7)
    }

    /// Its bytes behind its tag.
    pub fn value(&self) -> &[u8] {
        let tag = self.raw.iter().position(|byte| byte & 0x80 == 0);
        let value = tag.and_then(|end| self.raw.get(end + 1..));
        value.unwrap_or_default()
    }

    /// Writes it with another number.
    pub fn write_as(&self, out: &mut Vec<u8>, number: u32) {
        if let Some(group) = self.group {
            return write_group(out, number, group);
        }
        if let Some(wire_type) = self.wire_type() {
            write_tag(out, number, wire_type);
            out.extend_from_slice(self.value());
        }
    }
}

/// The fields of a message. What cannot be read ends them.
pub fn fields(bytes: &[u8]) -> Vec<Field<'_>> {
    let mut found = Vec::new();
    let mut input = CodedInputStream::from_bytes(bytes);
    let mut start = 0;
    while let Ok(Some(tag)) = input.read_raw_tag_or_eof() {
        let wire_type = WireType::new(tag & 7);
        let after_tag = input.pos();
        let skipped = wire_type.map(|wire_type| input.skip_field(wire_type));
        let end = usize::try_from(input.pos()).unwrap_or(bytes.len());
        let (Some(Ok(())), Some(raw)) = (skipped, bytes.get(start..end)) else {
            break;
        };
        let after_tag = usize::try_from(after_tag).unwrap_or(end);
        let behind = bytes.get(after_tag..end).unwrap_or_default();
        let is_of = |kind: WireType| wire_type == Some(kind);
        found.push(Field {
            number: tag >> 3,
            raw,
            content: content(behind).filter(|_| is_of(WireType::LengthDelimited)),
            // The tag at its end is as long as that at its start.
            group: behind
                .get(..behind.len().saturating_sub(after_tag - start))
                .filter(|_| is_of(WireType::StartGroup)),
        });
        start = end;
    }
    found
}

/// What comes after a length.
fn content(bytes: &[u8]) -> Option<&[u8]> {
    let length = bytes.iter().position(|byte| byte & 0x80 == 0)? + 1;
    bytes.get(length..)
}

/// Writes what comes before a value.
pub fn write_tag(out: &mut Vec<u8>, number: u32, wire_type: WireType) {
    let mut stream = CodedOutputStream::vec(out);
    // Writing to memory does not fail.
    let _ = stream.write_tag(number, wire_type);
    let _ = stream.flush();
}

/// A number of up to 64 bits, encoded.
pub fn varint(number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    let mut stream = CodedOutputStream::vec(&mut out);
    // Writing to memory does not fail.
    let _ = stream.write_raw_varint64(number);
    let _ = stream.flush();
    drop(stream);
    out
}

/// Writes a field that holds a message, text or bytes.
pub fn write(out: &mut Vec<u8>, number: u32, content: &[u8]) {
    let mut stream = CodedOutputStream::vec(out);
    // Writing to memory does not fail.
    let _ = stream.write_bytes(number, content);
    let _ = stream.flush();
}

/// Writes a field that is a group.
pub fn write_group(out: &mut Vec<u8>, number: u32, content: &[u8]) {
    let mut stream = CodedOutputStream::vec(out);
    // Writing to memory does not fail.
    let _ = stream.write_tag(number, WireType::StartGroup);
    let _ = stream.write_raw_bytes(content);
    let _ = stream.write_tag(number, WireType::EndGroup);
    let _ = stream.flush();
}

/// Writes a field whose value is zero bytes of a fixed length.
pub fn write_zeros(out: &mut Vec<u8>, number: u32, wire_type: WireType, length: usize) {
    let mut stream = CodedOutputStream::vec(out);
    // Writing to memory does not fail.
    let _ = stream.write_tag(number, wire_type);
    let _ = stream.write_raw_bytes(&[0; 8][..length.min(8)]);
    let _ = stream.flush();
}

/// Writes a field that holds a number.
pub fn write_number(out: &mut Vec<u8>, field: u32, number: u64) {
    let mut stream = CodedOutputStream::vec(out);
    // Writing to memory does not fail.
    let _ = stream.write_uint64(field, number);
    let _ = stream.flush();
}

/// What becomes of a field.
#[derive(Debug, PartialEq, Eq)]
pub enum Edit {
    /// It stays as it is.
    Keep,
    /// It goes.
    Drop,
    /// It holds another message, text or bytes.
    Replace(Vec<u8>),
    /// These bytes come in its place.
    Raw(Vec<u8>),
    /// It holds another number.
    Number(u64),
}

/// A message with some of its fields changed. What cannot be read stays.
pub fn edit(bytes: &[u8], mut change: impl FnMut(&Field<'_>) -> Edit) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut read = 0;
    for field in fields(bytes) {
        read += field.raw.len();
        match change(&field) {
            Edit::Keep => out.extend_from_slice(field.raw),
            Edit::Drop => {}
            Edit::Raw(bytes) => out.extend_from_slice(&bytes),
            Edit::Replace(content) => write(&mut out, field.number, &content),
            Edit::Number(number) => write_number(&mut out, field.number, number),
        }
    }
    out.extend_from_slice(bytes.get(read..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_and_changed_in_order() {
        // 1: 150, 2: "ab", 3: ""
        let bytes = [0x08, 0x96, 0x01, 0x12, 2, b'a', b'b', 0x1a, 0];
        let found = fields(&bytes);
        assert_eq!(found.len(), 3);
        assert_eq!((found[0].number, found[0].content), (1, None));
        assert_eq!(found[1].content, Some(&b"ab"[..]));
        let edited = edit(&bytes, |field| match field.number {
            1 => Edit::Drop,
            2 => Edit::Replace(b"c".to_vec()),
            _ => Edit::Keep,
        });
        assert_eq!(edited, [0x12, 1, b'c', 0x1a, 0]);
    }

    #[test]
    fn a_group_is_what_is_between_its_tags() {
        let mut bytes = Vec::new();
        write_group(&mut bytes, 50, &[0x08, 1]);
        write(&mut bytes, 2, b"a");
        let found = fields(&bytes);
        assert_eq!(
            (found[0].group, found[0].content),
            (Some(&[0x08, 1][..]), None)
        );
        assert_eq!((found[1].group, found[1].content), (None, Some(&b"a"[..])));
    }

    #[test]
    fn broken_bytes_end_the_fields() {
        assert_eq!(fields(&[0x08, 1, 0x12, 9, 0]).len(), 1);
        assert_eq!(fields(&[0xff]).len(), 0);
    }
}
