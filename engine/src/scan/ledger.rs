//! What has been found and not been told yet.
//!
//! Hits come in from whoever finds them, placed from the beginning of the whole
//! text, and in any order; they are told by place once everything before them
//! is decided. A hit that needs a word near it waits here for that word, and one that is left
//! to whoever knows the value better until all hits in it are known.

use super::automaton::Scanner;
use super::view::SPELLED_BYTES_MAX;
use super::window::{Found, Item, Window};
use super::{NEAR_CHARACTERS_MAX, part};
use lang::model::DetectorId;
use std::collections::BTreeMap;

/// Bytes before the undecided text that stay readable: the reach of `near`, and one character.
pub(super) const CONTEXT_BYTES: usize = 4 * (NEAR_CHARACTERS_MAX as usize + 1);

/// A hit that waits for a word near it.
#[derive(Debug)]
struct Pending {
    item: Item,
    detector: DetectorId,
    characters: u32,
    /// Where the characters before it begin that count as near.
    reach_start: usize,
}

/// How much of a hit another may leave out at its end and still know its value: the padding of base 64.
const PADDING_BYTES: usize = 2;

/// Hits of one text that wait to be told.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// For each detector, words of its `near`: start, and the furthest end up to it.
    near: BTreeMap<DetectorId, Vec<(usize, usize)>>,
    pending: Vec<Pending>,
    /// Hits that may be left to others within them.
    yielding: Vec<Item>,
    ready: Vec<Item>,
    /// For each detector, the furthest end of what was told.
    told: BTreeMap<DetectorId, usize>,
    token_end: usize,
}

impl Ledger {
    /// Takes up what has been found, placed from the beginning of the whole text.
    pub(super) fn take(&mut self, scanner: &Scanner, window: Window<'_>, found: Found) {
        match found {
            Found::Hit { detector, range, confidence } => {
                let item = Item { start: range.start, end: range.end, detector, confidence };
                self.add(scanner, window, item, scanner.near(detector));
            }
            Found::Near { detector, range } => self.add_near(detector, range.start, range.end),
        }
    }

    /// Takes up a hit, or lets it wait for a word within so many characters.
    pub(super) fn add(&mut self, scanner: &Scanner, window: Window<'_>, item: Item, near: Option<u32>) {
        let (Some(detector), Some(characters)) = (item.detector, near) else {
            self.pass(scanner, item);
            return;
        };
        let start = item.start.saturating_sub(window.base);
        let before = part(window.text, 0, start);
        let reach = before.char_indices().rev().take(characters as usize).last();
        let reach_start = window.base.saturating_add(reach.map_or(start, |(at, _)| at));
        self.pending.push(Pending { item, detector, characters, reach_start });
    }

    /// Takes up a hit that waits for no word.
    fn pass(&mut self, scanner: &Scanner, item: Item) {
        let into = if scanner.yields(item.detector) { &mut self.yielding } else { &mut self.ready };
        into.push(item);
    }

    /// Takes up a word of a detector's `near`.
    fn add_near(&mut self, detector: DetectorId, start: usize, end: usize) {
        let words = self.near.entry(detector).or_default();
        let at = words.partition_point(|(known, _)| *known <= start);
        words.insert(at, (start, end));
        let mut furthest = at.checked_sub(1).and_then(|before| words.get(before)).map_or(0, |word| word.1);
        for (_, end) in words.iter_mut().skip(at) {
            furthest = furthest.max(*end);
            *end = furthest;
        }
    }

    /// The first hit that waits.
    pub(super) fn first_pending(&self) -> Option<usize> {
        let near = self.pending.iter().map(|pending| pending.item.start);
        near.chain(self.yielding.iter().map(|item| item.start)).min()
    }

    /// Text before it is not read again, of what hits wait for.
    pub(super) fn needed_from(&self) -> Option<usize> {
        self.pending.iter().map(|pending| pending.item.end).min()
    }

    /// Decides the hits that wait, as far as the text allows; every word and every hit that begins
    /// before `decided` is known.
    pub(super) fn settle(&mut self, scanner: &Scanner, window: Window<'_>, decided: usize) {
        self.settle_near(scanner, window, decided);
        if self.yielding.is_empty() {
            return;
        }
        self.ready.sort_unstable_by_key(Item::order);
        let (pending, ready, told) = (&self.pending, &self.ready, &self.told);
        let mut standing = Vec::new();
        self.yielding.retain(|item| {
            let is_known = window.is_end || decided >= item.end;
            let mut waiting = pending.iter().map(|pending| &pending.item);
            if !is_known || waiting.any(|other| other.start < item.end && other.end > item.start) {
                return true;
            }
            let reaches = |end: usize| end.saturating_add(PADDING_BYTES) >= item.end;
            let is_left_to = |detector| scanner.yields_to(item.detector, detector);
            // Only hits that begin so near can overlap it; all of a long text for each would be too much.
            let first =
                ready.partition_point(|other| other.start.saturating_add(SPELLED_BYTES_MAX) < item.start);
            let mut around = ready.iter().skip(first).take_while(|other| other.start < item.end);
            let is_left = told.iter().any(|(detector, end)| reaches(*end) && is_left_to(Some(*detector)))
                || around.any(|other| reaches(other.end) && is_left_to(other.detector));
            if !is_left {
                standing.push(*item);
            }
            false
        });
        self.ready.extend(standing);
    }

    /// The same of those that wait for a word near them.
    fn settle_near(&mut self, scanner: &Scanner, window: Window<'_>, decided: usize) {
        let near = &self.near;
        let mut standing_near = Vec::new();
        self.pending.retain(|pending| {
            let (reach_end, is_complete) = reach_after(window, pending.item.end, pending.characters);
            let words = near.get(&pending.detector).map_or(&[][..], Vec::as_slice);
            let standing = words.partition_point(|(start, _)| *start <= reach_end);
            let last = standing.checked_sub(1).and_then(|last| words.get(last));
            if last.is_some_and(|(_, end)| *end >= pending.reach_start) {
                standing_near.push(pending.item);
                return false;
            }
            !(window.is_end || is_complete && decided > reach_end)
        });
        for item in standing_near {
            self.pass(scanner, item);
        }
        let needed = self.first_pending().map_or(decided, |first| first.min(decided));
        let needed = needed.saturating_sub(CONTEXT_BYTES);
        for words in self.near.values_mut() {
            let gone = words.partition_point(|(_, end)| *end < needed);
            words.drain(..gone);
        }
    }

    /// Tells what begins before `frontier`, without hits inside others of the same detector.
    pub(super) fn tell(&mut self, frontier: usize, sink: &mut Vec<Item>) {
        self.ready.sort_unstable_by_key(Item::order);
        let count = self.ready.partition_point(|item| item.start < frontier);
        for item in self.ready.drain(..count) {
            let Some(detector) = item.detector else {
                self.token_end = item.end;
                sink.push(item);
                continue;
            };
            let told = self.told.entry(detector).or_insert(0);
            if item.end > self.token_end && item.end > *told {
                *told = item.end;
                sink.push(item);
            }
        }
    }
}

/// Where the characters after `end` end that count as near, and whether all are there.
fn reach_after(window: Window<'_>, end: usize, characters: u32) -> (usize, bool) {
    let rest = window.text.get(end.saturating_sub(window.base)..).unwrap_or_default();
    match rest.char_indices().nth(characters as usize) {
        Some((at, _)) => (end.saturating_add(at), true),
        None => (end.saturating_add(rest.len()), window.is_end),
    }
}
