//! Fixed texts by three characters of each, so that most of a text is passed over without a look at any.
//!
//! Each fixed text has one place where three characters of ASCII stand that are rare in prose. A
//! bit says for each three of a text whether they are those of some; where they are, the fixed
//! texts with them are held against what stands there. No step waits for the one before, as those
//! of an automaton do. Texts in other scripts are found by one character of theirs.
//!
//! The few characters that are no ASCII and fold to it, as the sign of Kelvin does, are not
//! read as such here: in the normal form of a text they are the letters themselves.

use super::bytes::first_of;
use super::fold::{self, FOLDED, OTHER};
use super::rarity::{self, Rarity};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

/// Bits of a class of bytes.
const CLASS_BITS: u32 = 6;

/// Words of the bits, one for each two classes.
const WORDS: usize = 1 << (2 * CLASS_BITS);

/// Places that are asked before any is looked at.
const BLOCK: usize = 32;

/// Most texts that are found by a single byte, each in a pass of its own.
const SINGLES_MAX: usize = 2;

/// Signs that share a class, as few fixed texts have them.
const RARE_SIGNS: &[u8] = b"^~`\\;!?$%";

/// Whether a fixed text ends where a word does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It may stand within a word.
    Part,
    /// No word goes on at its ends.
    Words,
}

/// Where a fixed text is found, and what stands around.
#[derive(Clone, Copy, Debug)]
struct Gram {
    /// The three classes, or the character.
    key: u32,
    /// Which text.
    entry: u32,
    /// Where in the text.
    offset: u16,
    /// How many bytes it is found by.
    length: u8,
    before: Beside,
    after: Beside,
}

/// What stands beside the characters that a text is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beside {
    Anything,
    /// No letter or digit.
    NoWord,
    /// This byte of folded text.
    Byte(u8),
}

/// Where fixed texts are found.
pub(super) struct Grams {
    classes: [u8; 256],
    bits: Box<[u64; WORDS]>,
    /// Sorted by key.
    sorted: Vec<Gram>,
    /// Where the grams of each key begin, and where the last ends.
    firsts: Vec<u32>,
    /// For each word of the bits, how many keys come before it.
    ranks: Box<[u16; WORDS]>,
    /// Texts that are found by a character that is not ASCII, sorted by it.
    others: Vec<Gram>,
    /// For the lower bits of each character whether there are such.
    other_bits: Box<[u64; 1 << 10]>,
    /// Texts that are found by one byte.
    singles: Vec<Gram>,
}

impl std::fmt::Debug for Grams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grams").field("grams", &self.sorted.len()).finish_non_exhaustive()
    }
}

