//! What every match of a pattern holds: fixed text, or a digit, close to its beginning.
//!
//! Read off the pattern once. It is what lets one pass over a text say where a
//! pattern may match at all; what is said here may name too many places, and never too few.

use super::fold::{fold_phrase, is_space};
use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};
use std::collections::BTreeSet;
use std::ops::Range;

/// Shortest fixed text that a pattern is found by; shorter ones stand everywhere.
const LITERAL_BYTES_MIN: usize = 3;

/// Longest fixed text that a pattern is found by; more tells no more places apart.
const LITERAL_BYTES_MAX: usize = 40;

/// Most fixed texts that a pattern is found by.
const LITERALS_MAX: usize = 64;

/// Most bytes that may stand before the fixed text: the longest keys with a mark
/// in their middle have 76 characters before it, addresses two names of 64.
pub(super) const BEFORE_BYTES_MAX: usize = 192;

/// Most bytes that may stand before a mark: a country's letters and a separator or two.
const MARK_BYTES_MAX: usize = 8;

/// Deepest nesting that is read; what is deeper has no fixed text.
const DEPTH_MAX: usize = 64;

/// Fixed texts of which one stands in every match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literals {
    /// As folded text shows them.
    pub(super) texts: BTreeSet<String>,
    /// Most bytes of a match before the text.
    pub(super) before: usize,
    /// Most bytes that the text takes as it is written.
    length: usize,
}

impl Literals {
    /// How well they tell places apart; `None` when they do not.
    fn worth(&self) -> Option<(usize, usize, usize)> {
        let shortest = self.texts.iter().map(String::len).min()?;
        let is_rare = self.texts.iter().all(|text| text == "@");
        let is_useful = (shortest >= LITERAL_BYTES_MIN || is_rare) && self.before <= BEFORE_BYTES_MAX;
        let worth = (
            shortest.min(6),
            BEFORE_BYTES_MAX.saturating_sub(self.before),
            usize::MAX.saturating_sub(self.texts.len()),
        );
        is_useful.then_some(worth)
    }

    /// Without white space at the ends, and without texts that begin with another.
    fn trimmed(self) -> Self {
        let mut before = self.before;
        let mut texts: BTreeSet<String> = BTreeSet::new();
        for text in self.texts {
            let trimmed = text.trim();
            if !text.starts_with(trimmed) {
                before = self.before.saturating_add(self.length);
            }
            texts.insert(trimmed.into());
        }
        let mut kept: Vec<String> = Vec::new();
        for text in texts {
            if !kept.last().is_some_and(|last| text.starts_with(last.as_str())) {
                kept.push(text);
            }
        }
        Self { texts: kept.into_iter().collect(), before, length: self.length }
    }
}

/// The fixed texts that a pattern is best found by.
pub(super) fn literals(hir: &Hir) -> Option<Literals> {
    required(hir, DEPTH_MAX).map(Literals::trimmed).filter(|found| found.worth().is_some())
}

/// The better of two.
fn better(one: Option<Literals>, other: Option<Literals>) -> Option<Literals> {
    let one = one.map(Literals::trimmed).and_then(|found| Some((found.worth()?, found)));
    let other = other.map(Literals::trimmed).and_then(|found| Some((found.worth()?, found)));
    let best = match (one, other) {
        (Some(one), Some(other)) => Some(if other.0 > one.0 { other } else { one }),
        (one, other) => one.or(other),
    };
    best.map(|(_, found)| found)
}

fn required(hir: &Hir, depth: usize) -> Option<Literals> {
    let depth = depth.checked_sub(1)?;
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => None,
        HirKind::Literal(_) | HirKind::Class(_) => {
            Some(Literals { texts: exact(hir, depth)?, before: 0, length: length(hir)? })
        }
        HirKind::Capture(capture) => required(&capture.sub, depth),
        HirKind::Repetition(repetition) if repetition.min == 0 => None,
        HirKind::Repetition(repetition) => {
            let whole = exact(hir, depth).zip(length(hir));
            let whole = whole.map(|(texts, length)| Literals { texts, before: 0, length });
            better(whole, required(&repetition.sub, depth))
        }
        HirKind::Alternation(parts) => {
            let mut all = Literals { texts: BTreeSet::new(), before: 0, length: 0 };
            for part in parts {
                let found = required(part, depth).map(Literals::trimmed)?;
                found.worth()?;
                all.before = all.before.max(found.before);
                all.length = all.length.max(found.length);
                all.texts.extend(found.texts);
            }
            (all.texts.len() <= LITERALS_MAX).then_some(all)
        }
        HirKind::Concat(parts) => required_of_row(parts, depth),
    }
}

