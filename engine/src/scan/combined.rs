//! Many patterns asked at once which of them match from one place.
//!
//! One lazy automaton for all of them, always from a given place on: where none
//! can match it ends after a few bytes. What matches where, the patterns
//! themselves then tell.

use super::PATTERNS_BYTES_MAX;
use super::error::ScanError;
use super::gates::Gates;
use super::outline::{self, Outlines};
use super::pairs::Pairs;
use super::pattern::Pattern;
use lang::model::DetectorId;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::hir::Hir;
use std::ops::Range;
use std::panic::{RefUnwindSafe, UnwindSafe};

/// Memory for the states of one search, in bytes; states are remade when it is spent.
const CACHE_BYTES_MAX: usize = 8 << 20;

type CachePool = Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>>;

/// A borrowed cache.
pub(super) type Borrowed<'a> = regex_automata::util::pool::PoolGuard<
    'a,
    Cache,
    Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>,
>;

/// Where a pattern's match from the place that was asked ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct End {
    /// Which pattern of the scanner.
    pub(super) pattern: u32,
    /// The place; `None`, which is first, where it was not noted.
    pub(super) at: Option<usize>,
}

/// One of the patterns that are asked together.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    /// Which pattern of the scanner.
    pub(super) index: u32,
    pub(super) pattern: &'a Pattern,
    /// Whose words its matches need near them, if they do.
    pub(super) gate: Option<DetectorId>,
    /// Whether all ends of its matches are noted, to be tried one after another; of others
    /// only one that is alone.
    pub(super) has_ends: bool,
}

/// How far behind a match's beginning its ends are noted, in bytes.
///
/// They are what a number that fails its checks is tried with; longer things are taken whole.
const NOTED_BYTES_MAX: usize = 96;

/// Patterns that are asked together.
pub(super) struct Combined {
    dfa: DFA,
    caches: CachePool,
    /// Which patterns of the scanner these are.
    patterns: Vec<u32>,
    /// Which of them have all their ends noted.
    has_ends: Vec<bool>,
    outlines: Outlines,
    extent: Extent,
    /// Which rows of the gates are theirs.
    rows: Range<usize>,
}

/// How far matches may reach, by the bytes that follow each other.
#[derive(Default)]
struct Extent {
    /// Of all patterns but those that are wide.
    pairs: Pairs,
    /// Length of the shortest match of these, in bytes.
    shortest: usize,
    /// Rows of those in whose matches words of a sentence can follow each other.
    wide: Vec<u64>,
}

impl Extent {
    fn of(members: &[Member<'_>]) -> Self {
        let mut extent = Self { shortest: usize::MAX, ..Self::default() };
        for (place, member) in members.iter().enumerate() {
            let (row, bit) = outline::place(place);
            extent.wide.resize(row.saturating_add(1), 0);
            let pairs = Pairs::of(&member.pattern.hir);
            if pairs.have_words() {
                extent.wide.last_mut().into_iter().for_each(|wide| *wide |= bit);
            } else {
                extent.pairs.extend(&pairs);
                let least = member.pattern.hir.properties().minimum_len();
                extent.shortest = extent.shortest.min(least.unwrap_or(usize::MAX));
            }
        }
        extent
    }
}

impl std::fmt::Debug for Combined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Combined").field("patterns", &self.patterns.len()).finish_non_exhaustive()
    }
}

impl Combined {
    /// Compiles patterns that are asked wherever they may begin; `None` when there are none.
    pub(super) fn new(patterns: Vec<Member<'_>>, gates: &mut Gates) -> Result<Option<Self>, ScanError> {
        let mut patterns = patterns;
        // Rows without any that may match are passed over: those that need no word stand together.
        patterns.sort_by_key(|member| member.gate.is_some());
        let outlines =
            Outlines::new(patterns.iter().map(|Member { pattern, .. }| (&pattern.starts, &pattern.outline)));
        let rows = gates.add(patterns.iter().map(|member| member.gate));
        let extent = Extent::of(&patterns);
        Self::compile(&patterns, outlines, extent, rows)
    }

