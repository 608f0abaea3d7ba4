//! Decisions in words: reasons, messages, what fell out and why, and the place that decided.
//!
//! Decisions hold numbers; clients, logs, tests and `explain` read words. This
//! is the one place where the words come from.

mod names;

use crate::decision::{Decision, DropReason, Dropped, Reason, Shadowed};
use crate::meter::Alert;
use lang::Span;
use lang::model::{Action, DetectorId, Effect, Parts, RedactionRow, Tenant, TenantId};
use names::{attestation, category};
pub use names::{
    detector_name, endpoint_name, limit_name, model_name, provider_name, region_name, rule_name, tenant_name,
    workload_name,
};

/// A reason as decisions and clients say it: its code, with the name of a rule or a blocking detector.
pub fn reason(model: &Parts, reason: &Reason) -> String {
    match reason {
        Reason::Rule(_) | Reason::ContentBlocked(_) => reason_in_full(model, reason),
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
        | Reason::PolicyError(_) => reason.code().to_owned(),
    }
}

/// A reason with whatever it speaks of, as in `workload_data:health_data`: for tests and for people.
pub fn reason_in_full(model: &Parts, reason: &Reason) -> String {
    let parameter = match reason {
        Reason::Rule(id) | Reason::PolicyError(Some(id)) => rule_name(model, *id),
        Reason::ContentBlocked(id) => detector_name(model, *id),
        Reason::WorkloadData(id) => category(model, *id),
        Reason::AttestationMissing(id) => attestation(model, *id),
        Reason::ToolNotAllowed(tool) => tool,
        Reason::RateLimited(id) | Reason::TokenLimit(id) | Reason::BudgetExhausted(id) => {
            limit_name(model, *id)
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

/// The same for logs, which hold nothing that a client wrote: the name of a tool is left out.
pub fn reason_in_log(model: &Parts, reason: &Reason) -> String {
    if matches!(reason, Reason::ToolNotAllowed(_)) {
        return reason.code().to_owned();
    }
    reason_in_full(model, reason)
}

/// What a client is told of a refusal, in one sentence.
pub fn message(model: &Parts, reason: &Reason, decision: Option<&Decision>) -> String {
    match reason {
        Reason::Rule(rule) => match model.rules.get(rule.index()).map(|rule| &rule.effect) {
            Some(Effect::Deny(text)) => text.to_string(),
            Some(Effect::Flag(_) | Effect::Route(_) | Effect::Prefer(_) | Effect::Cap(_)) | None => {
                "A rule of the policy refuses this request.".into()
            }
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
        Reason::WorkloadData(id) => {
            format!("The workload does not state data of the category `{}`.", category(model, *id))
        }
        Reason::ModelNotAllowed => "This model is not allowed.".into(),
        Reason::ToolNotAllowed(tool) => format!("The tool `{tool}` is not allowed."),
        Reason::ProviderNotAllowed => "No allowed provider serves this model.".into(),
        Reason::Residency => {
            format!("No endpoint lies where data may be processed{}.", details(model, decision))
        }
        Reason::AttestationMissing(id) => format!("No endpoint attests `{}`.", attestation(model, *id)),
        Reason::ContentBlocked(id) => {
            format!("The text holds what `{}` finds, and that may not be sent.", detector_name(model, *id))
        }
        Reason::RateLimited(id) | Reason::TokenLimit(id) => {
            format!("The limit of {} is reached.", limit_name(model, *id))
        }
        Reason::BudgetExhausted(id) => format!("The budget of {} is spent.", limit_name(model, *id)),
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
fn details(model: &Parts, decision: Option<&Decision>) -> String {
    let dropped = decision.iter().flat_map(|decision| &decision.dropped);
    let region = dropped.filter(|dropped| dropped.reason == DropReason::Residency).find_map(|dropped| {
        let endpoint = model.endpoints.get(dropped.endpoint.index())?;
        model.regions.get(endpoint.region.index()).map(|region| &region.name)
    });
    region.map(|region| format!(": `{region}` does not")).unwrap_or_default()
}

/// Why an endpoint fell out, as decisions say it: its code, with the name of a rule.
pub fn drop_reason(model: &Parts, reason: DropReason) -> String {
    match reason {
        DropReason::Rule(id) => format!("rule:{}", rule_name(model, id)),
        DropReason::ModelNotAllowed => "model_not_allowed".into(),
        DropReason::ProviderNotAllowed => "provider_not_allowed".into(),
        DropReason::Residency => "residency".into(),
        DropReason::AttestationMissing(_) => "attestation_missing".into(),
        DropReason::NotSpoken => "not_spoken".into(),
        DropReason::ContextTooSmall => "context_too_small".into(),
        DropReason::NotAccepted(_) => "not_accepted".into(),
        DropReason::Down => "down".into(),
    }
}

/// The same with whatever it speaks of, as in `attestation_missing:dpa`: for tests and for people.
pub fn drop_reason_in_full(model: &Parts, reason: DropReason) -> String {
    let code = drop_reason(model, reason);
    match reason {
        DropReason::AttestationMissing(id) => format!("{code}:{}", attestation(model, id)),
        DropReason::NotAccepted(kind) => format!("{code}:{}", kind.as_str()),
        DropReason::Rule(_)
        | DropReason::ModelNotAllowed
        | DropReason::ProviderNotAllowed
        | DropReason::Residency
        | DropReason::NotSpoken
        | DropReason::ContextTooSmall
        | DropReason::Down => code,
    }
}

/// Why an endpoint fell out for a tenant: the reason, and a few words, as in `azure.eastus is outside eea`.
pub fn dropped(model: &Parts, tenant: Option<TenantId>, dropped: &Dropped) -> (String, String) {
    let tenant = tenant.and_then(|id| model.tenants.get(id.index()));
    let whose = tenant.map_or("the tenant", |tenant| &tenant.name);
    let served = model.models.get(dropped.model.index());
    let served_name = served.map_or("the model", |served| &served.name);
    let provider = provider_name(model, dropped.endpoint);
    let detail = match dropped.reason {
        DropReason::ModelNotAllowed => format!("{served_name} is not among the models of {whose}"),
        DropReason::ProviderNotAllowed => format!("{provider} is not among the providers of {whose}"),
        DropReason::Residency => {
            let access = tenant.and_then(|tenant| model.accesses.get(tenant.access.index()));
            let residence = access.and_then(|access| access.residence.as_ref());
            let said = residence.map_or("the residence", |residence| &residence.said);
            format!("{} is outside {said}", region_name(model, dropped.endpoint))
        }
        DropReason::AttestationMissing(id) => {
            format!("{} does not attest {}", endpoint_name(model, dropped.endpoint), attestation(model, id))
        }
        DropReason::NotSpoken => {
            format!("{provider} speaks a protocol that this version does not")
        }
        DropReason::ContextTooSmall => match served.and_then(|served| served.context) {
            Some(tokens) => format!("the input is larger than the {tokens} tokens of {served_name}"),
            None => format!("the input is larger than the context of {served_name}"),
        },
        DropReason::NotAccepted(kind) => format!("{served_name} does not accept {}", kind.as_str()),
        DropReason::Rule(id) => message(model, &Reason::Rule(id), None),
        DropReason::Down => "it is down, or its breaker is open".into(),
    };
    (drop_reason(model, dropped.reason), detail)
}

/// What would have happened, as in `rule:no_injection`, `pii.pan` or `600 requests / minute`.
pub fn shadowed(model: &Parts, shadowed: &Shadowed) -> String {
    match shadowed {
        Shadowed::Rule(id) => format!("rule:{}", rule_name(model, *id)),
        Shadowed::Redaction(id, _) => detector_name(model, *id).to_owned(),
        Shadowed::Limit(id) => limit_name(model, *id).to_owned(),
    }
}

/// An alert, as in `5_000 USD / month at 75%`.
pub fn alert(model: &Parts, alert: Alert) -> String {
    format!("{} at {}%", limit_name(model, alert.limit), alert.percent)
}

/// The text that brought a reason about: a rule, a limit, a row of a redaction; else the tenant.
pub fn decided_by(model: &Parts, reason: &Reason, tenant: Option<TenantId>) -> Option<Span> {
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

fn blocking_row<'m>(model: &'m Parts, tenant: &Tenant, detector: DetectorId) -> Option<&'m RedactionRow> {
    let rows = tenant.redactions.iter().filter_map(|id| model.redactions.get(id.index()));
    let blocks = |row: &&RedactionRow| row.action == Action::Block && row.detectors.contains(&detector);
    rows.flat_map(|redaction| &redaction.rows).find(blocks)
}