/// The best of what stands in a row.
fn required_of_row(parts: &[Hir], depth: usize) -> Option<Literals> {
    let mut best = None;
    let mut before = 0_usize;
    let mut run: Option<Literals> = None;
    for part in parts {
        let texts = exact(part, depth);
        let joined = run.as_ref().zip(texts.as_ref()).and_then(|(run, texts)| {
            let length = run.length.checked_add(length(part)?)?;
            Some(Literals { texts: cross(&run.texts, texts)?, before: run.before, length })
        });
        if joined.is_some() {
            run = joined;
        } else {
            best = better(best, run.take());
            run = texts.zip(length(part)).map(|(texts, length)| Literals { texts, before, length });
            let inner = required(part, depth);
            let moved = |found: Literals| Literals { before: found.before.saturating_add(before), ..found };
            best = better(best, inner.map(moved));
        }
        let Some(length) = length(part) else {
            break;
        };
        before = before.saturating_add(length);
    }
    better(best, run)
}

/// Most bytes that a match takes.
fn length(hir: &Hir) -> Option<usize> {
    hir.properties().maximum_len()
}

/// All that a pattern matches, as folded text shows it, when that is little.
fn exact(hir: &Hir, depth: usize) -> Option<BTreeSet<String>> {
    let depth = depth.checked_sub(1)?;
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some([String::new()].into()),
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            (text.len() <= LITERAL_BYTES_MAX).then(|| [fold_part(text)].into())
        }
        HirKind::Class(class) => characters(class),
        HirKind::Capture(capture) => exact(&capture.sub, depth),
        HirKind::Repetition(repetition) => exact_repetition(repetition, depth),
        HirKind::Alternation(parts) => {
            let mut all = BTreeSet::new();
            for part in parts {
                all.extend(exact(part, depth)?);
            }
            (all.len() <= LITERALS_MAX).then_some(all)
        }
        HirKind::Concat(parts) => {
            let mut all: BTreeSet<String> = [String::new()].into();
            for part in parts {
                all = cross(&all, &exact(part, depth)?)?;
            }
            Some(all)
        }
    }
}

fn exact_repetition(repetition: &Repetition, depth: usize) -> Option<BTreeSet<String>> {
    let max = repetition.max.filter(|max| *max as usize <= LITERAL_BYTES_MAX)?;
    let sub = exact(&repetition.sub, depth)?;
    let mut row: BTreeSet<String> = [String::new()].into();
    let mut all = BTreeSet::new();
    for count in 0..=max {
        if count >= repetition.min {
            all.extend(row.iter().cloned());
        }
        if count < max {
            row = cross(&row, &sub)?;
        }
    }
    (all.len() <= LITERALS_MAX).then_some(all)
}

/// Each of the one followed by each of the other.
fn cross(one: &BTreeSet<String>, other: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    if one.len().saturating_mul(other.len()) > 4 * LITERALS_MAX {
        return None;
    }
    let mut all = BTreeSet::new();
    for first in one {
        for second in other {
            let space = first.ends_with(' ') && second.starts_with(' ');
            let second = if space { second.get(1..).unwrap_or_default() } else { second };
            all.insert(format!("{first}{second}"));
        }
    }
    let is_short = all.iter().all(|text| text.len() <= LITERAL_BYTES_MAX);
    (is_short && all.len() <= LITERALS_MAX).then_some(all)
}

