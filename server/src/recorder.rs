//! Where records go: into memory, the latest ones, and into the log, all of them, a line each.
//!
//! A record names things and counts them. What was sent or answered is not in it.

use crate::limits::RECORDS_KEPT_MAX;
use crate::live::{Catalog, Names};
use engine::decision::{Candidate, DropReason, Reason, Shadowed};
use engine::record::{AttemptOutcome, EndKind, Record};
use lang::model::DetectorId;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Takes in records.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    kept: Mutex<VecDeque<Box<Record>>>,
}

impl Recorder {
    /// A request is about to be sent.
    #[expect(clippy::unused_self, reason = "a durable log will be asked here whether the record is safe")]
    pub(crate) fn begin(&self, record: &Record) {
        tracing::debug!(target: "ascp::begin", decision = %record.id);
    }

    /// An exchange is over.
    pub(crate) fn end(&self, record: Box<Record>, catalog: &Catalog) {
        log(&record, catalog);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= RECORDS_KEPT_MAX {
            kept.pop_front();
        }
        kept.push_back(record);
    }

    /// The latest records, oldest first.
    pub(crate) fn latest(&self) -> Vec<Record> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().map(|record| Record::clone(record)).collect()
    }
}

/// Writes one structured line.
fn log(record: &Record, catalog: &Catalog) {
    let names = &catalog.names;
    let decision = record.decision.as_ref();
    tracing::info!(
        target: "ascp::record",
        decision = %record.id,
        began = %record.began,
        took_us = u64::try_from(record.took.as_micros()).unwrap_or(u64::MAX),
        policy = %record.digest,
        tenant = record.tenant.map(|id| name(&names.tenants, id.index())),
        workload = record.workload.map(|id| name(&names.workloads, id.index())),
        caller = record.caller,
        operation = record.operation.map(engine::facts::Operation::as_str),
        api = record.api.as_str(),
        asked = record.asked,
        verdict = decision.map(|decision| decision.verdict.as_str()),
        reason = record.reason.as_ref().map(|reason| reason_text(reason, names)),
        reasons = decision.map(|one| list(&one.reasons, |reason| reason_text(reason, names))),
        rules = decision.map(|one| list(&one.fired, |id| name(&names.rules, id.index()).to_owned())),
        shadowed = decision.map(|one| list(&one.shadowed, |shadowed| shadowed_text(*shadowed, names))),
        route = decision.map(|one| list(&one.route, |candidate| candidate_text(*candidate, names))),
        dropped = decision.map(|one| list(&one.dropped, |dropped| {
            format!("{}={}", name(&names.endpoints, dropped.endpoint.index()), drop_text(dropped.reason, names))
        })),
        flags = decision.map(|one| list(&one.flags, ToString::to_string)),
        cap = decision.and_then(|one| one.cap),
        input_redactions = list(&record.input_redactions, |row| redaction_text(*row, names)),
        output_redactions = list(&record.output_redactions, |row| redaction_text(*row, names)),
        charges = list(&record.charges, |charge| {
            format!("{}={}", name(&names.limits, charge.limit.index()), charge.amount)
        }),
        attempts = list(&record.attempts, |attempt| {
            format!("{}={}", name(&names.endpoints, attempt.endpoint.index()), outcome_text(attempt.outcome))
        }),
        served = record.served.map(|(endpoint, model)| {
            format!("{} {}", name(&names.endpoints, endpoint.index()), name(&names.models, model.index()))
        }),
        status = record.status,
        input_tokens = record.input_tokens,
        output_tokens = record.output_tokens,
        spend = record.spend,
        end = end_text(record.end),
    );
}

fn name(names: &[Box<str>], index: usize) -> &str {
    names.get(index).map_or("?", |name| name)
}

fn list<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(",")
}

fn reason_text(reason: &Reason, names: &Names) -> String {
    let code = reason.code();
    match reason {
        Reason::Rule(id) | Reason::PolicyError(Some(id)) => {
            format!("{code}:{}", name(&names.rules, id.index()))
        }
        Reason::ContentBlocked(id) => format!("{code}:{}", name(&names.detectors, id.index())),
        Reason::WorkloadData(id) => format!("{code}:{}", name(&names.categories, id.index())),
        Reason::AttestationMissing(id) => format!("{code}:{}", name(&names.attestations, id.index())),
        // A tool's name is the client's text.
        Reason::ToolNotAllowed(_)
        | Reason::Unauthenticated
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
        | Reason::PolicyError(None) => code.to_owned(),
        Reason::RateLimited(id) | Reason::TokenLimit(id) | Reason::BudgetExhausted(id) => {
            format!("{code}:{}", name(&names.limits, id.index()))
        }
    }
}

fn drop_text(reason: DropReason, names: &Names) -> String {
    match reason {
        DropReason::ModelNotAllowed => "model_not_allowed".to_owned(),
        DropReason::ProviderNotAllowed => "provider_not_allowed".to_owned(),
        DropReason::Residency => "residency".to_owned(),
        DropReason::AttestationMissing(id) => {
            format!("attestation_missing:{}", name(&names.attestations, id.index()))
        }
        DropReason::ContextTooSmall => "context_too_small".to_owned(),
        DropReason::NotAccepted(_) => "not_accepted".to_owned(),
        DropReason::Rule(id) => format!("rule:{}", name(&names.rules, id.index())),
        DropReason::Down => "down".to_owned(),
    }
}

fn shadowed_text(shadowed: Shadowed, names: &Names) -> String {
    match shadowed {
        Shadowed::Rule(id) => format!("rule:{}", name(&names.rules, id.index())),
        Shadowed::Redaction(id, times) => format!("redaction:{}={times}", name(&names.detectors, id.index())),
        Shadowed::Limit(id) => format!("limit:{}", name(&names.limits, id.index())),
    }
}

fn candidate_text(candidate: Candidate, names: &Names) -> String {
    format!(
        "{} {}",
        name(&names.endpoints, candidate.endpoint.index()),
        name(&names.models, candidate.model.index())
    )
}

fn redaction_text((detector, times): (DetectorId, u32), names: &Names) -> String {
    format!("{}={times}", name(&names.detectors, detector.index()))
}

fn outcome_text(outcome: AttemptOutcome) -> String {
    match outcome {
        AttemptOutcome::Served(status) => format!("served:{status}"),
        AttemptOutcome::Status(status) => format!("status:{status}"),
        AttemptOutcome::Timeout => "timeout".to_owned(),
        AttemptOutcome::Failed(failure) => match failure {
            engine::record::UpstreamFailure::Connect => "connect".to_owned(),
            engine::record::UpstreamFailure::Broken => "broken".to_owned(),
            engine::record::UpstreamFailure::Malformed => "malformed".to_owned(),
        },
        AttemptOutcome::Abandoned => "abandoned".to_owned(),
    }
}

const fn end_text(end: EndKind) -> &'static str {
    match end {
        EndKind::Begun => "begun",
        EndKind::Answered => "answered",
        EndKind::Refused => "refused",
        EndKind::Cut => "cut",
        EndKind::ClientGone => "client_gone",
    }
}
