//! How deeply brackets nest, found before anything recurses over them.

use crate::comment;
use crate::diagnostic::{Code, Diagnostic};
use crate::limits::NESTING_DEPTH_MAX;
use crate::span::{SourceId, Span};

/// Reads the text once, outside strings, comments and regexes.
///
/// # Errors
///
/// The first bracket that is too deep, or the innermost one that nothing closes.
pub(super) fn check(text: &str, id: SourceId) -> Result<(), Diagnostic> {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0, is_pattern: false, open_string: None };
    let mut open: Vec<(usize, u8)> = Vec::new();
    while let Some((at, bracket)) = scanner.next_bracket() {
        match bracket {
            b'(' | b'[' | b'{' => {
                open.push((at, bracket));
                if open.len() > NESTING_DEPTH_MAX {
                    return Err(too_deep(point(id, at)));
                }
            }
            _ => {
                if open.last().is_some_and(|&(_, opened)| closes(opened, bracket)) {
                    open.pop();
                }
            }
        }
    }
    match (open.last(), scanner.open_string) {
        // It swallowed the rest of its line, and most often the bracket that is missing.
        (Some(_), Some(at)) => Err(open_string(Code::UnclosedBlock, point(id, at))),
        (Some(&(at, bracket)), None) => Err(unclosed(point(id, at), bracket)),
        (None, _) => Ok(()),
    }
}

/// Whether `close` ends what `open` began.
fn closes(open: u8, close: u8) -> bool {
    matches!((open, close), (b'(', b')') | (b'[', b']') | (b'{', b'}'))
}

/// The one-byte span at an offset.
fn point(id: SourceId, at: usize) -> Span {
    let start = u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(id, start, start.saturating_add(1))
}

fn too_deep(span: Span) -> Diagnostic {
    let message = format!("brackets are nested more than {NESTING_DEPTH_MAX} deep");
    Diagnostic::new(Code::NestingTooDeep, span, message)
        .found("one too many")
        .help("no statement of the language nests this deep")
}

fn unclosed(span: Span, bracket: u8) -> Diagnostic {
    let bracket = char::from(bracket);
    let close = match bracket {
        '(' => ')',
        '[' => ']',
        _ => '}',
    };
    Diagnostic::new(Code::UnclosedBlock, span, format!("this `{bracket}` is never closed"))
        .found("opened here")
        .help(format!("add `{close}` where it ends"))
}

/// A string that its line does not close.
pub(super) fn open_string(code: Code, span: Span) -> Diagnostic {
    Diagnostic::new(code, span, "this string is never closed")
        .found("opened here")
        .help("close it on its line; a line break within is written `\\n`")
}

/// Steps from bracket to bracket.
struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Whether the present line began with `pattern`, so that `/` opens a regex.
    is_pattern: bool,
    /// The first string that its line does not close.
    open_string: Option<usize>,
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn next_bracket(&mut self) -> Option<(usize, u8)> {
        loop {
            let byte = self.peek(0)?;
            match byte {
                b'"' | b'\'' | b'r' | b'R' if self.skip_string() => {}
                b'/' if self.peek(1) == Some(b'/') && !self.is_pattern => self.skip_line(),
                b'/' if self.is_pattern => self.skip_regex(),
                b'(' | b')' | b'[' | b']' | b'{' | b'}' => {
                    self.is_pattern = false;
                    self.at += 1;
                    return Some((self.at - 1, byte));
                }
                b'\n' | b';' => {
                    self.is_pattern = false;
                    self.at += 1;
                }
                b'p' if self.begins_pattern() => {
                    self.is_pattern = true;
                    self.at += b"pattern".len();
                }
                _ => self.at += 1,
            }
        }
    }

    /// Whether the word `pattern` stands here, at the start of a statement.
    fn begins_pattern(&self) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let before = self.bytes.get(..self.at).unwrap_or_default();
        let boundary = before.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
        rest.starts_with(b"pattern")
            && !rest.get(7).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            && matches!(boundary, None | Some(b'\n' | b';' | b'{' | b'}'))
    }

    /// Past the string that begins here, if one does; one that its line ends is remembered.
    fn skip_string(&mut self) -> bool {
        let Some(range) = comment::string(self.bytes, self.at) else { return false };
        let text = self.bytes.get(range.clone()).unwrap_or_default();
        let quote = text.iter().position(|byte| matches!(byte, b'"' | b'\''));
        let is_closed = quote.is_some_and(|at| at + 1 < text.len() && text.last() == text.get(at));
        if !is_closed {
            self.open_string = self.open_string.or(Some(self.at));
        }
        self.at = range.end;
        true
    }

    fn skip_regex(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\n' => return,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
            if byte == b'/' {
                return;
            }
        }
    }

    fn skip_line(&mut self) {
        while self.peek(0).is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::tree::{Item, Items};

    fn code(text: &str) -> Option<Code> {
        check(text, SourceId(0)).err().map(|diagnostic| diagnostic.code)
    }

    #[test]
    fn brackets_in_literals_do_not_count() {
        assert_eq!(code("a { b \"{{{\" } // ((("), None);
        assert_eq!(code("d { pattern /[{(\\/]{2}/\n }"), None);
        assert_eq!(code("d { when x == '{' }"), None);
        assert_eq!(code("d { when f(r\"\\\") }"), None);
        assert_eq!(code("d { when for\"\\\"(\" }"), None);
    }

    #[test]
    fn depth_is_limited_at_its_edge() {
        let nested = |depth: usize| format!("{}{}", "{".repeat(depth), "}".repeat(depth));
        assert_eq!(code(&nested(NESTING_DEPTH_MAX)), None);
        assert_eq!(code(&nested(NESTING_DEPTH_MAX + 1)), Some(Code::NestingTooDeep));
        assert_eq!(code(&"(".repeat(10_000)), Some(Code::NestingTooDeep));
        assert_eq!(code("a { b ("), Some(Code::UnclosedBlock));
    }

    #[test]
    fn the_grammar_has_the_same_limit() {
        let is_read = |depth: usize| {
            let text = format!("{}{}", "a {".repeat(depth), "}".repeat(depth));
            let items: Vec<Item> = Items::new(&text, SourceId(0)).collect();
            matches!(items.as_slice(), [Item::Statement(_)])
        };
        assert!(is_read(NESTING_DEPTH_MAX));
        assert!(!is_read(NESTING_DEPTH_MAX + 1));
    }
}
