//! Where text lives that detectors read.

/// Where text is scanned and a redaction applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Surface {
    /// What the caller sends.
    Input,
    /// What the model answers.
    Output,
    /// What is recorded.
    Audit,
}

impl Surface {
    /// The name that policies use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
            Self::Audit => "audit",
        }
    }
}
