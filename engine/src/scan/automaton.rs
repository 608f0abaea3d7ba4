//! All detectors of a program, compiled into what reads a text once.
//!
//! Phrases are one automaton over folded text. Patterns that begin with fixed
//! text are asked only where one automaton over these beginnings has seen
//! theirs; the few others search for themselves. Validators run on hits
//! alone.

use super::error::ScanError;
use super::live::Live;
use super::pattern::{self, Pattern, PatternFault};
use super::phrase::{Phrases, PhrasesBuilder, Use};
use super::set::DetectorSet;
use super::vault::TOKEN_PATTERN;
use super::{Confidence, HIT_BYTES_MAX, NEAR_CHARACTERS_MAX, PATTERNS_BYTES_MAX};
use aho_corasick::{AhoCorasick, MatchKind};
use lang::model::{self, Detector, DetectorId, Validator};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What a hit of a detector needs.
#[derive(Debug)]
pub(super) struct Needs {
    /// Checks that a pattern's hit must pass.
    pub(super) checks: Vec<Validator>,
    /// How far a word of `near` may stand.
    pub(super) near: Option<u32>,
}

/// Finds what a set of detectors recognises.
///
/// # Examples
///
/// ```
/// # use engine::scan::{DetectorSet, Scanner};
/// # use lang::model::{CategoryId, Detector, DetectorId, DetectorSeverity, Pattern};
/// # let span = lang::Span::new(lang::SourceId(0), 0, 0);
/// # let detector = Detector {
/// #     name: "account".into(), title: None, phrases: vec![], words: vec![], checks: vec![], near: None,
/// #     patterns: vec![Pattern { text: r"\bACC-\d{8}\b".into(), ignore_case: false, unicode: false, span }],
/// #     category: CategoryId(0), severity: DetectorSeverity::Medium, span,
/// # };
/// let scanner = Scanner::new([(DetectorId(0), &detector)].into_iter())?;
/// let wanted = DetectorSet::from_iter([DetectorId(0)]);
/// let mut findings = Vec::new();
/// scanner.find("Close ACC-12345678.", &wanted, &mut findings)?;
/// assert_eq!((findings[0].start, findings[0].end), (6, 18));
/// # Ok::<(), engine::scan::ScanError>(())
/// ```
#[derive(Debug)]
pub struct Scanner {
    pub(super) patterns: Vec<Arc<Pattern>>,
    /// Whose each pattern is; the last is the pattern of tokens, and no detector's.
    pub(super) owners: Vec<Option<DetectorId>>,
    pub(super) needs: BTreeMap<DetectorId, Needs>,
    pub(super) phrases: Phrases,
    literals: Option<AhoCorasick>,
    /// Which pattern each fixed beginning is of.
    literal_patterns: Vec<usize>,
    live: Live,
}

