//! Fixed texts by a few characters of each, so that most of a text is passed over without a look at any.
//!
//! Each fixed text has a place where five characters of ASCII stand that are rare in prose. It is
//! found by the first four of them or by the last four, whichever begin at an even place of a
//! text: a bit says for each four there whether they may be those of some. Where they may, eight
//! bytes of the fixed texts with them are compared at once, and the rest of what is left then.
//! No step waits for the one before, as those of an automaton do. Texts in other scripts are found by
//! characters of theirs.
//!
//! The few characters that are no ASCII and fold to it, as the sign of Kelvin does, are not
//! read as such here: in the normal form of a text they are the letters themselves.

use super::blocks::BLOCK;
use super::class::{CLASS_BITS, SLOT_BITS, Slots, slots};
use super::fold;
use super::gram::{Best, Five, Gram, Written, best, stands};
use super::others::Others;
use super::spelling::Spelling;
use std::collections::BTreeMap;
use std::ops::Range;

/// Words of the bits, one for each slot: the class of the first byte says which bit of a word.
const SLOT_WORDS: usize = 1 << (SLOT_BITS - CLASS_BITS);

/// The bit of the first even place of a block.
const FIRST: u32 = 1 << 31;
const _: () = assert!(BLOCK / 2 == u32::BITS as usize);

/// Most signs that texts are found by alone, each in a pass of its own.
const SIGNS_MAX: usize = 4;

/// A text that is found by a sign.
#[derive(Clone, Copy, Debug)]
struct Single {
    character: char,
    /// Which text.
    entry: u32,
    /// Where in the text.
    offset: usize,
}

/// Where fixed texts are found.
pub(super) struct Grams {
    /// For each slot, whether there are grams of it.
    bits: Box<[u32; SLOT_WORDS]>,
    all: Vec<Gram>,
    /// Which grams are of each slot that has some, in the order of slots.
    sorted: Vec<u32>,
    /// Where those of each such slot begin, and where the last ends.
    firsts: Vec<u32>,
    /// For each word of the bits, how many such slots come before it.
    ranks: Box<[u32; SLOT_WORDS]>,
    /// Texts that are found by characters that are not ASCII.
    others: Others,
    /// Texts that are found by one sign, sorted by it.
    singles: Vec<Single>,
    /// Length of the longest text, in bytes of folded text.
    longest: usize,
}

impl std::fmt::Debug for Grams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grams").field("grams", &self.all.len()).finish_non_exhaustive()
    }
}

