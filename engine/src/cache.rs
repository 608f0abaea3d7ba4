//! What one compilation leaves to the next.
//!
//! An edit of a rule leaves the detectors as they were, and they are most of
//! what compiling a package costs; `docs/decisions` has the figures, and says
//! why lowered conditions and the rows of tenants are made anew each time.

use crate::condition;
use crate::scan::{self, ScanError, Scanner};
use lang::model::{Detector, DetectorId, Digest, Parts, Pattern};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// Most scanners that are kept.
///
/// Watching, reloading and mutating go from one version of a package to the
/// next, and nearly always with the same detectors. Each scanner can take
/// [`PATTERNS_BYTES_MAX`](scan::PATTERNS_BYTES_MAX), so more would be paid for and hardly ever used.
const SCANNERS_MAX: usize = 1;

/// Parts of the last compilation, found by what they were made from.
///
/// A part that a compilation did not use is dropped by it, so a cache never
/// grows beyond what one program holds. What is compiled with it is what would
/// have been compiled without.
#[derive(Debug, Default)]
pub struct Cache {
    /// Patterns of conditions, by their text.
    pub(crate) conditions: condition::Patterns,
    /// Scanners, by the digests of their detectors, the latest last.
    scanners: Vec<(Digest, Arc<Scanner>)>,
    /// Patterns of detectors, by text and flags: an edited detector costs its own alone.
    detectors: scan::Patterns,
}

impl Cache {
    /// Empty.
    pub fn new() -> Self {
        Self::default()
    }

    /// The scanner of all detectors of a model.
    ///
    /// # Errors
    ///
    /// As [`Scanner::new`].
    pub fn scanner(&mut self, model: &Parts) -> Result<Arc<Scanner>, ScanError> {
        let digest = digest(&model.detectors);
        if let Some((_, scanner)) = self.scanners.iter().find(|(known, _)| *known == digest) {
            return Ok(Arc::clone(scanner));
        }
        let detectors = (0..).map(DetectorId).zip(&model.detectors);
        let scanner = Arc::new(Scanner::with_patterns(detectors, &mut self.detectors)?);
        if self.scanners.len() >= SCANNERS_MAX {
            self.scanners.remove(0);
        }
        self.scanners.push((digest, Arc::clone(&scanner)));
        Ok(scanner)
    }
}

/// A digest over all that a scanner is made from: what detectors recognise, and their numbers by their order.
fn digest(detectors: &[Detector]) -> Digest {
    let mut sum = Sum(Sha256::new());
    sum.list(detectors, |sum, detector| {
        let Detector { patterns, phrases, words, checks, near, .. } = detector;
        sum.list(patterns, |sum, Pattern { text, ignore_case, unicode, .. }| {
            sum.text(text);
            sum.number(u64::from(*ignore_case));
            sum.number(u64::from(*unicode));
        });
        sum.list(phrases, |sum, phrase| sum.text(phrase));
        sum.list(words, |sum, word| sum.text(word));
        sum.list(checks, |sum, check| sum.text(check.as_str()));
        sum.list(near.as_slice(), |sum, near| {
            sum.number(u64::from(near.characters));
            sum.list(&near.words, |sum, word| sum.text(word));
        });
    });
    Digest(sum.0.finalize().into())
}

/// A sum over values of which each says how long it is, so that no two lists write the same bytes.
struct Sum(Sha256);

impl Sum {
    fn number(&mut self, number: u64) {
        self.0.update(number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(u64::try_from(text.len()).unwrap_or(u64::MAX));
        self.0.update(text);
    }

    fn list<T>(&mut self, list: &[T], mut each: impl FnMut(&mut Self, &T)) {
        self.number(u64::try_from(list.len()).unwrap_or(u64::MAX));
        for one in list {
            each(self, one);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lang::model::{Near, Validator};
    use lang::{SourceId, Span};

    fn detector() -> Detector {
        Detector {
            name: "x.one".into(),
            title: None,
            patterns: Vec::new(),
            phrases: vec!["a".into(), "b".into()],
            words: Vec::new(),
            checks: Vec::new(),
            near: None,
            category: lang::model::CategoryId(0),
            severity: lang::model::DetectorSeverity::Medium,
            span: Span::new(SourceId(0), 0, 0),
        }
    }

    fn pattern(text: &str, ignore_case: bool, unicode: bool) -> Pattern {
        Pattern { text: text.into(), ignore_case, unicode, span: Span::new(SourceId(0), 0, 0) }
    }

    #[test]
    fn whatever_changes_a_scanner_changes_its_digest() {
        let near = |characters, word: &str| Some(Near { characters, words: vec![word.into()] });
        let variants = [
            vec![],
            vec![detector()],
            vec![detector(), detector()],
            vec![Detector { phrases: vec!["ab".into()], ..detector() }],
            vec![Detector { phrases: vec!["a".into()], words: vec!["b".into()], ..detector() }],
            vec![Detector { phrases: vec![], words: vec!["a".into(), "b".into()], ..detector() }],
            vec![Detector { patterns: vec![pattern("a+", false, false)], ..detector() }],
            vec![Detector { patterns: vec![pattern("a+", true, false)], ..detector() }],
            vec![Detector { patterns: vec![pattern("a+", false, true)], ..detector() }],
            vec![Detector { checks: vec![Validator::Luhn], ..detector() }],
            vec![Detector { near: near(3, "c"), ..detector() }],
            vec![Detector { near: near(4, "c"), ..detector() }],
            vec![Detector { near: near(3, "d"), ..detector() }],
            vec![Detector { phrases: vec!["b".into(), "a".into()], ..detector() }],
        ];
        let digests: std::collections::BTreeSet<Digest> = variants.iter().map(|one| digest(one)).collect();
        assert_eq!(digests.len(), variants.len());
        let moved = Detector { span: Span::new(SourceId(0), 4, 5), name: "x.two".into(), ..detector() };
        assert_eq!(digest(&[moved]), digest(&[detector()]), "what a scanner does not hold");
    }
}
