//! The exchange, and the policy that begins one, as their driver sees them.

pub use engine::exchange::Start;
use engine::exchange::{Event, Exchange, Moment, Step};
use engine::facts::Facts;
use engine::guard::Guard;
use lang::model::Model;
use std::sync::Arc;
use std::time::Duration;

/// What a driver drives: an exchange, or in tests a script.
pub trait Machine {
    /// Takes in what happened.
    fn handle(&mut self, event: Event, now: Moment);
    /// What is to be done next; nothing while it waits.
    fn poll_step(&mut self) -> Option<Step>;
    /// Until when it waits, on the clock of [`Moment::elapsed`].
    fn poll_deadline(&self) -> Option<Duration>;
    /// What its decisions have read so far, for cases that look at findings.
    fn facts(&self) -> Option<Box<Facts>> {
        None
    }
}

/// A compiled policy that can begin exchanges.
pub trait Policy: Sync {
    /// Its exchanges.
    type Machine: Machine;
    /// What it was compiled from; ids in decisions are this model's.
    fn model(&self) -> &Model;
    /// Begins an exchange; the policy stays pinned to it until its end.
    fn begin(&self, start: Start) -> Self::Machine;
}

impl Machine for Exchange {
    fn handle(&mut self, event: Event, now: Moment) {
        Self::handle(self, event, now);
    }

    fn poll_step(&mut self) -> Option<Step> {
        Self::poll_step(self)
    }

    fn poll_deadline(&self) -> Option<Duration> {
        Self::poll_deadline(self)
    }

    fn facts(&self) -> Option<Box<Facts>> {
        Self::facts(self).cloned().map(Box::new)
    }
}

/// A guard begins exchanges that hold on to it.
impl Policy for Arc<Guard> {
    type Machine = Exchange;

    fn model(&self) -> &Model {
        Guard::model(self)
    }

    fn begin(&self, start: Start) -> Exchange {
        Exchange::begin(Self::clone(self), start)
    }
}
