//! Calls one candidate after another, until one answers or none is left.

use super::judge::note_shadowed;
use super::relay::Relay;
use super::step::{Room, Said};
use super::{Attempt, Exchange, Moment, Problem, State, Step};
use crate::decision::{Candidate, Reason, Shadowed};
use crate::dialect::openai::{ForUpstream, read_error};
use crate::meter::Full;
use crate::record::{AttemptOutcome, AttemptRecord, UpstreamFailure};
use bytes::Bytes;
use lang::model::{FailureKind, Set, Timeouts};
use std::time::Duration;

/// How long a first byte may take when a chain says nothing.
///
/// Reasoning models think for minutes before the first byte of a plain answer.
pub const FIRST_BYTE_DEFAULT: Duration = Duration::from_mins(5);

/// How long an answer may pause when a chain says nothing.
pub const IDLE_DEFAULT: Duration = Duration::from_mins(1);

/// The paths below an endpoint's base address.
const CHAT_PATH: &str = "/chat/completions";
const EMBEDDINGS_PATH: &str = "/embeddings";

/// Largest error body of a provider that is read for its message, in bytes.
const ERROR_BYTES_MAX: usize = 64 << 10;

/// Which failures move on when a model's own offers are the route.
const DEFAULT_ON: &[FailureKind] =
    &[FailureKind::Timeout, FailureKind::Connect, FailureKind::Status(429), FailureKind::StatusClass(5)];

/// Statuses that say something of the client's request, and so are the client's to see.
const CLIENT_STATUSES: &[u16] = &[400, 404, 413, 415, 422];

/// The call under way, and how many there were.
#[derive(Debug, Default)]
pub(super) struct Call {
    /// Which candidate of the route.
    at: usize,
    /// How often this candidate was asked again.
    retries: u32,
    /// The candidate whose answer is used.
    served: Option<Candidate>,
    /// When this candidate was first called, on the driver's clock: `total` is for all of its calls.
    began: Duration,
    /// An answer with an error status, while its body is read.
    error: Option<(u16, Vec<u8>)>,
}

impl Call {
    pub(super) const fn served_by(&self) -> Option<Candidate> {
        self.served
    }
}

impl Exchange {
    pub(super) fn on_reserved(&mut self, room: Result<Room, Vec<Full>>, now: Moment) {
        let Some(room) = self.take_room(room, now) else { return };
        if let Some(decision) = &mut self.record.decision {
            note_shadowed(decision, room.shadowed.iter().map(|full| Shadowed::Limit(full.limit)));
        }
        self.make_durable();
    }

    /// Asks that the beginning be durable before anything is sent.
    pub(super) fn make_durable(&mut self) {
        self.state = State::Beginning;
        self.push(Step::Begin(Box::new(self.record.clone())));
    }

    pub(super) fn on_begun(&mut self, is_durable: bool, now: Moment) {
        if is_durable {
            self.attempt(now);
        } else {
            self.refuse(Problem::new(Reason::AuditUnavailable), now);
        }
    }

    /// Calls the present candidate; one that the request cannot be said to is passed over.
    fn attempt(&mut self, now: Moment) {
        while let Some(candidate) = self.route().get(self.call.at).copied() {
            let Some(body) = self.body_for(&candidate) else {
                self.call.at = self.call.at.saturating_add(1);
                continue;
            };
            if self.call.retries == 0 {
                self.call.began = now.elapsed;
            }
            self.call.error = None;
            let first = self.timeouts(&candidate).first_byte.unwrap_or(FIRST_BYTE_DEFAULT);
            self.deadline = Some(now.elapsed.saturating_add(first).min(self.total_deadline(&candidate)));
            self.state = State::Calling;
            let attempt = AttemptRecord { endpoint: candidate.endpoint, outcome: AttemptOutcome::Abandoned };
            self.record.attempts.push(attempt);
            let number = u32::try_from(self.record.attempts.len()).unwrap_or(u32::MAX);
            let stream = self.request.as_ref().is_some_and(|request| request.stream);
            let accept = if stream { "text/event-stream" } else { "application/json" };
            self.push(Step::Attempt(Box::new(Attempt {
                endpoint: candidate.endpoint,
                path: if self.wants_vectors() { EMBEDDINGS_PATH } else { CHAT_PATH },
                headers: vec![("content-type", "application/json".into()), ("accept", accept.into())],
                body,
                number,
                stream,
            })));
            return;
        }
        let reason =
            if self.record.attempts.is_empty() { Reason::NotTranslatable } else { Reason::UpstreamFailed };
        self.refuse(Problem::new(reason), now);
    }

