//! All fixed texts of a scanner: phrases, the words of `near`, and the texts that patterns are found by.
//!
//! They are matched over folded text, which is read as it goes by and never written
//! down. Some thousands of them are found by a few characters of each; those of a list
//! of a million words are one automaton, and cost what ten do: one pass.

use super::error::ScanError;
use super::fold::{self, fold_phrase, is_inside_word};
use super::grams::Grams;
use super::hashes::Hashes;
use super::pairs::Pairs;
use super::set::DetectorSet;
use super::spelling::Spelling;
use aho_corasick::automaton::Automaton;
use aho_corasick::nfa::contiguous;
use aho_corasick::{Anchored, MatchKind};
use lang::model::DetectorId;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Most bytes of texts that are found by a few characters of each; beyond, nearly any are those of
/// some, and an automaton is no slower.
const GRAMS_BYTES_MAX: usize = 128 << 10;

/// Most entries that are looked at to learn whether a wanted one begins with
/// some text; beyond, one is taken to. Holding a little longer is always right.
const ENTRIES_ASKED_MAX: usize = 64;

/// For what a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// It is a hit of the detector.
    Phrase(DetectorId),
    /// It is context that a hit of the detector needs.
    Near(DetectorId),
    /// Where it stands a pattern may match.
    Literal {
        /// Which.
        pattern: u32,
        /// Whose; `None` is the pattern of tokens.
        detector: Option<DetectorId>,
        /// Whether every match begins with it.
        is_first: bool,
        /// Whether its last character is `_`, which folded text does not tell from a space.
        is_signed: bool,
    },
}

impl Use {
    /// Whether one of these detectors, or no detector, is about it.
    pub(super) fn is_wanted(self, wanted: &DetectorSet) -> bool {
        match self {
            Self::Phrase(detector) | Self::Near(detector) => wanted.contains(detector),
            Self::Literal { detector, .. } => detector.is_none_or(|detector| wanted.contains(detector)),
        }
    }

    /// Whether it may be meant where it stands, by what is at its ends. A word that ends with the
    /// text may go on once there is more.
    pub(super) fn may_stand(self, text: &str, start: usize, end: usize) -> bool {
        match self {
            Self::Phrase(_) | Self::Near(_) => stands_alone(text, start, end),
            Self::Literal { is_signed: true, .. } => {
                end.checked_sub(1).and_then(|last| text.as_bytes().get(last)) == Some(&b'_')
            }
            Self::Literal { .. } => true,
        }
    }
}

/// A text with what it stands for.
type Known = (Box<str>, Vec<Use>);

/// Collects texts; the same text of several uses is one entry.
#[derive(Default)]
pub(super) struct LexiconBuilder(BTreeMap<String, (BTreeSet<Use>, Spelling)>);

impl LexiconBuilder {
    /// Adds a phrase; one without any letter to match is left out.
    pub(super) fn add_phrase(&mut self, phrase: &str, purpose: Use) {
        let folded = fold_phrase(phrase);
        if !folded.is_empty() {
            self.add_folded(folded, purpose, Spelling::WORD);
        }
    }

    /// Adds a text that is folded.
    pub(super) fn add_folded(&mut self, text: String, purpose: Use, spelling: Spelling) {
        match self.0.entry(text) {
            Entry::Vacant(entry) => {
                entry.insert(([purpose].into(), spelling));
            }
            Entry::Occupied(mut entry) => {
                let (uses, known) = entry.get_mut();
                uses.insert(purpose);
                *known = known.clone().or(spelling);
            }
        }
    }

    /// Compiles what was added.
    pub(super) fn build(self) -> Result<Lexicon, ScanError> {
        let longest = self.0.keys().map(String::len).max().unwrap_or(0);
        let bytes: usize = self.0.keys().map(String::len).sum();
        let mut first_bytes = FirstBytes::default();
        self.0.keys().for_each(|text| first_bytes.add(text.as_bytes()));
        let mut pairs = Pairs::default();
        self.0.keys().for_each(|text| pairs.add_folded(text));
        let mut left: Vec<u32> = (0..).zip(&self.0).map(|(entry, _)| entry).collect();
        let mut grams = None;
        if bytes <= GRAMS_BYTES_MAX {
            let (made, others) =
                Grams::new(self.0.iter().map(|(text, (_, spelling))| (text.as_str(), spelling)));
            (grams, left) = (Some(made), others);
        }
        let entries = self.0.into_iter();
        let entries: Vec<Known> =
            entries.map(|(text, (uses, _))| (text.into(), uses.into_iter().collect())).collect();
        let links = Links::new(left, &entries)?;
        Ok(Lexicon { grams, links, entries, longest, first_bytes, pairs })
    }
}