    /// Compiles patterns that are asked where their fixed texts stand; `None` when there are none.
    pub(super) fn of_texts(patterns: &[Member<'_>]) -> Result<Option<Self>, ScanError> {
        Self::compile(patterns, Outlines::default(), Extent::default(), 0..0)
    }

    fn compile(
        members: &[Member<'_>],
        outlines: Outlines,
        extent: Extent,
        rows: Range<usize>,
    ) -> Result<Option<Self>, ScanError> {
        if members.is_empty() {
            return Ok(None);
        }
        let hirs: Vec<&Hir> = members.iter().map(|member| &member.pattern.hir).collect();
        let config = thompson::Config::new()
            .utf8(false)
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(PATTERNS_BYTES_MAX));
        let nfa = thompson::Compiler::new()
            .configure(config)
            .build_many_from_hir(&hirs)
            .map_err(|_| ScanError::TooLarge)?;
        let config = DFA::config()
            .match_kind(MatchKind::All)
            .unicode_word_boundary(true)
            .cache_capacity(CACHE_BYTES_MAX)
            .skip_cache_capacity_check(true);
        let dfa = DFA::builder().configure(config).build_from_nfa(nfa).map_err(|_| ScanError::TooLarge)?;
        let maker = dfa.clone();
        let caches: CachePool = Pool::new(Box::new(move || maker.create_cache()));
        let has_ends = members.iter().map(|member| member.has_ends).collect();
        let patterns = members.iter().map(|member| member.index).collect();
        Ok(Some(Self { dfa, caches, patterns, has_ends, outlines, extent, rows }))
    }

    /// Which patterns these are.
    pub(super) fn patterns(&self) -> &[u32] {
        &self.patterns
    }

    /// Where matches may begin.
    pub(super) const fn outlines(&self) -> &Outlines {
        &self.outlines
    }

    /// Which bytes can follow each other in their matches, but for those of [`wide`](Self::wide).
    pub(super) const fn pairs(&self) -> &Pairs {
        &self.extent.pairs
    }

    /// Length of the shortest match of these, in bytes.
    pub(super) const fn shortest(&self) -> usize {
        self.extent.shortest
    }

    /// Rows of those in whose matches words of a sentence can follow each other.
    pub(super) fn wide(&self) -> &[u64] {
        &self.extent.wide
    }

    /// Which rows of the gates are theirs.
    pub(super) const fn rows(&self) -> &Range<usize> {
        &self.rows
    }

    /// Borrows what [`at`](Self::at) needs.
    pub(super) fn cache(&self) -> Borrowed<'_> {
        self.caches.get()
    }

    /// Sets `found` to where patterns end that match from the start of `range` up to its
    /// end at most, in order; returns how many bytes were read for it.
    pub(super) fn at(
        &self,
        cache: &mut Cache,
        text: &str,
        range: Range<usize>,
        found: &mut Vec<End>,
    ) -> usize {
        found.clear();
        let length = range.len();
        let read = self.walk(cache, text, range, found);
        if read.is_none() {
            // The automaton gave up: each pattern is asked.
            found.clear();
            found.extend(self.patterns.iter().map(|pattern| End { pattern: *pattern, at: None }));
        } else if found.len() > 1 {
            found.sort_unstable();
        }
        read.unwrap_or(length)
    }

    /// Whether one may match from `start` beyond the end of `text`. Adds what was read to `read`.
    pub(super) fn is_alive(&self, cache: &mut Cache, text: &str, start: usize, read: &mut usize) -> bool {
        let input = Input::new(text).range(start..text.len()).anchored(Anchored::Yes);
        let Ok(mut state) = self.dfa.start_state_forward(cache, &input) else {
            return true;
        };
        for (at, byte) in text.as_bytes().iter().enumerate().skip(start) {
            match self.dfa.next_state(cache, state, *byte) {
                Ok(next) if next.is_dead() => {
                    *read = read.saturating_add(at.saturating_sub(start));
                    return false;
                }
                Ok(next) if next.is_quit() => return true,
                Ok(next) => state = next,
                Err(_) => return true,
            }
        }
        true
    }

