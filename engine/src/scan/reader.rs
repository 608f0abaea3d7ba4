//! Reads a part of one window: patterns where their fixed texts stand, at marks, in runs, near words.
//!
//! Patterns are asked together where they match; what one finds is then held against its checks.

use super::HIT_BYTES_MAX;
use super::combined::{Borrowed, Combined, End};
use super::confidence::Confidence;
use super::groups::Groups;
use super::lexicon::{Place, Use, stands_alone};
use super::literal::BEFORE_BYTES_MAX;
use super::look::Look;
use super::mark::{RUN_BYTES_MIN, marks, next_run};
use super::owner::Owner;
use super::part;
use super::pattern::{Pattern, after, block_end};
use super::reach::{Reach, Zones, meets};
use super::validate::{Check, DIGITS_MAX, digits};
use super::vault::is_token;
use super::window::{Context, Found, Window};
use lang::model::DetectorId;
use smallvec::SmallVec;
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

/// Bytes that failing attempts of one pattern may have read in one block, counted
/// as if each had read as much as it might. After that the rest of the block is
/// searched in one go, which is linear.
const ATTEMPT_BYTES_MAX: usize = 4 * HIT_BYTES_MAX;

/// Bytes that patterns which are asked together may read in one block.
///
/// A digit is read up to two hundred times where long numbers follow each other. After
/// that each pattern searches the rest of the block by itself, which is linear.
const GROUP_BYTES_MAX: usize = 256 * HIT_BYTES_MAX;

/// How far one pattern has been tried.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tries {
    /// Where its next hit may begin.
    resume: usize,
    /// What attempts that failed may have read.
    spent: Spent,
}

/// What was read in one block.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spent {
    /// Where the block ends.
    block: usize,
    bytes: usize,
}

impl Spent {
    /// Adds what was read in a block, and says how much it was.
    fn add(&mut self, block: usize, bytes: usize) -> usize {
        if self.block != block {
            *self = Self { block, bytes: 0 };
        }
        self.bytes = self.bytes.saturating_add(bytes);
        self.bytes
    }
}

/// Reads a part of one window.
pub(super) struct Reader<'a, 't> {
    pub(super) look: Look<'a>,
    pub(super) window: Window<'t>,
    /// Where hits begin that are looked for.
    pub(super) range: Range<usize>,
    /// How far patterns have been tried.
    pub(super) tries: &'a mut BTreeMap<u32, Tries>,
    /// What groups have read.
    pub(super) spent: &'a mut Spent,
    pub(super) walks: Walks<'a>,
    /// Room for patterns that match from one place.
    pub(super) found: Vec<End>,
    pub(super) sink: &'a mut dyn FnMut(Found),
}

/// A group that is asked in many parts of a text, with what is borrowed for it once.
struct Asked<'a> {
    group: Option<&'a Combined>,
    cache: Option<Borrowed<'a>>,
    /// Which stretch of what is in reach was the last.
    stretch: usize,
}

impl<'a> Asked<'a> {
    const fn new(group: Option<&'a Combined>) -> Self {
        Self { group, cache: None, stretch: 0 }
    }
}

/// Which patterns match from where their fixed texts stand, all asked at once.
pub(super) struct Walks<'a> {
    fixed: Walk<'a>,
    late: Walk<'a>,
    spent: &'a mut Spent,
}

impl<'a> Walks<'a> {
    pub(super) fn new(groups: &'a Groups, spent: &'a mut Spent) -> Self {
        Self { fixed: Walk::new(groups.fixed.as_ref()), late: Walk::new(groups.late.as_ref()), spent }
    }

    /// Whether a pattern may match from a place; one that may not is spared an attempt.
    ///
    /// Where much was read in vain, every pattern may: attempts have bounds of their own.
    fn may_match(&mut self, index: u32, is_fixed: bool, window: Window<'_>, at: usize) -> bool {
        let walk = if is_fixed { &mut self.fixed } else { &mut self.late };
        let block = block_end(window.text, window.base, at);
        let place = window.base.saturating_add(block);
        if walk.at != Some(at) {
            if self.spent.add(place, 0) > ATTEMPT_BYTES_MAX {
                return true;
            }
            let end = window.text.len().min(block.saturating_add(HIT_BYTES_MAX));
            self.spent.add(place, walk.go(window.text, at..end));
        }
        walk.found.iter().any(|end| end.pattern == index)
    }
}

