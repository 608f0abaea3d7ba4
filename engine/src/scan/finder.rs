//! Finds hits in a window of text: phrases, and matches of patterns that pass their checks.
//!
//! Whoever calls says up to where hits may begin; what is found goes into a
//! sink, placed in the window's text as it stands.

use super::automaton::{Groups, Scanner, undecided_at_least};
use super::combined::{Borrowed, Combined};
use super::confidence::Confidence;
use super::lexicon::{Pass, Place, Use, stands_alone};
use super::literal::BEFORE_BYTES_MAX;
use super::mark::{RUN_BYTES_MIN, next_mark, next_run};
use super::pattern::{Pattern, after, block_end};
use super::progress::Window;
use super::set::DetectorSet;
use super::vault::is_token;
use super::{HIT_BYTES_MAX, NEAR_CHARACTERS_MAX, part, validate};
use lang::model::{DetectorId, Validator};
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::ops::Range;
use validate::Check;

/// Longest hit that is tried again when it fails its checks, in bytes.
///
/// A longer one is passed over whole: trying a window from each of its bytes
/// would be quadratic. The longest number with a check digit has 34 characters.
const RETRY_BYTES_MAX: usize = 96;

/// How many ends of a hit are tried until one passes the checks.
///
/// A card number followed by its expiry date is one digit group too long.
const ENDS_TRIED_MAX: usize = 8;

/// How much of a text is decided at once, in bytes: small enough to stay in the
/// nearest memory between the pass over fixed texts and the patterns.
const STEP_BYTES: usize = 2 * HIT_BYTES_MAX;

/// How far the pass over fixed texts runs ahead of what is decided, in bytes:
/// the longest match, what `near` reaches, and the longest word of it.
const AHEAD_BYTES: usize = 3 * HIT_BYTES_MAX + 4 * NEAR_CHARACTERS_MAX as usize;

/// Bytes that failing attempts of one pattern may have read in one block, counted
/// as if each had read as much as it might. After that the rest of the block is
/// searched in one go, which is linear.
const ATTEMPT_BYTES_MAX: usize = 4 * HIT_BYTES_MAX;

/// Held text beyond which it is not asked at every push where it may go on.
const HELD_BYTES_SMALL: usize = 512;

/// Something that stands in a window's text.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// A hit; of no detector, text of the shape of a token.
    Hit { detector: Option<DetectorId>, range: Range<usize>, confidence: Confidence },
    /// A word of a detector's `near`.
    Near { detector: DetectorId, range: Range<usize> },
}

impl Found {
    /// Whose `near` it is a word of.
    pub(super) const fn near(&self) -> Option<DetectorId> {
        match self {
            Self::Near { detector, .. } => Some(*detector),
            Self::Hit { .. } => None,
        }
    }

    /// The same, in a text that began so many bytes earlier.
    pub(super) fn moved(self, bytes: usize) -> Self {
        let moved = |range: Range<usize>| range.start.saturating_add(bytes)..range.end.saturating_add(bytes);
        match self {
            Self::Hit { detector, range, confidence } => {
                Self::Hit { detector, range: moved(range), confidence }
            }
            Self::Near { detector, range } => Self::Near { detector, range: moved(range) },
        }
    }
}

/// Whether it is known what stands near a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context<'a> {
    /// All words of `near` that count stand in the window's own text, which is whole.
    Here,
    /// Words of these detectors' `near` stand somewhere, and of no others.
    Of(&'a DetectorSet),
    /// Any may stand somewhere.
    Elsewhere,
}

/// With what a text is read, and what for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look<'a> {
    pub(super) scanner: &'a Scanner,
    pub(super) wanted: &'a DetectorSet,
    pub(super) context: Context<'a>,
}

/// How far one view of a text has been read. All places are from its beginning.
#[derive(Debug, Default)]
pub(super) struct Finder {
    /// Every hit that begins before is known.
    decided: usize,
    /// Fixed texts that end before are known.
    passed: usize,
    pass: Pass,
    /// Fixed texts that are not done with.
    places: Vec<Place>,
    zones: Zones,
    /// For each pattern, how far it has been tried; empty as long as none was.
    tries: Vec<Tries>,
    /// What was read where fixed texts stand.
    spent: Spent,
    /// How long the text was when it was last asked where it may go on.
    asked: usize,
}

/// How far one pattern has been tried.
#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    /// Where its next hit may begin.
    resume: usize,
    /// What attempts that failed may have read.
    spent: Spent,
}

/// What was read in one block.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    /// Where the block ends.
    block: usize,
    bytes: usize,
}