/// What the characters of a class fold to, when these are few.
fn characters(class: &Class) -> Option<BTreeSet<String>> {
    const CHARACTERS_MAX: usize = 24;
    let mut all = BTreeSet::new();
    let mut add = |character: char| {
        all.insert(fold_part(character.encode_utf8(&mut [0; 4])));
    };
    match class {
        Class::Unicode(class) => {
            let count: usize = class.ranges().iter().map(regex_syntax::hir::ClassUnicodeRange::len).sum();
            if count > CHARACTERS_MAX {
                return None;
            }
            class.ranges().iter().flat_map(|range| range.start()..=range.end()).for_each(&mut add);
        }
        Class::Bytes(class) => {
            let count: usize = class.ranges().iter().map(regex_syntax::hir::ClassBytesRange::len).sum();
            if count > CHARACTERS_MAX || !class.is_ascii() {
                return None;
            }
            let bytes = class.ranges().iter().flat_map(|range| range.start()..=range.end());
            bytes.map(char::from).for_each(&mut add);
        }
    }
    (!all.is_empty()).then_some(all)
}

/// Folds a part of a text, white space at its ends included.
fn fold_part(text: &str) -> String {
    let space = |is_there: bool| if is_there { " " } else { "" };
    let inner = fold_phrase(text);
    if inner.is_empty() {
        return space(!text.is_empty()).into();
    }
    let (start, end) = (text.starts_with(is_space), text.ends_with(is_space));
    format!("{}{inner}{}", space(start), space(end))
}

/// Whether a byte is a mark: rare in prose, and in what many patterns must have.
pub(super) fn is_mark(byte: u8) -> bool {
    // In numbers, as a choice would be a branch: this way many bytes are asked at once.
    let is = |mark: u8| u8::from(byte == mark);
    let marks = u8::from(byte.is_ascii_digit()) | is(b':') | is(b'+') | is(b'(') | is(b'[');
    marks != 0
}

/// The next mark from `at` on, and where the marks after it end.
pub(super) fn next_mark(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    const BLOCK: usize = 32;
    let rest = bytes.get(at..)?;
    // Without a branch in the inner loop the compiler reads a block at once.
    let is_bare = |block: &&[u8]| !block.iter().fold(false, |any, byte| any | is_mark(*byte));
    let bare = rest.chunks_exact(BLOCK).take_while(is_bare).count().saturating_mul(BLOCK);
    let first = bare.saturating_add(rest.get(bare..)?.iter().position(|byte| is_mark(*byte))?);
    let length = rest.get(first..)?.iter().take_while(|byte| is_mark(**byte)).count();
    let start = at.saturating_add(first);
    Some(start..start.saturating_add(length))
}

/// How many bytes stand at most before a mark that every match has, when they are few.
pub(super) fn mark(hir: &Hir) -> Option<usize> {
    mark_within(hir, DEPTH_MAX).filter(|before| *before <= MARK_BYTES_MAX)
}

fn mark_within(hir: &Hir, depth: usize) -> Option<usize> {
    let depth = depth.checked_sub(1)?;
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => None,
        HirKind::Literal(literal) => literal.0.iter().position(|byte| is_mark(*byte)),
        HirKind::Class(class) => is_marks(class).then_some(0),
        HirKind::Capture(capture) => mark_within(&capture.sub, depth),
        HirKind::Repetition(repetition) if repetition.min == 0 => None,
        HirKind::Repetition(repetition) => mark_within(&repetition.sub, depth),
        HirKind::Alternation(parts) => {
            parts.iter().try_fold(0, |most, part| Some(mark_within(part, depth)?.max(most)))
        }
        HirKind::Concat(parts) => {
            let mut before = 0_usize;
            for part in parts {
                if let Some(found) = mark_within(part, depth) {
                    return before.checked_add(found);
                }
                before = before.checked_add(part.properties().maximum_len()?)?;
            }
            None
        }
    }
}

fn is_marks(class: &Class) -> bool {
    let is_marks = |start: u8, end: u8| (start..=end).all(is_mark);
    match class {
        Class::Unicode(class) => class.ranges().iter().all(|range| {
            let byte = |character: char| u8::try_from(u32::from(character)).ok();
            byte(range.start()).zip(byte(range.end())).is_some_and(|(start, end)| is_marks(start, end))
        }),
        Class::Bytes(class) => class.ranges().iter().all(|range| is_marks(range.start(), range.end())),
    }
}

/// Which bytes matches begin with.
#[derive(Clone, Debug)]
pub(super) struct Starts {
    /// At any place.
    anywhere: [bool; 256],
    /// Where a word begins or ends.
    at_boundary: [bool; 256],
}

impl Default for Starts {
    fn default() -> Self {
        Self { anywhere: [false; 256], at_boundary: [false; 256] }
    }
}

