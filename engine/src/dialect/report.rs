//! What is told of a refusal or a failure, before a dialect gives it its shape.

/// What is told of a refusal or a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ErrorReport<'a> {
    /// The HTTP status; it decides the error's type in each dialect.
    pub status: u16,
    /// The reason code, as in `residency`.
    pub reason: &'a str,
    /// What a person reads.
    pub message: &'a str,
    /// The field at fault, for a request that cannot be read.
    pub param: Option<&'a str>,
    /// The decision's id.
    pub decision: &'a str,
    /// The rule that refused.
    pub rule: Option<&'a str>,
    /// The file of the policy that it stands in.
    pub file: Option<&'a str>,
    /// Its line there.
    pub line: Option<u32>,
}