impl Grams {
    /// Those of folded texts; also returns which have none.
    #[expect(clippy::large_stack_arrays, reason = "made once, and moved away")]
    pub(super) fn new<'a>(texts: impl Iterator<Item = (&'a str, Kind)>) -> (Self, Vec<u32>) {
        let mut new = Self {
            classes: classes(),
            bits: Box::new([0; WORDS]),
            sorted: Vec::new(),
            firsts: Vec::new(),
            ranks: Box::new([0; WORDS]),
            others: Vec::new(),
            other_bits: Box::new([0; 1 << 10]),
            singles: Vec::new(),
        };
        let mut left: Vec<u32> = Vec::new();
        for (entry, (text, kind)) in (0..).zip(texts) {
            let is_added = match best(text, &RARITY) {
                Some(best) => new.add(entry, (text, kind), best),
                None => false,
            };
            if !is_added {
                left.push(entry);
            }
        }
        if new.singles.len() > SINGLES_MAX {
            left.extend(new.singles.drain(..).map(|gram| gram.entry));
        }
        new.index();
        (new, left)
    }

    /// Adds a text; whether it could be.
    fn add(&mut self, entry: u32, (text, kind): (&str, Kind), best: Best) -> bool {
        let bytes = text.as_bytes();
        let (offset, length) = match best {
            Best::Plain { offset, length } => (offset, length),
            Best::Other { offset, character } => (offset, character.len_utf8()),
        };
        let Ok(place) = u16::try_from(offset) else { return false };
        let at = |place: usize| bytes.get(offset.saturating_add(place)).copied();
        let beside = |byte: Option<u8>, edge: Option<&u8>| match byte {
            Some(byte) => Beside::Byte(byte),
            // Next to a sign another word may begin.
            None if kind == Kind::Words && edge.is_some_and(u8::is_ascii_alphanumeric) => Beside::NoWord,
            None => Beside::Anything,
        };
        let before = offset.checked_sub(1).and_then(|before| bytes.get(before)).copied();
        let (before, after) = (beside(before, bytes.first()), beside(at(length), bytes.last()));
        let gram = |key, length| Gram { key, entry, offset: place, length, before, after };
        let class = |byte: u8| self.classes.get(usize::from(byte)).copied().unwrap_or(0);
        let key = |one: u8, two: u8, three: u8| {
            u32::from(class(one)) << (2 * CLASS_BITS)
                | u32::from(class(two)) << CLASS_BITS
                | u32::from(class(three))
        };
        match (best, at(0), at(1), at(2)) {
            (Best::Other { character, .. }, ..) => {
                self.others.extend(
                    sources(character)
                        .map(|source| gram(u32::from(source), u8::try_from(source.len_utf8()).unwrap_or(0))),
                );
            }
            (Best::Plain { length: 3, .. }, Some(one), Some(two), Some(three)) => {
                self.sorted.push(gram(key(one, two, three), 3));
            }
            (Best::Plain { length: 2, .. }, Some(one), Some(two), _) => {
                let thirds = (0..=u8::MAX).filter(|byte| after.fits(FOLDED.get(usize::from(*byte)).copied()));
                let mut keys: Vec<u32> = thirds.map(|third| key(one, two, third)).collect();
                keys.sort_unstable();
                keys.dedup();
                self.sorted.extend(keys.into_iter().map(|key| gram(key, 2)));
            }
            (Best::Plain { .. }, Some(one), ..) if !one.is_ascii_alphabetic() => {
                self.singles.push(gram(u32::from(one), 1));
            }
            _ => return false,
        }
        true
    }

    /// Sorts what was added, so that it is found.
    fn index(&mut self) {
        self.sorted.sort_unstable_by_key(|gram| (gram.key, gram.entry));
        self.others.sort_unstable_by_key(|gram| (gram.key, gram.entry));
        for (grams, bits) in
            [(&self.sorted, self.bits.as_mut_slice()), (&self.others, self.other_bits.as_mut_slice())]
        {
            for gram in grams {
                let (word, bit) = place(gram.key, bits.len());
                if let Some(word) = bits.get_mut(word) {
                    *word |= bit;
                }
            }
        }
        let mut known = None;
        for (index, gram) in (0_u32..).zip(&self.sorted) {
            if known != Some(gram.key) {
                self.firsts.push(index);
                known = Some(gram.key);
            }
        }
        self.firsts.push(u32::try_from(self.sorted.len()).unwrap_or(u32::MAX));
        let mut before = 0_u16;
        for (rank, word) in self.ranks.iter_mut().zip(self.bits.iter()) {
            *rank = before;
            before = before.saturating_add(u16::try_from(word.count_ones()).unwrap_or(0));
        }
    }

    /// Gives each text whose gram begins in `range` of `text`, with where it stands; `known` gives the texts.
    pub(super) fn read<'a>(
        &self,
        text: &str,
        range: Range<usize>,
        known: impl Fn(u32) -> &'a str,
        mut sink: impl FnMut(u32, Range<usize>),
    ) {
        let bytes = text.as_bytes();
        let mut try_at = |gram: &Gram, at: usize| {
            if let Some(found) = stands(text, at, known(gram.entry), usize::from(gram.offset)) {
                sink(gram.entry, found);
            }
        };
        let mut at = range.start;
        while at < range.end {
            let rest = bytes.get(at..).unwrap_or_default();
            let mut hits = match rest.first_chunk() {
                Some(block) => self.hits(block),
                None => {
                    let mut block = [b' '; BLOCK + 2];
                    block.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                    self.hits(&block)
                }
            };
            while hits != 0 {
                let place = at.saturating_add(hits.trailing_zeros() as usize);
                hits &= hits.wrapping_sub(1);
                if place < range.end {
                    self.at(bytes, place).for_each(|gram| try_at(gram, place));
                }
            }
            at = at.saturating_add(BLOCK);
        }
        for gram in &self.singles {
            let part = bytes.get(range.clone()).unwrap_or_default();
            for place in memchr::memchr_iter(u8::try_from(gram.key).unwrap_or(0), part) {
                try_at(gram, range.start.saturating_add(place));
            }
        }
        let mut at = range.start;
        while let Some(first) = first_of(bytes, at..range.end, |byte| !byte.is_ascii()) {
            at = range.end;
            for (place, character) in text.get(first..range.end).unwrap_or_default().char_indices() {
                let place = first.saturating_add(place);
                if character.is_ascii() {
                    at = place;
                    break;
                }
                let grams = self.of_other(character).iter().filter(|gram| gram.fits(bytes, place));
                grams.for_each(|gram| try_at(gram, place));
            }
        }
    }

    /// At which places of a block grams may begin, as bits.
    #[inline]
    fn hits(&self, block: &[u8; BLOCK + 2]) -> u32 {
        let class = |byte: u8| usize::from(self.classes.get(usize::from(byte)).copied().unwrap_or(0));
        let [one, two, rest @ ..] = block;
        let mut key = class(*one) << CLASS_BITS | class(*two);
        let mut hits = 0;
        for byte in rest {
            let class = class(*byte);
            let word = self.bits.get(key % WORDS).copied().unwrap_or(0);
            // The first comes out as the lowest bit.
            hits = hits >> 1 | (word >> (class & 63) & 1) << (BLOCK - 1);
            key = key << CLASS_BITS | class;
        }
        u32::try_from(hits).unwrap_or(u32::MAX)
    }

    /// The grams at a place where one is.
    fn at<'a>(&'a self, bytes: &'a [u8], at: usize) -> impl Iterator<Item = &'a Gram> {
        let class = |place: usize| {
            let byte = bytes.get(at.saturating_add(place)).copied().unwrap_or(b' ');
            u32::from(self.classes.get(usize::from(byte)).copied().unwrap_or(0))
        };
        let (word, bit) = place(class(0) << (2 * CLASS_BITS) | class(1) << CLASS_BITS | class(2), WORDS);
        let word_bits = self.bits.get(word).copied().unwrap_or(0);
        let within = (word_bits & bit.wrapping_sub(1)).count_ones() as usize;
        let rank = usize::from(self.ranks.get(word).copied().unwrap_or(0)).saturating_add(within);
        let first = |rank: usize| self.firsts.get(rank).map_or(0, |first| *first as usize);
        let grams = self.sorted.get(first(rank)..first(rank.saturating_add(1))).unwrap_or_default();
        grams.iter().filter(move |gram| gram.fits(bytes, at))
    }

    /// The grams of a character that is not ASCII.
    fn of_other(&self, character: char) -> &[Gram] {
        let key = u32::from(character);
        let (word, bit) = place(key, self.other_bits.len());
        if self.other_bits.get(word).is_none_or(|word| word & bit == 0) {
            return &[];
        }
        let first = self.others.partition_point(|gram| gram.key < key);
        let rest = self.others.get(first..).unwrap_or_default();
        rest.get(..rest.partition_point(|gram| gram.key == key)).unwrap_or_default()
    }
}

