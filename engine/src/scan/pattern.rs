//! One regular expression of a detector: reading it, and searching with it.
//!
//! The dialect is RE2's: no look-around but boundaries, no back references,
//! and classes such as `\d` are ASCII unless the flag `u` is given, while `.`
//! and `[^x]` always stand for whole characters.

use super::literal::{self, Literals};
use super::mark;
use super::outline::Outline;
use super::starts::Starts;
use super::{HIT_BYTES_MAX, PATTERN_BYTES_MAX};
use lang::model;
use regex_automata::{Anchored, Input, meta};
use regex_syntax::ast::{self, AssertionKind, Ast, ClassPerl, ClassPerlKind, ClassSetItem};
use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::translate::TranslatorBuilder;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind};
use std::ops::Range;

/// Deepest nesting of groups that is read; the readers recurse once per level.
const NESTING_DEPTH_MAX: u32 = 64;

/// Shortest fixed beginning that counts as a signature for [`Confidence`](super::Confidence).
const SIGNATURE_BYTES_MIN: usize = 4;

/// Most fixed beginnings of a signature.
const SIGNATURES_MAX: usize = 64;

/// What is wrong with a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternFault {
    /// It is not of the dialect.
    #[error("not a regular expression: {0}")]
    Syntax(String),
    /// It matches where nothing stands.
    #[error("it matches the empty text")]
    MatchesEmpty,
    /// Its automaton is too large.
    #[error("its automaton exceeds {PATTERN_BYTES_MAX} bytes")]
    TooLarge,
}

/// How the places are found where a pattern may match.
#[derive(Clone, Debug)]
pub(super) enum Way {
    /// By fixed texts.
    Literals(Literals),
    /// By a mark, so many bytes before it at most.
    Mark(usize),
    /// By a run that they begin with.
    Run,
    /// By nothing but the characters that it begins with.
    Bare,
}

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    /// What it says.
    pub(super) hir: Hir,
    regex: meta::Regex,
    pub(super) way: Way,
    pub(super) starts: Starts,
    pub(super) outline: Outline,
    /// Whether every match begins with fixed text that tells whose it is.
    pub(super) is_signature: bool,
}

impl Pattern {
    /// Compiles what [`parse`] read.
    pub(super) fn new(hir: Hir) -> Result<Self, PatternFault> {
        let config = meta::Regex::config()
            .nfa_size_limit(Some(PATTERN_BYTES_MAX))
            .onepass_size_limit(Some(1 << 20))
            .hybrid_cache_capacity(2 << 20);
        let regex = meta::Regex::builder()
            .configure(config)
            .build_from_hir(&hir)
            .map_err(|_| PatternFault::TooLarge)?;
        let (way, is_signature) = (way(&hir), is_signature(&hir));
        let (starts, outline) = (Starts::new(&hir), Outline::new(&hir));
        Ok(Self { hir, regex, way, starts, outline, is_signature })
    }

    /// Whether every match begins with fixed text that it is found by.
    pub(super) const fn is_fixed(&self) -> bool {
        match &self.way {
            Way::Literals(literals) => literals.before == 0,
            Way::Mark(_) | Way::Run | Way::Bare => false,
        }
    }

    /// Where a match may begin at the earliest whose fixed text stands at the end of
    /// `range`, and that begins in it; `None` when it has none.
    pub(super) fn first_start(&self, text: &str, range: Range<usize>) -> Option<usize> {
        let Way::Literals(literals) = &self.way else {
            return None;
        };
        let furthest = range.end.saturating_sub(literals.before).max(range.start);
        let lead = text.as_bytes().get(furthest..range.end).unwrap_or_default();
        Some(range.end.saturating_sub(literals.lead.count_at_end(lead)).max(range.start))
    }

    /// Longest match, in bytes, as far as one is found whole.
    pub(super) fn length_max(&self) -> usize {
        self.hir.properties().maximum_len().unwrap_or(usize::MAX).min(2 * HIT_BYTES_MAX)
    }

