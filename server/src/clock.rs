//! The only reader of time.

use engine::exchange::Moment;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
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

    /// Today in UTC, where the dates of policies end.
    pub fn today() -> Date {
        Timestamp::now().to_zoned(TimeZone::UTC).date()
    }

    /// The instant at which `elapsed` will have passed since the start.
    pub(crate) fn instant(&self, elapsed: Duration) -> Instant {
        self.start.checked_add(elapsed).unwrap_or_else(far)
    }
}

/// The instant after this much time from now.
pub(crate) fn after(time: Duration) -> Instant {
    Instant::now().checked_add(time).unwrap_or_else(far)
}

/// Later than anything is waited for: an instant beyond what the system's clock can say.
fn far() -> Instant {
    const DAY: Duration = Duration::from_hours(24);
    let now = Instant::now();
    now.checked_add(DAY).unwrap_or(now)
}
