//! A clock that stands still until it is moved.

use engine::exchange::Moment;
use jiff::Timestamp;
use std::time::Duration;

/// Virtual time; it never goes back.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began: Timestamp,
    elapsed: Duration,
}

impl Clock {
    /// A clock that shows `began`.
    pub fn new(began: Timestamp) -> Self {
        Self { began, elapsed: Duration::ZERO }
    }

    /// What both of its hands show.
    pub fn now(&self) -> Moment {
        let wall = self.began.checked_add(self.elapsed).unwrap_or(Timestamp::MAX);
        Moment { elapsed: self.elapsed, wall }
    }

    /// Moves to `elapsed`, if that lies ahead.
    pub fn move_to(&mut self, elapsed: Duration) {
        self.elapsed = self.elapsed.max(elapsed);
    }

    /// Lets `time` pass.
    pub fn pass(&mut self, time: Duration) {
        self.elapsed = self.elapsed.saturating_add(time);
    }

    /// Moves to an instant.
    ///
    /// # Errors
    ///
    /// How far back the instant lies; time does not go back.
    pub fn move_to_instant(&mut self, instant: Timestamp) -> Result<(), Duration> {
        let ahead = instant.duration_since(self.now().wall);
        match Duration::try_from(ahead) {
            Ok(ahead) => {
                self.pass(ahead);
                Ok(())
            }
            Err(_) => Err(ahead.unsigned_abs()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_only_goes_forward() {
        let mut clock = Clock::new("2026-11-20T09:00:00Z".parse().unwrap());
        clock.pass(Duration::from_secs(5));
        clock.move_to(Duration::from_secs(3));
        assert_eq!(clock.now().elapsed, Duration::from_secs(5));
        assert_eq!(clock.now().wall.to_string(), "2026-11-20T09:00:05Z");
        assert_eq!(clock.move_to_instant("2026-11-20T09:01:00Z".parse().unwrap()), Ok(()));
        assert_eq!(clock.now().elapsed, Duration::from_mins(1));
        let back = clock.move_to_instant("2026-11-20T09:00:30Z".parse().unwrap());
        assert_eq!(back, Err(Duration::from_secs(30)));
    }
}