impl Scanner {
    /// Compiles detectors.
    ///
    /// # Errors
    ///
    /// Returns what is wrong with the first detector that cannot be compiled,
    /// or [`ScanError::TooLarge`] when all together take too much memory.
    pub fn new<'a>(detectors: impl Iterator<Item = (DetectorId, &'a Detector)>) -> Result<Self, ScanError> {
        Self::with_patterns(detectors, &mut Patterns::default())
    }

    /// The same, with patterns that an earlier scanner left; afterwards these are the ones of this scanner.
    pub(crate) fn with_patterns<'a>(
        detectors: impl Iterator<Item = (DetectorId, &'a Detector)>,
        known: &mut Patterns,
    ) -> Result<Self, ScanError> {
        let mut phrases = PhrasesBuilder::default();
        let mut needs = BTreeMap::new();
        let (mut patterns, mut owners) = (Vec::new(), Vec::new());
        let mut used = Patterns::default();
        for (id, detector) in detectors {
            read_phrases(id, detector, &mut phrases)?;
            for pattern in &detector.patterns {
                let compiled = used.take(known, pattern).map_err(|fault| ScanError::Pattern {
                    detector: detector.name.clone(),
                    span: pattern.span,
                    fault,
                })?;
                patterns.push(compiled);
                owners.push(Some(id));
            }
            let near = detector.near.as_ref().map(|near| near.characters);
            needs.insert(id, Needs { checks: detector.checks.clone(), near });
        }
        let token = pattern::translate(TOKEN_PATTERN, false).and_then(Pattern::new);
        patterns.push(Arc::new(token.map_err(|_| ScanError::TooLarge)?));
        owners.push(None);
        let bytes = patterns.iter().fold(0_usize, |sum, pattern| sum.saturating_add(pattern.memory_bytes()));
        if bytes > PATTERNS_BYTES_MAX {
            return Err(ScanError::TooLarge);
        }
        let (literals, literal_patterns) = build_literals(&patterns)?;
        let live = Live::new(owners.iter().copied().zip(patterns.iter().map(|pattern| &pattern.hir)))?;
        *known = used;
        Ok(Self { patterns, owners, needs, phrases: phrases.build()?, literals, literal_patterns, live })
    }

    /// How far a word must stand at most that a detector's hits need; `None` when they need none.
    pub(super) fn near(&self, detector: Option<DetectorId>) -> Option<u32> {
        detector.and_then(|id| self.needs.get(&id)).and_then(|needs| needs.near)
    }

    /// How sure a hit of a detector is.
    pub(super) fn confidence(
        &self,
        detector: Option<DetectorId>,
        is_signature: bool,
        checks: &[Validator],
    ) -> Confidence {
        Confidence::of(is_signature, self.near(detector).is_some(), checks)
    }

    /// All detectors that it knows.
    pub fn detectors(&self) -> DetectorSet {
        self.needs.keys().copied().collect()
    }

    /// The first place from `from` on whose hits are not yet decided by `text`,
    /// when more may follow. `base` bytes of the whole stood before it.
    pub(super) fn undecided_from(&self, text: &str, base: usize, from: usize, wanted: &DetectorSet) -> usize {
        // A start two blocks back sees all that a match may take, and the character after it.
        let seen = base.saturating_add(text.len()).saturating_sub(HIT_BYTES_MAX.saturating_add(4));
        let blocks = seen.saturating_sub(seen.checked_rem(HIT_BYTES_MAX).unwrap_or(0));
        let from = text.ceil_char_boundary(from.max(blocks.saturating_sub(base)));
        self.live.alive_from(text, from, wanted).min(self.phrases.alive_from(text, from, wanted))
    }

    /// Where the first fixed beginning of each pattern stands that has some, by pattern.
    pub(super) fn beginnings(&self, text: &str, from: usize, until: usize) -> BTreeMap<usize, usize> {
        let mut first = BTreeMap::new();
        let (Some(literals), Some(rest)) = (&self.literals, text.get(from..)) else {
            return first;
        };
        for found in literals.find_overlapping_iter(rest) {
            let start = from.saturating_add(found.start());
            if let Some(pattern) = self.literal_patterns.get(found.pattern().as_usize())
                && start < until
            {
                let known = first.entry(*pattern).or_insert(start);
                *known = start.min(*known);
            }
        }
        first
    }
}

/// Compiled patterns by their text and flags, `i` and `u`.
#[derive(Debug, Default)]
pub(crate) struct Patterns(HashMap<(Box<str>, bool, bool), Arc<Pattern>>);

impl Patterns {
    /// The compiled pattern, from here, from what is known, or made now.
    fn take(&mut self, known: &Self, pattern: &model::Pattern) -> Result<Arc<Pattern>, PatternFault> {
        let key = (pattern.text.clone(), pattern.ignore_case, pattern.unicode);
        if let Some(compiled) = self.0.get(&key).or_else(|| known.0.get(&key)) {
            let compiled = Arc::clone(compiled);
            self.0.insert(key, Arc::clone(&compiled));
            return Ok(compiled);
        }
        let compiled = Arc::new(pattern::parse(pattern).and_then(Pattern::new)?);
        self.0.insert(key, Arc::clone(&compiled));
        Ok(compiled)
    }
}

/// Reads one detector's phrases, and the words of its context.
fn read_phrases(id: DetectorId, detector: &Detector, phrases: &mut PhrasesBuilder) -> Result<(), ScanError> {
    for phrase in detector.phrases.iter().chain(&detector.words) {
        phrases.add(phrase, id, Use::Hit);
    }
    if let Some(near) = &detector.near {
        if near.characters > NEAR_CHARACTERS_MAX {
            return Err(ScanError::NearTooFar { detector: detector.name.clone() });
        }
        near.words.iter().for_each(|word| phrases.add(word, id, Use::Near));
    }
    Ok(())
}

/// One automaton over the fixed beginnings of all patterns that have some.
fn build_literals(patterns: &[Arc<Pattern>]) -> Result<(Option<AhoCorasick>, Vec<usize>), ScanError> {
    let mut texts = Vec::new();
    let mut owners = Vec::new();
    for (index, pattern) in patterns.iter().enumerate() {
        for literal in &pattern.literals {
            texts.push(literal.as_slice());
            owners.push(index);
        }
    }
    if texts.is_empty() {
        return Ok((None, owners));
    }
    let built = AhoCorasick::builder().match_kind(MatchKind::Standard).build(texts);
    Ok((Some(built.map_err(|_| ScanError::TooLarge)?), owners))
}

