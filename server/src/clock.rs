//! The only reader of time.

mod hands;

use engine::exchange::Moment;
pub use hands::Hands;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::time::Duration;
use tokio::time::Instant;

/// Monotonic and wall time since the server started.
///
/// What an exchange sees of time comes from here, its deadlines too. How long
/// a peer may take to send or to read is measured on the system's clock,
/// whatever this one shows.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    /// The system's, since this instant.
    System(Instant),
    /// Hands that somebody moves.
    Hands(Hands),
}

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Self {
        Self(Source::System(Instant::now()))
    }

    /// This moment.
    pub fn now(&self) -> Moment {
        match &self.0 {
            Source::System(start) => Moment { elapsed: start.elapsed(), wall: Timestamp::now() },
            Source::Hands(hands) => hands.now(),
        }
    }

    /// Today in UTC, where the dates of policies end.
    pub fn today() -> Date {
        Timestamp::now().to_zoned(TimeZone::UTC).date()
    }

    /// Waits until `elapsed` has passed since the start.
    pub(crate) async fn until(&self, elapsed: Duration) {
        match &self.0 {
            Source::System(start) => {
                tokio::time::sleep_until(start.checked_add(elapsed).unwrap_or_else(far)).await;
            }
            Source::Hands(hands) => hands.until(elapsed).await,
        }
    }
}

impl From<Hands> for Clock {
    fn from(hands: Hands) -> Self {
        Self(Source::Hands(hands))
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
