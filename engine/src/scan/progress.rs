//! Scanning that can stop at the end of a chunk and go on with the next.
//!
//! Text is decided from left to right. A place is decided when no hit that
//! begins there can change with more text; hits are told in the order of their
//! places, each exactly once. A whole text is one window that is the end.

use super::automaton::Scanner;
use super::confidence::Confidence;
use super::pattern::{Pattern, after};
use super::phrase::Use;
use super::set::DetectorSet;
use super::vault::is_token;
use super::{Finding, NEAR_CHARACTERS_MAX, part, validate};
use lang::model::{DetectorId, Validator};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

/// Longest hit that is tried again when it fails its checks, in bytes.
///
/// A longer one is passed over whole: trying a window from each of its bytes
/// would be quadratic. The longest number with a check digit has 34 characters.
const RETRY_BYTES_MAX: usize = 96;

/// How many ends of a hit are tried until one passes the checks.
///
/// A card number followed by its expiry date is one digit group too long.
const ENDS_TRIED_MAX: usize = 8;

/// Bytes before the undecided text that stay readable: the reach of `near`, and one character.
pub(super) const CONTEXT_BYTES: usize = 4 * (NEAR_CHARACTERS_MAX as usize + 1);

/// Shortest fixed beginning that counts as a signature for [`Confidence`].
const SIGNATURE_BYTES_MIN: usize = 4;

/// What is there to read of a text.
#[derive(Clone, Copy)]
pub(super) struct Window<'t> {
    /// The part that is kept.
    pub(super) text: &'t str,
    /// How much of the text stood before it and is gone.
    pub(super) base: usize,
    /// Whether nothing follows.
    pub(super) is_end: bool,
}

/// A finding or a token, placed from the beginning of the whole text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whose; `None` is text of the shape of a token.
    pub(super) detector: Option<DetectorId>,
    pub(super) confidence: Confidence,
}

impl Item {
    /// As a finding; a token is none.
    pub(super) fn finding(&self) -> Option<Finding> {
        Some(Finding {
            detector: self.detector?,
            start: u32::try_from(self.start).ok()?,
            end: u32::try_from(self.end).ok()?,
            confidence: self.confidence,
        })
    }

    fn order(&self) -> (usize, Reverse<usize>, Option<DetectorId>, Reverse<Confidence>) {
        (self.start, Reverse(self.end), self.detector, Reverse(self.confidence))
    }
}

/// A hit that waits for a word near it.
#[derive(Debug)]
struct Pending {
    item: Item,
    detector: DetectorId,
    characters: u32,
    /// Where the characters before it begin that count as near.
    reach_start: usize,
}

/// How far the scan of one text has come. All places are from its beginning.
#[derive(Debug)]
pub(super) struct Progress {
    /// Every hit that begins before is known.
    decided: usize,
    /// For each pattern, where its next hit may begin.
    resume: Vec<usize>,
    /// For each detector, words of its `near`: start, and the furthest end up to it.
    near: BTreeMap<DetectorId, Vec<(usize, usize)>>,
    pending: Vec<Pending>,
    ready: Vec<Item>,
    /// For each detector, the furthest end of what was told.
    told: BTreeMap<DetectorId, usize>,
    token_end: usize,
}

impl Progress {
    /// At the beginning of a text.
    pub(super) fn new(scanner: &Scanner) -> Self {
        Self {
            decided: 0,
            resume: vec![0; scanner.patterns.len()],
            near: BTreeMap::new(),
            pending: Vec::new(),
            ready: Vec::new(),
            told: BTreeMap::new(),
            token_end: 0,
        }
    }

    /// Everything that begins before it has been told.
    pub(super) fn frontier(&self) -> usize {
        self.pending.iter().map(|pending| pending.item.start).fold(self.decided, usize::min)
    }

    /// Text before it is not read again.
    pub(super) fn needed_from(&self) -> usize {
        let context = self.decided.saturating_sub(CONTEXT_BYTES);
        self.pending.iter().map(|pending| pending.item.end).fold(context, usize::min)
    }

    /// Reads on, and adds what is decided now to `sink`.
    ///
    /// The window holds all text from [`needed_from`](Self::needed_from) on.
    pub(super) fn advance(
        &mut self,
        scanner: &Scanner,
        wanted: &DetectorSet,
        window: Window<'_>,
        sink: &mut Vec<Item>,
    ) {
        let from = self.decided.saturating_sub(window.base);
        let until = if window.is_end {
            window.text.len()
        } else {
            scanner.undecided_from(window.text, window.base, from, wanted)
        };
        if from < until {
            self.read_phrases(scanner, wanted, window, from..until);
            self.read_patterns(scanner, wanted, window, from..until);
            self.decided = window.base.saturating_add(until);
        }
        self.settle(window);
        self.tell(sink);
    }

    fn read_phrases(
        &mut self,
        scanner: &Scanner,
        wanted: &DetectorSet,
        window: Window<'_>,
        range: Range<usize>,
    ) {
        for hit in scanner.phrases.find(window.text, range.start, range.end, wanted) {
            match hit.purpose {
                Use::Hit => {
                    let confidence = scanner.confidence(Some(hit.detector), false, &[]);
                    self.add(scanner, window, Some(hit.detector), (hit.start..hit.end, confidence));
                }
                Use::Near => {
                    let words = self.near.entry(hit.detector).or_default();
                    let start = window.base.saturating_add(hit.start);
                    let end = window.base.saturating_add(hit.end);
                    words.push((start, words.last().map_or(end, |last| last.1.max(end))));
                }
            }
        }
    }

