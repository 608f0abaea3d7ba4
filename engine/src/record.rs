//! What is written about an exchange; its envelope in a log is the server's.

use crate::decision::{Decision, Reason};
use crate::facts::{Api, Operation};
use crate::meter::{Alert, Charge};
use jiff::Timestamp;
use lang::model::{DetectorId, Digest, EndpointId, ModelId, TenantId, WorkloadId};
use std::time::Duration;

/// A decision's id: 128 bits, from the driver's random bits; shown as `dec_` and 26 letters and digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecisionId(pub u128);

impl std::fmt::Display for DecisionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Crockford's base 32, which has no letters that look like digits.
        const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        f.write_str("dec_")?;
        for place in (0..26u32).rev() {
            let digit = (self.0 >> place.saturating_mul(5)) & 31;
            let letter =
                usize::try_from(digit).ok().and_then(|digit| ALPHABET.get(digit)).copied().unwrap_or(b'0');
            std::fmt::Write::write_char(f, char::from(letter))?;
        }
        Ok(())
    }
}

/// Everything that is kept of one exchange; never any text that was sent.
#[derive(Clone, Debug)]
pub struct Record {
    /// The decision's id, the same in the client's headers.
    pub id: DecisionId,
    /// When the exchange began.
    pub began: Timestamp,
    /// How long it took, as far as it has come.
    pub took: Duration,
    /// The policy that decided.
    pub digest: Digest,
    /// The tenant, once known.
    pub tenant: Option<TenantId>,
    /// The workload, once known.
    pub workload: Option<WorkloadId>,
    /// The caller's id; empty when unknown.
    pub caller: String,
    /// What kind of call it was, once known.
    pub operation: Option<Operation>,
    /// The dialect of the client.
    pub api: Api,
    /// The model as sent, cut to a bounded length.
    pub asked: String,
    /// The decision, once there is one.
    pub decision: Option<Decision>,
    /// Why it was refused or failed; the decision's first reason, or the driver's.
    pub reason: Option<Reason>,
    /// Redactions of the input, by detector, sorted.
    pub input_redactions: Vec<(DetectorId, u32)>,
    /// Redactions of the output, by detector, sorted.
    pub output_redactions: Vec<(DetectorId, u32)>,
    /// What was charged, with final amounts once settled.
    pub charges: Vec<Charge>,
    /// Thresholds of budgets that its settlement crossed; the driver adds them, since it is who settles.
    pub alerts: Vec<Alert>,
    /// Every call that was made, in order.
    pub attempts: Vec<AttemptRecord>,
    /// The endpoint and model that served.
    pub served: Option<(EndpointId, ModelId)>,
    /// The status that the client got; 0 before there is one.
    pub status: u16,
    /// Input tokens: the upstream's count, else the estimate.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Cost in millionths of the currency.
    pub spend: u64,
    /// How it ended.
    pub end: EndKind,
}

impl Record {
    /// The record of an exchange that begins now, of which nothing more is known.
    pub const fn begun(id: DecisionId, began: Timestamp, digest: Digest) -> Self {
        Self {
            id,
            began,
            took: Duration::ZERO,
            digest,
            tenant: None,
            workload: None,
            caller: String::new(),
            operation: None,
            api: Api::OpenAi,
            asked: String::new(),
            decision: None,
            reason: None,
            input_redactions: Vec::new(),
            output_redactions: Vec::new(),
            charges: Vec::new(),
            alerts: Vec::new(),
            attempts: Vec::new(),
            served: None,
            status: 0,
            input_tokens: 0,
            output_tokens: 0,
            spend: 0,
            end: EndKind::Begun,
        }
    }
}

/// One call of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptRecord {
    /// Which endpoint.
    pub endpoint: EndpointId,
    /// How it went.
    pub outcome: AttemptOutcome,
}

/// How a call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttemptOutcome {
    /// It answered with this status, and the answer was used.
    Served(u16),
    /// It answered with this status, and the next candidate was tried.
    Status(u16),
    /// Not in time.
    Timeout,
    /// No connection, or a broken one.
    Failed(UpstreamFailure),
    /// Still under way, or given up since the client went away.
    Abandoned,
}

impl std::fmt::Display for AttemptOutcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Served(status) => write!(f, "served:{status}"),
            Self::Status(status) => write!(f, "status:{status}"),
            Self::Timeout => f.write_str("timeout"),
            Self::Failed(failure) => f.write_str(failure.as_str()),
            Self::Abandoned => f.write_str("abandoned"),
        }
    }
}

/// How an upstream failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UpstreamFailure {
    /// No connection, or none that policy allows.
    Connect,
    /// The connection broke before the answer ended.
    Broken,
    /// The answer is not HTTP, or not of the dialect.
    Malformed,
}

impl UpstreamFailure {
    /// One word, as logs and tests write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Broken => "broken",
            Self::Malformed => "malformed",
        }
    }
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndKind {
    /// Not yet: the record of a `Begin`.
    Begun,
    /// The whole answer reached the client.
    Answered,
    /// The request was refused, before anything was sent.
    Refused,
    /// The answer was cut: by the upstream, by policy, or by time.
    Cut,
    /// The client went away.
    ClientGone,
}

impl EndKind {
    /// One word, as logs and tests write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Cut => "cut",
            Self::ClientGone => "client_gone",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_26_digits() {
        let rows = [
            (0, "dec_00000000000000000000000000"),
            (33, "dec_00000000000000000000000011"),
            (u128::MAX, "dec_7zzzzzzzzzzzzzzzzzzzzzzzzz"),
        ];
        for (id, expected) in rows {
            assert_eq!(DecisionId(id).to_string(), expected);
        }
    }
}
