//! Comments, kept beside the tree so that the formatter can put them back.

use crate::span::Span;

/// One `//` comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    /// From its slashes to the end of its text.
    pub(crate) span: Span,
}
