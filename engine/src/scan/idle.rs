//! Changes of the normal form over which nothing can be found.
//!
//! Most of what reads otherwise than it is written hides nothing: a dash in a sentence, a letter of
//! a Cyrillic word that looks like a Latin one. Reading all around it anew is most of what the
//! normal form costs, so it is asked first whether anything could reach over a change:
//!
//! - a pattern without fixed text, by the bytes around the change that may follow each other, and
//!   whether they have a mark or a run;
//! - a fixed text, by reading those bytes alone;
//! - a pattern whose fixed text stands before it, by whether it is still alive at the change.
//!
//! What is said here may doubt too many changes, and never too few.

use super::combined::{Borrowed, Combined};
use super::groups::Groups;
use super::lexicon::{Place, Use};
use super::look::Look;
use super::mark::{is_mark, marks, next_run_start};
use smallvec::SmallVec;
use std::ops::Range;

/// How many times the text may be read to learn it; beyond, all of it is read in the usual way.
const READ_TIMES: usize = 4;

/// Part of a text in its normal form, all of it there.
pub(super) struct Around<'a> {
    pub(super) look: Look<'a>,
    pub(super) text: &'a str,
    /// Where it reads otherwise than it is written, in order.
    pub(super) changes: &'a [Range<usize>],
    /// Whether nothing follows.
    pub(super) is_end: bool,
}