    /// The redacted request, rewritten for a candidate; `None` where its dialect is not spoken, and then it is
    /// no candidate of any route.
    fn body_for(&self, candidate: &Candidate) -> Option<Bytes> {
        let model = self.guard.model();
        let endpoint = model.endpoints.get(candidate.endpoint.index())?;
        let speaks = model.providers.get(endpoint.provider.index())?.speaks;
        if !speaks.is_spoken() {
            return None;
        }
        let offer =
            model.models.get(candidate.model.index())?.offers.get(usize::try_from(candidate.offer).ok()?)?;
        let cap = self.record.decision.as_ref().and_then(|decision| decision.cap);
        let upstream = ForUpstream { model: &offer.version, cap, speaks };
        let rewritten = self.request.as_ref()?.rewrite(&self.body, upstream, self.edits.clone());
        rewritten.ok().map(Bytes::from)
    }

    fn timeouts(&self, candidate: &Candidate) -> Timeouts {
        self.step_of(candidate).map(|(step, _)| step.timeouts).unwrap_or_default()
    }

    /// The step of the chain that brought a candidate, and which failures move on.
    fn step_of(&self, candidate: &Candidate) -> Option<(&lang::model::Step, &Set<FailureKind>)> {
        let (chain, step) = candidate.step?;
        let chain = self.guard.model().chains.get(chain.index())?;
        Some((chain.steps.get(usize::try_from(step).ok()?)?, &chain.on))
    }

    pub(super) fn on_call(&mut self, said: Said, now: Moment) {
        match (said, &mut self.call.error) {
            (Said::Head(status, headers), None) if (200..300).contains(&status) => {
                self.serve(status, &headers, now);
            }
            (Said::Head(status, _), None) => self.on_error_head(status, now),
            (Said::Chunk(bytes), Some((_, body))) => {
                let room = ERROR_BYTES_MAX.saturating_sub(body.len());
                body.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
            }
            // A second head, or a body before the first.
            (Said::Head(..), Some(_)) | (Said::Chunk(_), None) => self.misfit(now),
            (Said::End, _) | (Said::Failed(_), Some(_)) => self.on_error_body(now),
            (Said::Failed(failure), None) => {
                self.outcome(AttemptOutcome::Failed(failure));
                self.fall_back(FailureKind::Connect, now);
            }
            (Said::Nothing, _) => {
                self.outcome(AttemptOutcome::Timeout);
                self.push(Step::Hangup);
                self.fall_back(FailureKind::Timeout, now);
            }
        }
    }

    /// Notes how the present call went.
    pub(super) fn outcome(&mut self, outcome: AttemptOutcome) {
        if let Some(attempt) = self.record.attempts.last_mut() {
            attempt.outcome = outcome;
        }
    }

    /// A status that is the client's to see is passed on with its message; others move on.
    fn on_error_head(&mut self, status: u16, now: Moment) {
        self.outcome(AttemptOutcome::Status(status));
        if self.moves_on(FailureKind::Status(status)) || !CLIENT_STATUSES.contains(&status) {
            self.push(Step::Hangup);
            self.fall_back(FailureKind::Status(status), now);
        } else {
            self.call.error = Some((status, Vec::new()));
        }
    }

