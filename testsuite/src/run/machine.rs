//! The exchange, and the policy that begins one, as their driver sees them.

use engine::exchange::{Event, Head, Moment, Step};
use engine::facts::Facts;
use engine::record::DecisionId;
use lang::model::{EndpointId, Model};
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

/// A compiled policy that can begin exchanges.
pub trait Policy: Sync {
    /// Its exchanges.
    type Machine: Machine;
    /// What it was compiled from; ids in decisions are this model's.
    fn model(&self) -> &Model;
    /// Begins an exchange; the policy stays pinned to it until its end.
    fn begin(&self, start: Start) -> Self::Machine;
}
