//! What `explain` says of a decision: `ascp.decision/1`, and a form for people.

use crate::json::PolicyJson;
use engine::decision::{Candidate, DropReason, Dropped};
use engine::trace::TraceEntry;
use engine::{Verdict, wording};
use lang::model::{LimitKind, Model};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use testsuite::names::Names;
use testsuite::observed::Observed;
use testsuite::run::Outcome;

/// How many parts the unit of money has.
const MILLION: u64 = 1_000_000;

/// `ascp.decision/1`
#[derive(Debug, Serialize)]
pub(super) struct Explained<'a> {
    schema: &'static str,
    verdict: &'static str,
    reason: Option<String>,
    /// All reasons of the phase that refused.
    reasons: Vec<String>,
    message: Option<String>,
    status: u16,
    tenant: Option<&'a str>,
    rules: Vec<String>,
    route: Vec<Stop<'a>>,
    dropped: Vec<Fallen<'a>>,
    redactions: Redactions,
    charges: Vec<ChargeJson>,
    flags: Vec<String>,
    /// What would have happened, were it not in shadow.
    shadowed: Vec<String>,
    cap: Option<u64>,
    /// What the first endpoint would be sent.
    upstream_body: Option<Box<RawValue>>,
    decided_by: Option<PlaceJson>,
    policy: PolicyJson<'a>,
    trace: Vec<TraceJson>,
}

/// One candidate of a route.
#[derive(Debug, Serialize)]
struct Stop<'a> {
    endpoint: &'a str,
    model: &'a str,
    region: &'a str,
    /// The exception that let it in.
    exception: Option<&'a str>,
}

/// An endpoint that fell out.
#[derive(Debug, Serialize)]
struct Fallen<'a> {
    endpoint: &'a str,
    model: &'a str,
    reason: String,
    detail: String,
}

#[derive(Debug, Serialize)]
struct Redactions {
    input: BTreeMap<String, u32>,
}

#[derive(Debug, Serialize)]
struct ChargeJson {
    limit: String,
    amount: u64,
    /// What the amount counts: money is in millionths.
    unit: &'static str,
}

impl ChargeJson {
    fn of(model: &Model, text: &str, amount: u64) -> Self {
        let limit = model.limits.iter().find(|limit| &*limit.text == text);
        let unit = match limit.map(|limit| limit.kind) {
            Some(LimitKind::Spend) => "millionths",
            Some(LimitKind::Tokens) => "tokens",
            Some(LimitKind::Requests) | None => "requests",
        };
        Self { limit: text.to_owned(), amount, unit }
    }

    fn amount(&self) -> String {
        if self.unit == "millionths" { money(self.amount) } else { self.amount.to_string() }
    }
}

#[derive(Debug, Serialize)]
struct PlaceJson {
    file: String,
    line: u32,
}

#[derive(Debug, Serialize)]
struct TraceJson {
    node: String,
    #[serde(flatten)]
    place: Option<PlaceJson>,
    /// `true`, `false`, or null where the condition has no answer.
    value: Option<bool>,
}