/// A group of patterns, and which of them match from the last place that was asked.
struct Walk<'a> {
    group: Option<&'a Combined>,
    cache: Option<Borrowed<'a>>,
    at: Option<usize>,
    found: Vec<End>,
}

impl<'a> Walk<'a> {
    const fn new(group: Option<&'a Combined>) -> Self {
        Self { group, cache: None, at: None, found: Vec::new() }
    }

    /// Asks at another place; returns how much was read.
    fn go(&mut self, text: &str, range: Range<usize>) -> usize {
        self.at = Some(range.start);
        let Some(group) = self.group else { return 0 };
        let cache = self.cache.get_or_insert_with(|| group.cache());
        group.at(cache, text, range, &mut self.found)
    }
}

impl<'a> Reader<'a, '_> {
    pub(super) fn read(mut self, places: &[Place], zones: &Zones) {
        let groups = &self.look.scanner.groups;
        self.read_places(places);
        let reach = Reach::new(self.look, self.window, zones, &self.range);
        self.read_marks(zones, &reach);
        self.read_runs(zones, &reach);
        for group in [&groups.open, &groups.near] {
            self.read_part(&mut Asked::new(group.as_ref()), self.range.clone(), zones, &reach);
        }
    }

    /// Reads phrases, and patterns where their fixed texts stand.
    fn read_places(&mut self, places: &[Place]) {
        let base = self.window.base;
        let furthest = base.saturating_add(self.range.end).saturating_add(BEFORE_BYTES_MAX);
        let near = places.iter().filter(|place| place.start < furthest && self.is_tried(place));
        let mut places: SmallVec<[Place; 32]> = near.copied().collect();
        places.sort_unstable();
        for place in places {
            let range = place.start.saturating_sub(base)..place.end.saturating_sub(base);
            for purpose in self.look.scanner.lexicon.uses(place.entry) {
                match *purpose {
                    Use::Phrase(detector) if self.is_word(&range, detector) => {
                        let confidence =
                            Confidence::of(false, self.look.scanner.near(Some(detector)).is_some(), &[]);
                        let range = range.clone();
                        (self.sink)(Found::Hit { detector: Some(detector), range, confidence });
                    }
                    Use::Near(detector) if self.is_word(&range, detector) => {
                        (self.sink)(Found::Near { detector, range: range.clone() });
                    }
                    Use::Literal { pattern, .. }
                        if purpose.may_stand(self.window.text, range.start, range.end) =>
                    {
                        self.read_before(pattern, range.start);
                    }
                    Use::Phrase(_) | Use::Near(_) | Use::Literal { .. } => {}
                }
            }
        }
    }

    /// Whether something may come of a fixed text, by the first bytes of a match that begins with it.
    fn is_tried(&self, place: &Place) -> bool {
        let start = place.start.saturating_sub(self.window.base);
        self.look.scanner.lexicon.uses(place.entry).iter().any(|purpose| match *purpose {
            Use::Phrase(_) | Use::Near(_) | Use::Literal { is_first: false, .. } => true,
            Use::Literal { pattern, .. } => {
                let pattern = self.look.scanner.patterns.get(pattern as usize);
                self.range.contains(&start)
                    && pattern.is_some_and(|pattern| pattern.outline.fits(self.window.text.as_bytes(), start))
            }
        })
    }

    /// Whether a wanted phrase begins here.
    fn is_word(&self, range: &Range<usize>, detector: DetectorId) -> bool {
        self.range.contains(&range.start)
            && range.len() <= HIT_BYTES_MAX
            && self.look.wanted.contains(detector)
            && stands_alone(self.window.text, range.start, range.end)
    }

    /// Tries a pattern whose fixed text stands at `place`.
    fn read_before(&mut self, index: u32, place: usize) {
        let Some((pattern, _)) = self.pattern(index) else {
            return;
        };
        let bytes = self.window.text.as_bytes();
        let Some(first) = pattern.first_start(self.window.text, self.range.start..place) else {
            return;
        };
        let mut at = first.max(self.resume(index));
        while at <= place && at < self.range.end {
            let is_tried = pattern.starts.may(bytes, at)
                && pattern.outline.fits(bytes, at)
                && self.walks.may_match(index, pattern.is_fixed(), self.window, at);
            if is_tried {
                self.attempt(index, at, &[]);
            }
            at = at.saturating_add(1);
            // A place is tried once, whatever stands after it; one where nothing may match costs no more again.
            if is_tried || first < place {
                self.set_resume(index, at);
                at = at.max(self.resume(index));
            }
        }
    }

    /// Tries the patterns that have a mark where one stands.
    fn read_marks(&mut self, zones: &Zones, reach: &Reach) {
        let groups = &self.look.scanner.groups;
        let range = self.range.clone();
        let mut tried = range.start;
        let (mut before_mark, mut marked) =
            (Asked::new(groups.before_mark.as_ref()), Asked::new(groups.marked.as_ref()));
        // Marks that go on behind the range are the next one's.
        let bytes = self.window.text.as_bytes();
        let bytes =
            bytes.get(..bytes.len().min(range.end.saturating_add(groups.mark_before))).unwrap_or_default();
        for row in marks(bytes, range.start) {
            let first = row.start.saturating_sub(groups.mark_before).max(tried);
            if first >= range.end {
                return;
            }
            tried = row.end.min(range.end);
            self.read_part(&mut before_mark, first..tried, zones, reach);
            self.read_part(&mut marked, row.start..tried, zones, reach);
        }
    }

    /// Tries the patterns that begin with a run where one stands.
    fn read_runs(&mut self, zones: &Zones, reach: &Reach) {
        let mut runs = Asked::new(self.look.scanner.groups.runs.as_ref());
        let mut at = self.range.start;
        let bytes = self.window.text.as_bytes();
        // A run that goes on behind the range is long enough from all of its places there.
        let bytes =
            bytes.get(..bytes.len().min(self.range.end.saturating_add(RUN_BYTES_MIN))).unwrap_or_default();
        while let Some(run) = next_run(bytes, at) {
            // From its last bytes on it is not long enough.
            let end = run.end.saturating_sub(RUN_BYTES_MIN).saturating_add(1).min(self.range.end);
            self.read_part(&mut runs, run.start..end, zones, reach);
            at = run.end;
        }
    }

    /// Tries patterns together wherever one may begin in a part of the text.
    fn read_part(&mut self, asked: &mut Asked<'a>, part: Range<usize>, zones: &Zones, reach: &Reach) {
        let Some(group) = asked.group else { return };
        let mut at = part.start;
        while at < part.end {
            let (end, allowed) = reach.stretch(&mut asked.stretch, at, group.rows());
            let end = end.min(part.end);
            if allowed.iter().any(|row| *row != 0) {
                self.read_stretch(group, &mut asked.cache, (at..end, allowed), zones);
            }
            at = end;
        }
    }

    /// The same where the same patterns are allowed.
    fn read_stretch(
        &mut self,
        group: &'a Combined,
        cache: &mut Option<Borrowed<'a>>,
        (range, allowed): (Range<usize>, &[u64]),
        zones: &Zones,
    ) {
        let text = self.window.text;
        let mut at = range.start;
        while let Some(start) = group.outlines().next(text.as_bytes(), at..range.end, allowed) {
            let block = block_end(text, self.window.base, start);
            let place = self.window.base.saturating_add(block);
            if self.spent.add(place, 0) > GROUP_BYTES_MAX {
                at = block.min(range.end);
                self.sweep_all(group, start..at, zones);
                continue;
            }
            let cache = cache.get_or_insert_with(|| group.cache());
            let mut found = std::mem::take(&mut self.found);
            let end = block.saturating_add(HIT_BYTES_MAX).min(text.len());
            self.spent.add(place, group.at(cache, text, start..end, &mut found));
            for ends in found.chunk_by(|one, other| one.pattern == other.pattern) {
                if let [End { pattern, .. }, ..] = *ends
                    && self.is_reached(pattern, &(start..start.saturating_add(1)), zones)
                {
                    self.attempt(pattern, start, ends);
                }
            }
            self.found = found;
            at = start.saturating_add(1);
        }
    }

    /// Searches each pattern of a group by itself.
    fn sweep_all(&mut self, group: &Combined, range: Range<usize>, zones: &Zones) {
        for index in group.patterns() {
            if !self.is_reached(*index, &range, zones) {
                continue;
            }
            self.sweep(*index, range.start, range.end);
            self.set_resume(*index, range.end);
        }
    }

    /// Whether some hit of a pattern in a range may have a word near it, if it needs one.
    fn is_reached(&self, index: u32, range: &Range<usize>, zones: &Zones) -> bool {
        let Some(detector) = self.look.scanner.owners.get(index as usize).and_then(|owner| owner.gate) else {
            return true;
        };
        match self.look.context {
            Context::Elsewhere => true,
            Context::Of(detectors) => detectors.contains(detector),
            Context::Here => zones.get(&detector).is_some_and(|zones| {
                let place = |at: usize| self.window.base.saturating_add(at);
                meets(zones, &(place(range.start)..place(range.end)))
            }),
        }
    }

    /// Tries a pattern from one place on; `ends` are the ends of its matches, where they are known.
    fn attempt(&mut self, index: u32, start: usize, ends: &[End]) {
        let Some((pattern, owner)) = self.pattern(index) else {
            return;
        };
        if start < self.resume(index) {
            return;
        }
        let (text, base) = (self.window.text, self.window.base);
        if fails_with_all(owner, text, start, ends) {
            self.set_resume(index, after(text, start));
            return;
        }
        let limit = pattern.limit(text, base, start);
        let found = match ends {
            [End { at: Some(end), .. }] => Some(start..*end),
            [] | [_, ..] => pattern.find_at(text, start, limit),
        };
        if let Some(found) = found {
            self.take(index, found, ends);
            return;
        }
        let block = block_end(text, base, start);
        let place = base.saturating_add(block);
        if self.tries(index).spent.add(place, limit.saturating_sub(start)) > ATTEMPT_BYTES_MAX {
            let end = block.min(self.range.end);
            self.sweep(index, after(text, start), end);
            self.set_resume(index, end);
        }
    }

    /// Searches a pattern wherever in a part it may begin.
    fn sweep(&mut self, index: u32, start: usize, end: usize) {
        let Some((pattern, _)) = self.pattern(index) else {
            return;
        };
        let mut at = start.max(self.resume(index));
        while let Some(found) = pattern.find(self.window.text, self.window.base, at, end) {
            at = self.take(index, found, &[]);
        }
    }

    /// A pattern and whose it is, if it is wanted.
    fn pattern(&self, index: u32) -> Option<(&'a Pattern, &'a Owner)> {
        let owner = self.look.scanner.owners.get(index as usize)?;
        let pattern = self.look.scanner.patterns.get(index as usize)?;
        owner.detector.is_none_or(|detector| self.look.wanted.contains(detector)).then_some((pattern, owner))
    }

    fn tries(&mut self, index: u32) -> &mut Tries {
        self.tries.entry(index).or_default()
    }

    /// Where a pattern's next hit may begin, in the window.
    fn resume(&self, index: u32) -> usize {
        self.tries.get(&index).map_or(0, |tries| tries.resume.saturating_sub(self.window.base))
    }

    /// Sets it, if that is further on.
    fn set_resume(&mut self, index: u32, at: usize) {
        let place = self.window.base.saturating_add(at);
        let tries = self.tries(index);
        tries.resume = tries.resume.max(place);
    }

    /// Takes a match as a hit if it passes its checks; returns where the next may begin.
    fn take(&mut self, index: u32, found: Range<usize>, ends: &[End]) -> usize {
        let Some((pattern, owner)) = self.pattern(index) else {
            return found.end;
        };
        let text = self.window.text;
        let next = if let Some(joined) = joined(text, &found, &owner.checks) {
            // Behind a digit the next group may begin anew; all else in it is a piece of the same thing.
            if joined.is_ascii_digit() { after(text, found.start) } else { found.end }
        } else if let Some(range) = accept((pattern, owner), text, (found.clone(), ends)) {
            let end = range.end;
            if !is_claimed(text, range.start, &owner.checks) {
                let Owner { detector, confidence, .. } = *owner;
                (self.sink)(Found::Hit { detector, range, confidence });
            }
            end
        } else if found.len() <= RETRY_BYTES_MAX {
            after(text, found.start)
        } else {
            found.end
        };
        self.set_resume(index, next);
        next
    }
}

