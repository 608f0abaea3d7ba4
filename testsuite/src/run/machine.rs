//! The exchange, as its driver sees it.

use engine::exchange::{Event, Moment, Step};
use std::time::Duration;

/// What a driver drives: an exchange, or in tests a script.
pub trait Machine {
    /// Takes in what happened.
    fn handle(&mut self, event: Event, now: Moment);
    /// What is to be done next; nothing while it waits.
    fn poll_step(&mut self) -> Option<Step>;
    /// Until when it waits, on the clock of [`Moment::elapsed`].
    fn poll_deadline(&self) -> Option<Duration>;
}