    /// Passes on what a provider says of the client's request, in our words around its own.
    fn on_error_body(&mut self, now: Moment) {
        let Some((status, body)) = self.call.error.take() else {
            self.outcome(AttemptOutcome::Failed(UpstreamFailure::Malformed));
            return self.fall_back(FailureKind::Connect, now);
        };
        let said = read_error(&body).map(|error| error.message).unwrap_or_default();
        self.pass_error(status, &said, now);
    }

    /// Whether a failure of the present candidate lets the next one be tried.
    fn moves_on(&self, failure: FailureKind) -> bool {
        let candidate = self.route().get(self.call.at);
        let class = match failure {
            FailureKind::Status(status) => u8::try_from(status.checked_div(100).unwrap_or(0)).ok(),
            FailureKind::Timeout | FailureKind::Connect | FailureKind::StatusClass(_) => None,
        };
        let on = candidate.and_then(|candidate| self.step_of(candidate));
        let on = on.map_or(DEFAULT_ON, |(_, on)| on.as_slice());
        on.iter().any(|kind| {
            *kind == failure || class.is_some_and(|class| *kind == FailureKind::StatusClass(class))
        })
    }

    /// Asks the same endpoint again, the next one, or gives up.
    pub(super) fn fall_back(&mut self, failure: FailureKind, now: Moment) {
        if !self.moves_on(failure) {
            return self.refuse(Problem::new(Reason::UpstreamFailed), now);
        }
        let candidate = self.route().get(self.call.at).copied();
        if candidate.is_some_and(|candidate| self.may_retry(&candidate, failure, now)) {
            self.call.retries = self.call.retries.saturating_add(1);
        } else {
            self.call.at = self.call.at.saturating_add(1);
            self.call.retries = 0;
        }
        self.attempt(now);
    }

    /// Whether the same endpoint is worth asking again, and there is time to.
    ///
    /// What it says of the request or of its load (4xx) it would say again at once.
    fn may_retry(&self, candidate: &Candidate, failure: FailureKind, now: Moment) -> bool {
        let is_lasting = match failure {
            FailureKind::Status(status) => (400..500).contains(&status),
            FailureKind::StatusClass(class) => class == 4,
            FailureKind::Timeout | FailureKind::Connect => false,
        };
        let retries = self.step_of(candidate).map_or(0, |(step, _)| step.retries);
        !is_lasting && self.call.retries < retries && now.elapsed < self.total_deadline(candidate)
    }

    /// When the time for all calls of a candidate is over.
    fn total_deadline(&self, candidate: &Candidate) -> Duration {
        let total = self.timeouts(candidate).total;
        total.map_or(Duration::MAX, |total| self.call.began.saturating_add(total))
    }

    /// The present candidate's answer is used; there is no way back once a byte of it has been forwarded.
    pub(super) fn serve_by_present(&mut self) -> Option<Candidate> {
        let candidate = self.route().get(self.call.at).copied()?;
        self.call.served = Some(candidate);
        self.record.served = Some((candidate.endpoint, candidate.model));
        Some(candidate)
    }

    /// Which candidate of the route is being called.
    pub(super) const fn present(&self) -> usize {
        self.call.at
    }

    /// The present candidate's answer could not be used after all: nothing of it counts.
    pub(super) fn unserve(&mut self) {
        self.call.served = None;
        self.record.served = None;
        self.relay = Relay::default();
        if let Some(judge) = &mut self.judge {
            judge.serve(None);
        }
    }

    /// Until when the next byte must come.
    pub(super) fn extend_deadline(&mut self, now: Moment) {
        let Some(candidate) = self.call.served else { return };
        let timeouts = self.timeouts(&candidate);
        let idle = now.elapsed.saturating_add(timeouts.idle.unwrap_or(IDLE_DEFAULT));
        self.deadline = Some(idle.min(self.total_deadline(&candidate)));
    }
}
