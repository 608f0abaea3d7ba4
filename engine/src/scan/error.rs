//! Why there is no scanner, or no scan.

use super::pattern::PatternFault;
use super::{NEAR_CHARACTERS_MAX, PATTERNS_BYTES_MAX, TEXT_BYTES_MAX};
use lang::Span;

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
