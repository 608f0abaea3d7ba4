//! Which bytes can follow each other in what is looked for.
//!
//! Whatever reaches over a place is of a row in which each byte may follow the one before.
//! Most rows end within a word, so they tell quickly that nothing does.

use super::bytes::{Bytes, DEPTH_MAX};
use super::fold::FOLDED;
use regex_syntax::hir::{Hir, HirKind};
use std::ops::Range;

/// Which bytes can follow each byte.
pub(super) struct Pairs {
    follows: Box<[Bytes; 256]>,
    /// Which can be all there is of a fixed text.
    alone: Bytes,
}

impl std::fmt::Debug for Pairs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pairs").finish_non_exhaustive()
    }
}

/// How matches of a part of a pattern begin and end.
#[derive(Clone, Copy)]
struct Ends {
    first: Bytes,
    last: Bytes,
    /// Whether it may match where nothing stands.
    is_empty: bool,
}

impl Default for Pairs {
    fn default() -> Self {
        Self { follows: Box::new([Bytes::NONE; 256]), alone: Bytes::NONE }
    }
}

impl Pairs {
    /// Those within the matches of a pattern.
    pub(super) fn of(hir: &Hir) -> Self {
        let mut pairs = Self::default();
        pairs.read(hir, DEPTH_MAX);
        pairs
    }

    /// Adds those within a folded text, in whatever case it is written, and with however many spaces.
    pub(super) fn add_folded(&mut self, text: &str) {
        if let [byte] = *text.as_bytes() {
            self.alone = self.alone.with(written(byte));
        }
        for pair in text.as_bytes().windows(2) {
            if let [one, next] = *pair {
                self.add(written(one), written(next));
            }
        }
        if text.contains(' ') {
            self.add(written(b' '), written(b' '));
        }
    }

    /// Whether the words of a sentence can follow each other, so that a row tells little.
    pub(super) fn have_words(&self) -> bool {
        let letters: Bytes = (b'a'..=b'z').collect();
        let follows = |byte: u8| self.follows.get(usize::from(byte)).copied().unwrap_or(Bytes::NONE);
        follows(b' ').of_both(letters) != Bytes::NONE && (b'a'..=b'z').any(|letter| follows(letter).has(b' '))
    }

    /// Adds all of another of patterns.
    pub(super) fn extend(&mut self, other: &Self) {
        for (one, other) in self.follows.iter_mut().zip(other.follows.iter()) {
            *one = one.with(*other);
        }
    }

    /// The row of bytes that reaches over a part of a text, in which each may follow the one before.
    pub(super) fn row(&self, bytes: &[u8], part: Range<usize>) -> Range<usize> {
        let follows = |at: usize| {
            let before = at.checked_sub(1).and_then(|before| bytes.get(before));
            before.zip(bytes.get(at)).is_some_and(|(before, byte)| {
                self.follows.get(usize::from(*before)).is_some_and(|next| next.has(*byte))
            })
        };
        let before =
            (0..part.start).rev().map(|at| at.saturating_add(1)).take_while(|at| follows(*at)).count();
        let behind = (part.end..bytes.len()).take_while(|at| follows(*at)).count();
        part.start.saturating_sub(before)..part.end.saturating_add(behind)
    }

    /// Whether a fixed text may stand in a row.
    pub(super) fn may_stand(&self, row: &[u8]) -> bool {
        match *row {
            [] => false,
            [byte] => self.alone.has(byte),
            [_, ..] => true,
        }
    }

    fn add(&mut self, one: Bytes, next: Bytes) {
        for (byte, follows) in (0..=u8::MAX).zip(self.follows.iter_mut()) {
            if one.has(byte) {
                *follows = follows.with(next);
            }
        }
    }

    fn read(&mut self, hir: &Hir, depth: usize) -> Ends {
        let Some(depth) = depth.checked_sub(1) else {
            self.add(Bytes::ALL, Bytes::ALL);
            return Ends { first: Bytes::ALL, last: Bytes::ALL, is_empty: true };
        };
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Ends::EMPTY,
            HirKind::Literal(literal) => {
                let one = |byte: &u8| Ends::of([*byte].into_iter().collect());
                literal.0.iter().fold(Ends::EMPTY, |before, byte| self.join(before, one(byte)))
            }
            HirKind::Class(class) => {
                let bytes = Bytes::of_class(class);
                let others = bytes.of_both(Bytes::OTHER);
                self.add(others, others);
                Ends::of(bytes)
            }
            HirKind::Capture(capture) => self.read(&capture.sub, depth),
            HirKind::Repetition(repetition) => {
                let ends = self.read(&repetition.sub, depth);
                if repetition.max != Some(1) {
                    self.add(ends.last, ends.first);
                }
                Ends { is_empty: ends.is_empty || repetition.min == 0, ..ends }
            }
            HirKind::Concat(parts) => parts.iter().fold(Ends::EMPTY, |before, part| {
                let part = self.read(part, depth);
                self.join(before, part)
            }),
            HirKind::Alternation(parts) => {
                let parts: Vec<Ends> = parts.iter().map(|part| self.read(part, depth)).collect();
                parts.into_iter().fold(Ends { is_empty: false, ..Ends::EMPTY }, Ends::or)
            }
        }
    }

    /// One part behind another.
    fn join(&mut self, one: Ends, next: Ends) -> Ends {
        self.add(one.last, next.first);
        Ends {
            first: if one.is_empty { one.first.with(next.first) } else { one.first },
            last: if next.is_empty { one.last.with(next.last) } else { next.last },
            is_empty: one.is_empty && next.is_empty,
        }
    }
}

impl Ends {
    const EMPTY: Self = Self { first: Bytes::NONE, last: Bytes::NONE, is_empty: true };

    const fn of(bytes: Bytes) -> Self {
        Self { first: bytes, last: bytes, is_empty: false }
    }

    fn or(self, other: Self) -> Self {
        Self {
            first: self.first.with(other.first),
            last: self.last.with(other.last),
            is_empty: self.is_empty || other.is_empty,
        }
    }
}

/// Which bytes fold to one of folded text. A byte of what is no ASCII may be any such: which
/// characters fold to which is not told apart.
fn written(folded: u8) -> Bytes {
    match folded {
        b' ' => (0..=u8::MAX).filter(|byte| FOLDED.get(usize::from(*byte)) == Some(&b' ')).collect(),
        byte if byte.is_ascii() => [byte, byte.to_ascii_uppercase()].into_iter().collect(),
        _ => Bytes::OTHER,
    }
}
