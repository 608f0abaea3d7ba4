//! Refusals in the client's dialect, and the head that every answer has.

use super::relay::Relay;
use super::{Exchange, Moment, Problem, ResponseHead, State, Step};
use crate::decision::Reason;
use crate::dialect::openai::{ModelEntry, error_body, error_event, models_body};
use crate::dialect::report::ErrorReport;
use crate::program::Asked;
use crate::record::EndKind;
use crate::wording;
use bytes::Bytes;
use lang::model::EndpointId;
use std::time::Duration;

/// The status of a request that could never fit its limit: no later try can help.
const NEVER_FITS_STATUS: u16 = 403;

/// An error as its words and numbers.
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    pub(super) event: Vec<u8>,
}

impl Exchange {
    /// Ends the exchange with an error body, or once an answer has begun by cutting it.
    pub(super) fn refuse(&mut self, problem: Problem, now: Moment) {
        if self.is_forwarding {
            return self.abort(problem, now);
        }
        let told = self.told(&problem);
        let mut headers = vec![("content-type", "application/json".to_owned())];
        if let Some(wait) = problem.retry_after {
            headers.push(("retry-after", seconds_up(wait).to_string()));
            headers.push(("retry-after-ms", wait.as_millis().to_string()));
        }
        if matches!(problem.reason, Reason::BudgetExhausted(_)) {
            headers.push(("x-should-retry", "false".to_owned()));
        }
        self.forward_head(told.status, headers, None);
        self.push(Step::Forward(Bytes::from(told.body)));
        self.push(Step::Finish);
        self.record.reason = Some(problem.reason);
        self.finish(EndKind::Refused, now);
    }

    /// Ends an answer that has begun with the dialect's error event, never as if it were whole.
    pub(super) fn abort(&mut self, problem: Problem, now: Moment) {
        let told = self.told(&problem);
        self.push(Step::Abort(Bytes::from(told.event)));
        self.record.reason = Some(problem.reason);
        self.finish(EndKind::Cut, now);
    }

    /// What a client is told of a problem, as a body and as an event of a stream.
    pub(super) fn told(&self, problem: &Problem) -> Told {
        let status = if problem.is_final { NEVER_FITS_STATUS } else { problem.reason.status() };
        self.told_as(problem, status)
    }

    /// The same, with a status of its own.
    pub(super) fn told_as(&self, problem: &Problem, status: u16) -> Told {
        let model = self.guard.model();
        let code = wording::reason(model, &problem.reason);
        let message = problem
            .message
            .clone()
            .unwrap_or_else(|| wording::message(model, &problem.reason, self.record.decision.as_ref()));
        let place = wording::decided_by(model, &problem.reason, self.tenant());
        let place = place.and_then(|span| model.sources.locate(span));
        let id = self.record.id.to_string();
        let rule = problem.reason.rule().and_then(|rule| model.rules.get(rule.index()));
        let report = ErrorReport {
            status,
            reason: &code,
            message: &message,
            param: problem.param.as_deref(),
            decision: &id,
            rule: rule.map(|rule| &*rule.name),
            file: place.map(|(file, ..)| file),
            line: place.map(|(_, start, _)| start.line),
        };
        Told { status, body: error_body(&report), event: error_event(&report) }
    }

    /// Sends the head of an answer, with the headers that every answer carries.
    pub(super) fn forward_head(
        &mut self,
        status: u16,
        mut headers: Vec<(&'static str, String)>,
        endpoint: Option<EndpointId>,
    ) {
        let model = self.guard.model();
        headers.push(("x-ascp-decision", self.record.id.to_string()));
        let policy = format!("{} {}", model.policy.version, model.decision_digest);
        headers.push(("x-ascp-policy", policy.trim_start().to_owned()));
        if let Some(endpoint) = endpoint.and_then(|id| model.endpoints.get(id.index())) {
            headers.push(("x-ascp-endpoint", endpoint.name.to_string()));
        }
        self.record.status = status;
        self.is_forwarding = true;
        self.push(Step::ForwardHead(ResponseHead { status, headers }));
    }

    /// Answers `GET /v1/models` with what the tenant may ask for.
    pub(super) fn list_models(&mut self, now: Moment) {
        let model = self.guard.model();
        let tenant = self.tenant().and_then(|id| model.tenants.get(id.index()));
        let access = tenant.and_then(|tenant| model.accesses.get(tenant.access.index()));
        let mut names: Vec<&str> = Vec::new();
        for id in access.iter().flat_map(|access| &access.models) {
            names.extend(
                model.models.get(id.index()).iter().flat_map(|served| &served.aliases).map(|name| &**name),
            );
        }
        for (_, chain) in access.iter().flat_map(|access| &access.routes) {
            names.extend(
                model.chains.get(chain.index()).iter().flat_map(|chain| &chain.aliases).map(|name| &**name),
            );
        }
        names.retain(|name| self.guard.program().resolve_asked(name) != Asked::Unknown);
        names.sort_unstable();
        names.dedup();
        let entries: Vec<ModelEntry<'_>> = names
            .iter()
            .map(|name| ModelEntry { id: name, created: 0, owned_by: &model.policy.name })
            .collect();
        let body = models_body(&entries);
        self.forward_head(200, vec![("content-type", "application/json".to_owned())], None);
        self.push(Step::Forward(Bytes::from(body)));
        self.push(Step::Finish);
        self.finish(EndKind::Answered, now);
    }

    /// Nothing is waited for any more.
    pub(super) fn close(&mut self) {
        self.state = State::Over;
        self.deadline = None;
        // Values that were redacted are gone with the exchange.
        self.vault = None;
        self.edits.clear();
        self.relay = Relay::default();
    }
}

/// Whole seconds, rounded up, as `Retry-After` has them.
fn seconds_up(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0))
}