/// The word of so many, and its bit, that stands for a key.
fn place(key: u32, words: usize) -> (usize, u64) {
    (((key >> 6) as usize).checked_rem(words).unwrap_or(0), 1 << (key & 63))
}

/// The class of each byte: all that fold to one byte share it, and so do rare signs, and all that are not ASCII.
fn classes() -> [u8; 256] {
    let mut known = BTreeMap::from([(OTHER, 1)]);
    FOLDED.map(|folded| {
        if folded.is_ascii_control() || RARE_SIGNS.contains(&folded) {
            return 0;
        }
        let next = u8::try_from(known.len().saturating_add(1)).unwrap_or(0);
        *known.entry(folded).or_insert(next)
    })
}

impl Gram {
    /// Whether what stands beside it at a place is what must.
    #[inline]
    fn fits(&self, bytes: &[u8], at: usize) -> bool {
        let folded = |at: usize| bytes.get(at).and_then(|byte| FOLDED.get(usize::from(*byte))).copied();
        self.before.fits(at.checked_sub(1).and_then(folded))
            && self.after.fits(folded(at.saturating_add(usize::from(self.length))))
    }
}

impl Beside {
    /// Whether a byte, as it folds, may stand there; a character that is not ASCII may be any.
    #[inline]
    fn fits(self, folded: Option<u8>) -> bool {
        match (self, folded) {
            (Self::Anything, _) | (Self::NoWord, None) => true,
            (Self::NoWord, Some(folded)) => !folded.is_ascii_alphanumeric(),
            (Self::Byte(byte), Some(OTHER)) => !byte.is_ascii() || byte == b' ',
            (Self::Byte(byte), folded) => folded == Some(byte),
        }
    }
}