/// Whether a pattern that matches from `start` to several ends passes its checks with none of them,
/// and whatever is next in the text can begin right behind `start`.
///
/// It spares the search for the end that the pattern prefers, which most often is in vain:
/// numbers in a row have many ends.
fn fails_with_all(owner: &Owner, text: &str, start: usize, ends: &[End]) -> bool {
    let [End { at: Some(_), .. }, .., End { at: Some(last), .. }] = *ends else {
        return false;
    };
    if !owner.tries_ends() || joined(text, &(start..last), &owner.checks).is_some() {
        return false;
    }
    let mut tried = Tried::new(owner, text, start..last);
    ends.iter().rev().filter_map(|end| end.at).all(|end| {
        tried.end_at(end);
        !tried.passes()
    })
}

/// A match that is held against its checks with one end after another, each nearer than the last.
struct Tried<'a> {
    owner: &'a Owner,
    text: &'a str,
    range: Range<usize>,
    /// The digits up to the first end, where a check asks for them.
    digits: SmallVec<[u8; DIGITS_MAX]>,
    /// How many of them stand before this end.
    count: usize,
}

impl<'a> Tried<'a> {
    fn new(owner: &'a Owner, text: &'a str, range: Range<usize>) -> Self {
        let hit = part(text, range.start, range.end);
        let digits = if owner.checks.iter().any(Check::reads_digits) { digits(hit) } else { SmallVec::new() };
        let count = digits.len();
        Self { owner, text, range, digits, count }
    }

