//! One fixed text: by which of its characters it is found, and what is compared where they stand.

use super::bytes::Bytes;
use super::class::{classes_of, slot};
use super::fold::{self, FOLDED};
use super::others::Characters;
use super::rarity::{self, RARITY};
use super::spelling::Spelling;
use std::ops::Range;

/// Bytes that are compared at once.
const WINDOW: usize = 8;

/// Steps of the machine to look at a place, and to compare one part there; about, as only their ratio matters.
const LOOK_STEPS: u64 = 40;
const COMPARE_STEPS: u64 = 8;

/// Part of a fixed text, as it is compared where its characters stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gram {
    /// What stands there, without the bits that do not matter.
    value: u64,
    mask: u64,
    /// Which text.
    pub(super) entry: u32,
    /// Where in the text the part begins.
    offset: u32,
    /// How far before the second of its rare characters it begins.
    back: u8,
    /// How many bytes it has.
    length: u8,
    before: Beside,
    after: Beside,
}

/// What stands beside a part; each is a bit, so that one table tells where a byte may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Beside {
    Anything = 1,
    /// No letter or digit.
    NoWord = 2,
    /// What folds to a space, or may.
    Space = 4,
    /// `_`, which does too.
    Sign = 8,
}

impl Gram {
    /// That of a text whose rare characters stand at a place, and what stands beside them in the
    /// `segment` of the text.
    pub(super) fn new(entry: u32, text: Written<'_>, segment: &Range<usize>, place: usize) -> Option<Self> {
        let end = place.saturating_add(3).min(segment.end);
        let start = end.saturating_sub(WINDOW).max(segment.start);
        let length = segment.end.min(start.saturating_add(WINDOW)).saturating_sub(start);
        let (mut value, mut mask) = (0_u64, 0_u64);
        for (index, byte) in text.text.as_bytes().iter().enumerate().skip(start).take(length) {
            let (its_value, its_mask) =
                compared(text.spelling.bytes(index, *byte, segment.start == 0), *byte);
            let shift = index.saturating_sub(start).saturating_mul(8);
            value |= u64::from(its_value) << shift;
            mask |= u64::from(its_mask) << shift;
        }
        let is_begun = start == segment.start;
        let is_ended = start.saturating_add(length) == segment.end;
        Some(Self {
            value,
            mask,
            entry,
            offset: u32::try_from(start).ok()?,
            back: u8::try_from(place.checked_sub(start)?).ok()?,
            length: u8::try_from(length).ok()?,
            before: if is_begun { text.before(segment.start) } else { Beside::Anything },
            after: if is_ended { text.after(segment.end) } else { Beside::Anything },
        })
    }

    /// Where it begins that has its rare characters at a place, if it stands there.
    #[inline]
    pub(super) fn fits(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let start = at.saturating_add(1).checked_sub(usize::from(self.back))?;
        let rest = bytes.get(start..)?;
        let window = match rest.first_chunk() {
            Some(window) => u64::from_le_bytes(*window),
            None => rest.iter().rev().fold(0, |window, byte| window << 8 | u64::from(*byte)),
        };
        let is_same = window & self.mask == self.value;
        let byte = |at: Option<usize>| at.and_then(|at| bytes.get(at)).copied();
        let is_beside = is_same
            && self.before.fits(byte(start.checked_sub(1)))
            && self.after.fits(byte(start.checked_add(usize::from(self.length))));
        is_beside.then_some(start)
    }

    /// Where its text stands of which it begins at a place, if all of it does.
    #[inline]
    pub(super) fn stands(&self, text: &str, start: usize, known: &str) -> Option<Range<usize>> {
        let length = usize::from(self.length);
        if length == known.len() {
            return Some(start..start.saturating_add(length));
        }
        stands(text, start, known, self.offset as usize)
    }
}

/// The bits of one byte that are compared, and which these are, where one of some bytes must stand.
fn compared(bytes: Bytes, folded: u8) -> (u8, u8) {
    /// By which letters differ in case.
    const CASE: u8 = 0x20;
    match (bytes.has(folded), bytes.has(folded.to_ascii_uppercase())) {
        (true, true) if folded.is_ascii_alphabetic() => (folded & !CASE, !CASE),
        (true, _) => (folded, u8::MAX),
        (false, true) => (folded.to_ascii_uppercase(), u8::MAX),
        // Nothing is.
        (false, false) => (1, 0),
    }
}

