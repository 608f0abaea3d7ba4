//! Which patterns may match in which part of a text, by the words of `near` that stand around it.
//!
//! Patterns that are asked together have bits in rows of [`Outlines`](super::outline::Outlines);
//! a part of the text has the rows of those that need no word near them, and of those whose
//! word is in reach.

use super::automaton::Scanner;
use super::look::Look;
use super::window::{Context, Window};
use lang::model::DetectorId;
use std::collections::BTreeMap;
use std::ops::Range;

/// Where hits may begin that need a word near them: apart and in order, by detector.
pub(super) type Zones = BTreeMap<DetectorId, Vec<Range<usize>>>;

/// Adds where hits of a detector may begin that one word counts for.
pub(super) fn add_zone(zones: &mut Zones, scanner: &Scanner, detector: DetectorId, word: Range<usize>) {
    let reach = scanner.near(Some(detector)).map_or(0, |characters| (characters as usize).saturating_mul(4));
    let length = scanner.groups.gates.length_of(detector);
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

/// Whether one of these, which are apart and in order, has some of a part.
pub(super) fn meets(zones: &[Range<usize>], part: &Range<usize>) -> bool {
    let next = zones.partition_point(|zone| zone.end <= part.start);
    zones.get(next).is_some_and(|zone| zone.start < part.end)
}

/// Which patterns may match where in a part of a window.
pub(super) struct Reach {
    /// Where each stretch ends that has the same patterns.
    ends: Vec<usize>,
    /// The rows of each stretch, one after another.
    rows: Vec<u64>,
    /// How many rows a stretch has.
    width: usize,
}

impl Reach {
    /// In `range` of a window.
    pub(super) fn new(look: Look<'_>, window: Window<'_>, zones: &Zones, range: &Range<usize>) -> Self {
        let gates = &look.scanner.groups.gates;
        let width = gates.free.len();
        let mut rows = gates.allowed(look.context);
        let mut reach = Self { ends: Vec::new(), rows: Vec::new(), width };
        if look.context == Context::Here {
            let mut changes = Vec::new();
            for (detector, zones) in zones {
                for zone in zones {
                    let place = |at: usize| at.saturating_sub(window.base).clamp(range.start, range.end);
                    let (start, end) = (place(zone.start), place(zone.end));
                    if start < end {
                        changes.extend([(start, *detector, true), (end, *detector, false)]);
                    }
                }
            }
            // Zones of one detector are apart, so none begins where another of its own ends.
            changes.sort_unstable();
            for (at, detector, is_on) in changes {
                reach.end(at, &rows);
                gates.switch(&mut rows, detector, is_on);
            }
        }
        reach.end(usize::MAX, &rows);
        reach
    }

    /// Ends a stretch, which has some text.
    fn end(&mut self, at: usize, rows: &[u64]) {
        if self.ends.last().is_none_or(|last| *last < at) && at > 0 {
            self.ends.push(at);
            self.rows.extend_from_slice(rows);
        }
    }

    /// The stretch that `at` lies in: where it ends, and some of its rows. `hint` is where one
    /// was found that is no further on.
    pub(super) fn stretch(&self, hint: &mut usize, at: usize, rows: &Range<usize>) -> (usize, &[u64]) {
        while self.ends.get(*hint).is_some_and(|end| *end <= at) {
            *hint = hint.saturating_add(1);
        }
        let end = self.ends.get(*hint).copied().unwrap_or(usize::MAX);
        let first = hint.saturating_mul(self.width);
        let rows = first.saturating_add(rows.start)..first.saturating_add(rows.end);
        (end, self.rows.get(rows).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::super::DetectorSet;
    use super::super::samples::of_pattern;
    use super::*;

    #[test]
    fn stretches_have_the_patterns_whose_words_are_in_reach() {
        let near = Some((2, &["a"][..]));
        let detectors = [
            of_pattern("x.free", r"\b\d{3}\b", &[], None),
            of_pattern("x.one", r"\b\d{4}\b", &[], near),
            of_pattern("x.two", r"\b\d{5}\b", &[], near),
        ];
        let scanner = Scanner::new((0..).map(DetectorId).zip(&detectors)).unwrap();
        let gates = &scanner.groups.gates;
        // The second is the pattern of tokens.
        assert_eq!((gates.free.as_slice(), gates.length_of(DetectorId(2))), (&[0b11][..], 5));
        let zones =
            Zones::from([(DetectorId(1), vec![10..20, 30..40]), (DetectorId(2), vec![15..35, 60..70])]);
        let wanted = scanner.detectors();
        let look = Look { scanner: &scanner, wanted: &wanted, context: Context::Here };
        let window = Window { text: &"x".repeat(50), base: 2, is_end: true };
        let stretches = |look, range: Range<usize>| {
            let reach = Reach::new(look, window, &zones, &range);
            let (mut hint, mut at, mut all) = (0, range.start, Vec::new());
            while at < range.end {
                let (end, rows) = reach.stretch(&mut hint, at, &(0..1));
                all.push((at, rows[0]));
                at = end;
            }
            all
        };
        assert_eq!(
            stretches(look, 0..50),
            [(0, 0b0011), (8, 0b0111), (13, 0b1111), (18, 0b1011), (28, 0b1111), (33, 0b0111), (38, 0b0011)]
        );
        assert_eq!(stretches(look, 8..14), [(8, 0b0111), (13, 0b1111)]);
        let two: DetectorSet = [DetectorId(2)].into_iter().collect();
        assert_eq!(stretches(Look { context: Context::Of(&two), ..look }, 0..50), [(0, 0b1011)]);
        assert_eq!(stretches(Look { context: Context::Elsewhere, ..look }, 0..50), [(0, u64::MAX)]);
    }
}