    /// Where a match must end that begins at `start`.
    pub(super) fn limit(&self, text: &str, base: usize, start: usize) -> usize {
        let block = block_end(text, base, start);
        text.len().min(block.saturating_add(HIT_BYTES_MAX)).min(start.saturating_add(self.length_max()))
    }

    /// The first match that begins in `from..until`.
    ///
    /// A match that begins in one block of [`HIT_BYTES_MAX`] bytes ends in the
    /// next at the latest, and is cut there. Blocks are counted from the
    /// beginning of the whole text, of which `base` bytes stood before `text`,
    /// so that they are the same however it arrives; and no search looks
    /// further than two of them, so that the work is linear whatever the pattern.
    pub(super) fn find(&self, text: &str, base: usize, from: usize, until: usize) -> Option<Range<usize>> {
        let mut from = from;
        while from < until {
            let block = block_end(text, base, from);
            let furthest = until.min(block).saturating_add(self.length_max());
            let end = text.len().min(block.saturating_add(HIT_BYTES_MAX)).min(furthest);
            let found = self.regex.search(&Input::new(text).range(from..end));
            match found.filter(|found| found.start() < block) {
                Some(found) => return Some(found.range()).filter(|found| found.start < until),
                None => from = text.ceil_char_boundary(block),
            }
        }
        None
    }

    /// The match that begins at `start` and ends at `limit` at the latest.
    pub(super) fn find_at(&self, text: &str, start: usize, limit: usize) -> Option<Range<usize>> {
        if start >= limit {
            return None;
        }
        let input = Input::new(text).range(start..limit).anchored(Anchored::Yes);
        self.regex.search(&input).map(|found| found.range())
    }

    /// What it takes in memory.
    pub(super) fn memory_bytes(&self) -> usize {
        self.regex.memory_usage()
    }
}

/// Where the block that holds `at` ends, in `text`.
pub(super) fn block_end(text: &str, base: usize, at: usize) -> usize {
    let into = base.saturating_add(at).checked_rem(HIT_BYTES_MAX).unwrap_or(0);
    text.len().min(at.saturating_add(HIT_BYTES_MAX).saturating_sub(into))
}

/// The place after the character at `at`.
pub(super) fn after(text: &str, at: usize) -> usize {
    text.ceil_char_boundary(at.saturating_add(1))
}

/// Reads a pattern of the language.
pub(super) fn parse(pattern: &model::Pattern) -> Result<Hir, PatternFault> {
    if pattern.unicode {
        return translate(&pattern.text, pattern.ignore_case);
    }
    let hir = translate(&with_ascii_classes(&pattern.text)?, pattern.ignore_case)?;
    // Who writes them out means them.
    let is_meant = pattern.text.contains(FOLDED_TWINS.map(|(_, twin)| twin));
    Ok(if pattern.ignore_case && !is_meant { without_twins(&hir) } else { hir })
}

/// ASCII letters, and the characters that Unicode folds to them: the long s and the sign of Kelvin.
///
/// They are the letter itself in the normal form of a text, which is where they are
/// found; in patterns they would make several bytes of each `s` and `k`.
const FOLDED_TWINS: [(char, char); 2] = [('s', 'ſ'), ('k', '\u{212A}')];

/// The same pattern without [`FOLDED_TWINS`] where ASCII letters stand for them.
fn without_twins(hir: &Hir) -> Hir {
    let parts = |parts: &[Hir]| parts.iter().map(without_twins).collect();
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(Class::Bytes(_)) => {
            hir.clone()
        }
        HirKind::Class(Class::Unicode(class)) => {
            let has =
                |wanted| class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&wanted));
            let mut class = class.clone();
            for (letter, twin) in FOLDED_TWINS {
                // `[^x]` and the like hold whole ranges around it.
                let alone = ClassUnicode::new([ClassUnicodeRange::new(twin, twin)]);
                if has(letter) && class.ranges().contains(&ClassUnicodeRange::new(twin, twin)) {
                    class.difference(&alone);
                }
            }
            Hir::class(Class::Unicode(class))
        }
        HirKind::Capture(capture) => without_twins(&capture.sub),
        HirKind::Repetition(repetition) => Hir::repetition(repetition.with(without_twins(&repetition.sub))),
        HirKind::Concat(all) => Hir::concat(parts(all)),
        HirKind::Alternation(all) => Hir::alternation(parts(all)),
    }
}