impl Beside {
    /// Whether a byte may stand there, or none.
    #[inline]
    fn fits(self, byte: Option<u8>) -> bool {
        let kinds = byte.map_or(Self::NONE, |byte| KINDS.get(usize::from(byte)).copied().unwrap_or(0));
        kinds & self as u8 != 0
    }

    /// What may stand where nothing does.
    const NONE: u8 = Self::Anything as u8 | Self::NoWord as u8;

    /// All bytes that may.
    fn bytes(self) -> Bytes {
        (0..=u8::MAX).filter(|byte| self.fits(Some(*byte))).collect()
    }
}

/// For each byte where it may stand.
static KINDS: [u8; 256] = kinds();

#[expect(clippy::indexing_slicing, reason = "computed while compiling, where it would show")]
const fn kinds() -> [u8; 256] {
    // What is no ASCII may be of a word in another script, and may be a space.
    let mut table = [Beside::Anything as u8 | Beside::NoWord as u8 | Beside::Space as u8; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        let no_word = if byte.is_ascii_alphanumeric() { 0 } else { Beside::NoWord as u8 };
        let space = if FOLDED[byte as usize] == b' ' { Beside::Space as u8 } else { 0 };
        let sign = if byte == b'_' { Beside::Sign as u8 } else { 0 };
        table[byte as usize] = Beside::Anything as u8 | no_word | space | sign;
        byte = byte.saturating_add(1);
    }
    table
}

/// A folded text, and how it is written.
#[derive(Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) text: &'a str,
    pub(super) spelling: &'a Spelling,
}

impl Written<'_> {
    /// What may stand before a segment of it.
    fn before(&self, start: usize) -> Beside {
        match start.checked_sub(1).and_then(|before| self.text.as_bytes().get(before)) {
            Some(b' ') => Beside::Space,
            None if self.spelling.begins_word && is_of_word(self.text.bytes().next()) => Beside::NoWord,
            Some(_) | None => Beside::Anything,
        }
    }

    /// What may stand after a segment of it.
    fn after(&self, end: usize) -> Beside {
        match self.text.as_bytes().get(end) {
            Some(b' ') if self.spelling.is_signed && end.saturating_add(1) == self.text.len() => Beside::Sign,
            Some(b' ') => Beside::Space,
            None if self.spelling.ends_word && is_of_word(self.text.bytes().next_back()) => Beside::NoWord,
            Some(_) | None => Beside::Anything,
        }
    }

    /// Which bytes may stand at a place, counted from one before the text, where a `segment` of it stands.
    fn bytes(&self, segment: &Range<usize>, place: usize) -> Bytes {
        let Some(index) = place.checked_sub(1).filter(|index| *index >= segment.start) else {
            return self.before(segment.start).bytes();
        };
        match self.text.as_bytes().get(index).filter(|_| index < segment.end) {
            Some(byte) => self.spelling.bytes(index, *byte, segment.start == 0),
            None if index == segment.end => self.after(segment.end).bytes(),
            None => Bytes::ALL,
        }
    }

    /// The slots of all four characters that may stand at a place.
    pub(super) fn fours(&self, segment: &Range<usize>, place: usize) -> impl Iterator<Item = u32> {
        let classes = |behind: usize| classes_of(self.bytes(segment, place.saturating_add(behind)));
        let [one, two, three, four] = [classes(0), classes(1), classes(2), classes(3)];
        let pairs = one.flat_map(move |one| two.clone().map(move |two| (one, two)));
        let threes = pairs.flat_map(move |(one, two)| three.clone().map(move |three| (one, two, three)));
        threes.flat_map(move |(one, two, three)| four.clone().map(move |four| slot(&[one, two, three, four])))
    }

    /// Whether a letter stands in both fours of five characters; numbers and signs are told apart by nothing else.
    fn has_letters(&self, five: &Five) -> bool {
        let is_letter = |byte: &u8| byte.is_ascii_alphabetic();
        let end = five.place.saturating_add(3).min(five.segment.end);
        let start = five.place.max(five.segment.start);
        self.text.as_bytes().get(start..end).unwrap_or_default().iter().any(is_letter)
    }

    /// What it costs to look for it, when it is found by five characters, in steps for so much text.
    fn cost(&self, five: &Five, is_known: &impl Fn(u32) -> bool) -> u64 {
        let places = [five.place, five.place.saturating_add(1)];
        let fours = places.into_iter().flat_map(|place| self.fours(&five.segment, place));
        let cost = |slot: u32| {
            // Where others are looked for already, only it is compared.
            let steps = if is_known(slot) { COMPARE_STEPS } else { LOOK_STEPS + COMPARE_STEPS };
            RARITY.of(slot).saturating_mul(steps)
        };
        fours.map(cost).sum()
    }
}

