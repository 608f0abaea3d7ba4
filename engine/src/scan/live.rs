//! Which patterns may still match once more text has arrived.
//!
//! A pattern can match from `start` beyond the end of the text exactly when
//! what stands between is the beginning of something that it matches. So the
//! patterns are turned into those of their beginnings, these are reversed, and
//! one pass backwards from the end visits every such start: linear, whatever
//! the patterns. Boundaries are left out, which can only hold more back.

use super::PATTERNS_BYTES_MAX;
use super::error::ScanError;
use super::set::DetectorSet;
use lang::model::DetectorId;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Hir, HirKind, Repetition};
use std::panic::{RefUnwindSafe, UnwindSafe};

/// Longest sequence and longest fixed text whose beginnings are told apart.
///
/// They nest, and the compiler recurses once per level. What is longer is
/// held back as if it could go on with anything.
const PARTS_MAX: usize = 200;

/// Memory for the states of one search, in bytes; states are remade when it is spent.
const CACHE_BYTES_MAX: usize = 8 << 20;

type CachePool = Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>>;

/// The beginnings of patterns, reversed.
pub(super) struct Live {
    dfa: DFA,
    caches: CachePool,
    /// Whose each pattern is; `None` is the pattern of tokens.
    owners: Vec<Option<DetectorId>>,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").field("patterns", &self.owners.len()).finish_non_exhaustive()
    }
}

impl Live {
    /// Compiles the beginnings of patterns.
    pub(super) fn new<'h>(
        patterns: impl Iterator<Item = (Option<DetectorId>, &'h Hir)>,
    ) -> Result<Self, ScanError> {
        let (owners, beginnings): (Vec<_>, Vec<Hir>) =
            patterns.map(|(owner, hir)| (owner, beginning(hir))).unzip();
        let config = thompson::Config::new()
            .reverse(true)
            .utf8(false)
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(PATTERNS_BYTES_MAX));
        let nfa = thompson::Compiler::new()
            .configure(config)
            .build_many_from_hir(&beginnings)
            .map_err(|_| ScanError::TooLarge)?;
        let config = DFA::config()
            .match_kind(MatchKind::All)
            .cache_capacity(CACHE_BYTES_MAX)
            .skip_cache_capacity_check(true);
        let dfa = DFA::builder().configure(config).build_from_nfa(nfa).map_err(|_| ScanError::TooLarge)?;
        let maker = dfa.clone();
        let caches: CachePool = Pool::new(Box::new(move || maker.create_cache()));
        Ok(Self { dfa, caches, owners })
    }

    /// The first place from `from` on where a wanted pattern may begin to match
    /// beyond the end of `text`; the end when there is none.
    pub(super) fn alive_from(&self, text: &str, from: usize, wanted: &DetectorSet) -> usize {
        let first = self.walk_back(text, from, wanted);
        text.floor_char_boundary(first.unwrap_or(from)) // Not known: everything may go on.
    }

    /// Walks from the end to where no beginning goes on; `None` when the automaton gives up.
    fn walk_back(&self, text: &str, from: usize, wanted: &DetectorSet) -> Option<usize> {
        let input = Input::new(text).range(from..text.len()).anchored(Anchored::Yes);
        let mut cache = self.caches.get();
        let mut state = self.dfa.start_state_reverse(&mut cache, &input).ok()?;
        let mut first = text.len();
        for (at, byte) in text.bytes().enumerate().skip(from).rev() {
            state = self.dfa.next_state(&mut cache, state, byte).ok()?;
            if state.is_dead() {
                return Some(first);
            }
            if state.is_quit() {
                return None;
            }
            // The automaton tells of a match one byte late.
            if self.is_wanted(&cache, state, wanted) {
                first = at.saturating_add(1);
            }
        }
        state = self.dfa.next_eoi_state(&mut cache, state).ok()?;
        Some(if self.is_wanted(&cache, state, wanted) { from } else { first })
    }

    /// Whether a state tells of a match of a wanted pattern.
    fn is_wanted(&self, cache: &Cache, state: LazyStateID, wanted: &DetectorSet) -> bool {
        state.is_match()
            && (0..self.dfa.match_len(cache, state)).any(|index| {
                let pattern = self.dfa.match_pattern(cache, state, index);
                let owner = self.owners.get(pattern.as_usize()).copied().flatten();
                owner.is_none_or(|detector| wanted.contains(detector))
            })
    }
}