/// Fixed texts as one automaton.
#[derive(Debug)]
struct Links {
    machine: contiguous::NFA,
    /// Which texts these are.
    entries: Vec<u32>,
    /// Length of the longest, in bytes of folded text.
    longest: usize,
}

impl Links {
    fn new(entries: Vec<u32>, all: &[Known]) -> Result<Option<Self>, ScanError> {
        if entries.is_empty() {
            return Ok(None);
        }
        let texts = entries.iter().filter_map(|entry| all.get(*entry as usize)).map(|(text, _)| &**text);
        let longest = texts.clone().map(str::len).max().unwrap_or(0);
        let built = contiguous::Builder::new().match_kind(MatchKind::Standard).prefilter(false).build(texts);
        Ok(Some(Self { machine: built.map_err(|_| ScanError::TooLarge)?, entries, longest }))
    }

    /// Gives each text that ends in a part of `text`, with where it ends.
    fn read(&self, text: &str, part: Range<usize>, mut sink: impl FnMut(u32, usize)) {
        let start = fold::start_of(text, part.start, self.longest);
        let Ok(mut state) = self.machine.start_state(Anchored::No) else { return };
        fold::each(text, start..part.end, |byte, end| {
            state = self.machine.next_state(Anchored::No, state, byte);
            if self.machine.is_special(state) && self.machine.is_match(state) {
                for index in 0..self.machine.match_len(state) {
                    let text = self.machine.match_pattern(state, index).as_usize();
                    if let Some(entry) = self.entries.get(text) {
                        sink(*entry, end);
                    }
                }
            }
        });
    }
}

/// A fixed text that stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Which.
    pub(super) entry: u32,
}

/// All fixed texts of a scanner.
#[derive(Debug)]
pub(super) struct Lexicon {
    grams: Option<Grams>,
    /// Those that are not found by grams.
    links: Option<Links>,
    /// Sorted by text.
    entries: Vec<Known>,
    /// Length of the longest, in bytes of folded text.
    longest: usize,
    first_bytes: FirstBytes,
    pairs: Pairs,
}

/// The first bytes of texts, by their hashes.
#[derive(Debug, Default)]
struct FirstBytes(Hashes);

impl FirstBytes {
    /// Most bytes that are looked at.
    const BYTES: usize = 4;

    fn add(&mut self, text: &[u8]) {
        for length in 1..=Self::BYTES.min(text.len()) {
            self.0.add(Self::number(text.get(..length).unwrap_or_default()));
        }
    }

    /// Whether some text may begin with all of these bytes.
    fn may_have(&self, bytes: &[u8]) -> bool {
        self.0.may_have(Self::number(bytes.get(..Self::BYTES.min(bytes.len())).unwrap_or_default()))
    }

    fn number(bytes: &[u8]) -> u32 {
        bytes.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte))
    }
}

impl Lexicon {
    /// What a text stands for.
    pub(super) fn uses(&self, entry: u32) -> &[Use] {
        self.entries.get(entry as usize).map_or(&[][..], |entry| &entry.1)
    }

    /// Length of the longest, in bytes of folded text.
    pub(super) const fn longest(&self) -> usize {
        self.longest
    }

    /// Which bytes can follow each other where one stands.
    pub(super) const fn pairs(&self) -> &Pairs {
        &self.pairs
    }

    /// Gives what ends in a part of a text, also when it began before.
    pub(super) fn read(&self, text: &str, part: Range<usize>, sink: &mut Vec<Place>) {
        let mut take = |entry: u32, range: Range<usize>| {
            let Range { start, end } = range;
            if self.may_stand(entry, text, start, end) {
                sink.push(Place { start, end, entry });
            }
        };
        let known = |entry: u32| self.entries.get(entry as usize).map_or("", |(text, _)| &**text);
        if let Some(grams) = &self.grams {
            grams.read(text, part.clone(), known, &mut take);
        }
        if let Some(links) = &self.links {
            links.read(text, part.clone(), |entry, end| {
                take(entry, fold::start_of(text, end, known(entry).len())..end);
            });
        }
    }

    /// Whether one of a text's uses may be meant, by what stands at its ends.
    fn may_stand(&self, entry: u32, text: &str, start: usize, end: usize) -> bool {
        self.uses(entry).iter().any(|purpose| purpose.may_stand(text, start, end))
    }