/// Whether a byte of folded text is a letter or digit of ASCII.
fn is_of_word(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric())
}

/// What a text is best found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Best {
    Five(Five),
    /// A character that is not ASCII, and the next if it is not either.
    Other {
        offset: usize,
        characters: Characters,
    },
    /// A sign.
    Sign {
        offset: usize,
        character: char,
    },
}

/// Five characters, of which the outer ones may stand beside a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Five {
    /// The row of characters of ASCII that they are of.
    pub(super) segment: Range<usize>,
    /// Where the first stands, counted from one before the text.
    pub(super) place: usize,
}

/// What a text is best found by: characters of ASCII in a row, one of another script, or a sign.
/// `is_known` says in which slots others are looked for already.
pub(super) fn best(text: Written<'_>, is_known: &impl Fn(u32) -> bool) -> Option<Best> {
    let rows = segments(text.text);
    let five = |length: usize| {
        let long = rows.iter().filter(|row| row.len() >= length);
        let places = long.flat_map(|row| {
            // Of a short row those beside it are asked too.
            let beside = usize::from(row.len() < 5);
            let first = row.start.saturating_add(1).saturating_sub(beside);
            let last = row.end.saturating_add(beside).saturating_sub(4).max(first);
            (first..=last).map(|place| Five { segment: row.clone(), place })
        });
        let places = places.filter(|five| text.has_letters(five));
        places.min_by_key(|five| text.cost(five, is_known)).map(Best::Five)
    };
    let other = || {
        let others = text.text.char_indices().filter(|(_, character)| !character.is_ascii());
        let next = |offset: usize| {
            let next = text.text.get(offset..).and_then(|rest| rest.chars().nth(1));
            next.filter(|next| !next.is_ascii())
        };
        let both = others.map(|(offset, character)| (offset, (character, next(offset))));
        // Two tell more than one.
        let rarity = |(_, (character, next)): &(usize, Characters)| {
            (next.is_some(), rarity::of_other(*character).saturating_add(next.map_or(0, rarity::of_other)))
        };
        both.max_by_key(rarity).map(|(offset, characters)| Best::Other { offset, characters })
    };
    let sign = || {
        let signs = text.text.char_indices().filter(|(_, character)| character.is_ascii_punctuation());
        let best = signs.min_by_key(|(_, character)| rarity::of_sign(*character));
        best.map(|(offset, character)| Best::Sign { offset, character })
    };
    five(3).or_else(other).or_else(|| five(2)).or_else(sign)
}

/// Where a text has characters of ASCII in a row that are no spaces.
fn segments(text: &str) -> Vec<Range<usize>> {
    let mut rows: Vec<Range<usize>> = Vec::new();
    for (at, _) in text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_graphic()) {
        match rows.last_mut() {
            Some(last) if last.end == at => last.end = at.saturating_add(1),
            Some(_) | None => rows.push(at..at.saturating_add(1)),
        }
    }
    rows
}

/// Where a folded text stands that has its byte at `offset` at a place of a text, if it does.
pub(super) fn stands(text: &str, at: usize, known: &str, offset: usize) -> Option<Range<usize>> {
    let (before, after) = known.as_bytes().split_at_checked(offset)?;
    let end = fold::end_of_text(text, at, after)?;
    Some(fold::start_of_text(text, at, before)?..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best_of(text: &str) -> Option<Best> {
        best(Written { text, spelling: &Spelling::WORD }, &|_| false)
    }

    #[test]
    fn texts_are_found_by_what_is_rare_of_them() {
        let five = |segment, place| Some(Best::Five(Five { segment, place }));
        let table = [
            ("accounts", five(0..8, 1)),
            ("find queue", five(5..10, 6)),
            ("pin", five(0..3, 0)),
            ("id", five(0..2, 0)),
            ("ab éß", Some(Best::Other { offset: 3, characters: ('é', Some('ß')) })),
            ("é ß", Some(Best::Other { offset: 3, characters: ('ß', None) })),
            ("://", Some(Best::Sign { offset: 0, character: ':' })),
            ("1@", Some(Best::Sign { offset: 1, character: '@' })),
            ("指令", Some(Best::Other { offset: 0, characters: ('指', Some('令')) })),
            ("a", None),
        ];
        for (text, expected) in table {
            assert_eq!(best_of(text), expected, "{text}");
        }
    }
}
