//! All detectors of a program, compiled into what reads a text once.
//!
//! All fixed texts are found in one pass: phrases, words of `near`, and what patterns
//! are found by. Patterns without fixed text are asked together where a mark
//! stands, as a digit, or where a word of their `near` is in reach; the few
//! others wherever one may begin. Validators run on hits alone.

use super::combined::Combined;
use super::error::ScanError;
use super::groups::Groups;
use super::lexicon::{Lexicon, LexiconBuilder, Place, Use};
use super::literal::{BEFORE_BYTES_MAX, SIGN};
use super::live::Live;
use super::owner::Owner;
use super::pattern::{self, Pattern, PatternFault, Way};
use super::set::DetectorSet;
use super::spelling::Spelling;
use super::vault::TOKEN_PATTERN;
use super::window::Window;
use super::{HIT_BYTES_MAX, LONG_BYTES_MIN, NEAR_CHARACTERS_MAX, PATTERNS_BYTES_MAX};
use lang::model::{self, CategoryId, Detector, DetectorId, Validator};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// Bytes that may be read to learn where a text may go on, before one pass from
/// its end tells; and how many times each byte of it.
const READ_BYTES: usize = 64 << 10;
const READ_TIMES: usize = 32;

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
    /// Whose each pattern is; the last is the pattern of tokens.
    pub(super) owners: Vec<Owner>,
    /// All detectors, and what their hits wait for.
    waits: BTreeMap<DetectorId, Wait>,
    pub(super) lexicon: Lexicon,
    pub(super) groups: Groups,
    live: Beginnings,
}

/// What the hits of a detector wait for.
#[derive(Debug)]
struct Wait {
    /// How far a word must stand at most that they need, if they do.
    near: Option<u32>,
    category: CategoryId,
    /// Whether they are left to another detector of the category that knows the value.
    yields: bool,
}