/// Reads a pattern whose classes are Unicode's.
pub(super) fn translate(text: &str, ignore_case: bool) -> Result<Hir, PatternFault> {
    let ast = parse_ast(text)?;
    let hir = TranslatorBuilder::new()
        .case_insensitive(ignore_case)
        .build()
        .translate(text, &ast)
        .map_err(|error| PatternFault::Syntax(error.kind().to_string()))?;
    match hir.properties().minimum_len() {
        Some(0) => Err(PatternFault::MatchesEmpty),
        Some(_) | None => Ok(hir),
    }
}

fn parse_ast(text: &str) -> Result<Ast, PatternFault> {
    ast::parse::ParserBuilder::new()
        .nest_limit(NESTING_DEPTH_MAX)
        .build()
        .parse(text)
        .map_err(|error| PatternFault::Syntax(error.kind().to_string()))
}

/// Writes `\d`, `\s`, `\w` and `\b` out as what they mean for ASCII text.
fn with_ascii_classes(text: &str) -> Result<String, PatternFault> {
    let mut classes = AsciiClasses(Vec::new());
    let Ok(()) = ast::visit(&parse_ast(text)?, &mut classes);
    let mut written = String::with_capacity(text.len());
    let mut copied = 0;
    for (range, replacement) in classes.0 {
        written.push_str(text.get(copied..range.start).unwrap_or_default());
        written.push_str(replacement);
        copied = range.end;
    }
    written.push_str(text.get(copied..).unwrap_or_default());
    Ok(written)
}

