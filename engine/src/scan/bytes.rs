//! Sets of bytes, and which bytes can stand in matches of a pattern.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Deepest nesting of a pattern that is read for what its matches hold; of what is deeper nothing is known.
pub(super) const DEPTH_MAX: usize = 64;

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bytes([u64; 4]);

impl Bytes {
    /// Bytes that are no ASCII.
    pub(super) const OTHER: Self = Self([0, 0, u64::MAX, u64::MAX]);

    /// No byte.
    pub(super) const NONE: Self = Self([0; 4]);

    /// All bytes.
    pub(super) const ALL: Self = Self([u64::MAX; 4]);

    /// All that can stand in a match of a part of a pattern.
    pub(super) fn of(hir: &Hir) -> Self {
        Self::of_part(hir, DEPTH_MAX)
    }

    fn of_part(hir: &Hir, depth: usize) -> Self {
        let Some(depth) = depth.checked_sub(1) else {
            return Self::ALL;
        };
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::default(),
            HirKind::Literal(literal) => literal.0.iter().copied().collect(),
            HirKind::Class(class) => Self::of_class(class),
            HirKind::Capture(capture) => Self::of_part(&capture.sub, depth),
            HirKind::Repetition(repetition) => Self::of_part(&repetition.sub, depth),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => {
                parts.iter().fold(Self::default(), |all, part| all.with(Self::of_part(part, depth)))
            }
        }
    }

    /// All that can stand in a character of a class.
    pub(super) fn of_class(class: &Class) -> Self {
        let mut all = Self::default();
        match class {
            Class::Unicode(class) => {
                for range in class.ranges() {
                    let ascii = range.start()..=range.end().min('\u{7F}');
                    all = ascii.filter_map(|character| u8::try_from(character).ok()).fold(all, Self::and);
                    if !range.end().is_ascii() {
                        all = all.with(Self::OTHER);
                    }
                }
            }
            Class::Bytes(class) => {
                let bytes = class.ranges().iter().flat_map(|range| range.start()..=range.end());
                all = bytes.fold(all, Self::and);
            }
        }
        all
    }

    /// Those of both.
    pub(super) fn with(self, other: Self) -> Self {
        let mut all = self;
        for (one, other) in all.0.iter_mut().zip(other.0) {
            *one |= other;
        }
        all
    }

    /// Those that are in both.
    pub(super) fn of_both(self, other: Self) -> Self {
        let mut all = self;
        for (one, other) in all.0.iter_mut().zip(other.0) {
            *one &= other;
        }
        all
    }

    /// With what folds to a space.
    pub(super) fn with_spaces(self) -> Self {
        b"\t\n\x0B\x0C\r _".iter().copied().fold(self.with(Self::OTHER), Self::and)
    }

    /// With one more.
    fn and(mut self, byte: u8) -> Self {
        if let Some(word) = self.0.get_mut(usize::from(byte >> 6)) {
            *word |= 1 << (byte & 63);
        }
        self
    }

    /// Whether a byte is in it.
    pub(super) fn has(self, byte: u8) -> bool {
        self.0.get(usize::from(byte >> 6)).is_some_and(|word| word & 1 << (byte & 63) != 0)
    }

    /// Whether all are in it.
    pub(super) fn is_all(&self) -> bool {
        *self == Self::ALL
    }

    /// How many of the last bytes of a text are in it.
    pub(super) fn count_at_end(self, text: &[u8]) -> usize {
        text.iter().rev().take_while(|byte| self.has(**byte)).count()
    }
}

impl FromIterator<u8> for Bytes {
    fn from_iter<I: IntoIterator<Item = u8>>(bytes: I) -> Self {
        bytes.into_iter().fold(Self::default(), Self::and)
    }
}

#[cfg(test)]
mod tests {
    use super::super::pattern::parse;
    use super::super::pattern::tests::pattern;
    use super::*;

    #[test]
    fn bytes_are_read_off_patterns() {
        let table =
            [(r"[a-c]{2}\d|x", "abc0189x", "dyz "), (r"\bé?_", "_\u{E9}", "e"), (r"(?:k+)", "k", "K ")];
        for (text, inside, outside) in table {
            let bytes = Bytes::of(&parse(&pattern(text, "")).unwrap());
            assert!(inside.bytes().all(|byte| bytes.has(byte)), "/{text}/");
            assert!(!outside.bytes().any(|byte| bytes.has(byte)), "/{text}/");
        }
        let word: Bytes = "abc".bytes().collect();
        assert_eq!(word.count_at_end(b"a-bca"), 3);
        assert_eq!(word.with_spaces().count_at_end(b"-a b"), 3);
    }
}
