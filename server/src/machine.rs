//! The seam between deciding and doing: what the driver needs of an exchange, and of a policy that begins one.

pub use engine::exchange::Start;
use engine::exchange::{Event, Exchange, Moment, Step};
use engine::guard::Guard;
use std::sync::Arc;
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

/// A compiled policy that can begin exchanges.
pub trait Policy: Send + Sync {
    /// Begins an exchange; the policy stays pinned to it until its end.
    fn begin(&self, start: Start) -> Box<dyn Machine>;
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
}

/// A guard begins exchanges that hold on to it.
impl Policy for Arc<Guard> {
    fn begin(&self, start: Start) -> Box<dyn Machine> {
        Box::new(Exchange::begin(Self::clone(self), start))
    }
}
