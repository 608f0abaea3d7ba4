//! Phrases, words and the words of `near`, as one Aho-Corasick automaton.
//!
//! All of them are matched over [`Folded`] text and at word boundaries. A list
//! of a million words costs what a list of ten does: one pass.

use super::HIT_BYTES_MAX;
use super::error::ScanError;
use super::fold::{Folded, fold_phrase, is_inside_word};
use super::set::DetectorSet;
use aho_corasick::{AhoCorasick, MatchKind};
use lang::model::DetectorId;
use std::collections::BTreeMap;

/// Most entries that are looked at to learn whether a wanted one begins with
/// some text; beyond, one is taken to. Holding a little longer is always right.
const ENTRIES_ASKED_MAX: usize = 64;

/// For what a phrase stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// It is a hit.
    Hit,
    /// It is context that a hit of the detector needs.
    Near,
}

/// A phrase that stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PhraseHit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) detector: DetectorId,
    pub(super) purpose: Use,
}

/// Collects phrases; the same text of several detectors is one entry.
#[derive(Default)]
pub(super) struct PhrasesBuilder(BTreeMap<String, Vec<(DetectorId, Use)>>);

impl PhrasesBuilder {
    /// Adds a phrase; one without any letter to match is left out.
    pub(super) fn add(&mut self, phrase: &str, detector: DetectorId, purpose: Use) {
        let folded = fold_phrase(phrase);
        if !folded.is_empty() {
            self.0.entry(folded).or_default().push((detector, purpose));
        }
    }

    /// Compiles what was added.
    pub(super) fn build(self) -> Result<Phrases, ScanError> {
        let longest = self.0.keys().map(String::len).max().unwrap_or(0);
        let automaton = if self.0.is_empty() {
            None
        } else {
            let built = AhoCorasick::builder().match_kind(MatchKind::Standard).build(self.0.keys());
            Some(built.map_err(|_| ScanError::TooLarge)?)
        };
        Ok(Phrases { automaton, entries: self.0.into_iter().collect(), longest })
    }
}

/// All phrases of a scanner.
#[derive(Debug)]
pub(super) struct Phrases {
    automaton: Option<AhoCorasick>,
    /// Sorted by text; the automaton's pattern numbers are indices into it.
    entries: Vec<(String, Vec<(DetectorId, Use)>)>,
    /// Length of the longest, in bytes of folded text.
    longest: usize,
}

impl Phrases {
    /// All wanted phrases that begin in `from..until`, by place.
    pub(super) fn find(&self, text: &str, from: usize, until: usize, wanted: &DetectorSet) -> Vec<PhraseHit> {
        let mut hits = Vec::new();
        let Some(automaton) = &self.automaton else {
            return hits;
        };
        let folded = Folded::new(text, from);
        for found in automaton.find_overlapping_iter(&folded.text) {
            let Some((start, end)) = place(text, &folded, found.start(), found.end()) else {
                continue;
            };
            let is_in_range = start < until && end.saturating_sub(start) <= HIT_BYTES_MAX;
            if !is_in_range || !stands_alone(text, start, end) {
                continue;
            }
            let uses = self.entries.get(found.pattern().as_usize()).map_or(&[][..], |entry| &entry.1);
            for &(detector, purpose) in uses.iter().filter(|(detector, _)| wanted.contains(*detector)) {
                hits.push(PhraseHit { start, end, detector, purpose });
            }
        }
        hits.sort_unstable();
        hits.dedup();
        hits
    }

    /// Where the first phrase begins that may go on after the end of `text`,
    /// or its end when none does.
    ///
    /// A phrase that ends with the text counts: whether its last word ends
    /// there is not known.
    pub(super) fn alive_from(&self, text: &str, from: usize, wanted: &DetectorSet) -> usize {
        if self.automaton.is_none() {
            return text.len();
        }
        let folded = Folded::new(text, from);
        let first = folded.text.ceil_char_boundary(folded.text.len().saturating_sub(self.longest));
        let rest = folded.text.get(first..).unwrap_or_default();
        for (at, _) in rest.char_indices() {
            let Some(start) = folded.origin(first.saturating_add(at)) else {
                continue;
            };
            if is_boundary(text, start) && self.any_begins_with(rest.get(at..).unwrap_or_default(), wanted) {
                return start;
            }
        }
        text.len()
    }

    /// Whether a wanted phrase begins with `text`.
    fn any_begins_with(&self, text: &str, wanted: &DetectorSet) -> bool {
        let first = self.entries.partition_point(|(phrase, _)| phrase.as_str() < text);
        let entries = self.entries.get(first..).unwrap_or_default();
        for (asked, (phrase, uses)) in entries.iter().enumerate() {
            if !phrase.starts_with(text) {
                return false;
            }
            if asked >= ENTRIES_ASKED_MAX || uses.iter().any(|(detector, _)| wanted.contains(*detector)) {
                return true;
            }
        }
        false
    }
}

/// Where a match over folded text stands in the text itself.
fn place(text: &str, folded: &Folded, start: usize, end: usize) -> Option<(usize, usize)> {
    let first = folded.origin(start)?;
    let last = folded.origin(end.checked_sub(1)?)?;
    let character = text.get(last..)?.chars().next()?;
    Some((first, last.saturating_add(character.len_utf8())))
}

/// Whether no word goes on across either end.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    is_boundary(text, start) && is_boundary(text, end)
}

fn is_boundary(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|text| text.chars().next_back());
    let after = text.get(at..).and_then(|text| text.chars().next());
    !is_inside_word(before, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    const D: DetectorId = DetectorId(0);

    fn phrases(texts: &[&str]) -> (Phrases, DetectorSet) {
        let mut builder = PhrasesBuilder::default();
        for text in texts {
            builder.add(text, D, Use::Hit);
        }
        (builder.build().unwrap(), [D].into_iter().collect())
    }

    #[test]
    fn case_and_white_space_do_not_matter_and_words_are_whole() {
        let (phrases, wanted) = phrases(&["guarantee my  return", "über", "指令"]);
        let table = [
            ("Guarantee\n\t MY return!", vec![(0, 21)]),
            ("guarantee my returns", vec![]),
            ("unguarantee my return", vec![]),
            ("ÜBER überall", vec![(0, 5)]),
            ("前指令后", vec![(3, 9)]),
        ];
        for (text, expected) in table {
            let found = phrases.find(text, 0, text.len(), &wanted);
            let found: Vec<_> = found.iter().map(|hit| (hit.start, hit.end)).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn what_may_go_on_is_alive() {
        let (phrases, wanted) = phrases(&["one two", "x"]);
        for (text, expected) in [
            ("say one", 4),
            ("say one  ", 4),
            ("say one tw", 4),
            ("say one two", 4),
            ("say one two ", 12),
            ("box", 3),
        ] {
            assert_eq!(phrases.alive_from(text, 0, &wanted), expected, "{text}");
        }
        assert_eq!(phrases.alive_from("say one", 0, &DetectorSet::new()), 7);
    }
}
