//! Literals: strings, regexes, digests, addresses.

use crate::diagnostic::{Code, Diagnostic};
use crate::limits::LITERAL_BYTES_MAX;
use crate::model::{Network, Pattern};
use crate::span::Span;
use std::net::IpAddr;

/// Decodes a string literal, quotes included.
///
/// # Errors
///
/// An escape that the language does not have, or a literal that is too long.
pub(super) fn string(quoted: &str, span: Span) -> Result<Box<str>, Box<Diagnostic>> {
    if quoted.len() > LITERAL_BYTES_MAX {
        return Err(Box::new(too_long(span)));
    }
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(quoted);
    if !inner.contains('\\') {
        return Ok(inner.into());
    }
    let mut decoded = String::with_capacity(inner.len());
    let mut chars = inner.char_indices();
    while let Some((at, char)) = chars.next() {
        if char != '\\' {
            decoded.push(char);
            continue;
        }
        match chars.next().map(|(_, escaped)| escaped) {
            Some('n') => decoded.push('\n'),
            Some('t') => decoded.push('\t'),
            Some('"') => decoded.push('"'),
            Some('\\') => decoded.push('\\'),
            Some('u') => {
                let digits = inner.get(at + 2..at + 6).unwrap_or_default();
                decoded.push(unicode(digits).ok_or_else(|| Box::new(bad_escape(span, at, 6)))?);
                chars.by_ref().nth(3);
            }
            _ => return Err(Box::new(bad_escape(span, at, 2))),
        }
    }
    Ok(decoded.into())
}

/// The character of four hex digits; surrogates have none.
fn unicode(digits: &str) -> Option<char> {
    let is_hex = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(digits, 16).ok()).flatten().and_then(char::from_u32)
}

/// `at` counts from after the opening quote.
fn bad_escape(span: Span, at: usize, length: u32) -> Diagnostic {
    let start = span.start + 1 + u32::try_from(at).unwrap_or(0);
    let place = Span::new(span.source, start, (start + length).min(span.end - 1));
    let help = "a string has the escapes `\\n`, `\\t`, `\\\"`, `\\\\` and `\\uXXXX`";
    Diagnostic::new(Code::BadLiteral, place, "this is not an escape of a string").help(help)
}

fn too_long(span: Span) -> Diagnostic {
    let message = format!("a literal has at most {} KiB", LITERAL_BYTES_MAX >> 10);
    let help = "long lists of words belong in a file: `words from \"names.txt\"`";
    Diagnostic::new(Code::LiteralTooLong, span, message).help(help)
}

/// Takes a regex literal apart: `/text/flags`.
///
/// # Errors
///
/// A flag that is neither `i` nor `u`, or a literal that is too long. Whether
/// the expression compiles is the checker's question.
pub(super) fn regex(literal: &str, span: Span) -> Result<Pattern, Box<Diagnostic>> {
    if literal.len() > LITERAL_BYTES_MAX {
        return Err(Box::new(too_long(span)));
    }
    let (body, flags) =
        literal.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')).unwrap_or((literal, ""));
    let mut pattern =
        Pattern { text: body.replace("\\/", "/").into(), ignore_case: false, unicode: false, span };
    for flag in flags.chars() {
        let slot = match flag {
            'i' => &mut pattern.ignore_case,
            'u' => &mut pattern.unicode,
            _ => return Err(Box::new(bad_flag(span, flags.len(), flag))),
        };
        if std::mem::replace(slot, true) {
            return Err(Box::new(bad_flag(span, flags.len(), flag)));
        }
    }
    Ok(pattern)
}

fn bad_flag(span: Span, flags: usize, flag: char) -> Diagnostic {
    let start = span.end - u32::try_from(flags).unwrap_or(0);
    let place = Span::new(span.source, start, span.end);
    let help = "`i` ignores case, `u` makes classes Unicode's; each stands once";
    Diagnostic::new(Code::BadLiteral, place, format!("`{flag}` is not a flag here")).help(help)
}

/// The 32 bytes of `sha256:` and 64 hex digits.
pub(super) fn digest(text: &str) -> Option<[u8; 32]> {
    let hex = text.strip_prefix("sha256:")?;
    if hex.len() != 64 || !hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// An address, with the number of leading bits that count.
pub(super) fn network(address: &str, prefix: Option<&str>) -> Option<Network> {
    let address: IpAddr = address.parse().ok()?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        Some(prefix) => prefix.parse().ok().filter(|prefix| *prefix <= bits)?,
        None => bits,
    };
    Some(Network { address, prefix })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::SourceId;

    fn decoded(quoted: &str) -> Option<String> {
        string(quoted, Span::new(SourceId(0), 0, 99)).ok().map(Into::into)
    }

    #[test]
    fn strings_decode_their_escapes() {
        let rows = [
            (r#""plain""#, Some("plain")),
            (r#""a\n\t\"\\b""#, Some("a\n\t\"\\b")),
            (r#""caf\u00e9!""#, Some("café!")),
            (r#""\ud800""#, None),
            (r#""\u00g1""#, None),
            (r#""\x""#, None),
        ];
        for (quoted, expected) in rows {
            assert_eq!(decoded(quoted).as_deref(), expected, "{quoted}");
        }
    }

    #[test]
    fn literals_are_limited_at_their_edge() {
        let quoted = |inner: usize| format!("\"{}\"", "x".repeat(inner));
        assert!(decoded(&quoted(LITERAL_BYTES_MAX - 2)).is_some());
        assert!(decoded(&quoted(LITERAL_BYTES_MAX - 1)).is_none());
    }

    #[test]
    fn a_regex_has_its_slashes_unescaped() {
        let pattern = regex(r"/a\/b\d/iu", Span::new(SourceId(0), 0, 10)).expect("a regex");
        assert_eq!((&*pattern.text, pattern.ignore_case, pattern.unicode), (r"a/b\d", true, true));
        assert!(regex("/a/ii", Span::new(SourceId(0), 0, 5)).is_err());
        assert!(regex("/a/g", Span::new(SourceId(0), 0, 4)).is_err());
    }

    #[test]
    fn networks() {
        assert!(network("127.0.0.1", None).is_some_and(|network| network.prefix == 32));
        assert!(network("10.0.0.0", Some("8")).is_some_and(|network| network.prefix == 8));
        assert!(network("10.0.0.0", Some("33")).is_none());
        assert!(network("fe80::1", Some("64")).is_some());
    }
}