    fn end_at(&mut self, end: usize) {
        self.count = self.count.saturating_sub(digits_in(part(self.text, end, self.range.end)));
        self.range.end = end;
    }

    fn passes(&self) -> bool {
        let hit = part(self.text, self.range.start, self.range.end);
        let digits = self.digits.get(..self.count).unwrap_or_default();
        (self.owner.detector.is_some() || is_token(hit))
            && self.owner.checks.iter().all(|check| check.passes(hit, digits))
    }
}

/// How many ASCII digits stand in a text.
fn digits_in(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// The character before a match that makes it a piece of something longer, if it is one.
fn joined(text: &str, found: &Range<usize>, checks: &[Check]) -> Option<char> {
    let before = text.get(..found.start).and_then(|before| before.chars().next_back());
    let after = text.get(found.end..).and_then(|after| after.chars().next());
    let hit = part(text, found.start, found.end);
    let stands = checks.iter().all(|check| check.may_stand(hit, before, after));
    before.filter(|_| !stands)
}

/// Whether a word before a hit claims it for something else.
fn is_claimed(text: &str, start: usize, checks: &[Check]) -> bool {
    let before = part(text, 0, start);
    checks.iter().any(|check| check.is_claimed(before))
}

/// The match, or a shorter one from the same start, that passes the checks.
fn accept(
    (pattern, owner): (&Pattern, &Owner),
    text: &str,
    (found, ends): (Range<usize>, &[End]),
) -> Option<Range<usize>> {
    let mut tried = Tried::new(owner, text, found);
    for _ in 0..ENDS_TRIED_MAX {
        if tried.passes() {
            return Some(tried.range);
        }
        let Range { start, end } = tried.range;
        if tried.range.len() > RETRY_BYTES_MAX || !owner.tries_ends() {
            return None;
        }
        let nearer = ends.iter().rev().filter_map(|end| end.at).find(|nearer| *nearer < end);
        tried.end_at(match nearer {
            Some(nearer) => nearer,
            None if ends.is_empty() => pattern.find_at(text, start, end.saturating_sub(1))?.end,
            None => return None,
        });
    }
    None
}
