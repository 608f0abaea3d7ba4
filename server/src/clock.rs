//! The only reader of time.

use engine::exchange::Moment;
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::Instant;

/// Monotonic and wall time since the server started.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// This moment.
    pub fn now(&self) -> Moment {
        Moment { elapsed: self.start.elapsed(), wall: Timestamp::now() }
    }

    /// The instant at which `elapsed` will have passed since the start.
    pub(crate) fn instant(&self, elapsed: Duration) -> Instant {
        // A deadline beyond what the clock can say is a day away: nothing waits that long.
        self.start.checked_add(elapsed).unwrap_or_else(|| Instant::now() + Duration::from_hours(24))
    }
}