/// Beginnings of patterns that may go on after the end of a text.
#[derive(Debug)]
struct Beginnings {
    /// Of patterns that begin with fixed text.
    fixed: Live,
    /// Of all others.
    open: Live,
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
        let mut lexicon = LexiconBuilder::default();
        let mut waits = BTreeMap::new();
        let (mut patterns, mut owners) = (Vec::new(), Vec::new());
        let mut used = Patterns::default();
        for (id, detector) in detectors {
            read_phrases(id, detector, &mut lexicon)?;
            for pattern in &detector.patterns {
                let compiled = used.take(known, pattern).map_err(|fault| ScanError::Pattern {
                    detector: detector.name.clone(),
                    span: pattern.span,
                    fault,
                })?;
                owners.push(Owner::new(id, detector, &compiled));
                patterns.push(compiled);
            }
            waits.insert(
                id,
                Wait {
                    near: detector.near.as_ref().map(|near| near.characters),
                    category: detector.category,
                    yields: detector.checks.contains(&Validator::AssignedKey),
                },
            );
        }
        let token = pattern::translate(TOKEN_PATTERN, false).and_then(Pattern::new);
        patterns.push(Arc::new(token.map_err(|_| ScanError::TooLarge)?));
        owners.push(Owner::of_tokens());
        let bytes = patterns.iter().fold(0_usize, |sum, pattern| sum.saturating_add(pattern.memory_bytes()));
        if bytes > PATTERNS_BYTES_MAX {
            return Err(ScanError::TooLarge);
        }
        read_literals(&patterns, &owners, &mut lexicon);
        let groups = Groups::new(&patterns, &owners)?;
        let live = Beginnings::new(&patterns, &owners)?;
        *known = used;
        Ok(Self { patterns, owners, waits, lexicon: lexicon.build()?, groups, live })
    }

    /// How far a word must stand at most that a detector's hits need; `None` when they need none.
    pub(super) fn near(&self, detector: Option<DetectorId>) -> Option<u32> {
        self.waits.get(&detector?)?.near
    }

    /// Whether hits of a detector are left to others of its category that know the value.
    pub(super) fn yields(&self, detector: Option<DetectorId>) -> bool {
        detector.and_then(|id| self.waits.get(&id)).is_some_and(|wait| wait.yields)
    }

    /// Whether hits of the first detector are left to those of the second.
    pub(super) fn yields_to(&self, detector: Option<DetectorId>, other: Option<DetectorId>) -> bool {
        let wait = |id: Option<DetectorId>| self.waits.get(&id?);
        wait(detector)
            .zip(wait(other))
            .is_some_and(|(own, other)| own.yields && !other.yields && own.category == other.category)
    }

    /// All detectors that it knows.
    pub fn detectors(&self) -> DetectorSet {
        self.waits.keys().copied().collect()
    }

    /// The first place in `range` whose hits are not yet decided by the window's
    /// text, or its end, when more may follow. `places` are the fixed texts that
    /// stand in it, placed from the beginning of the whole.
    pub(super) fn undecided_from(
        &self,
        window: Window<'_>,
        range: Range<usize>,
        places: &[Place],
        wanted: &DetectorSet,
    ) -> usize {
        let text = window.text;
        let from = undecided_at_least(window, range.start);
        // From places before it only long matches reach the end of the text.
        let far = text.len().saturating_sub(LONG_BYTES_MIN.saturating_add(1));
        let far = text.floor_char_boundary(far).clamp(from, range.end.max(from));
        let mut first = self.lexicon.alive_from(text, from..range.end.max(from), wanted);
        let (early, late) = (from..first.min(far), first.min(far)..first);
        let open = self
            .open_from(text, early, self.groups.long.iter(), wanted)
            .or_else(|| self.open_from(text, late, self.groups.not_fixed(), wanted));
        first = open.unwrap_or(first);
        let mut read = 0;
        for place in places {
            let start = place.start.saturating_sub(window.base);
            if place.start < window.base.saturating_add(from)
                || start >= first.saturating_add(BEFORE_BYTES_MAX)
            {
                continue;
            }
            for purpose in self.lexicon.uses(place.entry).iter().filter(|purpose| purpose.is_wanted(wanted)) {
                if let Use::Literal { pattern, is_first, .. } = *purpose
                    && (is_first || start < far.saturating_add(BEFORE_BYTES_MAX))
                    && let Some(alive) = self.literal_from(pattern, text, from..start, &mut read)
                {
                    first = first.min(alive);
                }
            }
            if read > READ_BYTES.saturating_add(text.len()) {
                return first.min(self.live.fixed.alive_from(text, from, wanted));
            }
        }
        first
    }

    /// The first place in `range`, or its end, from which a pattern whose fixed text
    /// stands there may go on after the end of `text`.
    fn literal_from(&self, index: u32, text: &str, range: Range<usize>, read: &mut usize) -> Option<usize> {
        let pattern = self.patterns.get(index as usize)?;
        // A match that reaches the end is at least so long.
        if pattern.length_max() < text.len().saturating_sub(range.end) {
            return None;
        }
        let group = if pattern.is_fixed() { self.groups.fixed.as_ref() } else { self.groups.late.as_ref() }?;
        let mut cache = None;
        let first = pattern.first_start(text, range.clone())?;
        (first..=range.end)
            .filter(|at| {
                pattern.starts.may(text.as_bytes(), *at) && pattern.outline.may(text.as_bytes(), *at)
            })
            .find(|at| group.is_alive(cache.get_or_insert_with(|| group.cache()), text, *at, read))
    }

    /// The first place in `range` where a pattern of these groups, which does not begin
    /// with fixed text, may go on after the end of `text`.
    ///
    /// Each place is asked from left to right, which most often ends after a few bytes;
    /// where that takes long, one pass from the end tells.
    fn open_from<'a>(
        &'a self,
        text: &str,
        range: Range<usize>,
        groups: impl Iterator<Item = &'a Combined>,
        wanted: &DetectorSet,
    ) -> Option<usize> {
        let most =
            text.len().saturating_sub(range.start).saturating_mul(READ_TIMES).saturating_add(READ_BYTES);
        let (mut first, mut read) = (range.end, 0);
        for group in groups {
            let (mut cache, mut at) = (None, range.start);
            while let Some(start) = group.outlines().next_open(text.as_bytes(), at..first) {
                if group.is_alive(cache.get_or_insert_with(|| group.cache()), text, start, &mut read) {
                    first = text.floor_char_boundary(start);
                    break;
                }
                if read > most {
                    first = first.min(self.live.open.alive_from(text, range.start, wanted));
                    return (first < range.end).then_some(first);
                }
                at = start.saturating_add(1);
            }
        }
        (first < range.end).then_some(first)
    }
}

