//! Finds hits in a window of text: phrases, and matches of patterns that pass their checks.
//!
//! Whoever calls says up to where hits may begin; what is found goes into a
//! [`Sink`], placed in the window's text as it stands.

use super::automaton::Scanner;
use super::confidence::Confidence;
use super::pattern::{Pattern, after};
use super::phrase::Use;
use super::progress::Window;
use super::set::DetectorSet;
use super::vault::is_token;
use super::{part, validate};
use lang::model::{DetectorId, Validator};
use smallvec::SmallVec;
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

/// Shortest fixed beginning that counts as a signature for [`Confidence`].
const SIGNATURE_BYTES_MIN: usize = 4;

/// Something that stands in a window's text.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// A hit; of no detector, text of the shape of a token.
    Hit { detector: Option<DetectorId>, range: Range<usize>, confidence: Confidence },
    /// A word of a detector's `near`.
    Near { detector: DetectorId, range: Range<usize> },
}

impl Found {
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

/// How far one view of a text has been read. All places are from its beginning.
#[derive(Debug)]
pub(super) struct Finder {
    /// Every hit that begins before is known.
    decided: usize,
    /// For each pattern, where its next hit may begin.
    resume: Vec<usize>,
}

impl Finder {
    /// At the beginning of a text.
    pub(super) fn new(scanner: &Scanner) -> Self {
        Self { decided: 0, resume: vec![0; scanner.patterns.len()] }
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
        scanner: &Scanner,
        wanted: &DetectorSet,
        window: Window<'_>,
        limit: usize,
        sink: &mut dyn FnMut(Found),
    ) {
        let from = self.decided.saturating_sub(window.base);
        let until = if window.is_end {
            window.text.len()
        } else {
            scanner.undecided_from(window.text, window.base, from, wanted)
        };
        let until = until.min(limit.saturating_sub(window.base));
        if from < until {
            read_phrases(scanner, wanted, window, from..until, sink);
            Reader { scanner, window, resume: &mut self.resume }.read(wanted, from..until, sink);
            self.decided = window.base.saturating_add(until);
        }
    }
}

fn read_phrases(
    scanner: &Scanner,
    wanted: &DetectorSet,
    window: Window<'_>,
    range: Range<usize>,
    sink: &mut dyn FnMut(Found),
) {
    for hit in scanner.phrases.find(window.text, range.start, range.end, wanted) {
        let (detector, range) = (hit.detector, hit.start..hit.end);
        sink(match hit.purpose {
            Use::Hit => {
                let confidence = scanner.confidence(Some(detector), false, &[]);
                Found::Hit { detector: Some(detector), range, confidence }
            }
            Use::Near => Found::Near { detector, range },
        });
    }
}

/// Reads the patterns of one window.
struct Reader<'a, 't> {
    scanner: &'a Scanner,
    window: Window<'t>,
    resume: &'a mut [usize],
}

impl<'a> Reader<'a, '_> {
    fn read(&mut self, wanted: &DetectorSet, range: Range<usize>, sink: &mut dyn FnMut(Found)) {
        let beginnings = self.scanner.beginnings(self.window.text, range.start, range.end);
        for index in 0..self.scanner.patterns.len() {
            let Some((pattern, owner)) = self.pattern(index, wanted) else {
                continue;
            };
            let first =
                if pattern.literals.is_empty() { Some(range.start) } else { beginnings.get(&index).copied() };
            let Some(first) = first else {
                continue;
            };
            let mut at = self.resume(index).max(first);
            while let Some(found) = pattern.find(self.window.text, self.window.base, at, range.end) {
                at = self.take(index, pattern, owner, found, sink);
            }
        }
    }

    /// A pattern and whose it is, if it is wanted.
    fn pattern(&self, index: usize, wanted: &DetectorSet) -> Option<(&'a Pattern, Option<DetectorId>)> {
        let owner = *self.scanner.owners.get(index)?;
        let pattern = self.scanner.patterns.get(index)?;
        owner.is_none_or(|detector| wanted.contains(detector)).then_some((pattern, owner))
    }

    /// Where a pattern's next hit may begin, in the window.
    fn resume(&self, index: usize) -> usize {
        self.resume.get(index).map_or(0, |at| at.saturating_sub(self.window.base))
    }

    /// Takes a match as a hit if it passes its checks; returns where the next may begin.
    fn take(
        &mut self,
        index: usize,
        pattern: &Pattern,
        detector: Option<DetectorId>,
        found: Range<usize>,
        sink: &mut dyn FnMut(Found),
    ) -> usize {
        let text = self.window.text;
        let needs = detector.and_then(|detector| self.scanner.needs.get(&detector));
        let checks = needs.map_or(&[][..], |needs| needs.checks.as_slice());
        let next = if let Some(joined) = joined(text, &found, checks) {
            // Behind a digit the next group may begin anew; all else in it is a piece of the same thing.
            if joined.is_ascii_digit() { after(text, found.start) } else { found.end }
        } else if let Some(range) = accept(pattern, text, found.clone(), detector, checks) {
            let is_signature = pattern.literals.iter().all(|literal| literal.len() >= SIGNATURE_BYTES_MIN)
                && !pattern.literals.is_empty();
            let end = range.end;
            let confidence = self.scanner.confidence(detector, is_signature, checks);
            sink(Found::Hit { detector, range, confidence });
            end
        } else if found.len() <= RETRY_BYTES_MAX {
            after(text, found.start)
        } else {
            found.end
        };
        if let Some(at) = self.resume.get_mut(index) {
            *at = self.window.base.saturating_add(next);
        }
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
