//! An exchange in its simplest form: it knows the caller, and relays to the first endpoint that answers.

use engine::exchange::{Attempt, Event, Head, Moment, ResponseHead, Settlement, Shown, Step};
use engine::meter::{Charge, CounterKey, Gauge, ReservationId};
use engine::record::{AttemptOutcome, AttemptRecord, EndKind, Record, UpstreamFailure};
use lang::model::{Digest, EndpointId, LimitId, LimitKind};
use server::{Machine, Policy, Start};
use std::collections::VecDeque;
use std::time::Duration;

/// A policy that allows everything to whoever is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Relay {
    /// What answers are marked with.
    pub(crate) mark: &'static str,
    /// How many endpoints there are to try.
    pub(crate) endpoints: u32,
    /// How long the first byte may take.
    pub(crate) first_byte: Option<Duration>,
    /// How many may be served at once.
    pub(crate) at_once: Option<u64>,
}

struct Exchange {
    relay: Relay,
    steps: VecDeque<Step>,
    record: Record,
    body: bytes::Bytes,
    down: Vec<EndpointId>,
    next: u32,
    deadline: Option<Duration>,
    reservations: Vec<ReservationId>,
    has_head: bool,
}

impl Policy for Relay {
    fn begin(&self, start: Start) -> Box<dyn Machine> {
        let shown = shown(&start.head);
        let record = Record::begun(start.id, start.now.wall, Digest([0; 32]));
        Box::new(Exchange {
            relay: self.clone(),
            steps: VecDeque::from([Step::Identify(shown)]),
            record,
            body: bytes::Bytes::new(),
            down: start.down,
            next: 0,
            deadline: None,
            reservations: Vec::new(),
            has_head: false,
        })
    }
}

fn shown(head: &Head) -> Shown {
    let value = head.headers.iter().find(|(name, _)| name == "authorization");
    match value.and_then(|(_, value)| value.strip_prefix("Bearer ")) {
        Some(secret) => Shown::Secret(secret.into()),
        None => Shown::Nothing,
    }
}

impl Machine for Exchange {
    fn handle(&mut self, event: Event, now: Moment) {
        match event {
            Event::Identified(who) => {
                self.record.tenant = Some(who.tenant);
                self.record.caller = who.caller.id;
                self.steps.push_back(Step::ReadBody { bytes_max: 1 << 20 });
            }
            Event::NotIdentified => self.refuse(401),
            Event::Body(body) => {
                self.body = body;
                self.steps.push_back(Step::Reserve(self.charges()));
            }
            Event::BodyTooLarge => self.refuse(413),
            Event::Reserved { id, .. } => {
                self.reservations.push(id);
                self.steps.push_back(Step::Begin(Box::new(self.record.clone())));
            }
            Event::Full(_) => self.refuse(429),
            Event::Begun => self.attempt(now),
            Event::NotBegun => self.refuse(503),
            Event::UpstreamHead { status, headers } => self.head(status, &headers, now),
            Event::UpstreamChunk(bytes) => self.steps.push_back(Step::Forward(bytes)),
            Event::UpstreamEnd => {
                self.steps.push_back(Step::Finish);
                self.end(EndKind::Answered);
            }
            Event::UpstreamFailed(failure) => self.failed(AttemptOutcome::Failed(failure), now),
            Event::DeadlinePassed => self.failed(AttemptOutcome::Timeout, now),
            Event::ClientGone => {
                self.steps.push_back(Step::Hangup);
                self.end(EndKind::ClientGone);
            }
        }
    }

    fn poll_step(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    fn poll_deadline(&self) -> Option<Duration> {
        self.deadline
    }
}

impl Exchange {
    fn charges(&self) -> Vec<Charge> {
        let charge = |amount| Charge {
            limit: LimitId(0),
            kind: LimitKind::Requests,
            counter: CounterKey([1; 16]),
            gauge: Gauge::Concurrent { amount },
            amount: 1,
            is_shadow: false,
            alerts: Vec::new(),
        };
        self.relay.at_once.map(charge).into_iter().collect()
    }

    fn attempt(&mut self, now: Moment) {
        while self.down.contains(&EndpointId(self.next)) {
            self.next += 1;
        }
        if self.next >= self.relay.endpoints {
            self.deadline = None;
            self.refuse(502);
            return;
        }
        let endpoint = EndpointId(self.next);
        self.next += 1;
        self.deadline = self.relay.first_byte.map(|time| now.elapsed + time);
        self.record.attempts.push(AttemptRecord { endpoint, outcome: AttemptOutcome::Abandoned });
        self.steps.push_back(Step::Attempt(Box::new(Attempt {
            endpoint,
            path: "/chat/completions",
            headers: vec![("content-type", "application/json".to_owned())],
            body: self.body.clone(),
            number: self.next,
            stream: true,
        })));
    }

    fn head(&mut self, status: u16, headers: &[(String, String)], now: Moment) {
        if status >= 500 {
            self.outcome(AttemptOutcome::Status(status));
            self.attempt(now);
            return;
        }
        self.deadline = None;
        self.has_head = true;
        self.record.status = status;
        self.outcome(AttemptOutcome::Served(status));
        let mut forwarded = vec![("x-mark", self.relay.mark.to_owned())];
        let content_type = headers.iter().find(|(name, _)| name == "content-type");
        forwarded.extend(content_type.map(|(_, value)| ("content-type", value.clone())));
        self.steps.push_back(Step::ForwardHead(ResponseHead { status, headers: forwarded }));
    }

    fn failed(&mut self, outcome: AttemptOutcome, now: Moment) {
        if self.has_head {
            self.steps.push_back(Step::Abort("event: error\n\n".into()));
            self.end(EndKind::Cut);
        } else {
            self.outcome(outcome);
            self.attempt(now);
        }
    }

    fn refuse(&mut self, status: u16) {
        self.record.status = status;
        let headers = vec![("content-type", "application/json".to_owned())];
        self.steps.push_back(Step::ForwardHead(ResponseHead { status, headers }));
        self.steps.push_back(Step::Forward("{}".into()));
        self.steps.push_back(Step::Finish);
        self.end(EndKind::Refused);
    }

    fn outcome(&mut self, outcome: AttemptOutcome) {
        if let Some(attempt) = self.record.attempts.last_mut() {
            attempt.outcome = outcome;
        }
    }

    fn end(&mut self, end: EndKind) {
        self.deadline = None;
        self.record.end = end;
        let reservations = std::mem::take(&mut self.reservations);
        self.steps.push_back(Step::Settle(Settlement {
            reservations,
            tokens: 0,
            spend: 0,
            spared: Vec::new(),
        }));
        self.steps.push_back(Step::End(Box::new(self.record.clone())));
    }
}

/// A connection that was not made, as records tell of it.
pub(crate) const NOT_CONNECTED: AttemptOutcome = AttemptOutcome::Failed(UpstreamFailure::Connect);
