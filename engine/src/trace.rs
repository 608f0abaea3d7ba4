//! Why a decision is what it is, back to file and line.

use lang::Span;

/// What one condition came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceEntry {
    /// Which: `rule:NAME`, or a part of it by number, as in `rule:NAME/0`.
    pub node: String,
    /// Where the condition stands.
    pub span: Span,
    /// What it came to.
    pub value: TraceValue,
}

/// What a condition came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TraceValue {
    /// It does not hold.
    False,
    /// It holds.
    True,
    /// It has no answer.
    Error,
}

impl TraceValue {
    /// `false`, `true` or `error`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::False => "false",
            Self::True => "true",
            Self::Error => "error",
        }
    }
}
