//! The id by which a caller finds a call again in the server's log.

use grpcio::{Metadata, MetadataBuilder};

/// The metadata that carries it, both ways.
const KEY: &str = "x-request-id";

/// Longer ones are not taken, in bytes.
const LONGEST: usize = 128;

/// What the caller calls the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestId(String);

impl RequestId {
    /// The id in a call's metadata. One that is empty, too long or has others than
    /// visible ASCII characters is as good as none.
    pub(super) fn of(headers: &Metadata) -> Option<RequestId> {
        let (_, value) = headers.iter().find(|(key, _)| *key == KEY)?;
        RequestId::new(value)
    }

    fn new(value: &[u8]) -> Option<RequestId> {
        let is_taken =
            !value.is_empty() && value.len() <= LONGEST && value.iter().all(u8::is_ascii_graphic);
        let text = str::from_utf8(value).ok()?;
        is_taken.then(|| RequestId(text.to_owned()))
    }

    /// The metadata of the reply.
    pub(super) fn headers(&self) -> Option<Metadata> {
        let mut headers = MetadataBuilder::with_capacity(1);
        // Nothing that gRPC would refuse is in an id.
        headers.add_str(KEY, &self.0).ok()?;
        Some(headers.build())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_short_visible_word() {
        let longest = "a".repeat(LONGEST);
        for id in ["7", "a-b/c:d", &longest] {
            assert_eq!(RequestId::new(id.as_bytes()).unwrap().as_str(), id);
        }
        let too_long = "a".repeat(LONGEST + 1);
        for word in ["", "a b", "a\n", "\u{e9}", &too_long] {
            assert_eq!(RequestId::new(word.as_bytes()), None, "{word:?}");
        }
    }
}