/// The first place in a window's text that is not decided at the latest, by the
/// length of hits alone, when more text may follow.
pub(super) fn undecided_at_least(window: Window<'_>, from: usize) -> usize {
    // A start two blocks back sees all that a match may take, and the character after it.
    let seen = window.end().saturating_sub(HIT_BYTES_MAX.saturating_add(4));
    let blocks = seen.saturating_sub(seen.checked_rem(HIT_BYTES_MAX).unwrap_or(0));
    window.text.ceil_char_boundary(from.max(blocks.saturating_sub(window.base)))
}

impl Beginnings {
    fn new(patterns: &[Arc<Pattern>], owners: &[Owner]) -> Result<Self, ScanError> {
        let of = |fixed: bool| {
            let all = owners.iter().zip(patterns);
            let some = all.filter(move |(_, pattern)| pattern.is_fixed() == fixed);
            Live::new(some.map(|(owner, pattern)| (owner.detector, &pattern.hir)))
        };
        Ok(Self { fixed: of(true)?, open: of(false)? })
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
fn read_phrases(id: DetectorId, detector: &Detector, lexicon: &mut LexiconBuilder) -> Result<(), ScanError> {
    for phrase in detector.phrases.iter().chain(&detector.words) {
        lexicon.add_phrase(phrase, Use::Phrase(id));
    }
    if let Some(near) = &detector.near {
        if near.characters > NEAR_CHARACTERS_MAX {
            return Err(ScanError::NearTooFar { detector: detector.name.clone() });
        }
        near.words.iter().for_each(|word| lexicon.add_phrase(word, Use::Near(id)));
    }
    Ok(())
}

/// Reads the fixed texts that patterns are found by.
fn read_literals(patterns: &[Arc<Pattern>], owners: &[Owner], lexicon: &mut LexiconBuilder) {
    for ((index, pattern), owner) in (0_u32..).zip(patterns).zip(owners) {
        let Way::Literals(literals) = &pattern.way else {
            continue;
        };
        let is_first = literals.before == 0;
        for text in &literals.texts {
            let is_signed = text.ends_with(SIGN);
            let purpose = Use::Literal { pattern: index, detector: owner.detector, is_first, is_signed };
            let spelling = if is_first { Spelling::of_beginning(text, pattern) } else { Spelling::PART };
            lexicon.add_folded(text.replace(SIGN, " "), purpose, spelling.signed(is_signed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pattern::PatternFault;
    use super::super::samples::{detector, of_pattern, of_phrases};
    use super::*;
    use lang::model::{Near, Validator};
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
    fn a_named_value_is_left_to_who_knows_it() {
        let named = of_pattern("x.named", "name=[a-z0-9_]{16,}=?", &[Validator::AssignedKey], None);
        let known = of_pattern("x.known", "id_[a-z0-9]{13}", &[], None);
        let other = Detector { category: CategoryId(1), ..known.clone() };
        let table = [
            ("name=9fq2mz7xk4vb1nr8", vec![(0, 0, 21)]),
            ("name=id_9fq2mz7xk4vb1", vec![(1, 5, 21)]),
            ("name=id_9fq2mz7xk4vb1=", vec![(1, 5, 21)]), // padding
            ("name=id_9fq2mz7xk4vb1nr8", vec![(0, 0, 24), (1, 5, 21)]), // a part of it
        ];
        for (text, expected) in table {
            assert_eq!(find(&[named.clone(), known.clone()], text), expected, "{text}");
        }
        let both = find(&[named.clone(), other], "name=id_9fq2mz7xk4vb1");
        assert_eq!(both.len(), 2, "what it is called is another matter");
        assert_eq!(find(&[named], "name=id_9fq2mz7xk4vb1").len(), 1);
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
            for pattern in [
                "a+b?", "key_|ab[a ]+", r"\bab|b1", "(?:bc|ca)k", "[^a]{2,5}1", "abc|abck|bck_",
                "[ab]{0,3}ck_1?", r"\b1[1 -]{1,6}1\b", "[a-c]?1-?a?", "(?:a|1)[a1]*k_[a1]",
            ] {
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