impl<'a> Explained<'a> {
    /// Puts an outcome into words.
    pub(super) fn of(model: &'a Model, outcome: &Outcome, trace: Vec<TraceEntry>) -> Self {
        let names = Names::new(model);
        let observed = Observed::of(names, outcome);
        let record = outcome.record.as_deref();
        let decision = record.and_then(|record| record.decision.as_ref());
        let reason = record.and_then(|record| record.reason.as_ref());
        let tenant = record.and_then(|record| record.tenant);
        let upstream = outcome.sent.first().map(|sent| sent.body.clone());
        let upstream = upstream.and_then(|body| RawValue::from_string(body).ok());
        let charges = observed.charges.iter();
        Self {
            schema: "ascp.decision/1",
            verdict: observed.verdict.unwrap_or(Verdict::Deny).as_str(),
            reason: reason.map(|reason| wording::reason(model, reason)),
            reasons: decision
                .map(|decision| decision.reasons.iter().map(|one| wording::reason(model, one)).collect())
                .unwrap_or_default(),
            message: reason.map(|reason| wording::message(model, reason, decision)),
            status: observed.status,
            tenant: tenant.and_then(|id| model.tenants.get(id.index())).map(|tenant| &*tenant.name),
            rules: observed.rules,
            route: decision.iter().flat_map(|decision| &decision.route).map(|one| stop(model, one)).collect(),
            dropped: decision
                .iter()
                .flat_map(|decision| &decision.dropped)
                .map(|one| fallen(model, names, one, tenant))
                .collect(),
            redactions: Redactions { input: observed.redacted_input },
            charges: charges.map(|(limit, amount)| ChargeJson::of(model, limit, *amount)).collect(),
            flags: observed.flags,
            shadowed: observed.shadowed,
            cap: observed.cap,
            upstream_body: upstream,
            decided_by: observed.decided_by.map(|at| PlaceJson { file: at.file, line: at.line }),
            policy: PolicyJson::of(model),
            trace: trace.into_iter().map(|entry| of_entry(names, entry)).collect(),
        }
    }

    /// For people; the whole trace only where details are wanted.
    pub(super) fn to_text(&self, is_verbose: bool) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        self.write(&mut text, is_verbose).ok();
        text
    }

    fn write(&self, text: &mut String, is_verbose: bool) -> std::fmt::Result {
        writeln!(text, "{}", self.verdict)?;
        if let Some(reason) = &self.reason {
            line(text, "reason", &format!("{reason}, status {}", self.status))?;
        }
        self.reasons.iter().skip(1).try_for_each(|also| line(text, "also", also))?;
        if let Some(message) = &self.message {
            line(text, "message", message)?;
        }
        if let Some(place) = &self.decided_by {
            line(text, "decided by", &place.to_string())?;
        }
        if let Some(tenant) = self.tenant {
            line(text, "tenant", tenant)?;
        }
        for (number, stop) in self.route.iter().enumerate() {
            let by =
                stop.exception.map(|exception| format!(", by exception `{exception}`")).unwrap_or_default();
            let label = if number == 0 { "route" } else { "then" };
            line(text, label, &format!("{} as {} in {}{by}", stop.endpoint, stop.model, stop.region))?;
        }
        for fallen in &self.dropped {
            line(
                text,
                "dropped",
                &format!("{} for {}: {} ({})", fallen.endpoint, fallen.model, fallen.reason, fallen.detail),
            )?;
        }
        self.rules.iter().try_for_each(|rule| line(text, "rule", rule))?;
        self.flags.iter().try_for_each(|flag| line(text, "flag", flag))?;
        self.shadowed.iter().try_for_each(|shadow| line(text, "in shadow", shadow))?;
        for (detector, count) in &self.redactions.input {
            line(text, "redacted", &format!("{detector}, {count} in the input"))?;
        }
        self.charges.iter().try_for_each(|charge| {
            line(text, "charged", &format!("{} of {}", charge.amount(), charge.limit))
        })?;
        if let Some(cap) = self.cap {
            line(text, "cap", &format!("{cap} tokens of output"))?;
        }
        if let Some(body) = &self.upstream_body {
            line(text, "sent", body.get())?;
        }
        let speaks = |entry: &&TraceJson| entry.value != Some(false) && !entry.node.contains('/');
        for entry in self.trace.iter().filter(|entry| is_verbose || speaks(entry)) {
            let value = entry.value.map_or("no answer", |value| if value { "true" } else { "false" });
            let place = entry.place.as_ref().map(ToString::to_string).unwrap_or_default();
            line(text, "condition", &format!("{} is {value}, at {place}", entry.node))?;
        }
        line(text, "policy", &format!("{} {} {}", self.policy.name, self.policy.version, self.policy.digest))
    }
}

impl std::fmt::Display for PlaceJson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