impl Grams {
    /// Those of folded texts; also returns which have none.
    #[expect(clippy::large_stack_arrays, reason = "made once, and moved away")]
    pub(super) fn new<'a>(texts: impl Iterator<Item = (&'a str, &'a Spelling)>) -> (Self, Vec<u32>) {
        let mut new = Self {
            bits: Box::new([0; SLOT_WORDS]),
            ranks: Box::new([0; SLOT_WORDS]),
            all: Vec::new(),
            sorted: Vec::new(),
            firsts: Vec::new(),
            others: Others::default(),
            singles: Vec::new(),
            longest: 0,
        };
        let mut slots = SlotGrams::default();
        let mut left: Vec<u32> = Vec::new();
        for (entry, (text, spelling)) in (0..).zip(texts) {
            new.longest = new.longest.max(text.len());
            match best(Written { text, spelling }, &|slot| slots.has(slot)) {
                Some(Best::Five(five)) => new.add(entry, Written { text, spelling }, &five, &mut slots),
                Some(Best::Other { characters, offset }) => new.others.add(entry, offset, characters),
                Some(Best::Sign { character, offset }) => {
                    new.singles.push(Single { character, entry, offset });
                }
                None => left.push(entry),
            }
        }
        new.singles.sort_unstable_by_key(|single| (single.character, single.entry));
        if new.singles.chunk_by(|one, other| one.character == other.character).count() > SIGNS_MAX {
            left.extend(new.singles.drain(..).map(|single| single.entry));
        }
        new.index(slots);
        left.sort_unstable();
        (new, left)
    }

    /// Adds a text that is found by five characters.
    fn add(&mut self, entry: u32, text: Written<'_>, five: &Five, slots: &mut SlotGrams) {
        for place in [five.place, five.place.saturating_add(1)] {
            let Some(gram) = Gram::new(entry, text, &five.segment, place) else { continue };
            let index = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
            self.all.push(gram);
            text.fours(&five.segment, place).for_each(|slot| slots.add(slot, index));
        }
    }

    /// Puts what was added in order, so that it is found.
    fn index(&mut self, slots: SlotGrams) {
        let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        for (slot, grams) in slots.0 {
            if let Some(word) = self.bits.get_mut((slot >> CLASS_BITS) as usize) {
                *word |= 1 << (slot & 31);
            }
            self.firsts.push(number(self.sorted.len()));
            self.sorted.extend(grams);
        }
        self.firsts.push(number(self.sorted.len()));
        let mut before = 0_u32;
        for (rank, word) in self.ranks.iter_mut().zip(self.bits.iter()) {
            *rank = before;
            before = before.saturating_add(word.count_ones());
        }
    }

    /// Gives each text that ends in a part of `text`, with where it stands; `known` gives the texts.
    pub(super) fn read<'a>(
        &self,
        text: &str,
        part: Range<usize>,
        known: impl Fn(u32) -> &'a str,
        mut sink: impl FnMut(u32, Range<usize>),
    ) {
        let mut take = |entry: u32, found: Range<usize>| {
            if found.end > part.start && found.end <= part.end {
                sink(entry, found);
            }
        };
        let bytes = text.as_bytes();
        let from = fold::start_of(text, part.start, self.longest);
        // The first of the four may stand before the text.
        let mut at = from.saturating_sub(1) & !1;
        while at < part.end {
            let slots = slots_at(bytes, at);
            let mut hits = self.hits(&slots);
            while hits != 0 {
                let first = hits.leading_zeros();
                hits &= !(FIRST >> first);
                let place = at.saturating_add((first << 1) as usize);
                for gram in self.of_slot(&slots, first as usize) {
                    if let Some(start) = gram.fits(bytes, place)
                        && let Some(found) = gram.stands(text, start, known(gram.entry))
                    {
                        take(gram.entry, found);
                    }
                }
            }
            at = at.saturating_add(BLOCK);
        }
        for singles in self.singles.chunk_by(|one, other| one.character == other.character) {
            let byte = singles.first().and_then(|single| u8::try_from(single.character).ok()).unwrap_or(0);
            for place in memchr::memchr_iter(byte, bytes.get(from..part.end).unwrap_or_default()) {
                for single in singles {
                    let found = stands(text, from.saturating_add(place), known(single.entry), single.offset);
                    if let Some(found) = found {
                        take(single.entry, found);
                    }
                }
            }
        }
        self.others.read(text, from, part.end, |place, other| {
            if let Some(found) = stands(text, place, known(other.entry), other.offset) {
                take(other.entry, found);
            }
        });
    }

    /// At which even places of a block there may be characters of some text, as bits, the first as
    /// the highest.
    #[inline]
    fn hits(&self, (firsts, others): &Slots) -> u32 {
        firsts.iter().zip(others).fold(0, |hits, (first, others)| {
            let word = self.bits.get(usize::from(*others) % SLOT_WORDS).copied().unwrap_or(0);
            hits << 1 | word >> (first & 31) & 1
        })
    }

    /// The grams of the slot of one of these places, which has some.
    #[inline]
    fn of_slot(&self, (firsts, others): &Slots, place: usize) -> impl Iterator<Item = &Gram> {
        let others = usize::from(others.get(place).copied().unwrap_or(0));
        let bit = 1_u32 << (firsts.get(place).copied().unwrap_or(0) & 31);
        let before = self.bits.get(others).copied().unwrap_or(0) & bit.wrapping_sub(1);
        let rank = self.ranks.get(others).copied().unwrap_or(0).saturating_add(before.count_ones()) as usize;
        let first = |rank: usize| self.firsts.get(rank).map_or(0, |first| *first as usize);
        let its = self.sorted.get(first(rank)..first(rank.saturating_add(1))).unwrap_or_default();
        its.iter().filter_map(|gram| self.all.get(*gram as usize))
    }
}

