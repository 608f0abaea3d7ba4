//! Outlines of patterns: which bytes may stand at the first places of their matches.
//!
//! Most places where a pattern could begin show within a few bytes that it does not. Asking
//! tables of bytes about sixty-four patterns at once tells it without an automaton's steps.

use super::bytes::{Bytes, DEPTH_MAX};
use super::starts::Starts;
use regex_syntax::hir::{Class, Hir, HirKind, Repetition};
use std::ops::Range;

/// How many places are told apart: numbers of cards and accounts are longer, dates and amounts shorter.
const PLACES: usize = 12;

/// All of these places, as bits.
const ALL: u16 = (1 << PLACES) - 1;

/// In which order places are asked: most numbers are short, and far places tell them from what is long.
const ORDER: [usize; PLACES] = [4, 2, 7, 0, 1, 3, 5, 6, 9, 8, 10, 11];

/// Patterns that are asked at once: one each bit of a word.
const ROW: usize = 64;

/// Which bytes may stand at the first places of matches of a pattern.
#[derive(Clone, Debug)]
pub(super) struct Outline([Bytes; PLACES]);

impl Outline {
    /// That of a pattern.
    pub(super) fn new(hir: &Hir) -> Self {
        let mut outline = Self([Bytes::default(); PLACES]);
        let ends = outline.read(hir, 1, DEPTH_MAX);
        // Behind a match anything may stand.
        outline.fill(ends);
        outline
    }

    /// Whether a match may begin at `at`, by the bytes there. It must be one that ends with `bytes`.
    pub(super) fn fits(&self, bytes: &[u8], at: usize) -> bool {
        let rest = bytes.get(at..).unwrap_or_default();
        let is_long = rest.len() >= PLACES || self.0.get(rest.len()).is_some_and(Bytes::is_all);
        is_long && self.may(bytes, at)
    }

    /// Whether a match may begin at `at`, which may end behind `bytes`.
    pub(super) fn may(&self, bytes: &[u8], at: usize) -> bool {
        self.0.iter().zip(bytes.get(at..).unwrap_or_default()).all(|(place, byte)| place.has(*byte))
    }

    /// Which bytes may stand at one of the first places.
    pub(super) fn at(&self, place: usize) -> Option<Bytes> {
        self.0.get(place).copied()
    }

    /// That of what has either.
    pub(super) fn or(&self, other: &Self) -> Self {
        let mut either = self.clone();
        for (one, other) in either.0.iter_mut().zip(other.0) {
            *one = one.with(other);
        }
        either
    }

    /// Any byte may stand at the first of these places, and behind it.
    fn fill(&mut self, places: u16) {
        let first = places.trailing_zeros() as usize;
        self.0.iter_mut().skip(first).for_each(|place| *place = Bytes::ALL);
    }

    fn add(&mut self, places: u16, bytes: Bytes) {
        for (at, place) in self.0.iter_mut().enumerate() {
            if places & 1 << at != 0 {
                *place = place.with(bytes);
            }
        }
    }

    /// Reads a part that begins at one of some places; returns where what follows it may.
    fn read(&mut self, hir: &Hir, places: u16, depth: usize) -> u16 {
        if places == 0 {
            return 0;
        }
        let Some(depth) = depth.checked_sub(1) else {
            self.fill(places);
            return ALL;
        };
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => places,
            HirKind::Literal(literal) => literal.0.iter().fold(places, |places, byte| {
                self.add(places, [*byte].into_iter().collect());
                places << 1 & ALL
            }),
            HirKind::Class(class) => self.read_class(class, places),
            HirKind::Capture(capture) => self.read(&capture.sub, places, depth),
            HirKind::Repetition(repetition) => self.read_repetition(repetition, places, depth),
            HirKind::Concat(parts) => {
                parts.iter().fold(places, |places, part| self.read(part, places, depth))
            }
            HirKind::Alternation(parts) => {
                parts.iter().fold(0, |ends, part| ends | self.read(part, places, depth))
            }
        }
    }

    fn read_class(&mut self, class: &Class, places: u16) -> u16 {
        self.add(places, Bytes::of_class(class));
        let is_ascii = match class {
            Class::Unicode(class) => class.is_ascii(),
            Class::Bytes(_) => true,
        };
        if is_ascii {
            return places << 1 & ALL;
        }
        // Which of its characters take how many bytes is not told apart.
        let inside = (places << 1 | places << 2 | places << 3) & ALL;
        self.add(inside, Bytes::OTHER);
        (inside | places << 4) & ALL
    }

    fn read_repetition(&mut self, repetition: &Repetition, places: u16, depth: usize) -> u16 {
        let most = repetition.max.map_or(usize::MAX, |max| max as usize);
        let least = repetition.min as usize;
        let (mut at, mut ends) = (places, if least == 0 { places } else { 0 });
        // More of it leads to no other place.
        for count in 1..=most.min(PLACES.saturating_add(1)) {
            at = self.read(&repetition.sub, at, depth);
            if count >= least || count > PLACES {
                ends |= at;
            }
        }
        ends
    }
}

/// Outlines of many patterns, asked at once.
#[derive(Debug, Default)]
pub(super) struct Outlines {
    /// With which bytes some match begins.
    starts: Starts,
    rows: Vec<Row>,
}

/// In which row a pattern is, and by which bit.
pub(super) const fn place(index: usize) -> (usize, u64) {
    (index / ROW, 1 << (index % ROW))
}

