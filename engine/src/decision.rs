//! The answer: verdict, reasons, route, and what fell out on the way.

use jiff::Timestamp;
use lang::model::{
    AttestationId, CategoryId, ChainId, DetectorId, EndpointId, ExceptionId, LimitId, ModelId, RuleId,
};

/// Whether a request passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It passes.
    Allow,
    /// It is refused.
    Deny,
}

impl Verdict {
    /// `allow` or `deny`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

/// Why a request is refused; the order is the order of precedence within a phase.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// No credential, an unknown one, two, or one that two tenants claim.
    Unauthenticated,
    /// The body is not what the API asks for.
    RequestInvalid,
    /// The request cannot be said in the dialect of any candidate.
    NotTranslatable,
    /// Content that no detector can read, where it must be read.
    Unscannable,
    /// No candidate takes this size or kind.
    Unsupported,
    /// The body is larger than the limit.
    BodyTooLarge,
    /// The content type is not the API's.
    UnsupportedMedia,
    /// The operation is not among the allowed.
    OperationNotAllowed,
    /// The named workload is none of the tenant's, or one is required.
    WorkloadUnknown,
    /// A finding of a data category that the workload does not state.
    WorkloadData(CategoryId),
    /// The model is not among the allowed.
    ModelNotAllowed,
    /// A tool is not among the allowed.
    ToolNotAllowed(Box<str>),
    /// No candidate's provider is allowed.
    ProviderNotAllowed,
    /// No candidate lies in the residence.
    Residency,
    /// No candidate attests what is required.
    AttestationMissing(AttestationId),
    /// A rule denies.
    Rule(RuleId),
    /// A redaction blocks a finding.
    ContentBlocked(DetectorId),
    /// A limit on requests is full, or could never hold this request.
    RateLimited(LimitId),
    /// A limit on tokens is full, or could never hold this request.
    TokenLimit(LimitId),
    /// A budget is spent, or could never hold this request.
    BudgetExhausted(LimitId),
    /// No candidate can be reached now.
    NoEndpoint,
    /// Every candidate was tried and failed.
    UpstreamFailed,
    /// The record could not be made durable.
    AuditUnavailable,
    /// The sidecar has no room for this request.
    Overloaded,
    /// A condition failed, or its work had no end within the budget.
    PolicyError(Option<RuleId>),
}

/// An endpoint that a request may be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Candidate {
    /// Where.
    pub endpoint: EndpointId,
    /// Which model.
    pub model: ModelId,
    /// Which offer of the model: an index into its `offers`.
    pub offer: u32,
    /// The chain and the step that brought it; `None` for a model's own offers.
    pub step: Option<(ChainId, u32)>,
    /// The exception that let it in.
    pub exception: Option<ExceptionId>,
}

/// Why an endpoint fell out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DropReason {
    /// The tenant (or its workload) may not use the model.
    ModelNotAllowed,
    /// The tenant may not use the provider.
    ProviderNotAllowed,
    /// Its region is outside the residence.
    Residency,
    /// It does not attest this.
    AttestationMissing(AttestationId),
    /// Its provider speaks a protocol that this version does not.
    NotSpoken,
    /// The input is larger than the model's context.
    ContextTooSmall,
    /// The model does not accept this kind.
    NotAccepted(lang::model::Accepts),
    /// A rule denies it.
    Rule(RuleId),
    /// Its breaker is open, or it is known to be down.
    Down,
}

impl DropReason {
    /// The rule that denies the endpoint, where one does.
    pub const fn rule(self) -> Option<RuleId> {
        match self {
            Self::Rule(rule) => Some(rule),
            Self::ModelNotAllowed
            | Self::ProviderNotAllowed
            | Self::Residency
            | Self::AttestationMissing(_)
            | Self::NotSpoken
            | Self::ContextTooSmall
            | Self::NotAccepted(_)
            | Self::Down => None,
        }
    }
}

/// An endpoint that fell out, and why: the first reason of [`DropReason`]'s order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dropped {
    /// Where.
    pub endpoint: EndpointId,
    /// Which model.
    pub model: ModelId,
    /// Why.
    pub reason: DropReason,
}

/// What a shadowed rule, redaction or limit would have done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shadowed {
    /// The rule would have had its effect.
    Rule(RuleId),
    /// The redaction `(detector, times)` would have been applied.
    Redaction(DetectorId, u32),
    /// The limit would have been full.
    Limit(LimitId),
}

