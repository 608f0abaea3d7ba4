//! One request, decided: up to the first call of an upstream, or to the refusal.
//!
//! The exchange is the one that production drives, among counters in memory.
//! Nothing is answered, so charges are what is reserved and redactions are
//! those of the request.

use crate::names::Names;
use crate::observed::Observed;
use crate::resolve;
use crate::run::{MOVES_MAX, Outcome};
use crate::suite::{Ask, Usage, Word};
use crate::world::{Counters as _, MemoryCounters, Room, Sent, identify};
use crate::yaml::Fault;
use bytes::Bytes;
use engine::decision::{Decision, Reason};
use engine::exchange::{Attempt, Event, Exchange, Identified, Moment, Shown, Start, Step};
use engine::facts::Facts;
use engine::guard::Guard;
use engine::meter::Charge;
use engine::record::{DecisionId, Record};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// A request, and the world that it meets.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// What is asked, and by whom.
    pub ask: Ask,
    /// Endpoints that are known to be down.
    pub down: Vec<Word>,
    /// What the tenant has used already.
    pub usage: Option<Usage>,
}

/// A decision and all that led to it.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The record: of the beginning of a call, or of the refusal.
    pub record: Box<Record>,
    /// What the decision had read; `None` when the request was refused before there was one.
    pub facts: Option<Box<Facts>>,
    /// The first call, with the redacted and rewritten body; `None` when the request was refused.
    pub attempt: Option<Box<Attempt>>,
    /// The same in words; `text` and `body` are what a refused client is told.
    pub observed: Observed,
}

impl Explained {
    /// The decision, where it came to one.
    pub fn decision(&self) -> Option<&Decision> {
        self.record.decision.as_ref()
    }

    /// Why the request was refused.
    pub fn reason(&self) -> Option<&Reason> {
        self.record.reason.as_ref()
    }

    /// What was reserved.
    pub fn charges(&self) -> &[Charge] {
        &self.record.charges
    }

    /// What the first endpoint would be sent.
    pub fn upstream_body(&self) -> Option<&Bytes> {
        self.attempt.as_ref().map(|attempt| &attempt.body)
    }
}

/// Decides a request at an instant.
///
/// # Errors
///
/// A name that the package does not have, or a defect: an exchange that comes to no end.
pub fn explain(guard: &Arc<Guard>, question: &Question, now: Timestamp) -> Result<Explained, Fault> {
    let names = Names::new(guard.model());
    resolve::check_ask(&question.ask, &question.down, names)?;
    let now = Moment { elapsed: Duration::ZERO, wall: now };
    let mut down: Vec<_> = question.down.iter().filter_map(|word| names.endpoint_id(&word.text)).collect();
    down.sort_unstable();
    down.dedup();
    let start = Start { head: crate::request::head(&question.ask), id: DecisionId(1), down, now };
    let mut asking = Asking {
        names,
        question,
        exchange: Exchange::begin(Arc::clone(guard), start),
        counters: MemoryCounters::new(guard.model()),
        who: None,
        outcome: Outcome::default(),
        attempt: None,
    };
    if let Some(usage) = question.usage {
        asking.counters.add_used(usage, now.wall);
    }
    asking.drive(now);
    asking.into_explained()
}

/// An exchange on its way to its first call.
struct Asking<'a> {
    names: Names<'a>,
    question: &'a Question,
    exchange: Exchange,
    counters: MemoryCounters<'a>,
    who: Option<Identified>,
    outcome: Outcome,
    attempt: Option<Box<Attempt>>,
}

impl Asking<'_> {
    /// Carries out steps until there is a call or an end.
    fn drive(&mut self, now: Moment) {
        for _ in 0..MOVES_MAX {
            let Some(step) = self.exchange.poll_step() else { return };
            if let Some(event) = self.carry_out(step, now) {
                self.exchange.handle(event, now);
            }
            if self.attempt.is_some() {
                return;
            }
        }
    }

    fn carry_out(&mut self, step: Step, now: Moment) -> Option<Event> {
        match step {
            Step::Identify(shown) => return Some(self.identify(shown)),
            Step::ReadBody { bytes_max } => {
                let body = crate::request::body(&self.question.ask);
                let is_too_large = body.len() > bytes_max;
                return Some(if is_too_large { Event::BodyTooLarge } else { Event::Body(body.into()) });
            }
            Step::Reserve(charges) => return Some(self.reserve(&charges, now)),
            // The record of a beginning has all that was decided; that of an end comes later and has more.
            Step::Begin(record) => {
                self.outcome.record = Some(record);
                return Some(Event::Begun);
            }
            Step::Attempt(attempt) => {
                let body = String::from_utf8_lossy(&attempt.body).into_owned();
                self.outcome.sent.push(Sent { endpoint: attempt.endpoint, body });
                self.attempt = Some(attempt);
            }
            Step::ForwardHead(head) => self.outcome.head = Some(head),
            Step::Forward(bytes) | Step::Abort(bytes) => self.outcome.body.extend_from_slice(&bytes),
            Step::Finish => self.outcome.is_whole = true,
            Step::End(record) => self.outcome.record = Some(record),
            Step::Hangup | Step::Settle(_) => {}
        }
        None
    }

    fn identify(&mut self, shown: Shown) -> Event {
        let shown = match (shown, &self.question.ask.tenant) {
            (Shown::Nothing, Some(tenant)) => Shown::Tenant(tenant.text.as_str().into()),
            (shown, _) => shown,
        };
        self.who = identify(self.names, &shown, self.question.ask.caller.as_ref());
        self.who.clone().map_or(Event::NotIdentified, Event::Identified)
    }

    fn reserve(&mut self, charges: &[Charge], now: Moment) -> Event {
        // Nobody is charged before the exchange knows whom.
        let Some(who) = &self.who else { return Event::ClientGone };
        match self.counters.reserve(who.tenant, charges, now) {
            Ok(Room { id, usage, shadowed }) => Event::Reserved { id, usage, shadowed },
            Err(full) => {
                self.outcome.full.extend(full.iter().filter(|full| !full.is_shadow));
                Event::Full(full)
            }
        }
    }

    fn into_explained(mut self) -> Result<Explained, Fault> {
        let is_over = self.attempt.is_some() || self.outcome.is_whole;
        let observed = Observed::of(self.names, &self.outcome);
        let record = self.outcome.record.take().filter(|_| is_over).ok_or_else(|| {
            Fault::new(crate::yaml::Place::START, "the exchange waits for nothing and never ends")
        })?;
        let facts = self.exchange.facts().cloned().map(Box::new);
        Ok(Explained { record, facts, attempt: self.attempt, observed })
    }
}

#[cfg(test)]
mod tests;
