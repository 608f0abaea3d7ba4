//! One request and its response, from head to record, without I/O.
//!
//! A driver feeds an [`Exchange`] events and carries out the [`Step`]s that it
//! asks for: the proxy over sockets, the harness over a script and a virtual
//! clock. The road of a request:
//!
//! identify, read the body, charge the request ([`admit`]), scan it, decide and
//! redact ([`screen`]), reserve tokens and money, make the beginning durable,
//! call one candidate after another ([`send`]), scan and restore the answer
//! ([`relay`]), settle and record ([`settle`]). A refusal ([`refuse`]) can end it
//! at every point before a byte of an answer has reached the client.
//!
//! **Invariant:** no error passes traffic. Every event that does not fit the
//! state ends the exchange, and nothing is sent upstream before a decision
//! that allows it, a reservation and a durable beginning.

mod admit;
mod calling;
mod judge;
mod refuse;
mod relay;
mod screen;
mod send;
mod settle;
mod step;
#[cfg(test)]
mod tests;

use crate::decision::Reason;
use crate::dialect::openai::ChatRequest;
use crate::facts::{Facts, Operation};
use crate::guard::Guard;
use crate::meter::ReservationId;
use crate::record::{DecisionId, EndKind, Record};
use crate::scan::{DetectorSet, Vault};
use bytes::Bytes;
pub use calling::{Calling, Learnt};
use judge::Judge;
use lang::model::{EndpointId, TenantId};
use relay::Relay;
pub use screen::OUTPUT_TOKENS_DEFAULT;
use send::Call;
pub use send::{FIRST_BYTE_DEFAULT, IDLE_DEFAULT};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use step::Heard;
pub use step::{Attempt, Event, Head, Identified, Moment, ResponseHead, Settlement, Shown, Step};

/// Largest body of a request, in bytes.
///
/// Providers take up to 20 to 32 MiB, most of it images.
pub const BODY_BYTES_MAX: usize = 32 << 20;

/// Largest answer that is held before it is forwarded, in bytes.
///
/// An answer of 128k tokens is about half a MiB; images in answers take a few.
pub const ANSWER_BYTES_MAX: usize = 32 << 20;

/// What an exchange begins with.
#[derive(Debug)]
pub struct Start {
    /// The head of the request.
    pub head: Head,
    /// The decision's id.
    pub id: DecisionId,
    /// Endpoints that are not to be tried now, sorted.
    pub down: Vec<EndpointId>,
    /// The instant.
    pub now: Moment,
}

/// Whether a request with this head is of an operation that exchanges serve; others are refused by name.
pub fn is_served(head: &Head) -> bool {
    admit::operation(head).is_ok()
}

/// One request and its response.
pub struct Exchange {
    guard: Arc<Guard>,
    head: Head,
    down: Vec<EndpointId>,
    began: Moment,
    steps: VecDeque<Step>,
    state: State,
    /// Who calls; known after `identify`.
    caller: Option<Identified>,
    operation: Option<Operation>,
    /// The request's body as it came, and as it was read.
    body: Bytes,
    request: Option<ChatRequest>,
    /// Why the request is refused once it has been charged.
    problem: Option<Problem>,
    /// Whether the client went away while counters were being asked.
    is_gone: bool,
    /// The decision, from the charge on.
    judge: Option<Judge>,
    vault: Option<Vault>,
    /// Detectors that answers are searched for and that change nothing.
    watched: DetectorSet,
    /// Edits of the redacted request.
    edits: Vec<crate::dialect::edit::Edit>,
    reservations: Vec<ReservationId>,
    call: Call,
    relay: Relay,
    /// Whether the client has been sent the head of an answer.
    is_forwarding: bool,
    record: Record,
    deadline: Option<Duration>,
}

/// What was asked and answered is never printed.
impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exchange")
            .field("id", &self.record.id)
            .field("state", &self.state)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// What an exchange waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Who calls.
    Identifying,
    /// The body.
    Reading,
    /// That the request may be counted.
    Charging,
    /// That tokens and money are there.
    Reserving,
    /// That the beginning is durable.
    Beginning,
    /// The head of an answer.
    Calling,
    /// The rest of an answer.
    Answering,
    /// Nothing: all that is left are steps to carry out.
    Over,
}

/// Why a request is refused, with what is said beyond the reason.
#[derive(Clone, Debug)]
struct Problem {
    reason: Reason,
    message: Option<String>,
    param: Option<String>,
    retry_after: Option<Duration>,
    /// No later try can succeed.
    is_final: bool,
}