/// What a text is best found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Best {
    /// So many characters of ASCII.
    Plain { offset: usize, length: usize },
    /// A character that is not.
    Other { offset: usize, character: char },
}

/// What a text is best found by: three characters of ASCII in a row, one of another script, or two.
fn best(text: &str, rarity: &Rarity) -> Option<Best> {
    let plain = |length: usize| {
        let places = text.as_bytes().windows(length).enumerate();
        let rows = places.filter(|(_, row)| row.iter().all(u8::is_ascii_graphic));
        rows.max_by_key(|(_, row)| rarity.of(row)).map(|(offset, _)| Best::Plain { offset, length })
    };
    let other = || {
        let others = text.char_indices().filter(|(_, character)| !character.is_ascii());
        let best = others.max_by_key(|(_, character)| rarity::of_other(*character));
        best.map(|(offset, character)| Best::Other { offset, character })
    };
    plain(3).or_else(other).or_else(|| plain(2)).or_else(|| plain(1))
}

/// How rare three characters are.
static RARITY: LazyLock<Rarity> = LazyLock::new(Rarity::new);

/// Which characters that are not ASCII fold to another one.
static FOLDS: LazyLock<BTreeMap<char, Vec<char>>> = LazyLock::new(|| {
    let mut sources: BTreeMap<char, Vec<char>> = BTreeMap::new();
    for character in ('\u{80}'..=char::MAX).filter(|character| !character.is_lowercase()) {
        let mut folded = fold::fold_character(character);
        if let (Some(first), None) = (folded.next(), folded.next())
            && first != character
        {
            sources.entry(first).or_default().push(character);
        }
    }
    sources
});

/// All characters that fold to one that is not ASCII, itself included.
fn sources(character: char) -> impl Iterator<Item = char> {
    FOLDS.get(&character).into_iter().flatten().copied().chain([character])
}