/// A complete decision on one request.
///
/// Lists are sorted, but for `route`, whose order is its meaning. Numbers are
/// those of the [`Model`](lang::model::Model) that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it passes.
    pub verdict: Verdict,
    /// Why not: all reasons of the earliest failing phase, the first decides.
    pub reasons: Vec<Reason>,
    /// Rules that fired and are in force.
    pub fired: Vec<RuleId>,
    /// What would have happened.
    pub shadowed: Vec<Shadowed>,
    /// Where it may be sent, in order.
    pub route: Vec<Candidate>,
    /// What fell out, and why.
    pub dropped: Vec<Dropped>,
    /// Flags that fired, sorted.
    pub flags: Vec<Box<str>>,
    /// The least cap on output tokens in force, if any.
    pub cap: Option<u64>,
    /// The instant at which it was decided.
    pub now: Timestamp,
}

impl Reason {
    /// The stable code of this kind of reason, without its parameter.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::RequestInvalid => "request_invalid",
            Self::NotTranslatable => "not_translatable",
            Self::Unscannable => "unscannable",
            Self::Unsupported => "unsupported",
            Self::BodyTooLarge => "body_too_large",
            Self::UnsupportedMedia => "unsupported_media",
            Self::OperationNotAllowed => "operation_not_allowed",
            Self::WorkloadUnknown => "workload_unknown",
            Self::WorkloadData(_) => "workload_data",
            Self::ModelNotAllowed => "model_not_allowed",
            Self::ToolNotAllowed(_) => "tool_not_allowed",
            Self::ProviderNotAllowed => "provider_not_allowed",
            Self::Residency => "residency",
            Self::AttestationMissing(_) => "attestation_missing",
            Self::Rule(_) => "rule",
            Self::ContentBlocked(_) => "content_blocked",
            Self::RateLimited(_) => "rate_limited",
            Self::TokenLimit(_) => "token_limit",
            Self::BudgetExhausted(_) => "budget_exhausted",
            Self::NoEndpoint => "no_endpoint",
            Self::UpstreamFailed => "upstream_failed",
            Self::AuditUnavailable => "audit_unavailable",
            Self::Overloaded => "overloaded",
            Self::PolicyError(_) => "policy_error",
        }
    }

    /// The rule that denies, if it is one.
    pub const fn rule(&self) -> Option<RuleId> {
        match self {
            Self::Rule(rule) => Some(*rule),
            Self::Unauthenticated
            | Self::RequestInvalid
            | Self::NotTranslatable
            | Self::Unscannable
            | Self::Unsupported
            | Self::BodyTooLarge
            | Self::UnsupportedMedia
            | Self::OperationNotAllowed
            | Self::WorkloadUnknown
            | Self::WorkloadData(_)
            | Self::ModelNotAllowed
            | Self::ToolNotAllowed(_)
            | Self::ProviderNotAllowed
            | Self::Residency
            | Self::AttestationMissing(_)
            | Self::ContentBlocked(_)
            | Self::RateLimited(_)
            | Self::TokenLimit(_)
            | Self::BudgetExhausted(_)
            | Self::NoEndpoint
            | Self::UpstreamFailed
            | Self::AuditUnavailable
            | Self::Overloaded
            | Self::PolicyError(_) => None,
        }
    }

    /// The HTTP status that clients get.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Unauthenticated => 401,
            Self::RequestInvalid
            | Self::NotTranslatable
            | Self::Unscannable
            | Self::Unsupported
            | Self::ContentBlocked(_) => 400,
            Self::BodyTooLarge => 413,
            Self::UnsupportedMedia => 415,
            Self::OperationNotAllowed
            | Self::WorkloadUnknown
            | Self::WorkloadData(_)
            | Self::ModelNotAllowed
            | Self::ToolNotAllowed(_)
            | Self::ProviderNotAllowed
            | Self::Residency
            | Self::AttestationMissing(_)
            | Self::Rule(_) => 403,
            Self::RateLimited(_) | Self::TokenLimit(_) | Self::BudgetExhausted(_) => 429,
            Self::NoEndpoint | Self::AuditUnavailable | Self::Overloaded => 503,
            Self::UpstreamFailed => 502,
            Self::PolicyError(_) => 500,
        }
    }
}
