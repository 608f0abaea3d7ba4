//! One thing that a suite can bring about, and its number among all of them.

use engine::decision::DropReason;
use lang::Span;
use lang::model::{EndpointId, ExceptionId, LimitId, RedactionId, RuleId, Surface, TenantId};

/// What kind of declaration a unit speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A rule fires, or is asked and does not.
    Rule,
    /// A part of a rule's condition is true, or false.
    Condition,
    /// An endpoint serves a tenant, or falls out for a reason.
    Candidate,
    /// A row of a redaction has a hit on a surface.
    Redaction,
    /// A limit or budget is charged, or full.
    Limit,
    /// An exception lets something in.
    Exception,
    /// An entry of an `allow` or `deny` decides about something.
    Allowlist,
}

impl Kind {
    /// All of them, in the order of reports.
    pub const ALL: &'static [Self] = &[
        Self::Rule,
        Self::Condition,
        Self::Candidate,
        Self::Redaction,
        Self::Limit,
        Self::Exception,
        Self::Allowlist,
    ];

    /// What reports call them.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rules",
            Self::Condition => "conditions",
            Self::Candidate => "candidates",
            Self::Redaction => "redactions",
            Self::Limit => "limits",
            Self::Exception => "exceptions",
            Self::Allowlist => "allowlists",
        }
    }
}

/// One outcome that can come, and is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its number.
    pub(super) key: Key,
    /// What it speaks of.
    pub kind: Kind,
    /// What it is about, as in ``rule `no_advice` ``.
    pub what: String,
    /// What comes of it, as in `fires`.
    pub outcome: String,
    /// What a case needs for it to come.
    pub hint: String,
    /// Where it stands.
    pub span: Span,
    /// Other places that it depends on: a change of any touches it.
    pub also: Vec<Span>,
}

/// Names a unit among those of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    /// The condition of a rule comes to this.
    Rule(RuleId, bool),
    /// A part of it, by number, comes to this.
    Part(RuleId, u32, bool),
    /// An endpoint serves a tenant.
    Served(TenantId, EndpointId),
    /// An endpoint falls out for a tenant.
    Dropped(TenantId, EndpointId, DropReason),
    /// A row of a redaction has a hit.
    Hit(RedactionId, u32, Surface),
    /// Something is taken from a limit.
    Charged(LimitId),
    /// A limit has no room.
    Full(LimitId),
    /// An exception lets something in.
    Used(ExceptionId),
    /// An entry of an allowlist is touched, by its number.
    Entry(u32),
}
