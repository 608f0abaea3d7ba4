//! Fixed text that every match of a pattern holds close to its beginning.
//!
//! Read off the pattern once. It is what lets one pass over a text say where a
//! pattern may match at all; what is said here may name too many places, and never too few.

use super::LONG_BYTES_MIN;
use super::bytes::{Bytes, DEPTH_MAX};
use super::fold::{fold_character, fold_phrase, is_space};
use regex_syntax::hir::{Class, Hir, HirKind, Repetition};
use std::collections::BTreeSet;

/// Shortest fixed text that a pattern is found by; shorter ones stand everywhere.
const LITERAL_BYTES_MIN: usize = 3;

/// Longest fixed text that a pattern is found by; more tells no more places apart.
const LITERAL_BYTES_MAX: usize = 40;

/// Most fixed texts that a pattern is found by. A dozen verbs of three words each, in
/// the spellings that a pattern allows, are some two hundred.
const LITERALS_MAX: usize = 256;

/// Most bytes that may stand before the fixed text: the longest keys with a mark
/// in their middle have 76 characters before it, addresses two names of 64.
pub(super) const BEFORE_BYTES_MAX: usize = 192;
const _: () = assert!(LONG_BYTES_MIN >= BEFORE_BYTES_MAX);

/// Fixed texts of which one stands in every match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literals {
    /// As folded text shows them, but for a `_` at their end, which is kept as a
    /// sign: `hf_` tells far more places apart than `hf` and a space.
    pub(super) texts: BTreeSet<String>,
    /// Most bytes of a match before the text.
    pub(super) before: usize,
    /// Which bytes can stand there.
    pub(super) lead: Bytes,
    /// Most bytes that the text takes as it is written.
    length: usize,
}

impl Literals {
    /// Texts with which matches begin, of so many bytes at most.
    fn at_start(texts: BTreeSet<String>, length: usize) -> Self {
        Self { texts, before: 0, lead: Bytes::default(), length }
    }

    /// How well they tell places apart; `None` when they do not.
    fn worth(&self) -> Option<(usize, usize, usize)> {
        let shortest = self.texts.iter().map(String::len).min()?;
        let is_rare = |text: &str| text == "@" || text.len() == 2 && text.ends_with(['.', '/']);
        // Numbers are better found by their digits than by the years of two centuries.
        let is_number = |text: &str| {
            text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b' ' | b'(' | b')' | b'-'..=b'/'))
        };
        let is_text = !self.texts.iter().any(|text| is_number(text));
        let is_long = self.texts.iter().all(|text| text.len() >= LITERAL_BYTES_MIN || is_rare(text));
        // Where so many bytes follow the beginning of a match, the text stands whole in them.
        let is_near = self.before == 0
            || self.before <= BEFORE_BYTES_MAX && self.before.saturating_add(self.length) <= LONG_BYTES_MIN;
        let is_useful = is_long && is_text && is_near;
        let worth = (
            shortest.min(6),
            BEFORE_BYTES_MAX.saturating_sub(self.before),
            usize::MAX.saturating_sub(self.texts.len()),
        );
        is_useful.then_some(worth)
    }

    /// Without white space at the ends, and without texts that begin with another.
    fn trimmed(self) -> Self {
        let (mut before, mut lead) = (self.before, self.lead);
        let mut texts: BTreeSet<String> = BTreeSet::new();
        for text in self.texts {
            let trimmed = text.trim_start_matches([' ', SIGN]);
            let short = trimmed.trim_end_matches(' ');
            // The space behind a short word tells more places apart than the word alone.
            let trimmed = if short.len() < LITERAL_BYTES_MIN { trimmed } else { short };
            if !text.starts_with(trimmed) {
                before = self.before.saturating_add(self.length);
                lead = lead.with_spaces();
            }
            texts.insert(trimmed.into());
        }
        let mut kept: Vec<String> = Vec::new();
        for text in texts {
            if !kept.last().is_some_and(|last| text.starts_with(last.as_str())) {
                kept.push(text);
            }
        }
        Self { texts: kept.into_iter().collect(), before, lead, length: self.length }
    }

    /// The same texts, with so many more of these bytes before them.
    fn moved(self, before: usize, lead: Bytes) -> Self {
        Self { before: self.before.saturating_add(before), lead: self.lead.with(lead), ..self }
    }
}

