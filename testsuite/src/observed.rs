//! What came of a request, in the words of suites: names in place of numbers.
//!
//! Expectations, snapshots and reports read this and nothing else, so that
//! each of them can be tested without an exchange.

use crate::names::{Location, Names};
use crate::run::Outcome;
use engine::Verdict;
use engine::facts::Findings;
use engine::record::{EndKind, Record};
use std::collections::BTreeMap;
use std::time::Duration;

mod answer;
mod record;

pub use answer::answer_text;

/// An endpoint that fell out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fallen {
    /// The endpoint.
    pub endpoint: String,
    /// Why, as decisions say it.
    pub reason: String,
    /// Why, with whatever the reason speaks of, as in `attestation_missing:dpa`.
    pub in_full: String,
}

/// What came of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Whether it passed; an exchange that failed after it was let in is no denial.
    pub verdict: Option<Verdict>,
    /// The first reason as decisions say it, if it was refused or failed.
    pub reason: Option<String>,
    /// The same with whatever it speaks of, as in `workload_data:health_data`.
    pub reason_in_full: Option<String>,
    /// All reasons with whatever they speak of, in order.
    pub reasons: Vec<String>,
    /// What the client was told.
    pub message: Option<String>,
    /// Rules that fired, by name.
    pub rules: Vec<String>,
    /// Flags.
    pub flags: Vec<String>,
    /// What would have happened.
    pub shadowed: Vec<String>,
    /// The route, in order.
    pub route: Vec<String>,
    /// Exceptions that let candidates in, by name.
    pub exceptions: Vec<String>,
    /// What fell out, and why.
    pub dropped: Vec<Fallen>,
    /// The endpoint that served.
    pub served_by: Option<String>,
    /// Endpoints that were called, in order.
    pub attempts: Vec<String>,
    /// Redactions of the request.
    pub redacted_input: BTreeMap<String, u32>,
    /// Redactions of the answer.
    pub redacted_output: BTreeMap<String, u32>,
    /// Findings in the request.
    pub found_input: BTreeMap<String, u32>,
    /// Findings in the answer.
    pub found_output: BTreeMap<String, u32>,
    /// Bodies that upstreams got, in order.
    pub sent: Vec<String>,
    /// Which of them is the one that served; the last when none did.
    pub serving: Option<usize>,
    /// The answer's body, as it came.
    pub body: String,
    /// The text in it.
    pub text: String,
    /// Whether the answer ended well.
    pub is_whole: bool,
    /// The status.
    pub status: u16,
    /// When trying again can succeed.
    pub retry_after: Option<Duration>,
    /// What was charged, by the text of the limit.
    pub charges: BTreeMap<String, u64>,
    /// Thresholds of budgets that it reached, as in `1 USD / month at 50%`.
    pub alerts: Vec<String>,
    /// What it cost, in millionths.
    pub cost: u64,
    /// The least cap in force.
    pub cap: Option<u64>,
    /// Input and output tokens of the answer.
    pub tokens: (u64, u64),
    /// How it ended.
    pub end: Option<EndKind>,
    /// What is written of it.
    pub record: serde_json::Value,
    /// The policy text that decided.
    pub decided_by: Option<Location>,
}

impl Observed {
    /// Puts an outcome into words.
    pub fn of(names: Names<'_>, outcome: &Outcome) -> Self {
        let body = String::from_utf8_lossy(&outcome.body).into_owned();
        let served = outcome.record.as_ref().and_then(|record| record.served).map(|(endpoint, _)| endpoint);
        let serving = match served {
            Some(endpoint) => outcome.sent.iter().rposition(|sent| sent.endpoint == endpoint),
            None => outcome.sent.len().checked_sub(1),
        };
        let full = outcome.full.iter().filter_map(|full| full.retry_after_nanos).max();
        let mut observed = Self {
            attempts: outcome.sent.iter().map(|sent| names.endpoint(sent.endpoint).to_owned()).collect(),
            sent: outcome.sent.iter().map(|sent| sent.body.clone()).collect(),
            serving,
            text: answer_text(&body),
            body,
            is_whole: outcome.is_whole,
            retry_after: full.map(Duration::from_nanos),
            status: outcome.head.as_ref().map_or(0, |head| head.status),
            ..Self::default()
        };
        if let Some(record) = &outcome.record {
            observed.take_record(names, record);
        }
        if let Some(facts) = &outcome.facts {
            observed.found_input = found(names, &facts.input);
            observed.found_output = found(names, &facts.output.findings);
        }
        observed
    }