/// Outlines of up to [`ROW`] patterns.
struct Row {
    /// For each place and byte, which patterns may have it there.
    places: Box<[[u64; 256]; PLACES]>,
    /// For each place, which may have ended before it.
    ended: [u64; PLACES],
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row").field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl Outlines {
    /// Those of patterns, each with how it begins, which have bits in rows in their order.
    pub(super) fn new<'a>(patterns: impl Iterator<Item = (&'a Starts, &'a Outline)>) -> Self {
        let (mut starts, mut rows) = (Starts::default(), Vec::new());
        for (index, (its_starts, outline)) in patterns.enumerate() {
            starts.extend(its_starts);
            let (_, bit) = place(index);
            if bit == 1 {
                rows.push(Row::default());
            }
            if let Some(row) = rows.last_mut() {
                row.add(bit, outline);
            }
        }
        Self { starts, rows }
    }

    /// The first place of `range` where some match may begin of those that the rows allow. It must
    /// be one that ends with `bytes`.
    #[inline]
    pub(super) fn next(&self, bytes: &[u8], range: Range<usize>, allowed: &[u64]) -> Option<usize> {
        self.starts.next(bytes, range, |rest| {
            self.rows.iter().zip(allowed).any(|(row, allowed)| row.fits(rest, *allowed))
        })
    }

    /// The first place of `range` where some match may begin, which may end behind `bytes`.
    pub(super) fn next_open(&self, bytes: &[u8], range: Range<usize>) -> Option<usize> {
        self.starts.next(bytes, range, |rest| self.rows.iter().any(|row| row.matches(rest, u64::MAX) != 0))
    }
}

impl Default for Row {
    #[expect(clippy::large_stack_arrays, reason = "made once, and moved away")]
    fn default() -> Self {
        Self { places: Box::new([[0; 256]; PLACES]), ended: [0; PLACES] }
    }
}

impl Row {
    fn add(&mut self, bit: u64, outline: &Outline) {
        for ((bytes, ended), place) in self.places.iter_mut().zip(&mut self.ended).zip(&outline.0) {
            if place.is_all() {
                *ended |= bit;
            }
            for (byte, patterns) in (0..=u8::MAX).zip(bytes) {
                if place.has(byte) {
                    *patterns |= bit;
                }
            }
        }
    }

    /// Whether one that is allowed may match at the beginning of `rest`, and end in it.
    fn fits(&self, rest: &[u8], allowed: u64) -> bool {
        allowed != 0
            && self.matches(rest, allowed) & self.ended.get(rest.len()).copied().unwrap_or(u64::MAX) != 0
    }

    /// Which of some patterns may match at the beginning of `rest`, whatever follows.
    #[inline]
    fn matches(&self, rest: &[u8], patterns: u64) -> u64 {
        let has = |place: usize, byte: u8| {
            self.places.get(place).and_then(|bytes| bytes.get(usize::from(byte))).copied().unwrap_or(0)
        };
        let mut patterns = patterns;
        if let Some(rest) = rest.first_chunk::<PLACES>() {
            for place in ORDER {
                patterns &= has(place, rest.get(place).copied().unwrap_or(0));
                if patterns == 0 {
                    break;
                }
            }
        } else {
            (0..).zip(rest).for_each(|(place, byte)| patterns &= has(place, *byte));
        }
        patterns
    }
}

#[cfg(test)]
mod tests {
    use super::super::pattern::tests::pattern;
    use super::super::pattern::{Pattern, parse};
    use super::*;
    use proptest::prelude::*;

    const PATTERNS: [&str; 12] = [
        r"\b\d{4}\b",
        r"\b(?:\d[ -]?){4,6}\d\b",
        r"[ab]{2}c?",
        r"a|bb|ccc",
        r"(?:ab)*c",
        r"\bé?\d",
        r"a.c",
        r"[^a]b",
        r"(?:a|\b00)1",
        r"a{0,3}b{2,}",
        r"(?:a?b?){3}1",
        r"1(?:a|éé)1",
    ];

    #[test]
    fn outlines_are_read_off_patterns() {
        let outline = |text| Outline::new(&parse(&pattern(text, "")).unwrap());
        let table = [
            (r"\b\d{4}\b", "1234", true),
            (r"\b\d{4}\b", "1234xyz", true),
            (r"\b\d{4}\b", "123", false),
            (r"\b\d{4}\b", "123x", false),
            (r"ab?c", "abc", true),
            (r"abc?d", "ab", false),
            (r"ab?c", "ac", true),
            (r"[a-z]{13}", "abcdefghijkl!", true),
            (r"[a-z]{13}", "abcdefghijk!m", false),
            (r"a.c", "a\u{20AC}c", true),
        ];
        for (text, haystack, expected) in table {
            assert_eq!(outline(text).fits(haystack.as_bytes(), 0), expected, "/{text}/ on {haystack}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Where a pattern matches, its outline fits, alone and among others.
        #[test]
        fn no_match_is_passed_over(text in "[abc01é -]{0,12}") {
            let patterns: Vec<Pattern> =
                PATTERNS.iter().map(|text| Pattern::new(parse(&pattern(text, "")).unwrap()).unwrap()).collect();
            // With so many more before them, they lie in several rows.
            let many = patterns.iter().cycle().take(100);
            let outlines = Outlines::new(many.map(|pattern| (&pattern.starts, &pattern.outline)));
            for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
                for (pattern, name) in patterns.iter().zip(PATTERNS) {
                    if pattern.find_at(&text, at, text.len()).is_some() {
                        prop_assert!(pattern.outline.fits(text.as_bytes(), at), "/{}/ at {}", name, at);
                        prop_assert_eq!(outlines.next(text.as_bytes(), at..text.len(), &[u64::MAX; 2]), Some(at));
                        prop_assert_eq!(outlines.next_open(text.as_bytes(), at..text.len()), Some(at));
                    }
                }
            }
        }
    }
}