impl Problem {
    fn new(reason: Reason) -> Self {
        Self { reason, message: None, param: None, retry_after: None, is_final: false }
    }
}

impl Exchange {
    /// Begins with a request's head; the guard is pinned until the end.
    pub fn begin(guard: Arc<Guard>, start: Start) -> Self {
        let Start { head, id, down, now } = start;
        let record = Record::begun(id, now.wall, guard.model().decision_digest);
        let mut exchange = Self {
            guard,
            head,
            down,
            began: now,
            steps: VecDeque::new(),
            state: State::Identifying,
            caller: None,
            operation: None,
            body: Bytes::new(),
            request: None,
            problem: None,
            is_gone: false,
            judge: None,
            vault: None,
            watched: DetectorSet::new(),
            edits: Vec::new(),
            reservations: Vec::new(),
            call: Call::default(),
            relay: Relay::default(),
            is_forwarding: false,
            record,
            deadline: None,
        };
        let shown = admit::shown(&exchange.head);
        exchange.steps.push_back(Step::Identify(shown));
        exchange
    }

    /// What to do next; `None` until something happens.
    pub fn poll_step(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    /// The time, on the driver's monotonic clock, at which to say [`Event::DeadlinePassed`].
    pub const fn poll_deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// What its decisions have read so far.
    pub fn facts(&self) -> Option<&Facts> {
        self.judge.as_ref().map(Judge::facts)
    }

    /// Takes in what happened.
    pub fn handle(&mut self, event: Event, now: Moment) {
        self.record.took = now.elapsed.saturating_sub(self.began.elapsed);
        match (self.state, event.heard()) {
            (State::Over, _) => {}
            (_, Heard::ClientGone) => self.client_gone(now),
            (State::Identifying, Heard::Identity(who)) => self.on_identity(who, now),
            (State::Reading, Heard::Body(body)) => self.on_body(body, now),
            (State::Charging, Heard::Room(room)) => self.on_charged(room, now),
            (State::Reserving, Heard::Room(room)) => self.on_reserved(room, now),
            (State::Beginning, Heard::Begun(is_durable)) => self.on_begun(is_durable, now),
            (State::Calling, Heard::Upstream(said)) => self.on_call(said, now),
            (State::Answering, Heard::Upstream(said)) => self.on_answer(said, now),
            (state, Heard::Identity(_) | Heard::Body(_) | Heard::Begun(_) | Heard::Upstream(_))
                if state.asks_counters() =>
            {
                self.problem = Some(Problem::new(Reason::PolicyError(None)));
            }
            (
                State::Identifying
                | State::Reading
                | State::Charging
                | State::Reserving
                | State::Beginning
                | State::Calling
                | State::Answering,
                Heard::Identity(_) | Heard::Body(_) | Heard::Room(_) | Heard::Begun(_) | Heard::Upstream(_),
            ) => self.misfit(now),
        }
    }

    fn push(&mut self, step: Step) {
        self.steps.push_back(step);
    }

    /// The tenant, once known.
    fn tenant(&self) -> Option<TenantId> {
        self.caller.as_ref().map(|caller| caller.tenant)
    }

    /// An event that does not fit: a defect of a driver, and so a refusal.
    fn misfit(&mut self, now: Moment) {
        if self.state.has_upstream() {
            self.push(Step::Hangup);
        }
        self.refuse(Problem::new(Reason::PolicyError(None)), now);
    }

    /// The client went away: what was used is settled, and the record written.
    fn client_gone(&mut self, now: Moment) {
        if self.state.asks_counters() {
            // What they are about to take must be given back.
            self.is_gone = true;
            return;
        }
        if self.state.has_upstream() {
            self.push(Step::Hangup);
        }
        self.finish(EndKind::ClientGone, now);
    }
}

impl State {
    /// Whether counters have been asked and have not answered.
    const fn asks_counters(self) -> bool {
        match self {
            Self::Charging | Self::Reserving => true,
            Self::Identifying
            | Self::Reading
            | Self::Beginning
            | Self::Calling
            | Self::Answering
            | Self::Over => false,
        }
    }

    /// Whether an upstream is being listened to.
    const fn has_upstream(self) -> bool {
        match self {
            Self::Calling | Self::Answering => true,
            Self::Identifying
            | Self::Reading
            | Self::Charging
            | Self::Reserving
            | Self::Beginning
            | Self::Over => false,
        }
    }
}
