//! What there is to read of a text, and what is told of it.

use super::Finding;
use super::confidence::Confidence;
use super::set::DetectorSet;
use lang::model::DetectorId;
use std::cmp::Reverse;
use std::ops::Range;

/// What is there to read of a text.
#[derive(Clone, Copy)]
pub(super) struct Window<'t> {
    /// The part that is kept.
    pub(super) text: &'t str,
    /// How much of the text stood before it and is gone.
    pub(super) base: usize,
    /// Whether nothing follows.
    pub(super) is_end: bool,
}

impl Window<'_> {
    /// One past its last byte, from the beginning of the whole text.
    pub(super) const fn end(&self) -> usize {
        self.base.saturating_add(self.text.len())
    }
}

/// Whether it is known what stands near a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context<'a> {
    /// All words of `near` that count stand in the window's own text, which is whole.
    Here,
    /// Words of these detectors' `near` stand somewhere, and of no others.
    Of(&'a DetectorSet),
    /// Any may stand somewhere.
    Elsewhere,
}

/// Something that stands in a window's text.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// A hit; of no detector, text of the shape of a token.
    Hit { detector: Option<DetectorId>, range: Range<usize>, confidence: Confidence },
    /// A word of a detector's `near`.
    Near { detector: DetectorId, range: Range<usize> },
}

impl Found {
    /// Whose `near` it is a word of.
    pub(super) const fn near(&self) -> Option<DetectorId> {
        match self {
            Self::Near { detector, .. } => Some(*detector),
            Self::Hit { .. } => None,
        }
    }

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

/// A finding or a token, placed from the beginning of the whole text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whose; `None` is text of the shape of a token.
    pub(super) detector: Option<DetectorId>,
    pub(super) confidence: Confidence,
}

impl Item {
    /// As a finding; a token is none.
    pub(super) fn finding(&self) -> Option<Finding> {
        Some(Finding {
            detector: self.detector?,
            start: u32::try_from(self.start).ok()?,
            end: u32::try_from(self.end).ok()?,
            confidence: self.confidence,
        })
    }

    pub(super) fn order(&self) -> (usize, Reverse<usize>, Option<DetectorId>, Reverse<Confidence>) {
        (self.start, Reverse(self.end), self.detector, Reverse(self.confidence))
    }
}
