//! The loop itself, driven with a small machine in place of an exchange.

use super::*;
use crate::suite::Reply;
use engine::Reason;
use engine::exchange::{Attempt, Moment, Settlement};
use engine::facts::{Caller, Usage};
use engine::meter::{Alert, Charge, ReservationId};
use engine::record::{DecisionId, EndKind};
use lang::model::{Digest, EndpointId, LimitId, LimitKind};
use std::collections::VecDeque;

/// Asks each endpoint in turn, ten seconds each, and forwards the first answer.
pub(crate) struct Simple {
    steps: VecDeque<Step>,
    endpoints: VecDeque<u32>,
    deadline: Option<Duration>,
    reservation: Option<ReservationId>,
    heard: Vec<&'static str>,
    pub(crate) charges: Vec<Charge>,
    pub(crate) bytes_max: usize,
    reason: Option<Reason>,
}

impl Simple {
    pub(crate) fn new(endpoints: &[u32]) -> Self {
        Self {
            steps: VecDeque::from([Step::Identify(Shown::Nothing)]),
            endpoints: endpoints.iter().copied().collect(),
            deadline: None,
            reservation: None,
            heard: Vec::new(),
            charges: Vec::new(),
            bytes_max: 16,
            reason: None,
        }
    }

    fn attempt(&mut self, now: Moment) {
        let Some(endpoint) = self.endpoints.pop_front() else { return self.end() };
        self.deadline = Some(now.elapsed + Duration::from_secs(10));
        self.steps.push_back(Step::Attempt(Box::new(Attempt {
            endpoint: EndpointId(endpoint),
            path: "/chat/completions",
            headers: Vec::new(),
            body: Bytes::from_static(b"asked"),
            number: 1,
            stream: false,
        })));
    }

    fn end(&mut self) {
        self.deadline = None;
        if let Some(id) = self.reservation.take() {
            self.steps.push_back(Step::Settle(Settlement {
                reservations: vec![id],
                tokens: 0,
                spend: 0,
                spared: Vec::new(),
            }));
        }
        self.steps.push_back(Step::Forward(self.heard.join(" ").into()));
        self.steps.push_back(Step::Finish);
        self.steps.push_back(Step::End(Box::new(Record { reason: self.reason.clone(), ..record() })));
    }
}

impl Machine for Simple {
    fn handle(&mut self, event: Event, now: Moment) {
        match event {
            Event::Identified(_) => self.steps.push_back(Step::ReadBody { bytes_max: self.bytes_max }),
            Event::Body(_) => self.steps.push_back(Step::Reserve(self.charges.clone())),
            Event::Reserved { id, .. } => {
                self.reservation = Some(id);
                self.attempt(now);
            }
            Event::UpstreamChunk(_) => self.heard.push("chunk"),
            Event::UpstreamEnd => self.end(),
            Event::DeadlinePassed | Event::UpstreamFailed(_) => {
                self.heard.push(if matches!(event, Event::DeadlinePassed) { "late" } else { "failed" });
                self.attempt(now);
            }
            Event::UpstreamHead { .. } => self.deadline = None,
            Event::NotIdentified | Event::BodyTooLarge | Event::Full(_) => {
                self.reason = Some(match event {
                    Event::Full(_) => Reason::RateLimited(LimitId(0)),
                    Event::BodyTooLarge => Reason::BodyTooLarge,
                    _ => Reason::Unauthenticated,
                });
                self.heard.push("refused");
                self.end();
            }
            Event::ClientGone | Event::Begun | Event::NotBegun => {}
        }
    }

    fn poll_step(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    fn poll_deadline(&self) -> Option<Duration> {
        self.deadline
    }
}

fn record() -> Record {
    Record {
        status: 200,
        end: EndKind::Answered,
        ..Record::begun(DecisionId(0), jiff::Timestamp::UNIX_EPOCH, Digest([0; 32]))
    }
}

/// Room for so many at once.
struct Places {
    free: usize,
    most_open: usize,
    open: usize,
}

impl Counters for Places {
    fn reserve(&mut self, _: TenantId, _: &[Charge], _: Moment) -> Result<Room, Vec<Full>> {
        if self.open == self.free {
            let (limit, kind) = (LimitId(0), LimitKind::Requests);
            return Err(vec![Full { limit, kind, retry_after_nanos: Some(1), is_shadow: false }]);
        }
        self.open += 1;
        self.most_open = self.most_open.max(self.open);
        Ok(Room { id: ReservationId(0), usage: Usage::default(), shadowed: Vec::new() })
    }

    fn admit(&mut self, _: TenantId, _: Moment) {}

