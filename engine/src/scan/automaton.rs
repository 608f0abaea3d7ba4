//! All detectors of a program, compiled into what reads a text once.
//!
//! Phrases are one automaton over folded text. Patterns that begin with fixed
//! text are found by one automaton over these beginnings and then tried where
//! one stands; the few others search for themselves. Validators run on hits
//! alone.

use super::live::Live;
use super::pattern::{self, Pattern, PatternFault};
use super::phrase::{Phrases, PhrasesBuilder, Use};
use super::progress::{Item, Progress, Window};
use super::set::DetectorSet;
use super::vault::TOKEN_PATTERN;
use super::{Finding, HIT_BYTES_MAX, NEAR_CHARACTERS_MAX, PATTERNS_BYTES_MAX, TEXT_BYTES_MAX};
use aho_corasick::{AhoCorasick, MatchKind};
use lang::Span;
use lang::model::{Detector, DetectorId, Validator};
use std::collections::BTreeMap;

/// Why detectors cannot be compiled, or a text not be scanned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// A pattern of a detector is no good.
    #[error("a pattern of detector `{detector}` is refused: {fault}")]
    Pattern {
        /// Whose.
        detector: Box<str>,
        /// Where it stands.
        span: Span,
        /// What is wrong.
        fault: PatternFault,
    },
    /// `near` reaches too far.
    #[error("`near` of detector `{detector}` reaches beyond {NEAR_CHARACTERS_MAX} characters")]
    NearTooFar {
        /// Whose.
        detector: Box<str>,
    },
    /// All together are too large.
    #[error("the automaton of all detectors exceeds {PATTERNS_BYTES_MAX} bytes")]
    TooLarge,
    /// A text is too long.
    #[error("a text of more than {TEXT_BYTES_MAX} bytes is not scanned")]
    TextTooLong,
}

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
    pub(super) patterns: Vec<Pattern>,
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
        let mut phrases = PhrasesBuilder::default();
        let mut needs = BTreeMap::new();
        let mut parsed = Vec::new();
        for (id, detector) in detectors {
            read_detector(id, detector, &mut phrases, &mut parsed)?;
            let near = detector.near.as_ref().map(|near| near.characters);
            needs.insert(id, Needs { checks: detector.checks.clone(), near });
        }
        let token = pattern::translate(TOKEN_PATTERN, false).map_err(|_| ScanError::TooLarge)?;
        parsed.push((None, token));
        let mut patterns = Vec::with_capacity(parsed.len());
        let mut bytes = 0_usize;
        for (_, hir) in &parsed {
            let pattern = Pattern::new(hir).map_err(|_| ScanError::TooLarge)?;
            bytes = bytes.saturating_add(pattern.memory_bytes());
            patterns.push(pattern);
        }
        if bytes > PATTERNS_BYTES_MAX {
            return Err(ScanError::TooLarge);
        }
        let (literals, literal_patterns) = build_literals(&patterns)?;
        let live = Live::new(&parsed)?;
        let owners = parsed.into_iter().map(|(owner, _)| owner).collect();
        Ok(Self { patterns, owners, needs, phrases: phrases.build()?, literals, literal_patterns, live })
    }

    /// Adds what the wanted detectors find in `text` to `sink`, in the order of
    /// [`Finding`]: by place.
    ///
    /// Within one detector a hit inside another is left out; hits that overlap
    /// otherwise, or are of different detectors, all stand. A hit inside a
    /// token of a [`Vault`](super::Vault) is none.
    ///
    /// # Errors
    ///
    /// Returns [`ScanError::TextTooLong`] beyond [`TEXT_BYTES_MAX`].
    pub fn find(&self, text: &str, wanted: &DetectorSet, sink: &mut Vec<Finding>) -> Result<(), ScanError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(ScanError::TextTooLong);
        }
        let mut items = Vec::new();
        let window = Window { text, base: 0, is_end: true };
        Progress::new(self).advance(self, wanted, window, &mut items);
        sink.extend(items.iter().filter_map(Item::finding));
        Ok(())
    }

    /// All detectors that it knows.
    pub fn detectors(&self) -> DetectorSet {
        self.needs.keys().copied().collect()
    }

    /// The first place from `from` on whose hits are not yet decided by `text`,
    /// when more may follow.
    pub(super) fn undecided_from(&self, text: &str, from: usize, wanted: &DetectorSet) -> usize {
        // A start further back sees its whole window, and the character after it.
        let windowed = text.len().saturating_sub(HIT_BYTES_MAX.saturating_add(4));
        let from = text.ceil_char_boundary(from.max(windowed));
        self.live.alive_from(text, from, wanted).min(self.phrases.alive_from(text, from, wanted))
    }

    /// Where patterns with fixed beginnings may match: pattern and place, in that order.
    pub(super) fn beginnings(&self, text: &str, from: usize, until: usize) -> Vec<(usize, usize)> {
        let mut places = Vec::new();
        let (Some(literals), Some(rest)) = (&self.literals, text.get(from..)) else {
            return places;
        };
        for found in literals.find_overlapping_iter(rest) {
            let start = from.saturating_add(found.start());
            if let Some(pattern) = self.literal_patterns.get(found.pattern().as_usize())
                && start < until
            {
                places.push((*pattern, start));
            }
        }
        places.sort_unstable();
        places.dedup();
        places
    }
}

/// Reads one detector's phrases and patterns.
fn read_detector(
    id: DetectorId,
    detector: &Detector,
    phrases: &mut PhrasesBuilder,
    parsed: &mut Vec<(Option<DetectorId>, regex_syntax::hir::Hir)>,
) -> Result<(), ScanError> {
    for phrase in detector.phrases.iter().chain(&detector.words) {
        phrases.add(phrase, id, Use::Hit);
    }
    if let Some(near) = &detector.near {
        if near.characters > NEAR_CHARACTERS_MAX {
            return Err(ScanError::NearTooFar { detector: detector.name.clone() });
        }
        near.words.iter().for_each(|word| phrases.add(word, id, Use::Near));
    }
    for pattern in &detector.patterns {
        let hir =
            pattern::parse(pattern).and_then(|hir| Pattern::new(&hir).map(|_| hir)).map_err(|fault| {
                ScanError::Pattern { detector: detector.name.clone(), span: pattern.span, fault }
            })?;
        parsed.push((Some(id), hir));
    }
    Ok(())
}

/// One automaton over the fixed beginnings of all patterns that have some.
fn build_literals(patterns: &[Pattern]) -> Result<(Option<AhoCorasick>, Vec<usize>), ScanError> {
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