impl Spent {
    /// Adds what was read in a block; whether it was more than may be.
    fn add(&mut self, block: usize, bytes: usize) -> bool {
        if self.block != block {
            *self = Self { block, bytes: 0 };
        }
        self.bytes = self.bytes.saturating_add(bytes);
        self.bytes > ATTEMPT_BYTES_MAX
    }
}

impl Finder {
    /// Detectors of which words of `near` stand in a text, which the finder is at
    /// the beginning of, and is the whole of the window.
    pub(super) fn near_in(
        &mut self,
        scanner: &Scanner,
        wanted: &DetectorSet,
        window: Window<'_>,
    ) -> DetectorSet {
        let mut found = DetectorSet::new();
        let mut add = |places: &[Place]| {
            for place in places.iter().filter(|place| stands_alone(window.text, place.start, place.end)) {
                for purpose in scanner.lexicon.uses(place.entry) {
                    if let Use::Near(detector) = purpose {
                        found.insert(*detector);
                    }
                }
            }
        };
        if window.text.len() <= AHEAD_BYTES {
            self.read_ahead(Look { scanner, wanted, context: Context::Here }, window, window.text.len());
            add(&self.places);
            return found;
        }
        let (mut pass, mut places, mut at) = (Pass::default(), Vec::new(), 0);
        while at < window.text.len() {
            let end = window.text.ceil_char_boundary(at.saturating_add(STEP_BYTES));
            scanner.lexicon.read(&mut pass, window.text, at..end, &mut places);
            add(&places);
            places.clear();
            at = end;
        }
        found
    }

    /// Lets a word count that stands in another form of the same text.
    pub(super) fn count_near(&mut self, scanner: &Scanner, found: &Found) {
        if let Found::Near { detector, range } = found {
            add_zone(&mut self.zones, scanner, *detector, range.clone());
        }
    }

    /// Whether nothing has been read yet.
    pub(super) const fn is_new(&self) -> bool {
        self.passed == 0
    }

    /// Every hit that begins before it is known.
    pub(super) const fn decided(&self) -> usize {
        self.decided
    }

    /// Reads on, and gives what is decided now to `sink`, with ranges in the window's text.
    ///
    /// The window holds all text from what is decided on, and the character
    /// before it. Hits that begin at `limit` or later are not looked for.
    pub(super) fn advance(
        &mut self,
        look: Look<'_>,
        window: Window<'_>,
        limit: usize,
        sink: &mut dyn FnMut(Found),
    ) {
        let goal = self.goal(look, window, limit).min(limit);
        while self.decided < goal {
            let step = goal.min(self.decided.saturating_add(STEP_BYTES)).saturating_sub(window.base);
            let step = window.text.ceil_char_boundary(step);
            self.read_ahead(look, window, step.saturating_add(AHEAD_BYTES));
            let range = self.decided.saturating_sub(window.base)..step;
            let walks = Walks::new(&look.scanner.groups, &mut self.spent);
            let reader =
                Reader { look, window, range, tries: &mut self.tries, walks, found: Vec::new(), sink };
            reader.read(&self.places, &self.zones);
            self.decided = window.base.saturating_add(step);
            self.forget();
        }
    }

    /// Up to where hits can be decided.
    fn goal(&mut self, look: Look<'_>, window: Window<'_>, limit: usize) -> usize {
        if window.is_end {
            return window.end();
        }
        self.read_ahead(Look { context: Context::Elsewhere, ..look }, window, window.text.len());
        let from = self.decided.saturating_sub(window.base);
        let held = window.end().saturating_sub(self.decided);
        let is_soon = window.end().saturating_sub(self.asked) < held / 8;
        if held > HELD_BYTES_SMALL && is_soon {
            return window.base.saturating_add(undecided_at_least(window, from));
        }
        self.asked = window.end();
        let until = limit.saturating_sub(window.base).min(window.text.len());
        let from = look.scanner.undecided_from(window, from..until, &self.places, look.wanted);
        window.base.saturating_add(from)
    }

    /// Finds the fixed texts that end before `until`, a place in the window's text.
    fn read_ahead(&mut self, look: Look<'_>, window: Window<'_>, until: usize) {
        let until = window.text.floor_char_boundary(until);
        let from = self.passed.saturating_sub(window.base);
        if from >= until {
            return;
        }
        let known = self.places.len();
        look.scanner.lexicon.read(&mut self.pass, window.text, from..until, &mut self.places);
        self.passed = window.base.saturating_add(until);
        for place in self.places.get_mut(known..).unwrap_or_default() {
            place.start = place.start.saturating_add(window.base);
            place.end = place.end.saturating_add(window.base);
            if look.context == Context::Here {
                add_zones(&mut self.zones, look, *place);
            }
        }
    }