/// Where a folded text stands that has its byte at `offset` at a place of a text, if it does.
fn stands(text: &str, at: usize, known: &str, offset: usize) -> Option<Range<usize>> {
    let (before, after) = known.as_bytes().split_at_checked(offset)?;
    let end = fold::end_of(text, at, after)?;
    Some(fold::start_of_text(text, at, before)?..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every place where a folded text stands, by comparing at each.
    fn naive(text: &str, texts: &[String]) -> Vec<(u32, usize)> {
        let mut folded = Vec::new();
        fold::each(text, 0..text.len(), |byte, end| folded.push((byte, end)));
        let mut found = Vec::new();
        for (entry, known) in (0..).zip(texts) {
            for window in folded.windows(known.len()) {
                if window.iter().map(|(byte, _)| *byte).eq(known.bytes()) {
                    found.extend(window.last().map(|(_, end)| (entry, *end)));
                }
            }
        }
        found
    }

    fn found(text: &str, texts: &[String], kind: Kind, range: Range<usize>) -> Vec<(u32, usize)> {
        let (grams, others) = Grams::new(texts.iter().map(|text| (text.as_str(), kind)));
        assert!(others.is_empty());
        let mut found = Vec::new();
        let known = |entry: u32| texts[entry as usize].as_str();
        grams.read(text, range, known, |entry, range| found.push((entry, range.end)));
        found.sort_unstable();
        found
    }

    #[test]
    fn texts_are_found_by_what_is_rare_of_them() {
        let table = [
            ("account", Some(Best::Plain { offset: 1, length: 3 })),
            ("find queue", Some(Best::Plain { offset: 6, length: 3 })),
            ("id", Some(Best::Plain { offset: 0, length: 2 })),
            ("ab éß", Some(Best::Other { offset: 5, character: 'ß' })),
            ("@", Some(Best::Plain { offset: 0, length: 1 })),
            ("指令", Some(Best::Other { offset: 3, character: '令' })),
            (" ", None),
        ];
        for (text, expected) in table {
            assert_eq!(best(text, &RARITY), expected, "{text}");
        }
        let (_, left) =
            Grams::new([("指令", Kind::Part), ("a", Kind::Part), ("a b", Kind::Part)].into_iter());
        assert_eq!(left, [1, 2]);
        assert!(classes().iter().all(|class| *class < 1 << CLASS_BITS));
    }

    #[test]
    fn words_that_go_on_are_passed_over_where_told() {
        let texts = [("id", Kind::Words), ("my ", Kind::Part), ("über", Kind::Words), ("p<", Kind::Words)];
        let (grams, _) = Grams::new(texts.into_iter());
        for (text, expected) in [
            ("id", 1),
            ("ids", 0),
            ("aid", 0),
            ("id.", 1),
            ("my", 0),
            ("my\nx", 1),
            ("my_", 1),
            ("myx", 0),
            ("my\u{A0}", 1),
            ("ÜBER", 1),
            ("p<x", 1),
            ("xp<", 0),
        ] {
            let mut count = 0;
            grams.read(text, 0..text.len(), |entry| texts[entry as usize].0, |_, _| count += 1);
            assert_eq!(count, expected, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// What is found is what stands there, and each once, however a text is read; no word that
        /// stands alone is passed over.
        #[test]
        fn grams_find_what_stands_there(
            texts in proptest::collection::btree_set("[abz1:<é令]{1,3}(?: [abz:<é]{1,4}){0,2} ?", 1..6),
            text in "[abzAZ1:<éÉ令_ \n\u{A0}]{0,80}",
            cut in any::<prop::sample::Index>(),
        ) {
            let has_gram = |text: &String| !matches!(best(text, &RARITY), None | Some(Best::Plain { length: 1, .. }));
            let texts: Vec<String> = texts.into_iter().filter(has_gram).collect();
            let mut expected = naive(&text, &texts);
            expected.sort_unstable();
            prop_assert_eq!(&found(&text, &texts, Kind::Part, 0..text.len()), &expected);
            let cut = text.floor_char_boundary(cut.index(text.len() + 1));
            let mut parts = found(&text, &texts, Kind::Part, 0..cut);
            parts.extend(found(&text, &texts, Kind::Part, cut..text.len()));
            parts.sort_unstable();
            prop_assert_eq!(&parts, &expected);
            let words = found(&text, &texts, Kind::Words, 0..text.len());
            for (entry, end) in expected {
                let start = fold::start_of(&text, end, texts[entry as usize].len());
                let is_alone = !fold::is_inside_word(&text, start) && !fold::is_inside_word(&text, end);
                prop_assert!(!is_alone || words.contains(&(entry, end)));
            }
        }
    }
}
