//! Which bytes the matches of a pattern begin with.

use super::bytes::DEPTH_MAX;
use regex_syntax::hir::{Class, Hir, HirKind, Look};
use std::ops::Range;

/// Which bytes matches begin with.
#[derive(Clone, Debug)]
pub(super) struct Starts([u8; 256]);

/// A match may begin with the byte at any place.
const ANYWHERE: u8 = 1;

/// A match may begin with the byte where a word begins or ends.
const AT_BOUNDARY: u8 = 2;

/// The byte is of a word.
const WORD: u8 = 4;

impl Default for Starts {
    fn default() -> Self {
        Self(std::array::from_fn(|byte| if u8::try_from(byte).is_ok_and(is_word) { WORD } else { 0 }))
    }
}

impl Starts {
    /// Those of a pattern.
    pub(super) fn new(hir: &Hir) -> Self {
        let mut starts = Self::default();
        if starts.read(hir, false, DEPTH_MAX) != Some(Passed::No) {
            starts.0.iter_mut().for_each(|flags| *flags |= ANYWHERE);
        }
        starts
    }

    /// Adds those of another pattern.
    pub(super) fn extend(&mut self, other: &Self) {
        for (one, other) in self.0.iter_mut().zip(other.0) {
            *one |= other;
        }
    }

    /// Whether a match may begin at `at`.
    #[inline]
    pub(super) fn may(&self, bytes: &[u8], at: usize) -> bool {
        let Some(byte) = bytes.get(at) else {
            return false;
        };
        let flags = self.0.get(usize::from(*byte)).copied().unwrap_or(0);
        flags & ANYWHERE != 0 || flags & AT_BOUNDARY != 0 && is_boundary(bytes, at, *byte)
    }

    /// Whether a match that begins with a letter or digit, in either case, begins a word of ASCII.
    pub(super) fn begins_word(&self, byte: u8) -> bool {
        let is_open = |byte: u8| self.0.get(usize::from(byte)).is_none_or(|flags| flags & ANYWHERE != 0);
        byte.is_ascii_alphanumeric() && !is_open(byte) && !is_open(byte.to_ascii_uppercase())
    }

    /// The first place of `range` where a match may begin, of those where what is there and behind it fits.
    #[inline]
    pub(super) fn next(
        &self,
        bytes: &[u8],
        range: Range<usize>,
        mut fits: impl FnMut(&[u8]) -> bool,
    ) -> Option<usize> {
        let flags = |byte: u8| self.0.get(usize::from(byte)).copied().unwrap_or(0);
        let before = range.start.checked_sub(1).and_then(|at| bytes.get(at));
        let mut before = before.map_or(0, |byte| flags(*byte));
        let end = bytes.len().saturating_sub(range.end);
        let mut rest = bytes.get(range.start..)?;
        while rest.len() > end
            && let [byte, behind @ ..] = rest
        {
            let flags = flags(*byte);
            // In numbers, as choices would be branches that nothing foresees.
            let is_boundary = (flags ^ before) / (WORD / AT_BOUNDARY);
            if flags & (ANYWHERE | is_boundary & AT_BOUNDARY) != 0 && fits(rest) {
                return bytes.len().checked_sub(rest.len());
            }
            (before, rest) = (flags, behind);
        }
        None
    }

    fn add(&mut self, byte: u8, is_at_boundary: bool) {
        if let Some(flags) = self.0.get_mut(usize::from(byte)) {
            *flags |= if is_at_boundary { AT_BOUNDARY } else { ANYWHERE };
        }
    }

    /// Reads the beginning of a part; whether what follows it may begin a match
    /// too. `None` when it is not known what it begins with.
    fn read(&mut self, hir: &Hir, is_at_boundary: bool, depth: usize) -> Option<Passed> {
        let depth = depth.checked_sub(1)?;
        match hir.kind() {
            HirKind::Look(Look::WordAscii) => Some(Passed::Yes(true)),
            HirKind::Empty | HirKind::Look(_) => Some(Passed::Yes(is_at_boundary)),
            HirKind::Literal(literal) => {
                self.add(*literal.0.first()?, is_at_boundary);
                Some(Passed::No)
            }
            HirKind::Class(class) => {
                self.add_class(class, is_at_boundary);
                Some(Passed::No)
            }
            HirKind::Capture(capture) => self.read(&capture.sub, is_at_boundary, depth),
            HirKind::Repetition(repetition) => {
                let passed = self.read(&repetition.sub, is_at_boundary, depth)?;
                Some(if repetition.min == 0 { passed.or(Passed::Yes(is_at_boundary)) } else { passed })
            }
            HirKind::Alternation(parts) => {
                let mut all = Passed::No;
                for part in parts {
                    all = all.or(self.read(part, is_at_boundary, depth)?);
                }
                Some(all)
            }
            HirKind::Concat(parts) => {
                let mut is_at_boundary = is_at_boundary;
                for part in parts {
                    match self.read(part, is_at_boundary, depth)? {
                        Passed::No => return Some(Passed::No),
                        Passed::Yes(is) => is_at_boundary = is,
                    }
                }
                Some(Passed::Yes(is_at_boundary))
            }
        }
    }

    fn add_class(&mut self, class: &Class, is_at_boundary: bool) {
        match class {
            Class::Unicode(class) => {
                for range in class.ranges() {
                    let last = range.end().min('\u{7F}');
                    for character in range.start()..=last {
                        if let Ok(byte) = u8::try_from(character) {
                            self.add(byte, is_at_boundary);
                        }
                    }
                    if range.end() > '\u{7F}' {
                        // Which lead bytes is not told apart; few texts are full of others.
                        (0xC2..=0xF4).for_each(|byte| self.add(byte, false));
                    }
                }
            }
            Class::Bytes(class) => {
                for range in class.ranges() {
                    (range.start()..=range.end()).for_each(|byte| self.add(byte, is_at_boundary));
                }
            }
        }
    }
}

/// Whether a part can be passed over without a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Passed {
    No,
    /// It can; whether a boundary must be there.
    Yes(bool),
}

impl Passed {
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, one) | (one, Self::No) => one,
            (Self::Yes(one), Self::Yes(other)) => Self::Yes(one && other),
        }
    }
}

/// Whether an ASCII word begins or ends before the byte at `at`.
fn is_boundary(bytes: &[u8], at: usize, byte: u8) -> bool {
    let before = at.checked_sub(1).and_then(|at| bytes.get(at)).is_some_and(|byte| is_word(*byte));
    before != is_word(byte)
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
