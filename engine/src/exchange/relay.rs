//! The answer on its way back: scanned before restoration, whole or as it arrives.

mod stream;
mod whole;

use super::{Event, Exchange, Moment, Problem, State, Step};
use crate::decision::{Decision, Reason, Verdict};
use crate::dialect::answer::Usage;
use crate::facts::FoundFact;
use crate::guard::Screen;
use crate::record::{AttemptOutcome, EndKind};
use crate::scan::{Counts, OutputStream, Surroundings};
use bytes::Bytes;
use lang::model::{Access, FailureKind, Kind, Set};
use std::sync::Arc;
use stream::Stream;

/// What is known of the answer so far.
#[derive(Debug, Default)]
pub(super) struct Relay {
    mode: Mode,
    usage: Option<Usage>,
    /// Bytes of text that came back, for an estimate where nobody counted.
    text_bytes: u64,
    found: Counts,
    redacted: Counts,
    tool_calls: Vec<String>,
    finish_reason: String,
}

/// How the answer arrives.
#[derive(Debug, Default)]
enum Mode {
    /// It does not, yet.
    #[default]
    Nothing,
    /// As one body, with this status.
    Whole(u16, Vec<u8>),
    /// As events.
    Stream(Box<Stream>),
}

impl Relay {
    pub(super) const fn usage(&self) -> Option<Usage> {
        self.usage
    }

    pub(super) const fn text_bytes(&self) -> u64 {
        self.text_bytes
    }
}

impl Exchange {
    /// An endpoint answers well: its answer is read, and used unless it is none.
    pub(super) fn serve(&mut self, status: u16, headers: &[(String, String)], now: Moment) {
        if self.serve_by_present().is_none() {
            return self.misfit(now);
        }
        self.relay = Relay::default();
        let is_events = headers.iter().any(|(name, value)| {
            let essence = value.split(';').next().unwrap_or_default().trim();
            name == "content-type" && essence.eq_ignore_ascii_case("text/event-stream")
        });
        self.relay.mode = if is_events && self.request.as_ref().is_some_and(|request| request.stream) {
            Mode::Stream(Box::default())
        } else {
            Mode::Whole(status, Vec::new())
        };
        self.outcome(AttemptOutcome::Served(status));
        self.state = State::Answering;
        if matches!(self.relay.mode, Mode::Stream(_)) {
            self.extend_deadline(now);
        }
    }

    pub(super) fn on_answer(&mut self, event: Event, now: Moment) {
        match std::mem::take(&mut self.relay.mode) {
            Mode::Nothing => self.misfit(now),
            Mode::Whole(status, body) => self.on_whole(status, body, event, now),
            Mode::Stream(stream) => self.on_stream(stream, event, now),
        }
    }

    /// The answer broke off before a byte of it was forwarded: the next candidate may do better.
    fn abandon(&mut self, outcome: AttemptOutcome, failure: FailureKind, now: Moment) {
        self.outcome(outcome);
        self.unserve();
        self.fall_back(failure, now);
    }

    /// What the tenant's answers are searched for.
    fn output_screen(&self) -> Option<Arc<Screen>> {
        self.tenant().and_then(|tenant| self.guard.screen(tenant)).cloned()
    }

    /// Restores and redacts one text that is whole.
    fn restore(&mut self, screen: &Screen, text: &str) -> Result<String, Problem> {
        let vault = self.vault.as_ref().ok_or_else(|| Problem::new(Reason::PolicyError(None)))?;
        let plans = screen.plans(self.began.wall);
        let around = Surroundings::new(self.guard.scanner(), &plans.output, vault, &screen.output);
        let mut stream = OutputStream::new(&around);
        let mut out = String::with_capacity(text.len());
        let read = stream.push(text, &around, &mut out).and_then(|()| stream.finish(&around, &mut out));
        read.map_err(|blocked| Problem::new(Reason::ContentBlocked(blocked.0)))?;
        self.relay.found.merge(stream.found());
        self.relay.redacted.merge(stream.redacted());
        Ok(out)
    }

    /// Whether an answer holds what cannot be scanned, where it must be.
    fn is_unreadable(&self, screen: &Screen, kinds: &Set<Kind>, has_logprobs: bool) -> bool {
        if screen.plans(self.began.wall).output.changing().is_empty() {
            return false;
        }
        let model = self.guard.model();
        let tenant = self.tenant().and_then(|id| model.tenants.get(id.index()));
        let access: Option<&Access> = tenant.and_then(|tenant| model.accesses.get(tenant.access.index()));
        has_logprobs || access.is_none_or(|access| !access.unscanned.is_superset(kinds))
    }

    /// Asks what is to be said of the answer as far as it is known.
    fn respond(&mut self) -> Result<(), Problem> {
        let Some(facts) = &mut self.facts else { return Err(Problem::new(Reason::PolicyError(None))) };
        facts.served = self.record.served;
        facts.output.tool_calls.clone_from(&self.relay.tool_calls);
        facts.output.finish_reason.clone_from(&self.relay.finish_reason);
        facts.output.findings.list = self
            .relay
            .found
            .iter()
            .flat_map(|(detector, times)| {
                let fact =
                    FoundFact { detector, confidence_permille: crate::scan::Confidence::MAX.permille() };
                std::iter::repeat_n(fact, usize::try_from(times).unwrap_or(0))
            })
            .collect();
        facts.output.tokens = self.relay.usage.map_or_else(
            || crate::dialect::estimate::text_tokens(self.relay.text_bytes),
            |usage| usage.output,
        );
        let decision = self.guard.decide(facts, &mut self.scratch);
        self.keep(&decision);
        match decision.verdict {
            Verdict::Allow => Ok(()),
            Verdict::Deny => {
                Err(Problem::new(decision.reasons.first().cloned().unwrap_or(Reason::PolicyError(None))))
            }
        }
    }

    /// Keeps what an answer added to the decision; its route was fixed before.
    fn keep(&mut self, decision: &Decision) {
        let Some(kept) = &mut self.record.decision else { return };
        kept.verdict = decision.verdict;
        kept.reasons.clone_from(&decision.reasons);
        kept.fired.clone_from(&decision.fired);
        kept.flags.clone_from(&decision.flags);
        kept.shadowed.extend(decision.shadowed.iter().copied());
        kept.shadowed.sort_unstable();
        kept.shadowed.dedup();
    }

    /// Passes on a provider's complaint about the client's request.
    pub(super) fn pass_error(&mut self, status: u16, said: &str, now: Moment) {
        let said = match self.output_screen() {
            Some(screen) => self.restore(&screen, said).unwrap_or_default(),
            None => String::new(),
        };
        let message = if said.is_empty() {
            "The provider refused the request and did not say why.".to_owned()
        } else {
            format!("The provider refused the request: {said}")
        };
        let endpoint = self.route().get(self.present()).map(|candidate| candidate.endpoint);
        let problem = Problem { message: Some(message), ..Problem::new(Reason::UpstreamFailed) };
        let told = self.told_as(&problem, status);
        self.forward_head(status, vec![("content-type", "application/json".to_owned())], endpoint);
        self.push(Step::Forward(Bytes::from(told.body)));
        self.push(Step::Finish);
        self.record.reason = Some(Reason::UpstreamFailed);
        self.finish(EndKind::Answered, now);
    }
}
