//! The wires of one exchange: how its steps are carried out, and where its events come from.

use super::{Client, Inbound};
use crate::clock::Clock;
use crate::limits::BODY_BYTES_MAX;
use crate::live::Live;
use crate::recorder::Recorder;
use crate::simulate::Player;
use crate::state::State;
use crate::upstream::{Call, Clients};
use engine::exchange::{Attempt, Calling, Event, Learnt, Moment, Settlement, Shown, Step};
use engine::meter::{Alert, Charge, ReservationId};
use engine::wording;
use lang::model::TenantId;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// What all exchanges of a server share.
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) state: Arc<dyn State>,
    pub(crate) clients: Clients,
    pub(crate) recorder: Recorder,
}

/// The wires of one exchange.
pub(crate) struct Wires {
    pub(crate) shared: Arc<Shared>,
    pub(crate) live: Arc<Live>,
    pub(crate) client: Client,
    pub(crate) inbound: Inbound,
    /// Answers in place of the endpoints.
    pub(crate) player: Option<Player>,
    /// Room that this exchange takes: its place, and its body's bytes.
    pub(crate) permits: Vec<OwnedSemaphorePermit>,
    pub(crate) progress: Progress,
}

/// How far an exchange has come.
#[derive(Default)]
pub(crate) struct Progress {
    tenant: Option<TenantId>,
    is_counted: bool,
    reservations: Vec<ReservationId>,
    /// What its settlement told, until it is written.
    alerts: Vec<Alert>,
    call: Call,
    calling: Calling,
    is_over: bool,
}

impl Wires {
    /// Whether the record was written.
    pub(crate) const fn is_over(&self) -> bool {
        self.progress.is_over
    }

    /// This moment, as the exchange is to see it.
    pub(crate) fn now(&self) -> Moment {
        self.shared.clock.now()
    }

    /// Carries out one step; what it leads to at once, if anything.
    pub(crate) fn carry_out(&mut self, step: Step) -> Option<Event> {
        match step {
            Step::Identify(shown) => return Some(self.identify(&shown)),
            Step::ReadBody { bytes_max } => self.inbound.read(bytes_max.min(BODY_BYTES_MAX)),
            Step::Reserve(charges) => return Some(self.reserve(&charges)),
            Step::Begin(record) => {
                self.shared.recorder.begin(&record, &self.live.catalog.model);
                return Some(Event::Begun);
            }
            Step::Attempt(attempt) => self.attempt(&attempt),
            Step::ForwardHead(head) => self.client.head(head),
            Step::Forward(bytes) => self.client.send(bytes),
            Step::Finish => self.client.finish(),
            Step::Abort(last) => self.client.abort(last),
            Step::Hangup => self.hang_up(),
            Step::Settle(settlement) => self.settle(&settlement),
            Step::End(mut record) => {
                self.hang_up();
                record.alerts = std::mem::take(&mut self.progress.alerts);
                self.shared.recorder.end(record, &self.live.catalog.model);
                self.progress.is_over = true;
            }
        }
        None
    }

    /// Hands the client what can be handed over at once.
    pub(crate) fn flush(&mut self) {
        self.client.flush();
    }

    /// Waits until the client took everything, or is gone.
    pub(crate) async fn drain(&mut self) {
        self.client.drain().await;
    }

    /// What happens first: at the client, upstream, or on the clock. `None` when nothing can.
    pub(crate) async fn first_of(&mut self, deadline: Option<Duration>) -> Option<Event> {
        loop {
            let is_behind = self.client.is_behind();
            let call = &mut self.progress.call;
            if self.client.is_gone() && !self.inbound.is_reading() && call.is_idle() && deadline.is_none() {
                return None;
            }
            let event = tokio::select! {
                biased;
                is_gone = self.client.gone() => {
                    if !is_gone {
                        continue;
                    }
                    Event::ClientGone
                }
                event = self.inbound.next() => event,
                event = call.next(), if !is_behind => event,
                () = at_time(&self.shared.clock, deadline) => Event::DeadlinePassed,
            };
            if matches!(event, Event::ClientGone) {
                // Told once, whoever noticed.
                self.client.leave();
            }
            let learnt = self.progress.calling.hear(&event);
            self.tell(learnt);
            return Some(event);
        }
    }

    fn identify(&mut self, shown: &Shown) -> Event {
        match self.live.catalog.identities.find(shown) {
            Some(who) => {
                self.progress.tenant = Some(who.tenant);
                Event::Identified(who)
            }
            None => Event::NotIdentified,
        }
    }

    fn reserve(&mut self, charges: &[Charge]) -> Event {
        let account = self.progress.tenant.and_then(|tenant| self.live.account(tenant));
        let now = self.shared.clock.now().wall;
        match self.shared.state.reserve(charges, account, !self.progress.is_counted, now) {
            Ok((reserved, usage)) => {
                self.progress.is_counted = true;
                self.progress.reservations.push(reserved.id);
                Event::Reserved { id: reserved.id, usage, shadowed: reserved.shadowed }
            }
            Err(full) => Event::Full(full),
        }
    }

    fn settle(&mut self, settlement: &Settlement) {
        let account = self.progress.tenant.and_then(|tenant| self.live.account(tenant));
        self.progress.reservations.retain(|id| !settlement.reservations.contains(id));
        self.progress.alerts = self.shared.state.settle(settlement, account, self.shared.clock.now().wall);
    }

    fn attempt(&mut self, attempt: &Attempt) {
        self.hang_up();
        let endpoint = attempt.endpoint;
        let now = self.shared.clock.now().wall;
        if !self.live.with_breakers(|breakers| breakers.begin(endpoint, now)) {
            // It opened, or another took the probe, since this exchange began.
            self.progress.call = Call::Refused;
            return;
        }
        self.progress.calling.begin(endpoint);
        self.progress.call = match &self.player {
            Some(player) => {
                let name = wording::endpoint_name(&self.live.catalog.model, endpoint);
                Call::Played(Box::new(player.answer(name, attempt)))
            }
            None => Call::ask(&self.shared.clients, self.live.target(endpoint), attempt),
        };
    }

    fn hang_up(&mut self) {
        self.progress.call = Call::Idle;
        let learnt = self.progress.calling.hang_up();
        self.tell(learnt);
    }

    /// Tells an endpoint's breaker how a call went.
    fn tell(&self, learnt: Option<Learnt>) {
        if let Some((endpoint, outcome)) = learnt {
            let now = self.shared.clock.now().wall;
            self.live.with_breakers(|breakers| breakers.end(endpoint, outcome, now));
        }
    }
}

impl Drop for Wires {
    /// An exchange that never settled, because it failed, counts in full.
    fn drop(&mut self) {
        self.hang_up();
        if !self.progress.reservations.is_empty() {
            let now = self.shared.clock.now().wall;
            let alerts = self.shared.state.forfeit(&self.progress.reservations, now);
            // There is no record to write them in.
            self.shared.recorder.alert(&alerts, self.progress.tenant, &self.live.catalog.model);
        }
        self.permits.clear();
    }
}

async fn at_time(clock: &Clock, deadline: Option<Duration>) {
    match deadline {
        Some(elapsed) => clock.until(elapsed).await,
        None => std::future::pending().await,
    }
}
