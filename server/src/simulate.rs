//! Answers in place of providers: the stand-in's script, played out in time.

use crate::clock::{Clock, after};
use crate::proxy::Refusal;
use bytes::Bytes;
use engine::exchange::{Attempt, Event, Head, UpstreamFailure};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// Answers an attempt in place of the endpoint of this name.
pub(crate) type Player = Box<dyn Fn(&str, &Attempt) -> Play + Send + Sync>;

/// An answer that is played out.
pub(crate) struct Play {
    /// Nothing happens before.
    begins: Instant,
    /// What is still to happen.
    events: VecDeque<Event>,
}

impl Play {
    /// An answer that begins after `delay`.
    pub(crate) fn new(
        delay: Duration,
        (status, headers): (u16, Vec<(String, String)>),
        pieces: Vec<Bytes>,
        is_broken: bool,
    ) -> Self {
        let end = if is_broken { Event::UpstreamFailed(UpstreamFailure::Broken) } else { Event::UpstreamEnd };
        let mut events = VecDeque::from([Event::UpstreamHead { status, headers }]);
        events.extend(pieces.into_iter().filter(|piece| !piece.is_empty()).map(Event::UpstreamChunk));
        events.push_back(end);
        Self { begins: after(delay), events }
    }

    /// What happens next; the end is the last, and told again to whoever asks on.
    pub(crate) async fn next(&mut self) -> Event {
        tokio::time::sleep_until(self.begins).await;
        self.events.pop_front().unwrap_or(Event::UpstreamEnd)
    }
}

/// The stand-in provider.
#[derive(Debug, Default)]
pub(crate) struct Simulation;

impl Simulation {
    /// What answers the attempts of one exchange.
    #[expect(clippy::unused_self, reason = "the stand-in will hold its scripts here")]
    pub(crate) fn player(&self, _head: &Head, _clock: Clock) -> Result<Player, Refusal> {
        Err(Refusal::bad("no stand-in yet"))
    }
}