    /// Where the first text begins, in `range`, that may go on after the end of
    /// `text`, or the end of the range when none does.
    ///
    /// A phrase that ends with the text counts: whether its last word ends
    /// there is not known.
    pub(super) fn alive_from(&self, text: &str, range: Range<usize>, wanted: &DetectorSet) -> usize {
        let mut tail = Vec::new();
        let first = fold::start_of(text, text.len(), self.longest).max(range.start);
        if first >= range.end {
            return range.end;
        }
        fold::each(text, first..text.len(), |byte, end| tail.push((byte, end)));
        let bytes: Vec<u8> = tail.iter().map(|(byte, _)| *byte).collect();
        let mut start = first;
        for at in 0..tail.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            let is_new = at == 0
                || tail.get(at.wrapping_sub(1)).map(|place| place.1) != tail.get(at).map(|place| place.1);
            if is_new && self.first_bytes.may_have(rest) && self.any_begins_with(text, start, rest, wanted) {
                return start.min(range.end);
            }
            start = tail.get(at).map_or(start, |place| place.1);
            if start >= range.end {
                break;
            }
        }
        range.end
    }

    /// Whether a wanted text begins with what stands from `start` to the end of `text`, which folds to `rest`.
    fn any_begins_with(&self, text: &str, start: usize, rest: &[u8], wanted: &DetectorSet) -> bool {
        let is_word = !is_inside_word(text, start);
        let first = self.entries.partition_point(|(known, _)| known.as_bytes() < rest);
        let entries = self.entries.get(first..).unwrap_or_default();
        for (asked, (known, uses)) in entries.iter().enumerate() {
            if !known.as_bytes().starts_with(rest) {
                return false;
            }
            let is_meant = |purpose: &Use| match purpose {
                Use::Phrase(_) | Use::Near(_) => is_word && purpose.is_wanted(wanted),
                Use::Literal { is_first, .. } => *is_first && purpose.is_wanted(wanted),
            };
            if asked >= ENTRIES_ASKED_MAX || uses.iter().any(is_meant) {
                return true;
            }
        }
        false
    }
}

/// Whether no word goes on across either end.
pub(super) fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    !is_inside_word(text, start) && !is_inside_word(text, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const D: DetectorId = DetectorId(0);

    fn lexicon(texts: &[&str]) -> (Lexicon, DetectorSet) {
        let mut builder = LexiconBuilder::default();
        for text in texts {
            builder.add_phrase(text, Use::Phrase(D));
        }
        (builder.build().unwrap(), [D].into_iter().collect())
    }

    #[test]
    fn case_and_white_space_do_not_matter_and_words_are_whole() {
        let (lexicon, _) = lexicon(&["guarantee my  return", "über", "指令"]);
        let table = [
            ("Guarantee\n\t MY return!", vec![(0, 21)]),
            ("guarantee my returns", vec![]),
            ("unguarantee my return", vec![]),
            ("ÜBER überall", vec![(0, 5)]),
            ("前指令后", vec![(3, 9)]),
        ];
        for (text, expected) in table {
            let mut places = Vec::new();
            lexicon.read(text, 0..text.len(), &mut places);
            places.retain(|place| stands_alone(text, place.start, place.end));
            let found: Vec<_> = places.iter().map(|place| (place.start, place.end)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_pass_goes_on_where_it_stopped() {
        let (lexicon, _) = lexicon(&["one two", "x"]);
        let text = "say ONE \n two x";
        let mut places = Vec::new();
        for end in 1..=text.len() {
            lexicon.read(text, end - 1..end, &mut places);
        }
        let found: Vec<_> = places.iter().map(|place| (place.start, place.end)).collect();
        assert_eq!(found, [(4, 13), (14, 15)]);
    }

    #[test]
    fn what_may_go_on_is_alive() {
        let (lexicon, wanted) = lexicon(&["one two", "x"]);
        for (text, expected) in [
            ("say one", 4),
            ("say one  ", 4),
            ("say one tw", 4),
            ("say one two", 4),
            ("say one two ", 12),
            ("box", 3),
        ] {
            assert_eq!(lexicon.alive_from(text, 0..text.len(), &wanted), expected, "{text}");
        }
        assert_eq!(lexicon.alive_from("say one", 0..7, &DetectorSet::new()), 7);
        assert_eq!(lexicon.alive_from("say one", 0..4, &wanted), 4);
    }
}
