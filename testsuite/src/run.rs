//! Drives exchanges through a virtual world, many at once, in one order.
//!
//! A discrete-event loop: what happens next is the earliest of all upstream
//! events and all deadlines, and time jumps there. Ties are broken by the
//! order of scheduling, so a run is the same on every machine.

mod machine;

pub use machine::{Machine, Policy, Start};

use crate::world::{Answer, Clock, Counters, Room, Script, Sent, Upstream};
use bytes::Bytes;
use engine::breaker::Breakers;
use engine::exchange::{Attempt, Calling, Event, Identified, Learnt, ResponseHead, Settlement, Shown, Step};
use engine::facts::Facts;
use engine::meter::{Alert, Charge, Full, ReservationId};
use engine::record::{Record, UpstreamFailure};
use lang::model::TenantId;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Most steps and events of one exchange.
///
/// A long stream in chunks of one character is some ten thousand. Past this an
/// exchange is going round in circles, and the case fails and says so.
pub const MOVES_MAX: u32 = 1_000_000;

/// One exchange to be driven, and what its client sends.
#[derive(Debug)]
pub struct Lane<M> {
    /// The exchange.
    pub machine: M,
    /// The request's body.
    pub body: Bytes,
    /// The tenant that the case names, when no credential is shown.
    pub tenant: Option<Box<str>>,
}

/// What came of one exchange.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The record of its end; `None` when it never ended.
    pub record: Option<Box<Record>>,
    /// The head of the answer to the client.
    pub head: Option<ResponseHead>,
    /// The body of the answer to the client.
    pub body: Vec<u8>,
    /// Whether the answer ended well.
    pub is_whole: bool,
    /// Calls that were made, in order.
    pub sent: Vec<Sent>,
    /// Enforced limits that had no room.
    pub full: Vec<Full>,
    /// What was reserved, reservation by reservation.
    pub reserved: Vec<(ReservationId, Vec<Charge>)>,
    /// What was settled, and so often.
    pub settled: Vec<Settlement>,
    /// What the decision had read in the end, where the exchange tells.
    pub facts: Option<Box<Facts>>,
    /// What went wrong with the run itself.
    pub defect: Option<&'static str>,
}

/// What exchanges meet.
pub struct Surroundings<'a> {
    /// Time.
    pub clock: &'a mut Clock,
    /// Counters of limits and budgets.
    pub counters: &'a mut dyn Counters,
    /// Health of endpoints.
    pub breakers: &'a mut Breakers,
    /// How upstreams answer.
    pub script: &'a mut Script,
    /// Who says the script's lines.
    pub upstream: &'a dyn Upstream,
    /// Who is whom.
    pub identify: &'a dyn Fn(&Shown) -> Option<Identified>,
}

impl std::fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// Drives all of `lanes` to their end; they begin in order, at one instant.
pub fn drive<M: Machine>(lanes: Vec<Lane<M>>, world: &mut Surroundings<'_>) -> Vec<Outcome> {
    let mut agenda = Agenda::default();
    let mut runners: Vec<Runner<M>> = lanes.into_iter().map(Runner::new).collect();
    let now = world.clock.now().elapsed;
    for lane in 0..runners.len() {
        agenda.schedule(now, lane, 0, Happening::Start);
    }
    while let Some((at, lane, call, happening)) = agenda.next() {
        let Some(runner) = runners.get_mut(lane) else { continue };
        let is_stale = matches!(happening, Happening::Upstream(_)) && call != runner.call;
        if is_stale || runner.is_over() {
            continue; // Nobody hears it, so time need not pass for it.
        }
        world.clock.move_to(at);
        match happening {
            Happening::Start => {}
            Happening::Upstream(event) => runner.hear(event, world),
            Happening::Deadline => runner.hear(Event::DeadlinePassed, world),
        }
        runner.go_on(lane, &mut agenda, world);
        agenda.set_deadline(lane, runner.deadline());
    }
    runners.into_iter().map(Runner::into_outcome).collect()
}

/// What is going to happen, by time and then by the order of scheduling.
#[derive(Default)]
struct Agenda {
    events: BTreeMap<(Duration, u64), (usize, u32, Happening)>,
    scheduled: u64,
    deadlines: BTreeSet<(Duration, usize)>,
    deadline_of: BTreeMap<usize, Duration>,
}