    fn take_record(&mut self, names: Names<'_>, record: &Record) {
        self.served_by = record.served.map(|(endpoint, _)| names.endpoint(endpoint).to_owned());
        self.redacted_input = counted(names, &record.input_redactions);
        self.redacted_output = counted(names, &record.output_redactions);
        self.cost = record.spend;
        self.tokens = (record.input_tokens, record.output_tokens);
        self.end = Some(record.end);
        self.record = record::shown(names, record);
        for charge in &record.charges {
            let amount = self.charges.entry(names.charge(charge).to_owned()).or_default();
            *amount = amount.saturating_add(charge.amount);
        }
        let alerts = |is_shadow: bool| record.alerts.iter().filter(move |alert| alert.is_shadow == is_shadow);
        self.alerts = alerts(false).map(|alert| names.alert(*alert)).collect();
        self.shadowed = alerts(true).map(|alert| names.alert(*alert)).collect();
        let first = record.reason.as_ref();
        self.reason = first.map(|reason| names.reason(reason));
        self.reason_in_full = first.map(|reason| names.reason_in_full(reason));
        self.reasons = self.reason_in_full.iter().cloned().collect();
        self.message = first.and_then(|reason| names.message(reason));
        self.decided_by = first.and_then(|reason| names.decided_by(reason, record.tenant));
        self.verdict = Some(if first.is_some() { Verdict::Deny } else { Verdict::Allow });
        self.alerts.sort();
        let Some(decision) = &record.decision else { return };
        if !decision.reasons.is_empty() {
            self.reasons = decision.reasons.iter().map(|reason| names.reason_in_full(reason)).collect();
        }
        self.rules = decision.fired.iter().map(|rule| names.rule(*rule).to_owned()).collect();
        self.flags = decision.flags.iter().map(ToString::to_string).collect();
        self.shadowed.extend(decision.shadowed.iter().map(|shadowed| names.shadowed(shadowed)));
        self.route =
            decision.route.iter().map(|candidate| names.endpoint(candidate.endpoint).into()).collect();
        self.dropped = decision
            .dropped
            .iter()
            .map(|dropped| Fallen {
                endpoint: names.endpoint(dropped.endpoint).to_owned(),
                reason: names.dropped(&dropped.reason),
                in_full: names.dropped_in_full(&dropped.reason),
            })
            .collect();
        self.exceptions = decision
            .route
            .iter()
            .filter_map(|candidate| candidate.exception)
            .map(|exception| names.exception(exception).to_owned())
            .collect();
        self.cap = decision.cap;
        self.rules.sort();
        self.flags.sort();
        self.shadowed.sort();
        self.dropped.sort();
        self.exceptions.sort();
        self.exceptions.dedup();
    }

    /// The client's answer as JSON: the body, or of a stream the list of its events.
    pub fn client_json(&self) -> Option<serde_json::Value> {
        answer::answer_json(&self.body)
    }

    /// The body that the serving upstream got.
    pub fn upstream(&self) -> Option<&str> {
        self.serving.and_then(|at| self.sent.get(at)).map(String::as_str)
    }
}

fn found(names: Names<'_>, findings: &Findings) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for finding in &findings.list {
        let count: &mut u32 = counts.entry(names.detector(finding.detector).to_owned()).or_default();
        *count = count.saturating_add(1);
    }
    counts
}

fn counted(names: Names<'_>, counts: &[(lang::model::DetectorId, u32)]) -> BTreeMap<String, u32> {
    counts.iter().map(|(detector, count)| (names.detector(*detector).to_owned(), *count)).collect()
}