    /// Lets go of what lies before what is decided.
    fn forget(&mut self) {
        let decided = self.decided;
        self.places.retain(|place| place.start >= decided);
        for zones in self.zones.values_mut() {
            zones.retain(|zone| zone.end > decided);
        }
    }
}

/// Adds where hits may begin that a word of `near` counts for.
fn add_zones(zones: &mut Zones, look: Look<'_>, place: Place) {
    for purpose in look.scanner.lexicon.uses(place.entry) {
        if let Use::Near(detector) = *purpose
            && look.wanted.contains(detector)
        {
            add_zone(zones, look.scanner, detector, place.start..place.end);
        }
    }
}

/// Adds where hits of a detector may begin that one word counts for.
fn add_zone(zones: &mut Zones, scanner: &Scanner, detector: DetectorId, word: Range<usize>) {
    let reach = scanner.near(Some(detector)).map_or(0, |characters| (characters as usize).saturating_mul(4));
    let length = scanner.groups.length_of.get(&detector).copied().unwrap_or(0);
    let start = word.start.saturating_sub(reach.saturating_add(length));
    let mut zone = start..word.end.saturating_add(reach).saturating_add(1);
    let known = zones.entry(detector).or_default();
    // Words come nearly in order: what overlaps is among the last.
    let first = known.partition_point(|known| known.end < zone.start);
    let after =
        first.saturating_add(known.iter().skip(first).take_while(|known| known.start <= zone.end).count());
    for other in known.drain(first..after) {
        zone = zone.start.min(other.start)..zone.end.max(other.end);
    }
    known.insert(first, zone);
}

/// Where hits may begin that need a word near them: apart and in order, by detector.
type Zones = BTreeMap<DetectorId, Vec<Range<usize>>>;

/// Reads a part of one window.
struct Reader<'a, 't> {
    look: Look<'a>,
    window: Window<'t>,
    /// Where hits begin that are looked for.
    range: Range<usize>,
    tries: &'a mut Vec<Tries>,
    walks: Walks<'a>,
    /// Room for patterns that match from one place.
    found: Vec<u32>,
    sink: &'a mut dyn FnMut(Found),
}

/// Which patterns match from where their fixed texts stand, all asked at once.
struct Walks<'a> {
    fixed: Walk<'a>,
    late: Walk<'a>,
    spent: &'a mut Spent,
}

impl<'a> Walks<'a> {
    fn new(groups: &'a Groups, spent: &'a mut Spent) -> Self {
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
            if self.spent.add(place, 0) {
                return true;
            }
            let end = window.text.len().min(block.saturating_add(HIT_BYTES_MAX));
            self.spent.add(place, walk.go(window.text, at..end));
        }
        walk.found.contains(&index)
    }
}