fn line(text: &mut String, label: &str, what: &str) -> std::fmt::Result {
    writeln!(text, "  {label:<10}  {what}")
}

/// Millionths as people write money: `1200` is `0.0012`.
fn money(millionths: u64) -> String {
    let text = format!("{}.{:06}", millionths / MILLION, millionths % MILLION);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn stop<'a>(model: &'a Model, candidate: &Candidate) -> Stop<'a> {
    let endpoint = model.endpoints.get(candidate.endpoint.index());
    let region = endpoint.and_then(|endpoint| model.regions.get(endpoint.region.index()));
    let served = model.models.get(candidate.model.index());
    let offer = served.and_then(|served| served.offers.get(usize::try_from(candidate.offer).ok()?));
    let exception = candidate.exception.and_then(|id| model.exceptions.get(id.index()));
    Stop {
        endpoint: endpoint.map_or("", |endpoint| &endpoint.name),
        model: offer.map_or("", |offer| &offer.version),
        region: region.map_or("", |region| &region.name),
        exception: exception.map(|exception| &*exception.name),
    }
}

fn fallen<'a>(
    model: &'a Model,
    names: Names<'a>,
    dropped: &Dropped,
    tenant: Option<lang::model::TenantId>,
) -> Fallen<'a> {
    Fallen {
        endpoint: names.endpoint(dropped.endpoint),
        model: model.models.get(dropped.model.index()).map_or("", |served| &served.name),
        reason: names.dropped(&dropped.reason),
        detail: detail(model, dropped, tenant),
    }
}

/// Why an endpoint fell out, in words.
fn detail(model: &Model, dropped: &Dropped, tenant: Option<lang::model::TenantId>) -> String {
    let endpoint = model.endpoints.get(dropped.endpoint.index());
    let served = model.models.get(dropped.model.index());
    let model_name = served.map_or("", |served| &served.name);
    match dropped.reason {
        DropReason::ModelNotAllowed => format!("{model_name} is not among the allowed models"),
        DropReason::ProviderNotAllowed => "its provider is not among the allowed providers".into(),
        DropReason::Residency => {
            let region = endpoint.and_then(|endpoint| model.regions.get(endpoint.region.index()));
            let access = tenant.and_then(|id| model.tenants.get(id.index()));
            let access = access.and_then(|tenant| model.accesses.get(tenant.access.index()));
            let said =
                access.and_then(|access| access.residence.as_ref()).map_or("the residence", |one| &one.said);
            format!("{} is outside {said}", region.map_or("its region", |region| &region.name))
        }
        DropReason::AttestationMissing(id) => {
            let attestation = model.attestations.get(id.index()).map_or("", |one| &one.name);
            format!("it does not attest {attestation}")
        }
        DropReason::NotSpoken => "its provider speaks a protocol that this version does not".into(),
        DropReason::ContextTooSmall => format!("the input is larger than the context of {model_name}"),
        DropReason::NotAccepted(kind) => format!("{model_name} does not accept {}", kind.as_str()),
        DropReason::Rule(id) => {
            let rule = model.rules.get(id.index());
            let place = rule.and_then(|rule| model.sources.locate(rule.span));
            place.map(|(file, at, _)| format!("the rule at {file}:{}", at.line)).unwrap_or_default()
        }
        DropReason::Down => "it is known to be down".into(),
    }
}

fn of_entry(names: Names<'_>, entry: TraceEntry) -> TraceJson {
    use engine::trace::TraceValue;
    TraceJson {
        node: entry.node,
        place: names.locate(entry.span).map(|at| PlaceJson { file: at.file, line: at.line }),
        value: match entry.value {
            TraceValue::False => Some(false),
            TraceValue::True => Some(true),
            TraceValue::Error => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_without_idle_zeros() {
        let rows = [(0, "0"), (2, "0.000002"), (1_200, "0.0012"), (50_000_000, "50"), (1_500_000, "1.5")];
        for (millionths, expected) in rows {
            assert_eq!(money(millionths), expected);
        }
    }
}