/// Collects what [`with_ascii_classes`] replaces, in the order of the text.
struct AsciiClasses(Vec<(Range<usize>, &'static str)>);

impl AsciiClasses {
    fn push(&mut self, span: &ast::Span, replacement: &'static str) {
        self.0.push((span.start.offset..span.end.offset, replacement));
    }

    fn class(&mut self, class: &ClassPerl) {
        let replacement = match (&class.kind, class.negated) {
            (ClassPerlKind::Digit, false) => "[0-9]",
            (ClassPerlKind::Digit, true) => "[^0-9]",
            (ClassPerlKind::Space, false) => r"[\t\n\x0B\f\r ]",
            (ClassPerlKind::Space, true) => r"[^\t\n\x0B\f\r ]",
            (ClassPerlKind::Word, false) => "[0-9A-Z_a-z]",
            (ClassPerlKind::Word, true) => "[^0-9A-Z_a-z]",
        };
        self.push(&class.span, replacement);
    }
}

impl ast::Visitor for &mut AsciiClasses {
    type Output = ();
    type Err = std::convert::Infallible;

    fn finish(self) -> Result<(), Self::Err> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Self::Err> {
        if let Ast::ClassPerl(class) = ast {
            self.class(class);
        } else if let Ast::Assertion(assertion) = ast
            && assertion.kind == AssertionKind::WordBoundary
        {
            // `\B` keeps its Unicode meaning: the ASCII one may fall inside a character.
            self.push(&assertion.span, r"(?-u:\b)");
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Self::Err> {
        if let ClassSetItem::Perl(class) = item {
            self.class(class);
        }
        Ok(())
    }
}

fn way(hir: &Hir) -> Way {
    let begins_with_run = mark::begins_with_run(hir);
    match (literal::literals(hir), mark::mark(hir)) {
        // What stands in the middle of a key is rarer than long rows of letters and digits.
        (Some(literals), _) if literals.before == 0 || begins_with_run => Way::Literals(literals),
        (None, _) if begins_with_run => Way::Run,
        (_, Some(before)) => Way::Mark(before),
        (Some(literals), None) => Way::Literals(literals),
        (None, None) => Way::Bare,
    }
}

/// Whether every match begins with one of a few texts that are long enough to tell whose it is.
fn is_signature(hir: &Hir) -> bool {
    let mut found = Extractor::new().extract(hir);
    found.dedup();
    found.len().is_some_and(|count| count <= SIGNATURES_MAX)
        && found.min_literal_len().is_some_and(|bytes| bytes >= SIGNATURE_BYTES_MIN)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use lang::{SourceId, Span};

    /// A pattern as the language would give it.
    pub(in super::super) fn pattern(text: &str, flags: &str) -> model::Pattern {
        model::Pattern {
            text: text.into(),
            ignore_case: flags.contains('i'),
            unicode: flags.contains('u'),
            span: Span::new(SourceId(0), 0, 0),
        }
    }

    fn finds(text: &str, flags: &str, haystack: &str) -> Option<Range<usize>> {
        let compiled = Pattern::new(parse(&pattern(text, flags)).unwrap()).unwrap();
        compiled.find(haystack, 0, 0, haystack.len())
    }

    #[test]
    fn classes_are_ascii_unless_asked() {
        let table = [
            (r"\d+", "", "٣4", Some(2..3)),
            (r"\d+", "u", "٣4", Some(0..3)),
            (r"\bx", "", "éx", Some(2..3)),
            (r"\bx", "u", "éx", None),
            (r"[\d-]+", "", "a1-2", Some(1..4)),
            (r"[^\W\d]+", "", "1ab", Some(1..3)),
            (r"\D", "", "é", Some(0..2)),
            (r".", "", "é", Some(0..2)),
            (r"stra.e", "i", "STRAßE", Some(0..7)),
        ];
        for (text, flags, haystack, expected) in table {
            assert_eq!(finds(text, flags, haystack), expected, "/{text}/{flags} on {haystack}");
        }
    }

    #[test]
    fn bad_patterns_are_told() {
        assert_eq!(parse(&pattern("a*", "")), Err(PatternFault::MatchesEmpty));
        assert!(matches!(parse(&pattern("(a", "")), Err(PatternFault::Syntax(_))));
        assert!(matches!(parse(&pattern("(?=a)", "")), Err(PatternFault::Syntax(_))));
        let large = parse(&pattern(r"\pL{3000}", "u")).unwrap();
        assert_eq!(Pattern::new(large).err(), Some(PatternFault::TooLarge));
    }

    #[test]
    fn a_match_ends_with_the_block_after_its_own() {
        let long = format!("xx{}", "a".repeat(3 * HIT_BYTES_MAX));
        assert_eq!(finds("a+", "", &long), Some(2..2 * HIT_BYTES_MAX));
        let fits = format!("{}{}b", "-".repeat(HIT_BYTES_MAX - 1), "a".repeat(HIT_BYTES_MAX));
        assert_eq!(finds("a+b", "", &fits), Some(HIT_BYTES_MAX - 1..2 * HIT_BYTES_MAX));
        let over = format!("{}{}b", "-".repeat(HIT_BYTES_MAX - 1), "a".repeat(HIT_BYTES_MAX + 1));
        assert_eq!(finds("a+b", "", &over), Some(HIT_BYTES_MAX..2 * HIT_BYTES_MAX + 1));
        let far = format!("{}ab", "-".repeat(5 * HIT_BYTES_MAX));
        assert_eq!(finds("ab", "", &far), Some(5 * HIT_BYTES_MAX..5 * HIT_BYTES_MAX + 2));
    }

    #[test]
    fn blocks_are_counted_from_the_beginning_of_the_whole() {
        let compiled = Pattern::new(parse(&pattern("a+", "")).unwrap()).unwrap();
        let rest = "a".repeat(3 * HIT_BYTES_MAX);
        let found = compiled.find(&rest, HIT_BYTES_MAX - 10, 0, rest.len());
        assert_eq!(found, Some(0..HIT_BYTES_MAX + 10));
    }

    #[test]
    fn fixed_beginnings_are_signatures() {
        let of = |text| is_signature(&parse(&pattern(text, "")).unwrap());
        assert!(of(r"\bghp_\w{36}\b"));
        assert!(of(r"(?:sk|pk)_live_\w+"));
        assert!(!of(r"\d{4}"));
        assert!(!of(r"ab\d"));
    }
}