/// The slots of the even places of a block of text, which spaces follow.
#[inline]
fn slots_at(bytes: &[u8], at: usize) -> Slots {
    let rest = bytes.get(at..).unwrap_or_default();
    if let Some((block, next)) = rest.split_first_chunk()
        && let Some(next) = next.first_chunk()
    {
        return slots(block, *next);
    }
    let (mut block, mut next) = ([b' '; BLOCK], [b' '; 2]);
    block.iter_mut().chain(&mut next).zip(rest).for_each(|(to, from)| *to = *from);
    slots(&block, next)
}

/// Which grams have which slots.
#[derive(Default)]
struct SlotGrams(BTreeMap<u32, Vec<u32>>);

impl SlotGrams {
    fn add(&mut self, slot: u32, gram: u32) {
        self.0.entry(slot).or_default().push(gram);
    }

    fn has(&self, slot: u32) -> bool {
        self.0.contains_key(&slot)
    }
}

#[cfg(test)]
mod tests {
    use super::super::pattern::tests::pattern;
    use super::super::pattern::{Pattern, parse};
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

    fn found(text: &str, texts: &[String], spelling: &Spelling, part: Range<usize>) -> Vec<(u32, usize)> {
        let (grams, left) = Grams::new(texts.iter().map(|text| (text.as_str(), spelling)));
        assert!(left.is_empty(), "{left:?} of {texts:?}");
        let mut found = Vec::new();
        let known = |entry: u32| texts[entry as usize].as_str();
        grams.read(text, part, known, |entry, range| found.push((entry, range.end)));
        found.sort_unstable();
        found
    }

    #[test]
    fn what_stands_everywhere_is_left_to_others() {
        let (_, left) = Grams::new(["指令", "a", "a b", "$"].map(|text| (text, &Spelling::PART)).into_iter());
        assert_eq!(left, [1, 2]);
        let (_, left) = Grams::new(["@", "$", "%", "&", "#"].map(|text| (text, &Spelling::PART)).into_iter());
        assert_eq!(left, [0, 1, 2, 3, 4], "as many passes as signs are too many");
    }

    #[test]
    fn words_that_go_on_are_passed_over_where_told() {
        let pattern = Pattern::new(parse(&pattern(r"\b[Rr]e_\w", "")).unwrap()).unwrap();
        let signed = Spelling::of_beginning("re_", &pattern).signed(true);
        let texts =
            [("id", &Spelling::WORD), ("my ", &Spelling::PART), ("über", &Spelling::WORD), ("re ", &signed)];
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
            ("re_x", 1),
            ("Re_", 1),
            ("RE_", 0),
            ("re x", 0),
            ("are_", 0),
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
            texts in proptest::collection::btree_set("[abz1:<é令]{1,9}(?: [abz:<é]{1,4}){0,2} ?", 1..6),
            text in "[abzAZ1:<éÉ令_ \n\u{A0}]{0,80}",
            cut in any::<prop::sample::Index>(),
        ) {
            // Few signs, so that none of these is left to an automaton.
            let texts: Vec<String> = texts.into_iter().filter(|text| best(Written { text, spelling: &Spelling::WORD }, &|_| false).is_some()).collect();
            let mut expected = naive(&text, &texts);
            expected.sort_unstable();
            prop_assert_eq!(&found(&text, &texts, &Spelling::PART, 0..text.len()), &expected);
            let cut = text.floor_char_boundary(cut.index(text.len() + 1));
            let mut parts = found(&text, &texts, &Spelling::PART, 0..cut);
            parts.extend(found(&text, &texts, &Spelling::PART, cut..text.len()));
            parts.sort_unstable();
            prop_assert_eq!(&parts, &expected);
            let words = found(&text, &texts, &Spelling::WORD, 0..text.len());
            for (entry, end) in expected {
                let start = fold::start_of(&text, end, texts[entry as usize].len());
                let is_alone = !fold::is_inside_word(&text, start) && !fold::is_inside_word(&text, end);
                prop_assert!(!is_alone || words.contains(&(entry, end)));
            }
        }
    }
}
