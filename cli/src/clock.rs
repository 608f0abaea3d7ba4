//! The only reader of the clock in this crate.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::time::{Duration, Instant};

/// How long something takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// From now on.
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// So far.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// This instant.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// The date that a check is about: the one that was said, else today's in UTC, where dates of policies end.
pub(crate) fn day(said: Option<Date>) -> Date {
    said.unwrap_or_else(|| now().to_zoned(TimeZone::UTC).date())
}

/// Noon of that date: an instant that is the same all day long.
pub(crate) fn noon(said: Option<Date>) -> Timestamp {
    let noon = day(said).at(12, 0, 0, 0).to_zoned(TimeZone::UTC);
    noon.map_or_else(|_| now(), |noon| noon.timestamp())
}