#[cfg(test)]
mod tests {
    use super::super::pattern::PatternFault;
    use super::super::samples::{detector, of_pattern, of_phrases};
    use super::*;
    use lang::model::Near;
    use proptest::prelude::*;
    use regex_automata::meta;

    fn scanner(detectors: &[Detector]) -> Scanner {
        Scanner::new((0..).map(DetectorId).zip(detectors)).unwrap()
    }

    fn find(detectors: &[Detector], text: &str) -> Vec<(u32, u32, u32)> {
        let scanner = scanner(detectors);
        let mut findings = Vec::new();
        scanner.find(text, &scanner.detectors(), &mut findings).unwrap();
        findings.iter().map(|finding| (finding.detector.0, finding.start, finding.end)).collect()
    }

    #[test]
    fn near_is_counted_in_characters_on_both_sides() {
        let pin = [of_pattern("x.pin", r"\b\d{4}\b", &[], Some((3, &["my pin", "code"])))];
        let table = [
            ("code 1234", 1),
            ("code éé 1234", 0),
            ("code é 1234", 1),
            ("1234 é code", 1),
            ("1234 éé code", 0),
            ("1234 = My\n PIN", 1),
            ("encode 1234 codes", 0),
            ("1234", 0),
        ];
        for (text, expected) in table {
            assert_eq!(find(&pin, text).len(), expected, "{text}");
        }
    }

    #[test]
    fn findings_come_by_place_and_contain_none_of_their_own() {
        let mut both = of_pattern("x.b", "b+c?", &[], None);
        both.phrases = vec!["bbb c".into(), "bbb".into()];
        let detectors = [of_phrases("x.a", &["c bb", "bbb c bb"]), both];
        assert_eq!(find(&detectors, "bbb c bb"), [(0, 0, 8), (1, 0, 5), (1, 6, 8)]);
    }

    #[test]
    fn a_hit_that_fails_its_checks_hides_none() {
        let card = [of_pattern(
            "x.pan",
            r"\b(?:\d[ -]?){11,18}\d\b",
            &[Validator::Luhn, Validator::IssuerPrefix],
            None,
        )];
        for text in ["12 4111 1111 1111 1111", "4111 1111 1111 1111 12/27", "1 4111 1111 1111 1111 1"] {
            assert_eq!(find(&card, text).len(), 1, "{text}");
        }
    }

    #[test]
    fn limits_are_told() {
        let near = |characters| Detector {
            near: Some(Near { characters, words: vec!["a".into()] }),
            ..of_phrases("x.far", &["b"])
        };
        let at = near(NEAR_CHARACTERS_MAX);
        assert!(Scanner::new([(DetectorId(0), &at)].into_iter()).is_ok());
        let over = near(NEAR_CHARACTERS_MAX + 1);
        let error = Scanner::new([(DetectorId(0), &over)].into_iter()).err();
        assert_eq!(error, Some(ScanError::NearTooFar { detector: "x.far".into() }));
        let empty = of_pattern("x.empty", "a*", &[], None);
        let error = Scanner::new([(DetectorId(0), &empty)].into_iter()).err();
        assert!(matches!(error, Some(ScanError::Pattern { fault: PatternFault::MatchesEmpty, .. })));
        assert!(find(&[detector("x.nothing")], "text").is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Without checks and context, a pattern finds what its regular expression finds alone.
        #[test]
        fn patterns_find_what_they_match(text in "[abck_1 é-]{0,60}") {
            for pattern in ["a+b?", "key_|ab[a ]+", r"\bab|b1", "(?:bc|ca)k", "[^a]{2,5}1", "abc|abck|bck_"] {
                let found = find(&[of_pattern("x.p", pattern, &[], None)], &text);
                let ascii = pattern.replace(r"\b", r"(?-u:\b)");
                let plain: Vec<_> = meta::Regex::new(&ascii)
                    .unwrap()
                    .find_iter(&text)
                    .map(|found| (0, u32::try_from(found.start()).unwrap(), u32::try_from(found.end()).unwrap()))
                    .collect();
                prop_assert_eq!(&found, &plain, "/{}/ on {:?}", pattern, text);
            }
        }
    }
}