    fn settle(&mut self, _: TenantId, settlement: &Settlement, _: Moment) -> Vec<Alert> {
        self.open -= settlement.reservations.len();
        Vec::new()
    }
}

/// Answers with the reply's delay, text and status; 599 is no connection.
struct Plain;

impl Upstream for Plain {
    fn answer(&self, _: &Attempt, reply: Option<&Reply>) -> Answer {
        let reply = reply.cloned().unwrap_or_default();
        let status = reply.status.unwrap_or(200);
        Answer {
            delay: reply.delay,
            status,
            headers: Vec::new(),
            chunks: reply.say.iter().map(|say| Bytes::from(say.clone())).collect(),
            failure: (status == 599).then_some(UpstreamFailure::Connect),
        }
    }
}

/// Runs these machines, each with this body; answers and the time that passed.
fn run(
    machines: Vec<Simple>,
    replies: &[Reply],
    body: &str,
    places: &mut Places,
) -> (Vec<Outcome>, Duration) {
    let mut clock = Clock::new(jiff::Timestamp::UNIX_EPOCH);
    let mut script = Script::default();
    script.set(replies, [(EndpointId(0), "a/x"), (EndpointId(1), "b/y")].into_iter());
    let identify = |shown: &Shown| match shown {
        Shown::Tenant(_) => {
            Some(Identified { tenant: TenantId(0), caller: Caller::default(), workload: None })
        }
        Shown::Secret(_) | Shown::Nothing | Shown::Ambiguous => None,
    };
    let lane = |machine| Lane { machine, body: body.to_owned().into(), tenant: Some("retail".into()) };
    let lanes = machines.into_iter().map(lane).collect();
    let outcomes = drive(
        lanes,
        &mut Surroundings {
            clock: &mut clock,
            counters: places,
            breakers: &mut Breakers::default(),
            script: &mut script,
            upstream: &Plain,
            identify: &identify,
        },
    );
    (outcomes, clock.now().elapsed)
}

fn places(free: usize) -> Places {
    Places { free, most_open: 0, open: 0 }
}

fn reply(from: &str, delay: u64, status: u16) -> Reply {
    let from = crate::suite::Word { text: from.into(), place: crate::yaml::Place::START };
    Reply {
        from: Some(from),
        delay: Duration::from_secs(delay),
        status: Some(status),
        say: Some("hi".into()),
        ..Reply::default()
    }
}

fn said(outcome: &Outcome) -> &str {
    std::str::from_utf8(&outcome.body).unwrap()
}

#[test]
fn deadlines_jump_time_and_late_answers_are_dropped() {
    let replies = [reply("a/x", 60, 200), reply("b/y", 2, 200)];
    let (outcomes, elapsed) = run(vec![Simple::new(&[0, 1])], &replies, "", &mut places(1));
    assert_eq!(said(&outcomes[0]), "late chunk");
    assert_eq!(elapsed, Duration::from_secs(12), "no time passes for an answer that nobody hears");
    assert_eq!(outcomes[0].sent.iter().map(|sent| sent.endpoint.0).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn an_answer_at_the_deadline_is_in_time() {
    let (outcomes, _) = run(vec![Simple::new(&[0])], &[reply("a/x", 10, 200)], "", &mut places(1));
    assert_eq!(said(&outcomes[0]), "chunk");
}

#[test]
fn a_refused_connection_moves_on_at_once() {
    let replies = [reply("a/x", 0, 599)];
    let (outcomes, elapsed) = run(vec![Simple::new(&[0, 1])], &replies, "", &mut places(1));
    assert_eq!((said(&outcomes[0]), elapsed), ("failed", Duration::ZERO));
}

#[test]
fn all_begin_before_any_ends() {
    let mut places = places(3);
    let machines = (0..5).map(|_| Simple::new(&[0])).collect();
    let (outcomes, _) = run(machines, &[reply("a/x", 0, 200)], "", &mut places);
    let answers: Vec<&str> = outcomes.iter().map(said).collect();
    assert_eq!(answers, ["chunk", "chunk", "chunk", "refused", "refused"]);
    assert_eq!((places.most_open, places.open), (3, 0));
    assert_eq!(outcomes[4].full.len(), 1);
}

#[test]
fn a_body_over_the_limit_is_told() {
    let (outcomes, _) = run(vec![Simple::new(&[0])], &[], &"x".repeat(17), &mut places(1));
    assert_eq!(said(&outcomes[0]), "refused");
    let (outcomes, _) = run(vec![Simple::new(&[0])], &[], &"x".repeat(16), &mut places(1));
    assert_eq!(said(&outcomes[0]), "");
}

#[test]
fn a_machine_that_waits_for_nothing_is_a_defect() {
    let mut idle = Simple::new(&[]);
    idle.steps.clear();
    let (outcomes, _) = run(vec![idle], &[], "", &mut places(1));
    assert_eq!(outcomes[0].defect, Some("the exchange waits for nothing and never ends"));
}
