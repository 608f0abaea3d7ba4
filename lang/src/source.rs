//! Who owns the text of a package, and where its lines begin.

use crate::span::{SourceId, Span};

/// One file: a name to show, its text, and its line starts.
#[derive(Debug)]
pub struct Source {
    name: Box<str>,
    text: Box<str>,
    line_starts: Vec<u32>,
    origin: Origin,
}

/// Whose text a source is; a diagnostic about one's own text can be mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The package that is being compiled.
    Package,
    /// A package brought in by `use "path"`.
    Used,
    /// The standard library.
    Library,
}

/// A line and a column, both counted from one; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from one.
    pub line: u32,
    /// Column in characters, from one.
    pub column: u32,
}

impl Source {
    /// The name to show: a path relative to the package's root, or `std/…`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whose text it is.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// The position of a byte offset; an offset past the end is the end.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.line_starts.partition_point(|&start| start <= offset).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start as usize..offset as usize).unwrap_or_default();
        Position { line: to_u32(line), column: to_u32(before.chars().count() + 1) }
    }
}

/// All text that one compilation reads.
#[derive(Debug, Default)]
pub struct Sources {
    sources: Vec<Source>,
}

impl Sources {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a file; `name` is what diagnostics call it.
    ///
    /// A byte order mark at the start is no part of the text.
    pub fn add(&mut self, name: impl Into<Box<str>>, text: impl Into<Box<str>>, origin: Origin) -> SourceId {
        let mut text = text.into();
        if let Some(rest) = text.strip_prefix('\u{FEFF}') {
            text = rest.into();
        }
        let newlines = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
        let line_starts = std::iter::once(0).chain(newlines.map(|(at, _)| to_u32(at + 1))).collect();
        let id = SourceId(to_u32(self.sources.len()));
        self.sources.push(Source { name: name.into(), text, line_starts, origin });
        id
    }

    /// The source with this id.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(id.0 as usize)
    }

    /// The text that a span covers; empty when the span is not of these sources.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.source).and_then(|source| source.text.get(span.range())).unwrap_or_default()
    }

    /// The name of a span's source and the positions of its two ends.
    pub fn locate(&self, span: Span) -> Option<(&str, Position, Position)> {
        let source = self.get(span.source)?;
        Some((source.name(), source.position(span.start), source.position(span.end)))
    }

    /// All sources, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.sources.iter().enumerate().map(|(at, source)| (SourceId(to_u32(at)), source))
    }
}

/// Saturates; [`SOURCE_BYTES_MAX`](crate::limits::SOURCE_BYTES_MAX) keeps every offset far below.
fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let mut sources = Sources::new();
        let id = sources.add("a.ascp", "é = 1\nx\n", Origin::Package);
        let at = |offset| sources.get(id).map(|source| source.position(offset));
        assert_eq!(at(0), Some(Position { line: 1, column: 1 }));
        assert_eq!(at(2), Some(Position { line: 1, column: 2 }));
        assert_eq!(at(7), Some(Position { line: 2, column: 1 }));
        assert_eq!(at(9), Some(Position { line: 3, column: 1 }));
    }
}