enum Happening {
    Start,
    Upstream(Event),
    Deadline,
}

impl Agenda {
    fn schedule(&mut self, at: Duration, lane: usize, call: u32, happening: Happening) {
        self.events.insert((at, self.scheduled), (lane, call, happening));
        self.scheduled = self.scheduled.saturating_add(1);
    }

    fn set_deadline(&mut self, lane: usize, deadline: Option<Duration>) {
        if let Some(before) = self.deadline_of.remove(&lane) {
            self.deadlines.remove(&(before, lane));
        }
        if let Some(deadline) = deadline {
            self.deadline_of.insert(lane, deadline);
            self.deadlines.insert((deadline, lane));
        }
    }

    /// The earliest; what has come is seen before a deadline of the same instant.
    fn next(&mut self) -> Option<(Duration, usize, u32, Happening)> {
        let event = self.events.keys().next().map(|(at, _)| *at);
        let deadline = self.deadlines.first().copied();
        match (event, deadline) {
            (Some(at), Some((by, _))) if at <= by => self.pop_event(),
            (Some(_), None) => self.pop_event(),
            (_, Some((by, lane))) => {
                self.set_deadline(lane, None);
                Some((by, lane, 0, Happening::Deadline))
            }
            (None, None) => None,
        }
    }

    fn pop_event(&mut self) -> Option<(Duration, usize, u32, Happening)> {
        let ((at, _), (lane, call, happening)) = self.events.pop_first()?;
        Some((at, lane, call, happening))
    }
}

/// A lane under way.
struct Runner<M> {
    lane: Lane<M>,
    who: Option<TenantId>,
    /// Which call is under way; events of earlier ones are dropped.
    call: u32,
    calling: Calling,
    moves: u32,
    is_admitted: bool,
    /// What its settlement told, until it is written.
    alerts: Vec<Alert>,
    outcome: Outcome,
}

impl<M: Machine> Runner<M> {
    fn new(lane: Lane<M>) -> Self {
        Self {
            lane,
            who: None,
            call: 0,
            calling: Calling::default(),
            moves: 0,
            is_admitted: false,
            alerts: Vec::new(),
            outcome: Outcome::default(),
        }
    }

    fn is_over(&self) -> bool {
        self.outcome.record.is_some() || self.outcome.defect.is_some()
    }

    fn deadline(&self) -> Option<Duration> {
        if self.is_over() { None } else { self.lane.machine.poll_deadline() }
    }

    fn into_outcome(mut self) -> Outcome {
        if !self.is_over() {
            self.outcome.defect = Some("the exchange waits for nothing and never ends");
        }
        self.outcome
    }

    /// Takes in what came of the call under way.
    fn hear(&mut self, event: Event, world: &mut Surroundings<'_>) {
        tell(self.calling.hear(&event), world);
        self.handle(event, world);
    }

    fn handle(&mut self, event: Event, world: &Surroundings<'_>) {
        if self.is_over() {
            return;
        }
        self.moves = self.moves.saturating_add(1);
        if self.moves > MOVES_MAX {
            self.outcome.defect = Some("the exchange goes round in circles");
            return;
        }
        self.lane.machine.handle(event, world.clock.now());
    }

    /// Carries out steps until there is none.
    fn go_on(&mut self, lane: usize, agenda: &mut Agenda, world: &mut Surroundings<'_>) {
        while !self.is_over() {
            let Some(step) = self.lane.machine.poll_step() else { return };
            if let Some(event) = self.carry_out(step, lane, agenda, world) {
                self.handle(event, world);
            }
            self.moves = self.moves.saturating_add(1);
            if self.moves > MOVES_MAX {
                self.outcome.defect = Some("the exchange goes round in circles");
            }
        }
    }

