//! Comments, kept beside the tree so that the formatter can put them back.
//!
//! Those inside a condition stay part of its text; [`pieces`] tells them, and
//! strings, from the rest of it.

use crate::span::Span;
use std::ops::Range;

/// One `//` comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    /// From its slashes to the end of its text.
    pub(crate) span: Span,
}

/// What a stretch of a condition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PieceKind {
    /// Names, operators, brackets; white space between them means nothing.
    Code,
    /// A string with its quotes; all of it is meant.
    String,
    /// From `//` to the end of the line, which is not part of it.
    Comment,
}

/// A stretch of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    /// What it is.
    pub(crate) kind: PieceKind,
    /// Its text, never empty.
    pub(crate) text: &'a str,
}

/// Cuts a condition into code, strings and comments; together they are all of it.
pub(crate) fn pieces(condition: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at;
        let (kind, range) = match literal_at(condition, start) {
            Some((kind, end)) => (kind, start..end),
            None => (PieceKind::Code, start..code_end(condition, start)),
        };
        at = range.end;
        let text = condition.get(range).filter(|text| !text.is_empty())?;
        Some(Piece { kind, text })
    })
}

/// Where the code that begins at `start` ends.
fn code_end(condition: &str, start: usize) -> usize {
    let rest = condition.get(start..).unwrap_or_default();
    rest.char_indices()
        .map(|(at, _)| start + at)
        .skip(1)
        .find(|&at| literal_at(condition, at).is_some())
        .unwrap_or(condition.len())
}

/// The string or comment that begins here, and where it ends.
fn literal_at(condition: &str, at: usize) -> Option<(PieceKind, usize)> {
    let bytes = condition.as_bytes();
    let rest = bytes.get(at..)?;
    if rest.starts_with(b"//") {
        let length = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        return Some((PieceKind::Comment, at + length));
    }
    string(bytes, at).map(|range| (PieceKind::String, range.end))
}

/// The CEL string that begins here, its prefix `r` and quotes included.
///
/// One that nothing closes ends with its line, or with the text if it has three quotes.
pub(crate) fn string(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let byte = |at: usize| bytes.get(at).copied();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_raw =
        matches!(byte(start), Some(b'r' | b'R')) && !start.checked_sub(1).and_then(byte).is_some_and(is_name);
    let mut at = start + usize::from(is_raw);
    let quote = byte(at).filter(|quote| matches!(quote, b'"' | b'\''))?;
    let is_triple = byte(at + 1) == Some(quote) && byte(at + 2) == Some(quote);
    let quotes = if is_triple { 3 } else { 1 };
    at += quotes;
    while let Some(next) = byte(at) {
        match next {
            b'\n' if !is_triple => break,
            b'\\' if !is_raw => at += 2,
            _ if (at..at + quotes).all(|at| byte(at) == Some(quote)) => {
                return Some(start..at + quotes);
            }
            _ => at += 1,
        }
    }
    // An escape may have stepped past the end, or into a character.
    let end = at.min(bytes.len());
    let is_boundary = |at: &usize| byte(*at).is_none_or(|byte| byte & 0xC0 != 0x80);
    Some(start..(end..=bytes.len()).find(is_boundary).unwrap_or(bytes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_comments_are_told_from_code() {
        use PieceKind::{Code, Comment, String};
        let table: &[(&str, &[(PieceKind, &str)])] = &[
            ("", &[]),
            ("a == \"b // c\"", &[(Code, "a == "), (String, "\"b // c\"")]),
            ("a // \"b\n&& c", &[(Code, "a "), (Comment, "// \"b"), (Code, "\n&& c")]),
            (r#"r"\" + x"#, &[(String, r#"r"\""#), (Code, " + x")]),
            (r#"for"\"" + x"#, &[(Code, "for"), (String, r#""\"""#), (Code, " + x")]),
            ("'''a\n'b''' c", &[(String, "'''a\n'b'''"), (Code, " c")]),
            ("r'''\\''' c", &[(String, "r'''\\'''"), (Code, " c")]),
            ("'é\\", &[(String, "'é\\")]),
            ("'\\é", &[(String, "'\\é")]),
            ("'a\nb", &[(String, "'a"), (Code, "\nb")]),
        ];
        for (text, expected) in table {
            let found: Vec<_> = pieces(text).map(|piece| (piece.kind, piece.text)).collect();
            assert_eq!(&found, expected, "{text:?}");
        }
    }
}