    fn read_patterns(
        &mut self,
        scanner: &Scanner,
        wanted: &DetectorSet,
        window: Window<'_>,
        range: Range<usize>,
    ) {
        let beginnings = scanner.beginnings(window.text, range.start, range.end);
        let mut reader = Reader { scanner, window, progress: self };
        for index in 0..scanner.patterns.len() {
            let Some((pattern, owner)) = reader.pattern(index, wanted) else {
                continue;
            };
            let first =
                if pattern.literals.is_empty() { Some(range.start) } else { beginnings.get(&index).copied() };
            let Some(first) = first else {
                continue;
            };
            let mut at = reader.resume(index).max(first);
            while let Some(found) = pattern.find(window.text, window.base, at, range.end) {
                at = reader.take(index, pattern, owner, found);
            }
        }
    }

    /// Takes up a hit, or lets it wait for what must stand near it.
    fn add(
        &mut self,
        scanner: &Scanner,
        window: Window<'_>,
        detector: Option<DetectorId>,
        (hit, confidence): (Range<usize>, Confidence),
    ) {
        let near = scanner.near(detector);
        let item = Item {
            start: window.base.saturating_add(hit.start),
            end: window.base.saturating_add(hit.end),
            detector,
            confidence,
        };
        if let (Some(detector), Some(characters)) = (detector, near) {
            let before = part(window.text, 0, hit.start);
            let start = before.char_indices().rev().take(characters as usize).last();
            let start = start.map_or(hit.start, |(at, _)| at);
            let reach_start = window.base.saturating_add(start);
            self.pending.push(Pending { item, detector, characters, reach_start });
        } else {
            self.ready.push(item);
        }
    }

    /// Decides the hits that wait for a word near them, as far as the text allows.
    fn settle(&mut self, window: Window<'_>) {
        let (decided, near, ready) = (self.decided, &self.near, &mut self.ready);
        self.pending.retain(|pending| {
            let (reach_end, is_complete) = reach_after(window, pending.item.end, pending.characters);
            let words = near.get(&pending.detector).map_or(&[][..], Vec::as_slice);
            let standing = words.partition_point(|(start, _)| *start <= reach_end);
            let last = standing.checked_sub(1).and_then(|last| words.get(last));
            if last.is_some_and(|(_, end)| *end >= pending.reach_start) {
                ready.push(pending.item);
                return false;
            }
            !(window.is_end || is_complete && decided > reach_end)
        });
        let needed = self.frontier().saturating_sub(CONTEXT_BYTES);
        for words in self.near.values_mut() {
            let gone = words.partition_point(|(_, end)| *end < needed);
            words.drain(..gone);
        }
    }

    /// Tells what is ready and decided, without hits inside others of the same detector.
    fn tell(&mut self, sink: &mut Vec<Item>) {
        let frontier = self.frontier();
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

/// Reads the patterns of one window.
struct Reader<'a, 't> {
    scanner: &'a Scanner,
    window: Window<'t>,
    progress: &'a mut Progress,
}

impl<'a> Reader<'a, '_> {
    /// A pattern and whose it is, if it is wanted.
    fn pattern(&self, index: usize, wanted: &DetectorSet) -> Option<(&'a Pattern, Option<DetectorId>)> {
        let owner = *self.scanner.owners.get(index)?;
        let pattern = self.scanner.patterns.get(index)?;
        owner.is_none_or(|detector| wanted.contains(detector)).then_some((pattern, owner))
    }

    /// Where a pattern's next hit may begin, in the window.
    fn resume(&self, index: usize) -> usize {
        self.progress.resume.get(index).map_or(0, |at| at.saturating_sub(self.window.base))
    }

    /// Takes a match as a hit if it passes its checks; returns where the next may begin.
    fn take(
        &mut self,
        index: usize,
        pattern: &Pattern,
        owner: Option<DetectorId>,
        found: Range<usize>,
    ) -> usize {
        let text = self.window.text;
        let needs = owner.and_then(|detector| self.scanner.needs.get(&detector));
        let checks = needs.map_or(&[][..], |needs| needs.checks.as_slice());
        let next = if let Some(hit) = accept(pattern, text, found.clone(), owner, checks) {
            let is_signature = pattern.literals.iter().all(|literal| literal.len() >= SIGNATURE_BYTES_MIN)
                && !pattern.literals.is_empty();
            let end = hit.end;
            let confidence = self.scanner.confidence(owner, is_signature, checks);
            self.progress.add(self.scanner, self.window, owner, (hit, confidence));
            end
        } else if found.len() <= RETRY_BYTES_MAX {
            after(text, found.start)
        } else {
            found.end
        };
        if let Some(at) = self.progress.resume.get_mut(index) {
            *at = self.window.base.saturating_add(next);
        }
        next
    }
}

/// The match, or a shorter one from the same start, that passes the checks.
fn accept(
    pattern: &Pattern,
    text: &str,
    found: Range<usize>,
    owner: Option<DetectorId>,
    checks: &[Validator],
) -> Option<Range<usize>> {
    let mut found = found;
    for _ in 0..ENDS_TRIED_MAX {
        let hit = part(text, found.start, found.end);
        if (owner.is_some() || is_token(hit)) && checks.iter().all(|check| validate::passes(*check, hit)) {
            return Some(found);
        }
        if found.len() > RETRY_BYTES_MAX {
            return None;
        }
        found = pattern.find_at(text, found.start, found.end.saturating_sub(1))?;
    }
    None
}

/// Where the characters after `end` end that count as near, and whether all are there.
fn reach_after(window: Window<'_>, end: usize, characters: u32) -> (usize, bool) {
    let rest = window.text.get(end.saturating_sub(window.base)..).unwrap_or_default();
    match rest.char_indices().nth(characters as usize) {
        Some((at, _)) => (end.saturating_add(at), true),
        None => (end.saturating_add(rest.len()), window.is_end),
    }
}