impl Around<'_> {
    /// Whether nothing can be found over any change, when these fixed texts stand where nothing changes.
    pub(super) fn are_idle(&self, places: impl Iterator<Item = Place>) -> bool {
        let mut read = 0;
        self.are_bare(&mut read)
            && self.have_no_text(&mut read)
            && self.are_reached_by_none(places, &mut read)
    }

    /// Whether no pattern without fixed text may match over a change.
    fn are_bare(&self, read: &mut usize) -> bool {
        let Groups { marked, before_mark, mark_before, runs, open, near, .. } = &self.look.scanner.groups;
        let allowed = self.look.scanner.groups.gates.allowed(self.look.context);
        let bytes = self.text.as_bytes();
        let until = self.changes.last().map_or(0, |change| change.end);
        let marks = |before: usize| {
            let asked = bytes.get(..bytes.len().min(until.saturating_add(before))).unwrap_or_default();
            marks(asked, 0).map(move |row| row.start.saturating_sub(before)..row.end)
        };
        let all = || std::iter::once(0..until);
        let has_mark = |row: &[u8]| row.iter().any(|byte| is_mark(*byte));
        let has_run = |row: &[u8]| next_run_start(row, 0).is_some();
        let is_any = |_: &[u8]| true;
        self.is_bare_of((marked.as_ref(), &allowed), has_mark, marks(0), read)
            && self.is_bare_of((before_mark.as_ref(), &allowed), has_mark, marks(*mark_before), read)
            && self.is_bare_of((runs.as_ref(), &allowed), has_run, all(), read)
            && self.is_bare_of((open.as_ref(), &allowed), is_any, all(), read)
            && self.is_bare_of((near.as_ref(), &allowed), is_any, all(), read)
    }

    /// The same of a group of patterns, of those that the rows allow, by what their matches have, and
    /// where these may begin.
    fn is_bare_of(
        &self,
        (group, allowed): (Option<&Combined>, &[u64]),
        may_match: impl Fn(&[u8]) -> bool,
        mut parts: impl Iterator<Item = Range<usize>>,
        read: &mut usize,
    ) -> bool {
        let Some(group) = group else { return true };
        let allowed = allowed.get(group.rows().clone()).unwrap_or_default();
        if allowed.iter().all(|row| *row == 0) {
            return true;
        }
        let bytes = self.text.as_bytes();
        let mut rows = self.rows(|part| group.pairs().row(bytes, part));
        if rows.any(|row| row.len() >= group.shortest() && may_match(bytes.get(row).unwrap_or_default())) {
            return false;
        }
        let wide: SmallVec<[u64; 4]> =
            allowed.iter().zip(group.wide()).map(|(allowed, wide)| allowed & wide).collect();
        wide.iter().all(|row| *row == 0)
            || !parts.any(|part| {
                let mut at = part.start;
                let mut cache = None;
                while let Some(start) = group.outlines().next(bytes, at..part.end, &wide) {
                    if self.is_reached(Some(group), &mut cache, start, read) {
                        return true;
                    }
                    at = start.saturating_add(1);
                }
                false
            })
    }

    /// Whether no fixed text stands over a change.
    fn have_no_text(&self, read: &mut usize) -> bool {
        let lexicon = &self.look.scanner.lexicon;
        let mut places = Vec::new();
        let bytes = self.text.as_bytes();
        for row in self.rows(|part| lexicon.pairs().row(bytes, part)) {
            if !lexicon.pairs().may_stand(bytes.get(row.clone()).unwrap_or_default()) {
                continue;
            }
            *read = read.saturating_add(row.len()).saturating_add(lexicon.longest());
            if row.end >= self.text.len() && !self.is_end || self.is_too_much(*read) {
                return false;
            }
            lexicon.read(self.text, row, &mut places);
        }
        let is_over = |place: &Place| {
            let next = self.changes.partition_point(|change| change.end <= place.start);
            self.changes.get(next).is_some_and(|change| change.start < place.end)
        };
        !places.iter().any(is_over)
    }

    /// Whether no pattern reaches a change whose fixed text stands where nothing changes.
    fn are_reached_by_none(&self, places: impl Iterator<Item = Place>, read: &mut usize) -> bool {
        let scanner = self.look.scanner;
        let (fixed, late) = (scanner.groups.fixed.as_ref(), scanner.groups.late.as_ref());
        let mut caches = [None, None];
        for place in places {
            let mut is_fixed = false;
            for purpose in scanner.lexicon.uses(place.entry) {
                let Use::Literal { pattern, is_first, .. } = *purpose else { continue };
                if !purpose.is_wanted(self.look.wanted) {
                    continue;
                }
                if is_first {
                    is_fixed = true;
                    continue;
                }
                let Some(first) = scanner
                    .patterns
                    .get(pattern as usize)
                    .and_then(|pattern| pattern.first_start(self.text, 0..place.start))
                else {
                    continue;
                };
                let [_, cache] = &mut caches;
                if (first..=place.start).any(|start| self.is_reached(late, cache, start, read)) {
                    return false;
                }
            }
            let [cache, _] = &mut caches;
            if is_fixed && self.is_reached(fixed, cache, place.start, read) {
                return false;
            }
        }
        true
    }

    /// Whether a pattern that begins at a place may still match at the next change, or too much was
    /// read to learn it.
    fn is_reached<'a>(
        &self,
        group: Option<&'a Combined>,
        cache: &mut Option<Borrowed<'a>>,
        start: usize,
        read: &mut usize,
    ) -> bool {
        let next = self.changes.partition_point(|change| change.end <= start);
        let Some((group, change)) = group.zip(self.changes.get(next)) else {
            return false;
        };
        if change.start <= start {
            return true;
        }
        let text = self.text.get(..change.start).unwrap_or(self.text);
        let cache = cache.get_or_insert_with(|| group.cache());
        group.is_alive(cache, text, start, read) || self.is_too_much(*read)
    }

    /// Whether more was read than reading all in the usual way may take.
    fn is_too_much(&self, read: usize) -> bool {
        read > self.text.len().saturating_mul(READ_TIMES)
    }

    /// The rows of bytes around changes, each once.
    fn rows(&self, row: impl Fn(Range<usize>) -> Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let mut until = 0;
        self.changes.iter().filter_map(move |change| {
            if change.end <= until {
                return None;
            }
            let row = row(change.clone());
            until = row.end;
            Some(row)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Scanner;
    use super::super::progress::Progress;
    use super::super::samples::{of_pattern, of_phrases};
    use super::super::window::Window;
    use lang::model::DetectorId;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    /// Detectors of each way in which places are found.
    static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
        let detectors = [
            of_pattern("x.marked", r"\b\d{3}[ -]{1,3}\d{3}\b", &[], None),
            of_pattern("x.before", r"\b[A-Z]{2} ?\d{3}\b", &[], None),
            of_pattern("x.run", r"\b[a-z]{16,20}\b", &[], None),
            of_pattern("x.bare", r"\b[a-z]{2} ?-[a-z]\b", &[], Some((9, &["pin"]))),
            of_pattern("x.wide", r"\b\d{4}\b.{1,20}[Pp]in", &[], None),
            of_pattern("x.fixed", r"\banswer.{0,30}secret", &[], None),
            of_pattern("x.late", "[a-z.-]{1,10}@[a-z]{2,8}", &[], None),
            of_pattern("x.other", "[^a-z]\\d\\d[\u{430}-\u{44F}]", &[], None),
            of_phrases("x.phrase", &["do it now", "ça va", "r&d"]),
        ];
        Scanner::new((0..).map(DetectorId).zip(&detectors)).unwrap()
    });

    /// What is found in a text that arrives at once, and in one of which it is not known that it ends.
    fn found(text: &str) -> (usize, bool) {
        let wanted = SCANNER.detectors();
        let window = |text, is_end| Window { text, base: 0, is_end };
        let (mut whole, mut parts) = (Vec::new(), Vec::new());
        Progress::new().advance(&SCANNER, &wanted, window(text, true), &mut whole);
        let mut progress = Progress::new();
        progress.advance(&SCANNER, &wanted, window("", false), &mut parts);
        progress.advance(&SCANNER, &wanted, window(text, false), &mut parts);
        progress.advance(&SCANNER, &wanted, window(text, true), &mut parts);
        (whole.len(), whole == parts)
    }

    #[test]
    fn what_reaches_over_a_change_is_found() {
        let table = [
            ("it works \u{2014} and it did", 0),
            ("call 123 \u{2013} 456 now", 1),
            ("A\u{200B}B 123", 1),
            ("abcdefgh\u{200B}ijklmnop", 1),
            ("pin: ab \u{2014}c", 1),
            ("4821 \u{2014} it is my \u{420}in", 1),
            ("answer at once \u{2014} or tell no secret", 1),
            ("say %61nswer me, \u{2014} secret", 1),
            ("say%20answer me\u{FF01} secret", 1),
            ("a\u{2010}b@example", 1),
            ("ab\\@example", 1),
            ("ab\u{FF20}example", 1),
            ("d\u{43E} it \u{2014} d\u{43E} it n\u{43E}w", 1),
            ("r&amp;d", 1),
        ];
        for (text, expected) in table {
            assert_eq!(found(text), (expected, true), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

        /// A change that is passed over hides nothing.
        #[test]
        fn nothing_is_passed_over_that_would_be_found(
            parts in prop::collection::vec(prop::sample::select(&[
                "answer", "secret", "123", "4821", "-", "\u{2014}", " ", " ", " ", "%34", "%20", "&amp;", "&#52;", "%61",
                "\u{200B}", "\u{43E}", "\u{435}", "a", "AB", "do", "it", "now", "@", "\\@", "\u{FF20}", "mail", ".", "pin", "ab",
                "\u{E7}a va", "\u{41F}\u{440}\u{43E}", "\n", "abcdefgh", "\u{FF11}", "\u{FF01}", "\u{FDFA}", "\u{436}", "r", "d", "_", "\u{E9}",
            ][..]), 1..40),
        ) {
            let text = parts.concat();
            prop_assert!(found(&text).1, "{:?}", text);
        }
    }
}
