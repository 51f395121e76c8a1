//! The id by which a caller finds a call again in the server's log.

use std::fmt;
use std::str::FromStr;

use grpcio::{Metadata, MetadataBuilder};

use crate::excerpt::excerpt;

/// The metadata that carries it, both ways.
const KEY: &str = "x-request-id";

/// What the caller calls a call: the server logs it with a call that it refuses, and
/// sends it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

/// The text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("request id {}; it must be 1 to {} visible ASCII characters", excerpt(.0), RequestId::LONGEST)]
pub struct NoRequestId(String);

impl RequestId {
    /// The length of the longest, in bytes. Servers take no longer ones.
    pub const LONGEST: usize = 128;

    /// The id in a call's metadata. What is no id is as good as none.
    pub(crate) fn of(headers: &Metadata) -> Option<RequestId> {
        let (_, value) = headers.iter().find(|(key, _)| *key == KEY)?;
        str::from_utf8(value).ok()?.parse().ok()
    }

    /// The metadata of a call, or of its reply.
    pub(crate) fn headers(&self) -> Option<Metadata> {
        let mut headers = MetadataBuilder::with_capacity(1);
        // Nothing that gRPC would refuse is in an id.
        headers.add_str(KEY, &self.0).ok()?;
        Some(headers.build())
    }
}

impl RequestId {
    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for RequestId {
    type Err = NoRequestId;

    /// Reads a word of visible ASCII characters.
    ///
    /// # Errors
    ///
    /// [`NoRequestId`] if it is empty, too long or has other characters.
    fn from_str(text: &str) -> Result<RequestId, NoRequestId> {
        let is_one = (1..=RequestId::LONGEST).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        match is_one {
            true => Ok(RequestId(text.to_owned())),
            false => Err(NoRequestId(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_short_visible_word() {
        let longest = "a".repeat(RequestId::LONGEST);
        for id in ["7", "a-b/c:d", &longest] {
            assert_eq!(id.parse::<RequestId>().unwrap().to_string(), id);
        }
        for word in ["", "a b", "a\n", "\u{e9}"] {
            assert_eq!(
                word.parse::<RequestId>().unwrap_err().to_string(),
                format!("request id {word:?}; it must be 1 to 128 visible ASCII characters")
            );
        }
        assert!("a".repeat(129).parse::<RequestId>().is_err());
    }
}
