//! Names and places of what a decision speaks of in numbers.
//!
//! Decisions hold ids; suites, reports and snapshots hold names. This is the
//! one bridge, built once a run.

use engine::decision::{DropReason, Reason, Shadowed};
use engine::meter::Charge;
use lang::model::{
    Accepts, Action, DetectorId, Effect, EndpointId, LimitId, Model, RedactionRow, RuleId, Tenant, TenantId,
};
use lang::{Sources, Span};

/// A place in policy text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The file, as its package calls it.
    pub file: String,
    /// The line, from one.
    pub line: u32,
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Looks names up in a model.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    model: &'a Model,
}

/// What stands where an id has no declaration, which a checked model rules out.
const UNKNOWN: &str = "?";

impl<'a> Names<'a> {
    /// The names of this model.
    pub fn new(model: &'a Model) -> Self {
        Self { model }
    }

    /// The model itself.
    pub fn model(&self) -> &'a Model {
        self.model
    }

    /// Provider and endpoint, as in `azure/westeurope`.
    pub fn endpoint(&self, id: EndpointId) -> &'a str {
        self.model.endpoints.get(id.index()).map_or(UNKNOWN, |endpoint| &endpoint.name)
    }

    /// The detector's name, as in `pii.pan`.
    pub fn detector(&self, id: DetectorId) -> &'a str {
        self.model.detectors.get(id.index()).map_or(UNKNOWN, |detector| &detector.name)
    }

    /// The rule's name.
    pub fn rule(&self, id: RuleId) -> &'a str {
        self.model.rules.get(id.index()).map_or(UNKNOWN, |rule| &rule.name)
    }

    /// The limit's one spelling.
    pub fn limit(&self, id: LimitId) -> &'a str {
        self.model.limits.get(id.index()).map_or(UNKNOWN, |limit| &limit.text)
    }

    /// A charge by the text of its limit.
    pub fn charge(&self, charge: &Charge) -> &'a str {
        self.limit(charge.limit)
    }

    /// The tenant.
    pub fn tenant(&self, id: TenantId) -> Option<&'a Tenant> {
        self.model.tenants.get(id.index())
    }

    /// The number of a tenant.
    pub fn tenant_id(&self, name: &str) -> Option<TenantId> {
        self.model.tenants.iter().position(|tenant| &*tenant.name == name).map(TenantId::from_index)
    }

    /// The number of an endpoint.
    pub fn endpoint_id(&self, name: &str) -> Option<EndpointId> {
        let position = self.model.endpoints.iter().position(|endpoint| &*endpoint.name == name);
        position.map(EndpointId::from_index)
    }

    /// A reason code with its parameter, as in `rule:no_injection`.
    pub fn reason(&self, reason: &Reason) -> String {
        let parameter = match reason {
            Reason::Rule(rule) | Reason::PolicyError(Some(rule)) => self.rule(*rule),
            Reason::ContentBlocked(detector) => self.detector(*detector),
            Reason::WorkloadData(category) => {
                self.model.categories.get(category.index()).map_or(UNKNOWN, |category| &category.name)
            }
            Reason::AttestationMissing(attestation) => self.attestation(*attestation),
            Reason::ToolNotAllowed(tool) => tool,
            Reason::RateLimited(limit) | Reason::TokenLimit(limit) | Reason::BudgetExhausted(limit) => {
                self.limit(*limit)
            }
            Reason::Unauthenticated
            | Reason::RequestInvalid
            | Reason::NotTranslatable
            | Reason::Unscannable
            | Reason::Unsupported
            | Reason::BodyTooLarge
            | Reason::UnsupportedMedia
            | Reason::OperationNotAllowed
            | Reason::WorkloadUnknown
            | Reason::ModelNotAllowed
            | Reason::ProviderNotAllowed
            | Reason::Residency
            | Reason::NoEndpoint
            | Reason::UpstreamFailed
            | Reason::AuditUnavailable
            | Reason::Overloaded
            | Reason::PolicyError(None) => return reason.code().to_owned(),
        };
        format!("{}:{parameter}", reason.code())
    }

    /// Why an endpoint fell out, with its parameter.
    pub fn dropped(&self, reason: &DropReason) -> String {
        match reason {
            DropReason::ModelNotAllowed => "model_not_allowed".into(),
            DropReason::ProviderNotAllowed => "provider_not_allowed".into(),
            DropReason::Residency => "residency".into(),
            DropReason::AttestationMissing(id) => format!("attestation_missing:{}", self.attestation(*id)),
            DropReason::ContextTooSmall => "context_too_small".into(),
            DropReason::NotAccepted(accepts) => format!("not_accepted:{}", accepted(*accepts)),
            DropReason::Rule(rule) => format!("rule:{}", self.rule(*rule)),
            DropReason::Down => "down".into(),
        }
    }

    /// What would have happened, as in `rule:no_injection`, `pii.pan` or `600 requests / minute`.
    pub fn shadowed(&self, shadowed: &Shadowed) -> String {
        match shadowed {
            Shadowed::Rule(rule) => format!("rule:{}", self.rule(*rule)),
            Shadowed::Redaction(detector, _) => self.detector(*detector).to_owned(),
            Shadowed::Limit(limit) => self.limit(*limit).to_owned(),
        }
    }

    fn attestation(self, id: lang::model::AttestationId) -> &'a str {
        self.model.attestations.get(id.index()).map_or(UNKNOWN, |attestation| &attestation.name)
    }

    /// Where a span stands.
    pub fn locate(&self, span: Span) -> Option<Location> {
        locate(&self.model.sources, span)
    }

    /// Where a rule of this name stands.
    pub fn rule_location(&self, name: &str) -> Option<Location> {
        let rule = self.model.rules.iter().find(|rule| &*rule.name == name)?;
        self.locate(rule.span)
    }

    /// The text that brought a reason about: a rule, a limit, a row of a redaction; else the tenant.
    pub fn decided_by(&self, reason: &Reason, tenant: Option<TenantId>) -> Option<Location> {
        let tenant = tenant.and_then(|id| self.tenant(id));
        let own = match reason {
            Reason::Rule(rule) | Reason::PolicyError(Some(rule)) => {
                self.model.rules.get(rule.index()).map(|rule| rule.span)
            }
            Reason::RateLimited(limit) | Reason::TokenLimit(limit) | Reason::BudgetExhausted(limit) => {
                self.model.limits.get(limit.index()).map(|limit| limit.span)
            }
            Reason::ContentBlocked(detector) => {
                tenant.and_then(|tenant| self.blocking_row(tenant, *detector)).map(|row| row.span)
            }
            Reason::Unauthenticated
            | Reason::RequestInvalid
            | Reason::NotTranslatable
            | Reason::BodyTooLarge
            | Reason::UnsupportedMedia
            | Reason::UpstreamFailed
            | Reason::AuditUnavailable
            | Reason::Overloaded => return None,
            Reason::Unscannable
            | Reason::Unsupported
            | Reason::OperationNotAllowed
            | Reason::WorkloadUnknown
            | Reason::WorkloadData(_)
            | Reason::ModelNotAllowed
            | Reason::ToolNotAllowed(_)
            | Reason::ProviderNotAllowed
            | Reason::Residency
            | Reason::AttestationMissing(_)
            | Reason::NoEndpoint
            | Reason::PolicyError(None) => None,
        };
        self.locate(own.or_else(|| tenant.map(|tenant| tenant.span))?)
    }

    /// What a rule says to the client whom it refuses.
    pub fn message(&self, reason: &Reason) -> Option<String> {
        let Reason::Rule(rule) = reason else { return None };
        match &self.model.rules.get(rule.index())?.effect {
            Effect::Deny(message) => Some(message.to_string()),
            Effect::Flag(_) | Effect::Route(_) | Effect::Prefer(_) | Effect::Cap(_) => None,
        }
    }

    fn blocking_row(self, tenant: &Tenant, detector: DetectorId) -> Option<&'a RedactionRow> {
        let rows = tenant.redactions.iter().filter_map(|id| self.model.redactions.get(id.index()));
        let blocks = |row: &&RedactionRow| row.action == Action::Block && row.detectors.contains(&detector);
        rows.flat_map(|redaction| &redaction.rows).find(blocks)
    }
}

fn locate(sources: &Sources, span: Span) -> Option<Location> {
    let (file, start, _) = sources.locate(span)?;
    Some(Location { file: file.to_owned(), line: start.line })
}

fn accepted(accepts: Accepts) -> &'static str {
    match accepts {
        Accepts::Text => "text",
        Accepts::Image => "image",
        Accepts::Audio => "audio",
        Accepts::Tools => "tools",
        Accepts::JsonSchema => "json_schema",
    }
}
