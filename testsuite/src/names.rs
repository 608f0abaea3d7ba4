//! Names and places of what a decision speaks of in numbers.
//!
//! Decisions hold ids; suites, reports and snapshots hold names. This is the
//! one bridge, and the words of reasons on it are the engine's ([`wording`]).

use engine::decision::{DropReason, Reason, Shadowed};
use engine::meter::{Alert, Charge};
use engine::wording;
use lang::model::{DetectorId, EndpointId, ExceptionId, LimitId, Model, RuleId, Tenant, TenantId};
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
        wording::endpoint_name(self.model, id)
    }

    /// The detector's name, as in `pii.pan`.
    pub fn detector(&self, id: DetectorId) -> &'a str {
        self.model.detectors.get(id.index()).map_or(UNKNOWN, |detector| &detector.name)
    }

    /// The rule's name.
    pub fn rule(&self, id: RuleId) -> &'a str {
        self.model.rules.get(id.index()).map_or(UNKNOWN, |rule| &rule.name)
    }

    /// The exception's name.
    pub fn exception(&self, id: ExceptionId) -> &'a str {
        self.model.exceptions.get(id.index()).map_or(UNKNOWN, |exception| &exception.name)
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

    /// A reason as decisions say it, as in `rule:no_injection` or `workload_data`.
    pub fn reason(&self, reason: &Reason) -> String {
        wording::reason(self.model, reason)
    }

    /// A reason with whatever it speaks of, as in `workload_data:health_data`.
    pub fn reason_in_full(&self, reason: &Reason) -> String {
        wording::reason_in_full(self.model, reason)
    }

    /// Why an endpoint fell out, as decisions say it.
    pub fn dropped(&self, reason: &DropReason) -> String {
        wording::drop_reason(self.model, *reason)
    }

    /// Why an endpoint fell out, with whatever it speaks of.
    pub fn dropped_in_full(&self, reason: &DropReason) -> String {
        wording::drop_reason_in_full(self.model, *reason)
    }

    /// What would have happened, as in `rule:no_injection`, `pii.pan` or `600 requests / minute`.
    pub fn shadowed(&self, shadowed: &Shadowed) -> String {
        wording::shadowed(self.model, shadowed)
    }

    /// An alert, as in `1 USD / month at 50%`.
    pub fn alert(&self, alert: Alert) -> String {
        wording::alert(self.model, alert)
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
        self.locate(wording::decided_by(self.model, reason, tenant)?)
    }

    /// What a rule says to the client whom it refuses.
    pub fn message(&self, reason: &Reason) -> Option<String> {
        matches!(reason, Reason::Rule(_)).then(|| wording::message(self.model, reason, None))
    }
}

fn locate(sources: &Sources, span: Span) -> Option<Location> {
    let (file, start, _) = sources.locate(span)?;
    Some(Location { file: file.to_owned(), line: start.line })
}