/// A group of patterns, and which of them match from the last place that was asked.
struct Walk<'a> {
    group: Option<&'a Combined>,
    cache: Option<Borrowed<'a>>,
    at: Option<usize>,
    found: Vec<u32>,
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
    fn read(mut self, places: &[Place], zones: &Zones) {
        let groups = &self.look.scanner.groups;
        self.read_places(places);
        self.read_marks(zones);
        self.read_runs(zones);
        if let Some(open) = &groups.open {
            self.read_group(open, self.range.clone(), zones);
        }
        match (&groups.near, self.look.context) {
            (Some(near), Context::Elsewhere) => self.read_group(near, self.range.clone(), zones),
            (Some(near), Context::Of(detectors)) => {
                if groups.near_of.iter().any(|detector| detectors.contains(*detector)) {
                    self.read_group(near, self.range.clone(), zones);
                }
            }
            (Some(near), Context::Here) => self.read_zones(near, zones),
            (None, _) => {}
        }
    }

    /// Reads phrases, and patterns where their fixed texts stand.
    fn read_places(&mut self, places: &[Place]) {
        let base = self.window.base;
        let furthest = base.saturating_add(self.range.end).saturating_add(BEFORE_BYTES_MAX);
        let near = places.iter().filter(|place| place.start < furthest);
        let mut places: SmallVec<[Place; 32]> = near.copied().collect();
        places.sort_unstable_by_key(|place| (place.start, place.end, place.entry));
        for place in places {
            let range = place.start.saturating_sub(base)..place.end.saturating_sub(base);
            for purpose in self.look.scanner.lexicon.uses(place.entry) {
                match *purpose {
                    Use::Phrase(detector) if self.is_word(&range, detector) => {
                        let confidence = self.look.scanner.confidence(Some(detector), false, &[]);
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
            if pattern.starts.may(bytes, at)
                && self.walks.may_match(index, pattern.is_fixed(), self.window, at)
            {
                self.attempt(index, at);
            }
            at = at.saturating_add(1);
            // A place is tried once, whatever stands after it.
            self.set_resume(index, at);
            at = at.max(self.resume(index));
        }
    }

    /// Tries the patterns that have a mark where one stands.
    fn read_marks(&mut self, zones: &Zones) {
        let groups = &self.look.scanner.groups;
        let (range, mut at) = (self.range.clone(), self.range.start);
        let mut tried = range.start;
        let (mut before_cache, mut marked_cache) = (None, None);
        while let Some(marks) = next_mark(self.window.text.as_bytes(), at) {
            let first = marks.start.saturating_sub(groups.mark_before).max(tried);
            if first >= range.end {
                return;
            }
            tried = marks.end.min(range.end);
            if let Some(before) = &groups.before_mark {
                self.read_group_with(before, &mut before_cache, first..tried, zones);
            }
            if let Some(marked) = &groups.marked {
                self.read_group_with(marked, &mut marked_cache, marks.start.max(range.start)..tried, zones);
            }
            at = marks.end;
        }
    }

    /// Tries the patterns that begin with a run where one stands.
    fn read_runs(&mut self, zones: &Zones) {
        let Some(group) = &self.look.scanner.groups.runs else {
            return;
        };
        let (mut cache, mut at) = (None, self.range.start);
        while let Some(run) = next_run(self.window.text.as_bytes(), at) {
            // From its last bytes on it is not long enough.
            let end = run.end.saturating_sub(RUN_BYTES_MIN).saturating_add(1).min(self.range.end);
            if run.start >= end {
                return;
            }
            self.read_group_with(group, &mut cache, run.start..end, zones);
            at = run.end;
        }
    }

    /// Tries patterns together wherever in `range` one may begin.
    fn read_group(&mut self, group: &Combined, range: Range<usize>, zones: &Zones) {
        self.read_group_with(group, &mut None, range, zones);
    }

    /// The same with a cache that is borrowed once for many parts.
    fn read_group_with<'g>(
        &mut self,
        group: &'g Combined,
        cache: &mut Option<Borrowed<'g>>,
        range: Range<usize>,
        zones: &Zones,
    ) {
        let text = self.window.text;
        let mut at = range.start;
        while let Some(start) = group.starts().next(text.as_bytes(), at..range.end) {
            let cache = cache.get_or_insert_with(|| group.cache());
            let block = block_end(text, self.window.base, start).saturating_add(HIT_BYTES_MAX);
            let mut found = std::mem::take(&mut self.found);
            group.at(cache, text, start..block.min(text.len()), &mut found);
            for index in &found {
                if self.is_near(*index, start, zones) {
                    self.attempt(*index, start);
                }
            }
            self.found = found;
            at = start.saturating_add(1);
        }
    }

    /// Whether a pattern's hit at `at` may have a word near it, if it needs one.
    fn is_near(&self, index: u32, at: usize, zones: &Zones) -> bool {
        let owner = self.look.scanner.owners.get(index as usize).copied().flatten();
        let Some(detector) = owner.filter(|_| self.look.scanner.near(owner).is_some()) else {
            return true;
        };
        match self.look.context {
            Context::Elsewhere => return true,
            Context::Of(detectors) => return detectors.contains(detector),
            Context::Here => {}
        }
        let place = self.window.base.saturating_add(at);
        zones.get(&detector).is_some_and(|zones| {
            let next = zones.partition_point(|zone| zone.end <= place);
            zones.get(next).is_some_and(|zone| zone.contains(&place))
        })
    }

    /// Tries the patterns that are found by a word near them where one is in reach.
    fn read_zones(&mut self, group: &Combined, zones: &Zones) {
        let base = self.window.base;
        let near_of = &self.look.scanner.groups.near_of;
        let mut reach: Vec<Range<usize>> = Vec::new();
        for (_, zones) in zones.iter().filter(|(detector, _)| near_of.contains(detector)) {
            for zone in zones {
                let start = zone.start.saturating_sub(base).max(self.range.start);
                let end = zone.end.saturating_sub(base).min(self.range.end);
                if start < end {
                    reach.push(start..end);
                }
            }
        }
        reach.sort_unstable_by_key(|part| part.start);
        let mut tried = self.range.start;
        for part in reach {
            self.read_group(group, part.start.max(tried)..part.end, zones);
            tried = tried.max(part.end);
        }
    }

    /// Tries a pattern from one place on.
    fn attempt(&mut self, index: u32, start: usize) {
        let Some((pattern, owner)) = self.pattern(index) else {
            return;
        };
        if start < self.resume(index) {
            return;
        }
        let (text, base) = (self.window.text, self.window.base);
        let limit = pattern.limit(text, base, start);
        if let Some(found) = pattern.find_at(text, start, limit) {
            self.take(index, pattern, owner, found);
            return;
        }
        let block = block_end(text, base, start);
        let place = base.saturating_add(block);
        let Some(tries) = self.tries(index) else {
            return;
        };
        if tries.spent.add(place, limit.saturating_sub(start)) {
            let end = block.min(self.range.end);
            self.sweep(index, after(text, start), end);
            self.set_resume(index, end);
        }
    }

    /// Searches a pattern wherever in a part it may begin.
    fn sweep(&mut self, index: u32, start: usize, end: usize) {
        let Some((pattern, owner)) = self.pattern(index) else {
            return;
        };
        let mut at = start.max(self.resume(index));
        while let Some(found) = pattern.find(self.window.text, self.window.base, at, end) {
            at = self.take(index, pattern, owner, found);
        }
    }

    /// A pattern and whose it is, if it is wanted.
    fn pattern(&self, index: u32) -> Option<(&'a Pattern, Option<DetectorId>)> {
        let owner = *self.look.scanner.owners.get(index as usize)?;
        let pattern = self.look.scanner.patterns.get(index as usize)?;
        owner.is_none_or(|detector| self.look.wanted.contains(detector)).then_some((pattern, owner))
    }

    fn tries(&mut self, index: u32) -> Option<&mut Tries> {
        if self.tries.is_empty() {
            self.tries.resize(self.look.scanner.patterns.len(), Tries::default());
        }
        self.tries.get_mut(index as usize)
    }

    /// Where a pattern's next hit may begin, in the window.
    fn resume(&self, index: u32) -> usize {
        self.tries.get(index as usize).map_or(0, |tries| tries.resume.saturating_sub(self.window.base))
    }

    /// Sets it, if that is further on.
    fn set_resume(&mut self, index: u32, at: usize) {
        let place = self.window.base.saturating_add(at);
        if let Some(tries) = self.tries(index) {
            tries.resume = tries.resume.max(place);
        }
    }

    /// Takes a match as a hit if it passes its checks; returns where the next may begin.
    fn take(
        &mut self,
        index: u32,
        pattern: &Pattern,
        detector: Option<DetectorId>,
        found: Range<usize>,
    ) -> usize {
        let text = self.window.text;
        let needs = detector.and_then(|detector| self.look.scanner.needs.get(&detector));
        let checks = needs.map_or(&[][..], |needs| needs.checks.as_slice());
        let next = if let Some(joined) = joined(text, &found, checks) {
            // Behind a digit the next group may begin anew; all else in it is a piece of the same thing.
            if joined.is_ascii_digit() { after(text, found.start) } else { found.end }
        } else if let Some(range) = accept(pattern, text, found.clone(), detector, checks) {
            let end = range.end;
            let confidence = self.look.scanner.confidence(detector, pattern.is_signature, checks);
            (self.sink)(Found::Hit { detector, range, confidence });
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

/// The character before a match that makes it a piece of something longer, if it is one.
fn joined(text: &str, found: &Range<usize>, checks: &[Validator]) -> Option<char> {
    let before = text.get(..found.start).and_then(|before| before.chars().next_back());
    let after = text.get(found.end..).and_then(|after| after.chars().next());
    let hit = part(text, found.start, found.end);
    let stands = checks.iter().all(|check| validate::check(*check).may_stand(hit, before, after));
    before.filter(|_| !stands)
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
    let checks: SmallVec<[Check; 2]> = checks.iter().map(|check| validate::check(*check)).collect();
    for _ in 0..ENDS_TRIED_MAX {
        let hit = part(text, found.start, found.end);
        if (owner.is_some() || is_token(hit)) && checks.iter().all(|check| (check.passes)(hit)) {
            return Some(found);
        }
        if found.len() > RETRY_BYTES_MAX || checks.iter().any(|check| check.is_whole) {
            return None;
        }
        found = pattern.find_at(text, found.start, found.end.saturating_sub(1))?;
    }
    None
}
