//! Time that stands still until it is moved, so that a month passes in an instant.

use engine::exchange::Moment;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// The hands of a clock that somebody moves; clones are the same hands.
///
/// Whoever moves them asks [`next`](Self::next) what is waited for, and goes no
/// further than that at once: then everything happens at its own time.
///
/// # Examples
///
/// ```
/// # use server::{Clock, Hands};
/// # use std::time::Duration;
/// let hands = Hands::new("2026-11-20T09:00:00Z".parse()?);
/// let clock = Clock::from(hands.clone());
/// hands.move_to(Duration::from_secs(90));
/// assert_eq!(clock.now().wall.to_string(), "2026-11-20T09:01:30Z");
/// hands.move_to(Duration::from_secs(30)); // Time does not go back.
/// assert_eq!(clock.now().elapsed, Duration::from_secs(90));
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Hands(Arc<Face>);

#[derive(Debug)]
struct Face {
    began: Timestamp,
    elapsed: watch::Sender<Duration>,
    /// How many wait for each instant.
    awaited: Mutex<BTreeMap<Duration, usize>>,
}

impl Hands {
    /// Hands that show `began`.
    pub fn new(began: Timestamp) -> Self {
        let elapsed = watch::Sender::new(Duration::ZERO);
        Self(Arc::new(Face { began, elapsed, awaited: Mutex::default() }))
    }

    /// What they show.
    pub fn now(&self) -> Moment {
        let elapsed = *self.0.elapsed.borrow();
        // Past the last instant that can be written, wall time stands still.
        let wall = self.0.began.checked_add(elapsed).unwrap_or(Timestamp::MAX);
        Moment { elapsed, wall }
    }

    /// Moves them until `elapsed` has passed since the beginning, if that lies ahead.
    pub fn move_to(&self, elapsed: Duration) {
        self.0.elapsed.send_if_modified(|now| {
            let is_ahead = elapsed > *now;
            *now = elapsed.max(*now);
            is_ahead
        });
    }

    /// The earliest instant ahead that somebody waits for.
    pub fn next(&self) -> Option<Duration> {
        let now = *self.0.elapsed.borrow();
        self.0.awaited().keys().copied().find(|at| *at > now)
    }

    /// Waits until they have come to `elapsed`.
    pub async fn until(&self, elapsed: Duration) {
        let _wish = Wish::new(&self.0, elapsed);
        // The sender lives as long as the hands, so this ends by the time alone.
        self.0.elapsed.subscribe().wait_for(|now| *now >= elapsed).await.map(drop).ok();
    }
}

impl Face {
    fn awaited(&self) -> MutexGuard<'_, BTreeMap<Duration, usize>> {
        // A panic cannot leave a count half changed.
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who waits; gone when it waits no more, whether it was woken or dropped.
struct Wish<'a> {
    face: &'a Face,
    at: Duration,
}

impl<'a> Wish<'a> {
    fn new(face: &'a Face, at: Duration) -> Self {
        let mut awaited = face.awaited();
        let count = awaited.entry(at).or_default();
        *count = count.saturating_add(1);
        drop(awaited);
        Self { face, at }
    }
}

impl Drop for Wish<'_> {
    fn drop(&mut self) {
        let mut awaited = self.face.awaited();
        if let Some(count) = awaited.get_mut(&self.at) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                awaited.remove(&self.at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future as _;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    #[test]
    fn what_is_waited_for_is_known_until_it_comes_or_is_given_up() {
        let second = Duration::from_secs;
        let hands = Hands::new(Timestamp::UNIX_EPOCH);
        let mut context = Context::from_waker(Waker::noop());
        let mut first = pin!(hands.until(second(5)));
        assert_eq!(hands.next(), None, "nobody has waited yet");
        assert_eq!(first.as_mut().poll(&mut context), Poll::Pending);
        {
            let mut other = Box::pin(hands.until(second(3)));
            assert_eq!(other.as_mut().poll(&mut context), Poll::Pending);
            assert_eq!(hands.next(), Some(second(3)));
        }
        assert_eq!(hands.next(), Some(second(5)), "who is gone waits no more");
        hands.move_to(second(4));
        assert_eq!(first.as_mut().poll(&mut context), Poll::Pending);
        hands.move_to(second(5));
        assert_eq!(hands.next(), None);
        assert_eq!(first.as_mut().poll(&mut context), Poll::Ready(()));
    }
}
