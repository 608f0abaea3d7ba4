//! Strings: from escapes to characters and back, with a map between the offsets.
//!
//! A finding is a range of characters; an edit is a range of source bytes. The
//! map leads from one to the other, so that only what was found is replaced.

use super::skim::hex4;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::ops::Range;

/// The characters of a string, and where each came from.
#[derive(Clone, Debug)]
pub struct Decoded<'a> {
    /// The characters.
    pub text: Cow<'a, str>,
    /// Where they came from.
    pub map: OffsetMap,
}

/// Offsets of decoded text to offsets of its source.
///
/// A list of points from which on both run in step; one point for a text
/// without escapes, one more after each escape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetMap {
    points: SmallVec<[(u32, u32); 2]>,
}

impl OffsetMap {
    /// The map of a text whose source is the same bytes, from `source` on.
    pub fn straight(source: usize) -> Self {
        Self { points: SmallVec::from_slice(&[(0, to_u32(source))]) }
    }

    /// The same map for a source that begins `by` bytes later.
    #[must_use]
    pub fn shifted(mut self, by: usize) -> Self {
        for point in &mut self.points {
            point.1 = point.1.saturating_add(to_u32(by));
        }
        self
    }

    /// The source of one offset.
    ///
    /// Offsets lie on character boundaries; within an escaped character the answer is after its escape's start.
    pub fn source(&self, offset: usize) -> usize {
        let offset = to_u32(offset);
        let after = self.points.partition_point(|&(decoded, _)| decoded <= offset);
        let (decoded, source) = self.points.get(after.saturating_sub(1)).copied().unwrap_or((0, 0));
        source.saturating_add(offset.saturating_sub(decoded)) as usize
    }

    /// The source of a range.
    pub fn source_range(&self, range: &Range<usize>) -> Range<usize> {
        self.source(range.start)..self.source(range.end)
    }
}

/// Decodes the inside of a string that the skimmer accepted.
///
/// Anything that is no escape of JSON stays as it is: the skimmer lets none through.
///
/// # Examples
///
/// ```
/// # use engine::dialect::json::decode;
/// let decoded = decode(r"caf\u00e9 4111");
/// assert_eq!(decoded.text, "café 4111");
/// assert_eq!(decoded.map.source_range(&(6..10)), 10..14);
/// ```
pub fn decode(inside: &str) -> Decoded<'_> {
    let mut map = OffsetMap::straight(0);
    let Some(first) = memchr::memchr(b'\\', inside.as_bytes()) else {
        return Decoded { text: Cow::Borrowed(inside), map };
    };
    let mut text = String::with_capacity(inside.len());
    let mut plain = 0;
    let mut escape = Some(first);
    while let Some(at) = escape {
        text.push_str(inside.get(plain..at).unwrap_or_default());
        let (character, length) = read_escape(inside.as_bytes().get(at..).unwrap_or_default());
        text.push(character);
        plain = at.saturating_add(length);
        map.points.push((to_u32(text.len()), to_u32(plain)));
        let rest = inside.as_bytes().get(plain..).unwrap_or_default();
        escape = memchr::memchr(b'\\', rest).map(|next| plain.saturating_add(next));
    }
    text.push_str(inside.get(plain..).unwrap_or_default());
    Decoded { text: Cow::Owned(text), map }
}

/// The character of the escape at the start, and how many bytes it takes.
fn read_escape(bytes: &[u8]) -> (char, usize) {
    let simple = match bytes.get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return read_unicode_escape(bytes),
        Some(&byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
        // Not JSON: only the backslash is taken, so that the cut stays on a character boundary.
        Some(_) | None => return ('\\', 1),
    };
    (simple, 2)
}

fn read_unicode_escape(bytes: &[u8]) -> (char, usize) {
    let unit = |at: usize| bytes.get(at..).and_then(hex4);
    match (unit(2), unit(8)) {
        (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) => {
            let code = (high & 0x3ff) << 10 | (low & 0x3ff);
            (char::from_u32(code.saturating_add(0x1_0000)).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
        }
        (Some(code), _) => (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 6),
        (None, _) => ('\\', 1),
    }
}

/// Encodes text as the inside of a JSON string.
pub fn encode(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(needs_escape) {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len().saturating_add(8));
    encode_into(&mut out, text);
    // Only whole ASCII escapes were put between whole characters.
    String::from_utf8(out)
        .map_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned().into(), Cow::Owned)
}

/// Appends text as the inside of a JSON string.
pub fn encode_into(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|&byte| needs_escape(byte)) {
        let (plain, after) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((&byte, after)) = after.split_first() else { break };
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control => out.extend_from_slice(format!("\\u{control:04x}").as_bytes()),
        }
        rest = after;
    }
    out.extend_from_slice(rest);
}

const fn needs_escape(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..=0x1f | 0x7f)
}

/// Saturates; the skimmer refuses texts whose offsets do not fit.
fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
