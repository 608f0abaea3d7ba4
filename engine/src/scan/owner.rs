//! Whose a pattern is, and what its matches must pass.

use super::Confidence;
use super::pattern::Pattern;
use super::validate::{self, Check};
use lang::model::{Detector, DetectorId};

/// Whose a pattern is, and what of it decides over its matches.
#[derive(Debug)]
pub(super) struct Owner {
    /// The detector; `None` for the pattern of tokens, which is no detector's.
    pub(super) detector: Option<DetectorId>,
    /// The same, where its hits need a word near them.
    pub(super) gate: Option<DetectorId>,
    /// What its matches must pass.
    pub(super) checks: Vec<Check>,
    /// How sure a hit is.
    pub(super) confidence: Confidence,
}

impl Owner {
    /// That of a pattern of this detector.
    pub(super) fn new(id: DetectorId, detector: &Detector, pattern: &Pattern) -> Self {
        let is_near = detector.near.is_some();
        Self {
            detector: Some(id),
            gate: is_near.then_some(id),
            checks: detector.checks.iter().map(|check| validate::check(*check)).collect(),
            confidence: Confidence::of(pattern.is_signature, is_near, &detector.checks),
        }
    }

    /// Whether a match that fails is tried again with a nearer end.
    pub(super) fn tries_ends(&self) -> bool {
        self.detector.is_none() || !self.checks.is_empty() && !self.checks.iter().any(|check| check.is_whole)
    }

    /// That of the pattern of tokens.
    pub(super) fn of_tokens() -> Self {
        Self { detector: None, gate: None, checks: Vec::new(), confidence: Confidence::of(false, false, &[]) }
    }
}