/// What is kept of a `_` at the end of a fixed text.
pub(super) const SIGN: char = '_';

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
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok().filter(|text| !text.contains(is_twin))?;
            // The beginning of a long text tells it apart as well.
            let text = text.get(..text.floor_char_boundary(LITERAL_BYTES_MAX)).unwrap_or_default();
            Some(Literals::at_start([fold_part(text)].into(), text.len()))
        }
        HirKind::Class(_) => Some(Literals::at_start(exact(hir, depth)?, length(hir)?)),
        HirKind::Capture(capture) => required(&capture.sub, depth),
        HirKind::Repetition(repetition) if repetition.min == 0 => None,
        HirKind::Repetition(repetition) => {
            let whole = exact(hir, depth).zip(length(hir));
            let whole = whole.map(|(texts, length)| Literals::at_start(texts, length));
            better(whole, required(&repetition.sub, depth))
        }
        HirKind::Alternation(parts) => {
            let mut all = Literals::at_start(BTreeSet::new(), 0);
            for part in parts {
                let found = required(part, depth).map(Literals::trimmed)?;
                found.worth()?;
                all.before = all.before.max(found.before);
                all.lead = all.lead.with(found.lead);
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
    let (mut before, mut lead) = (0_usize, Bytes::default());
    let mut run: Option<Literals> = None;
    for part in parts {
        let texts = exact(part, depth);
        let joined = run.as_ref().zip(texts.as_ref()).and_then(|(run, texts)| {
            let length = run.length.saturating_add(length(part).unwrap_or(usize::MAX));
            Some(Literals { texts: cross(&run.texts, texts)?, length, ..run.clone() })
        });
        if joined.is_some() {
            run = joined;
        } else {
            best = better(best, run.take());
            let begun = texts.map(|texts| Literals::at_start(texts, length(part).unwrap_or(usize::MAX)));
            run = begun.map(|found| found.moved(before, lead));
            best = better(best, required(part, depth).map(|found| found.moved(before, lead)));
        }
        let Some(length) = length(part) else {
            break;
        };
        before = before.saturating_add(length);
        lead = lead.with(Bytes::of(part));
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
            let text = std::str::from_utf8(&literal.0).ok().filter(|text| !text.contains(is_twin))?;
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
    if is_white(&repetition.sub) {
        // However much of it: folded, it is one space.
        let none = (repetition.min == 0).then(String::new);
        return Some(none.into_iter().chain([" ".to_owned()]).collect());
    }
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

/// Whether a part matches one character of white space, and nothing else.
fn is_white(hir: &Hir) -> bool {
    let HirKind::Class(Class::Unicode(class)) = hir.kind() else {
        return false;
    };
    class.ranges().iter().all(|range| (range.start()..=range.end()).all(char::is_whitespace))
}

/// Each of the one followed by each of the other.
fn cross(one: &BTreeSet<String>, other: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    if one.len().saturating_mul(other.len()) > 4 * LITERALS_MAX {
        return None;
    }
    let mut all = BTreeSet::new();
    for first in one {
        for second in other {
            let space = first.ends_with([' ', SIGN]) && second.starts_with([' ', SIGN]);
            let second = if space { second.get(1..).unwrap_or_default() } else { second };
            match first.strip_suffix(SIGN) {
                // Within a text it is a space like any other.
                Some(first) if !second.is_empty() => all.insert(format!("{first} {second}")),
                Some(_) | None => all.insert(format!("{first}{second}")),
            };
        }
    }
    let is_short = all.iter().all(|text| text.len() <= LITERAL_BYTES_MAX);
    (is_short && all.len() <= LITERALS_MAX).then_some(all)
}

/// What the characters of a class fold to, when these are few.
fn characters(class: &Class) -> Option<BTreeSet<String>> {
    const CHARACTERS_MAX: usize = 26;
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
            let characters = || class.ranges().iter().flat_map(|range| range.start()..=range.end());
            // Beside the letter itself they are given up, as the normal form of a text has it for them.
            if characters().any(is_twin) && !characters().any(|character| character.is_ascii()) {
                return None;
            }
            characters().for_each(&mut add);
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

/// Whether a character is no ASCII and folds to it: what is found by ASCII does not find it.
fn is_twin(character: char) -> bool {
    !character.is_ascii() && fold_character(character).any(|folded| folded.is_ascii())
}

/// Folds a part of a text, white space at its ends included.
fn fold_part(text: &str) -> String {
    let inner = fold_phrase(text);
    // A run of white space is given at its first character.
    let end = text.get(text.trim_end_matches(is_space).len()..).unwrap_or_default();
    let end = match end.chars().next() {
        Some(SIGN) => "_",
        Some(_) => " ",
        None => "",
    };
    let start = if text.starts_with(is_space) && !inner.is_empty() { " " } else { "" };
    format!("{start}{inner}{end}")
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
        let table: [FixedTexts<'_>; 19] = [
            (r"\bghp_\w{36}\b", "", Some((&["ghp_"], 0))),
            (r"\bls__[0-9a-f]{32}", "", Some((&["ls_"], 0))),
            (r"\bhc[a-c]ik_\w+", "", Some((&["hcaik_", "hcbik_", "hccik_"], 0))),
            (r"x{2}_", "", Some((&["xx_"], 0))),
            (r"(?:19|20)\d{2}-", "", None),
            (r"\d{4}", "", None),
            (r"(?:sk|pk)_live_\w+", "", Some((&["pk live_", "sk live_"], 0))),
            (
                r"\b[0-9a-f]{32}-us\d{1,2}\b",
                "",
                Some((&["-us0", "-us1", "-us2", "-us3", "-us4", "-us5", "-us6", "-us7", "-us8", "-us9"], 32)),
            ),
            (r"[a-z.]{1,64}@[a-z]+", "", Some((&["@"], 64))),
            (r"\bAuthorization:\s{1,3}Basic", "i", Some((&["authorization: basic"], 0))),
            (r"\w{0,8}(?:pass|pwd)word", "", Some((&["password", "pwdword"], 8))),
            (r"\w*secret", "", None),
            (r"(?:secret|\d+)x", "", None),
            ("a {2}b", "", Some((&["a b"], 0))),
            ("sek", "i", Some((&["sek"], 0))),
            (r"\s{1,9}key", "", Some((&["key"], 12))),
            (r"ſecret", "", None),
            (r"key: \w", "iu", Some((&["key:"], 0))),
            (r"\u{212A}ey: \w", "", None),
        ];
        for (text, flags, expected) in table {
            let found = literals(&parse(&pattern(text, flags)).unwrap());
            let found = found.map(|found| (found.texts.into_iter().collect::<Vec<_>>(), found.before));
            let expected =
                expected.map(|(texts, before)| (texts.iter().map(ToString::to_string).collect(), before));
            assert_eq!(found, expected, "/{text}/{flags}");
        }
    }
}
