//! Finds hits in a window of text: phrases, and matches of patterns that pass their checks.
//!
//! Whoever calls says up to where hits may begin; what is found goes into a
//! sink, placed in the window's text as it stands.

use super::automaton::{Scanner, undecided_at_least};
use super::lexicon::{Place, Use, stands_alone};
use super::look::Look;
use super::reach::{Zones, add_zone};
use super::reader::{Reader, Spent, Tries, Walks};
use super::set::DetectorSet;
use super::window::{Context, Found, Window};
use super::{HIT_BYTES_MAX, NEAR_CHARACTERS_MAX};
use std::collections::BTreeMap;

/// How much of a text is decided at once, in bytes: small enough to stay in the
/// nearest memory between the pass over fixed texts and the patterns.
const STEP_BYTES: usize = 2 * HIT_BYTES_MAX;

/// How far the pass over fixed texts runs ahead of what is decided, in bytes:
/// the longest match, what `near` reaches, and the longest word of it.
const AHEAD_BYTES: usize = 3 * HIT_BYTES_MAX + 4 * NEAR_CHARACTERS_MAX as usize;

/// Held text beyond which it is not asked at every push where it may go on.
const HELD_BYTES_SMALL: usize = 512;

/// How far one view of a text has been read. All places are from its beginning.
#[derive(Debug, Default)]
pub(super) struct Finder {
    /// Every hit that begins before is known.
    decided: usize,
    /// Fixed texts that end before are known.
    passed: usize,
    /// Fixed texts that are not done with.
    places: Vec<Place>,
    zones: Zones,
    /// How far patterns have been tried.
    tries: BTreeMap<u32, Tries>,
    /// What was read where fixed texts stand.
    spent: Spent,
    /// What was read everywhere else.
    spent_open: Spent,
    /// How long the text was when it was last asked where it may go on.
    asked: usize,
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
        let (mut places, mut at) = (Vec::new(), 0);
        while at < window.text.len() {
            let end = window.text.ceil_char_boundary(at.saturating_add(STEP_BYTES));
            scanner.lexicon.read(window.text, at..end, &mut places);
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

    /// All fixed texts of a window that is whole, in order, where they are kept.
    pub(super) fn all_places(&self, window: Window<'_>) -> Option<Vec<Place>> {
        (self.decided == 0 && self.passed == window.end()).then(|| {
            let mut places = self.places.clone();
            places.sort_unstable();
            places
        })
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
            let (tries, spent) = (&mut self.tries, &mut self.spent_open);
            let reader = Reader { look, window, range, tries, spent, walks, found: Vec::new(), sink };
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
        look.scanner.lexicon.read(window.text, from..until, &mut self.places);
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