    fn carry_out(
        &mut self,
        step: Step,
        lane: usize,
        agenda: &mut Agenda,
        world: &mut Surroundings<'_>,
    ) -> Option<Event> {
        match step {
            Step::Identify(shown) => return Some(self.identify(shown, world)),
            Step::ReadBody { bytes_max } if self.lane.body.len() > bytes_max => {
                return Some(Event::BodyTooLarge);
            }
            Step::ReadBody { .. } => return Some(Event::Body(self.lane.body.clone())),
            Step::Reserve(charges) => return Some(self.reserve(&charges, world)),
            Step::Begin(_) => return Some(Event::Begun),
            Step::Attempt(attempt) => return self.call(&attempt, lane, agenda, world),
            Step::ForwardHead(head) => self.outcome.head = Some(head),
            Step::Forward(bytes) | Step::Abort(bytes) => self.outcome.body.extend_from_slice(&bytes),
            Step::Finish => self.outcome.is_whole = true,
            Step::Hangup => {
                tell(self.calling.hang_up(), world);
                self.call = self.call.saturating_add(1);
            }
            Step::Settle(settlement) => {
                if let Some(tenant) = self.who {
                    self.alerts = world.counters.settle(tenant, &settlement, world.clock.now());
                }
                self.outcome.settled.push(settlement);
            }
            Step::End(mut record) => {
                record.alerts = std::mem::take(&mut self.alerts);
                self.outcome.facts = self.lane.machine.facts();
                tell(self.calling.hang_up(), world);
                self.outcome.record = Some(record);
            }
        }
        None
    }

    /// Calls an endpoint; what comes of it at once, if anything.
    fn call(
        &mut self,
        attempt: &Attempt,
        lane: usize,
        agenda: &mut Agenda,
        world: &mut Surroundings<'_>,
    ) -> Option<Event> {
        let endpoint = attempt.endpoint;
        tell(self.calling.hang_up(), world);
        self.call = self.call.saturating_add(1);
        if !world.breakers.begin(endpoint, world.clock.now().wall) {
            // It opened, or another took the probe, since this exchange began: nobody is called.
            return Some(Event::UpstreamFailed(UpstreamFailure::Connect));
        }
        self.calling.begin(endpoint);
        self.outcome.sent.push(Sent { endpoint, body: String::from_utf8_lossy(&attempt.body).into_owned() });
        let answer = world.upstream.answer(attempt, world.script.next(endpoint));
        schedule(answer, lane, self.call, agenda, world.clock.now().elapsed);
        None
    }

    fn identify(&mut self, shown: Shown, world: &Surroundings<'_>) -> Event {
        let shown = match (shown, &self.lane.tenant) {
            (Shown::Nothing, Some(tenant)) => Shown::Tenant(tenant.clone()),
            (shown, _) => shown,
        };
        match (world.identify)(&shown) {
            Some(identified) => {
                self.who = Some(identified.tenant);
                Event::Identified(identified)
            }
            None => Event::NotIdentified,
        }
    }

    fn reserve(&mut self, charges: &[Charge], world: &mut Surroundings<'_>) -> Event {
        let Some(tenant) = self.who else {
            self.outcome.defect = Some("something was charged before the caller was known");
            return Event::ClientGone;
        };
        match world.counters.reserve(tenant, charges, world.clock.now()) {
            Ok(Room { id, usage, shadowed }) => {
                // Only the first reservation of an exchange admits a request.
                if !std::mem::replace(&mut self.is_admitted, true) {
                    world.counters.admit(tenant, world.clock.now());
                }
                self.outcome.reserved.push((id, charges.to_vec()));
                Event::Reserved { id, usage, shadowed }
            }
            Err(full) => {
                self.outcome.full.extend(full.iter().filter(|full| !full.is_shadow));
                Event::Full(full)
            }
        }
    }
}

/// Tells an endpoint's breaker how a call went.
fn tell(learnt: Option<Learnt>, world: &mut Surroundings<'_>) {
    if let Some((endpoint, outcome)) = learnt {
        world.breakers.end(endpoint, outcome, world.clock.now().wall);
    }
}

/// Puts an answer on the agenda: its head, its pieces, its end.
fn schedule(answer: Answer, lane: usize, call: u32, agenda: &mut Agenda, now: Duration) {
    let at = now.saturating_add(answer.delay);
    let mut add = |event| agenda.schedule(at, lane, call, Happening::Upstream(event));
    if answer.failure == Some(UpstreamFailure::Connect) {
        return add(Event::UpstreamFailed(UpstreamFailure::Connect));
    }
    add(Event::UpstreamHead { status: answer.status, headers: answer.headers });
    answer.chunks.into_iter().for_each(|chunk| add(Event::UpstreamChunk(chunk)));
    add(answer.failure.map_or(Event::UpstreamEnd, Event::UpstreamFailed));
}

#[cfg(test)]
pub(crate) mod tests;
