//! The seam between deciding and doing: what the driver needs of an exchange, and of a policy that begins one.

use engine::exchange::{Event, Head, Moment, Step};
use engine::record::DecisionId;
use lang::model::EndpointId;
use std::time::Duration;

/// One exchange, as the driver sees it.
pub trait Machine: Send {
    /// Takes in what happened.
    fn handle(&mut self, event: Event, now: Moment);

    /// What to do next; `None` until something happens.
    fn poll_step(&mut self) -> Option<Step>;

    /// The time, on the driver's monotonic clock, at which to say [`Event::DeadlinePassed`].
    fn poll_deadline(&self) -> Option<Duration>;
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
pub trait Policy: Send + Sync {
    /// Begins an exchange; the policy stays pinned to it until its end.
    fn begin(&self, start: Start) -> Box<dyn Machine>;
}