/// A pattern of all beginnings of what `hir` matches, the empty and the whole one included.
fn beginning(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Hir::empty(),
        HirKind::Literal(literal) => beginning_of_bytes(&literal.0),
        HirKind::Class(class) => optional(Hir::class(class.clone())),
        HirKind::Capture(capture) => beginning(&capture.sub),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(beginning).collect()),
        HirKind::Repetition(repetition) => beginning_of_repetition(repetition),
        HirKind::Concat(parts) if parts.len() > PARTS_MAX => anything(),
        HirKind::Concat(parts) => {
            let mut rest = Hir::empty();
            for part in parts.iter().rev() {
                rest = Hir::alternation(vec![beginning(part), Hir::concat(vec![without_looks(part), rest])]);
            }
            rest
        }
    }
}

fn beginning_of_bytes(bytes: &[u8]) -> Hir {
    if bytes.len() > PARTS_MAX {
        return anything();
    }
    bytes
        .iter()
        .rev()
        .fold(Hir::empty(), |rest, byte| optional(Hir::concat(vec![Hir::literal([*byte]), rest])))
}

fn beginning_of_repetition(repetition: &Repetition) -> Hir {
    if repetition.max == Some(0) {
        return Hir::empty();
    }
    let whole = Hir::repetition(Repetition {
        min: 0,
        max: repetition.max.map(|max| max.saturating_sub(1)),
        greedy: true,
        sub: Box::new(without_looks(&repetition.sub)),
    });
    Hir::concat(vec![whole, beginning(&repetition.sub)])
}

/// The same pattern with every boundary and anchor left out.
fn without_looks(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0.clone()),
        HirKind::Class(class) => Hir::class(class.clone()),
        HirKind::Capture(capture) => without_looks(&capture.sub),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(without_looks).collect()),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(without_looks).collect()),
        HirKind::Repetition(repetition) => Hir::repetition(repetition.with(without_looks(&repetition.sub))),
    }
}

fn optional(hir: Hir) -> Hir {
    Hir::repetition(Repetition { min: 0, max: Some(1), greedy: true, sub: Box::new(hir) })
}

fn anything() -> Hir {
    let any = Hir::class(Class::Bytes(ClassBytes::new([ClassBytesRange::new(0, 255)])));
    Hir::repetition(Repetition { min: 0, max: None, greedy: true, sub: Box::new(any) })
}

#[cfg(test)]
mod tests {
    use super::super::pattern::parse;
    use super::super::pattern::tests::pattern;
    use super::*;

    fn alive(texts: &[&str], haystack: &str, wanted: &[u32]) -> usize {
        let patterns: Vec<_> = texts
            .iter()
            .zip(0..)
            .map(|(text, id)| (Some(DetectorId(id)), parse(&pattern(text, "")).unwrap()))
            .collect();
        let live = Live::new(patterns.iter().map(|(owner, hir)| (*owner, hir))).unwrap();
        live.alive_from(haystack, 0, &wanted.iter().copied().map(DetectorId).collect())
    }

    #[test]
    fn beginnings_are_held_and_the_rest_is_not() {
        let card = r"\b(?:\d[ -]?){11,18}\d\b";
        let table = [
            (r"ghp_\w{4}", "see ghp_a", 4),
            (r"ghp_\w{4}", "see gh", 4),
            (r"ghp_\w{4}", "see ghp_abcd", 4),
            (r"ghp_\w{4}", "see ghp_abcd ", 13),
            (card, "no 4111 11", 3),
            (card, "no 4111 11x", 11),
            (r"(?:ab|cd)+e", "xabcda", 1),
            (r"é\d", "aé", 1),
            (r"a.*?z", "--a--", 2),
        ];
        for (text, haystack, expected) in table {
            assert_eq!(alive(&[text], haystack, &[0]), expected, "/{text}/ on {haystack}");
        }
    }

    #[test]
    fn only_wanted_patterns_hold() {
        assert_eq!(alive(&["abc", "bcd"], "xab", &[0]), 1);
        assert_eq!(alive(&["abc", "bcd"], "xab", &[1]), 2);
        assert_eq!(alive(&["abc", "bcd"], "xab", &[]), 3);
        assert_eq!(alive(&["abc", "bcd", "zz"], "xa, ", &[0, 1, 2]), 4);
    }
}