    fn walk(
        &self,
        cache: &mut Cache,
        text: &str,
        range: Range<usize>,
        found: &mut Vec<End>,
    ) -> Option<usize> {
        let input = Input::new(text).range(range.clone()).anchored(Anchored::Yes);
        let mut state = self.dfa.start_state_forward(cache, &input).ok()?;
        for (read, byte) in text.as_bytes().get(range.clone()).unwrap_or_default().iter().enumerate() {
            state = self.dfa.next_state(cache, state, *byte).ok()?;
            if state.is_tagged() {
                if state.is_dead() {
                    return Some(read);
                }
                if state.is_quit() {
                    return None;
                }
                self.take(cache, state, noted(range.start, read), found);
            }
        }
        state = match text.as_bytes().get(range.end) {
            Some(byte) => self.dfa.next_state(cache, state, *byte).ok()?,
            None => self.dfa.next_eoi_state(cache, state).ok()?,
        };
        if state.is_quit() {
            return None;
        }
        self.take(cache, state, noted(range.start, range.len()), found);
        Some(range.len())
    }

    /// Notes the matches that a state tells of, with where they end. The automaton tells of
    /// a match one byte late, and again at each of its ends.
    fn take(&self, cache: &Cache, state: LazyStateID, at: Option<usize>, found: &mut Vec<End>) {
        if !state.is_match() {
            return;
        }
        for index in 0..self.dfa.match_len(cache, state) {
            let member = self.dfa.match_pattern(cache, state, index).as_usize();
            let (Some(pattern), Some(has_ends)) = (self.patterns.get(member), self.has_ends.get(member))
            else {
                continue;
            };
            let end = End { pattern: *pattern, at };
            let known = if *has_ends && at.is_some() {
                None
            } else {
                found.iter_mut().find(|known| known.pattern == *pattern && (!has_ends || known.at.is_none()))
            };
            match known {
                Some(known) => known.at = None,
                None => found.push(end),
            }
        }
    }
}

/// The end of a match of so many bytes, where it is noted.
fn noted(start: usize, bytes: usize) -> Option<usize> {
    (bytes <= NOTED_BYTES_MAX).then(|| start.saturating_add(bytes))
}

#[cfg(test)]
mod tests {
    use super::super::pattern::parse;
    use super::super::pattern::tests::pattern;
    use super::*;

    #[test]
    fn patterns_that_match_from_a_place_are_told() {
        let texts = [r"\b\d{4}\b", r"\d{2}-\d{2}", r"\b\d{2}", r"é+"];
        let compiled = |text: &&str| Pattern::new(parse(&pattern(text, "")).unwrap()).unwrap();
        let patterns: Vec<Pattern> = texts.iter().map(compiled).collect();
        let member = |(index, pattern)| Member { index, pattern, has_ends: index != 3, gate: None };
        let all: Vec<_> = (0..).zip(&patterns).map(member).collect();
        let combined = Combined::new(all, &mut Gates::default()).unwrap().unwrap();
        let mut found = Vec::new();
        for (text, at, limit, expected) in [
            ("a 1234.", 2, 7, vec![0, 2]),
            ("a 12345", 2, 7, vec![2]),
            ("a 12345", 2, 6, vec![2]),
            ("12-34", 0, 5, vec![1, 2]),
            ("12-34", 1, 5, vec![]),
            ("éé", 0, 4, vec![3]),
        ] {
            combined.at(&mut combined.cache(), text, at..limit, &mut found);
            let mut patterns: Vec<u32> = found.iter().map(|end| end.pattern).collect();
            patterns.dedup();
            assert_eq!(patterns, expected, "{text} at {at}");
        }
    }
}
