//! Decisions in words: reason codes with their parameters, messages, and the place that decided.

use crate::decision::{Decision, DropReason, Reason};
use lang::Span;
use lang::model::{Action, DetectorId, Effect, Model, RedactionRow, Tenant, TenantId};

/// Stands for a number that is not of the model; it never shows in a decision of the same model.
const UNKNOWN: &str = "?";

/// A reason code with its parameter, as in `rule:no_injection`.
pub fn reason(model: &Model, reason: &Reason) -> String {
    let parameter = match reason {
        Reason::Rule(rule) | Reason::PolicyError(Some(rule)) => {
            model.rules.get(rule.index()).map_or(UNKNOWN, |rule| &rule.name)
        }
        Reason::ContentBlocked(detector) => {
            model.detectors.get(detector.index()).map_or(UNKNOWN, |detector| &detector.name)
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
        | Reason::WorkloadData(_)
        | Reason::ModelNotAllowed
        | Reason::ToolNotAllowed(_)
        | Reason::ProviderNotAllowed
        | Reason::Residency
        | Reason::AttestationMissing(_)
        | Reason::RateLimited(_)
        | Reason::TokenLimit(_)
        | Reason::BudgetExhausted(_)
        | Reason::NoEndpoint
        | Reason::UpstreamFailed
        | Reason::AuditUnavailable
        | Reason::Overloaded
        | Reason::PolicyError(None) => return reason.code().to_owned(),
    };
    match reason {
        Reason::PolicyError(_) => reason.code().to_owned(),
        _ => format!("{}:{parameter}", reason.code()),
    }
}

/// What a client is told of a refusal, in one sentence.
pub fn message(model: &Model, reason: &Reason, decision: Option<&Decision>) -> String {
    let limit = |id: &lang::model::LimitId| {
        model.limits.get(id.index()).map_or(UNKNOWN, |limit| &limit.text).to_owned()
    };
    match reason {
        Reason::Rule(rule) => match model.rules.get(rule.index()).map(|rule| &rule.effect) {
            Some(Effect::Deny(text)) => text.to_string(),
            _ => "A rule of the policy refuses this request.".into(),
        },
        Reason::Unauthenticated => "No tenant is known by this credential.".into(),
        Reason::RequestInvalid => "The request is not what this API asks for.".into(),
        Reason::NotTranslatable => {
            "No allowed endpoint speaks a dialect that this request can be said in.".into()
        }
        Reason::Unscannable => {
            "The request holds content that cannot be scanned, and this tenant's must be.".into()
        }
        Reason::Unsupported => "No allowed endpoint takes a request of this size or kind.".into(),
        Reason::BodyTooLarge => "The body is larger than the limit.".into(),
        Reason::UnsupportedMedia => "The content type must be `application/json`.".into(),
        Reason::OperationNotAllowed => "This operation is not allowed.".into(),
        Reason::WorkloadUnknown => "The workload is not one of this tenant, or none is named.".into(),
        Reason::WorkloadData(category) => {
            let name = model.categories.get(category.index()).map_or(UNKNOWN, |category| &category.name);
            format!("The workload does not state data of the category `{name}`.")
        }
        Reason::ModelNotAllowed => "This model is not allowed.".into(),
        Reason::ToolNotAllowed(tool) => format!("The tool `{tool}` is not allowed."),
        Reason::ProviderNotAllowed => "No allowed provider serves this model.".into(),
        Reason::Residency => {
            format!("No endpoint lies where data may be processed{}.", details(model, decision))
        }
        Reason::AttestationMissing(id) => {
            let name = model.attestations.get(id.index()).map_or(UNKNOWN, |attestation| &attestation.name);
            format!("No endpoint attests `{name}`.")
        }
        Reason::ContentBlocked(id) => {
            let name = model.detectors.get(id.index()).map_or(UNKNOWN, |detector| &detector.name);
            format!("The text holds what `{name}` finds, and that may not be sent.")
        }
        Reason::RateLimited(id) | Reason::TokenLimit(id) => format!("The limit of {} is reached.", limit(id)),
        Reason::BudgetExhausted(id) => format!("The budget of {} is spent.", limit(id)),
        Reason::NoEndpoint => "No allowed endpoint can be reached now.".into(),
        Reason::UpstreamFailed => "Every allowed endpoint was tried and failed.".into(),
        Reason::AuditUnavailable => {
            "The record of this request could not be kept, so it was not sent.".into()
        }
        Reason::Overloaded => "The sidecar has no room for this request.".into(),
        Reason::PolicyError(_) => "The policy could not be evaluated, so the request was refused.".into(),
    }
}

/// The first endpoint that fell out for its region, in words.
fn details(model: &Model, decision: Option<&Decision>) -> String {
    let dropped = decision.iter().flat_map(|decision| &decision.dropped);
    let region = dropped.filter(|dropped| dropped.reason == DropReason::Residency).find_map(|dropped| {
        let endpoint = model.endpoints.get(dropped.endpoint.index())?;
        model.regions.get(endpoint.region.index()).map(|region| &region.name)
    });
    region.map(|region| format!(": `{region}` does not")).unwrap_or_default()
}

/// The text that brought a reason about: a rule, a limit, a row of a redaction; else the tenant.
pub fn decided_by(model: &Model, reason: &Reason, tenant: Option<TenantId>) -> Option<Span> {
    let tenant = tenant.and_then(|id| model.tenants.get(id.index()));
    match reason {
        Reason::Rule(rule) | Reason::PolicyError(Some(rule)) => {
            model.rules.get(rule.index()).map(|rule| rule.span)
        }
        Reason::RateLimited(limit) | Reason::TokenLimit(limit) | Reason::BudgetExhausted(limit) => {
            model.limits.get(limit.index()).map(|limit| limit.span)
        }
        Reason::ContentBlocked(detector) => {
            let row = tenant.and_then(|tenant| blocking_row(model, tenant, *detector));
            row.map(|row| row.span).or(tenant.map(|tenant| tenant.span))
        }
        Reason::Unauthenticated
        | Reason::RequestInvalid
        | Reason::NotTranslatable
        | Reason::BodyTooLarge
        | Reason::UnsupportedMedia
        | Reason::UpstreamFailed
        | Reason::AuditUnavailable
        | Reason::Overloaded => None,
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
        | Reason::PolicyError(None) => tenant.map(|tenant| tenant.span),
    }
}

fn blocking_row<'m>(model: &'m Model, tenant: &Tenant, detector: DetectorId) -> Option<&'m RedactionRow> {
    let rows = tenant.redactions.iter().filter_map(|id| model.redactions.get(id.index()));
    let blocks = |row: &&RedactionRow| row.action == Action::Block && row.detectors.contains(&detector);
    rows.flat_map(|redaction| &redaction.rows).find(blocks)
}