impl Starts {
    /// Those of a pattern.
    pub(super) fn new(hir: &Hir) -> Self {
        let mut starts = Self::default();
        if starts.read(hir, false, DEPTH_MAX) != Some(Passed::No) {
            starts.anywhere = [true; 256];
        }
        starts
    }

    /// Adds those of another pattern.
    pub(super) fn extend(&mut self, other: &Self) {
        for (one, other) in self.anywhere.iter_mut().zip(other.anywhere) {
            *one |= other;
        }
        for (one, other) in self.at_boundary.iter_mut().zip(other.at_boundary) {
            *one |= other;
        }
    }

    /// Whether a match may begin at `at`.
    pub(super) fn may(&self, bytes: &[u8], at: usize) -> bool {
        let Some(byte) = bytes.get(at) else {
            return false;
        };
        let of = |set: &[bool; 256]| set.get(usize::from(*byte)).is_some_and(|is| *is);
        of(&self.anywhere) || of(&self.at_boundary) && is_boundary(bytes, at, *byte)
    }

    fn add(&mut self, byte: u8, is_at_boundary: bool) {
        let set = if is_at_boundary { &mut self.at_boundary } else { &mut self.anywhere };
        if let Some(is) = set.get_mut(usize::from(byte)) {
            *is = true;
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

#[cfg(test)]
mod tests {
    use super::super::pattern::parse;
    use super::super::pattern::tests::pattern;
    use super::*;

    /// A pattern, its flags, and its fixed texts with the most bytes before them.
    type FixedTexts<'a> = (&'a str, &'a str, Option<(&'a [&'a str], usize)>);

    #[test]
    fn fixed_texts_are_read_off_patterns() {
        let table: [FixedTexts<'_>; 12] = [
            (r"\bghp_\w{36}\b", "", Some((&["ghp"], 0))),
            (r"\d{4}", "", None),
            (r"(?:sk|pk)_live_\w+", "", Some((&["pk live", "sk live"], 0))),
            (r"\b[0-9a-f]{32}-us\d{1,2}\b", "", Some((&["-us"], 32))),
            (r"[a-z.]{1,64}@[a-z]+", "", Some((&["@"], 64))),
            (r"\bAuthorization:\s{1,3}Basic", "i", Some((&["authorization: basic"], 0))),
            (r"\w{0,8}(?:pass|pwd)word", "", Some((&["password", "pwdword"], 8))),
            (r"\w*secret", "", None),
            (r"(?:secret|\d+)x", "", None),
            ("a {2}b", "", Some((&["a b"], 0))),
            ("sek", "i", Some((&["sek"], 0))),
            (r"\s{1,9}key", "", Some((&["key"], 12))),
        ];
        for (text, flags, expected) in table {
            let found = literals(&parse(&pattern(text, flags)).unwrap());
            let found = found.map(|found| (found.texts.into_iter().collect::<Vec<_>>(), found.before));
            let expected =
                expected.map(|(texts, before)| (texts.iter().map(ToString::to_string).collect(), before));
            assert_eq!(found, expected, "/{text}/{flags}");
        }
    }

    #[test]
    fn marks_and_beginnings_are_read_off_patterns() {
        let table = [
            (r"\b\d{3}-\d{4}\b", Some(0), "a 1 b", vec![2]),
            (r"\b[A-Z]{2}\d{2}", Some(2), "AB X", vec![0, 3]),
            (r"(?:\+|\b00)[1-9]", Some(0), "+0 10", vec![0, 1]),
            (r"[a-z]+\d", None, "ab1", vec![0, 1]),
            (r"(?:\b1[ .-])?(?:\(\d{3}\) ?|\b\d{3})", Some(2), "(12 1", vec![0, 1, 4]),
            (r"é?\d", Some(2), "é1a", vec![0, 2]),
        ];
        for (text, before, haystack, places) in table {
            let hir = parse(&pattern(text, "")).unwrap();
            assert_eq!(mark(&hir), before, "/{text}/");
            let starts = Starts::new(&hir);
            let found: Vec<_> =
                (0..haystack.len()).filter(|at| starts.may(haystack.as_bytes(), *at)).collect();
            assert_eq!(found, places, "/{text}/ on {haystack}");
        }
    }
}
