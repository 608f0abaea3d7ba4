//! What is decided request by request: rules, exceptions, invariants.

use super::{
    AttestationId, ChainId, ControlRef, ModelId, ProfileId, ProviderId, RegionId, RuleId, Set, TenantId,
};
use crate::condition::{Expr, ExprKind, Literal, Type};
use crate::span::Span;
use jiff::civil::Date;

/// A condition and its one effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: Box<str>,
    /// Its title.
    pub title: Option<Box<str>>,
    /// For whom it holds.
    pub scope: RuleScope,
    /// When it fires.
    pub condition: Condition,
    /// What it does.
    pub effect: Effect,
    /// When it is asked.
    pub phase: Phase,
    /// Whether an answer is held to its end, since the rule can deny it and is only known then.
    pub holds_answer: bool,
    /// Until the end of this day it is recorded and not enforced.
    pub shadow_until: Option<Date>,
    /// Controls that it says it supports.
    pub satisfies: Vec<ControlRef>,
    /// Where it stands.
    pub span: Span,
}

/// For whom a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleScope {
    /// Every tenant.
    All,
    /// Tenants that extend this profile.
    Profile(ProfileId),
    /// This tenant.
    Tenant(TenantId),
}

/// A checked condition with its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What is asked.
    pub expr: Expr,
    /// As written.
    pub text: Box<str>,
    /// Where it stands.
    pub span: Span,
}

impl Condition {
    /// Stands where a condition could not be read; a model that holds it is never made.
    pub(crate) fn never(span: Span) -> Self {
        let kind = ExprKind::Literal(Literal::Bool(false));
        Self { expr: Expr { kind, ty: Type::Bool, span }, text: "false".into(), span }
    }
}

/// What a rule does when its condition holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Refuse, and say this.
    Deny(Box<str>),
    /// Let pass, and mark the decision.
    Flag(Box<str>),
    /// Replace the route.
    Route(ChainId),
    /// These providers' candidates first.
    Prefer(Set<ProviderId>),
    /// An answer of at most so many tokens.
    Cap(u64),
}

/// When a rule is asked; it follows from what its condition reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Reads head, tenant, caller and usage alone.
    Admit,
    /// Reads `input`.
    Screen,
    /// Reads `route`: asked of each candidate. A `flag` that does is asked of the one that served.
    Route,
    /// Reads `output`.
    Respond,
}

/// A dated widening of one field for one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Its name.
    pub name: Box<str>,
    /// Its title.
    pub title: Option<Box<str>>,
    /// For whom.
    pub tenant: TenantId,
    /// What it lets in.
    pub permit: Permit,
    /// The last day on which it holds.
    pub until: Date,
    /// Who approved it.
    pub approver: Box<str>,
    /// The ticket.
    pub ticket: Box<str>,
    /// Why.
    pub reason: Box<str>,
    /// Where it stands.
    pub span: Span,
}

/// The one field that an exception widens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permit {
    /// `region R for models M`; all of the tenant's models when `for` is left out.
    Regions {
        /// The regions.
        regions: Set<RegionId>,
        /// For these models alone.
        models: Option<Set<ModelId>>,
    },
    /// `models M`
    Models(Set<ModelId>),
    /// `tools "x"`
    Tools(Vec<Box<str>>),
    /// `providers P`
    Providers(Set<ProviderId>),
    /// `without ATTESTATION at P`
    Without {
        /// What need not be attested.
        attestation: AttestationId,
        /// By whom.
        provider: ProviderId,
    },
    /// `despite rule NAME`
    Despite(RuleId),
}

/// A property of all decisions.
#[derive(Clone, Debug, PartialEq)]
pub struct Invariant {
    /// Its name.
    pub name: Box<str>,
    /// Its title.
    pub title: Option<Box<str>>,
    /// Which requests it speaks of; all when `None`.
    pub given: Option<Condition>,
    /// What must hold.
    pub always: Condition,
    /// Where it stands.
    pub span: Span,
}
