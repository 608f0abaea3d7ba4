//! Answers in place of providers: the stand-in's script, played out in time.

use crate::clock::Clock;
use bytes::Bytes;
use engine::exchange::{Attempt, Event, Head};
use engine::record::UpstreamFailure;
use engine::standin::{self, Answer, End, Script};
use std::collections::VecDeque;
use std::time::Duration;

/// The header that scripts the stand-in.
pub(crate) const SIMULATE: &str = "x-ascp-simulate";

/// Plays the providers for one exchange.
#[derive(Debug)]
pub(crate) struct Player {
    script: Script,
    clock: Clock,
}

impl Player {
    /// Reads the script that a request brings; without one the stand-in answers as it likes.
    ///
    /// # Errors
    ///
    /// What is wrong with the script.
    pub(crate) fn new(head: &Head, clock: Clock) -> Result<Self, String> {
        let mut scripts = head.headers.iter().filter(|(name, _)| name == SIMULATE);
        let script = match (scripts.next(), scripts.next()) {
            (None, _) => Script::default(),
            (Some((_, text)), None) => {
                Script::parse(text).map_err(|error| format!("`{SIMULATE}`: {error}"))?
            }
            (Some(_), Some(_)) => return Err(format!("more than one `{SIMULATE}`")),
        };
        Ok(Self { script, clock })
    }

    /// What the endpoint of this name answers.
    pub(crate) fn answer(&self, endpoint: &str, attempt: &Attempt) -> Play {
        let created = u64::try_from(self.clock.now().wall.as_second()).unwrap_or(0);
        let answer = standin::answer(attempt.path, &attempt.body, &self.script.reply(endpoint), created);
        Play::new(answer, self.clock.clone())
    }
}

/// An answer that is played out.
pub(crate) struct Play {
    clock: Clock,
    /// Nothing happens before.
    begins: Duration,
    /// What is still to happen.
    events: VecDeque<Event>,
}

impl Play {
    pub(crate) fn new(answer: Answer, clock: Clock) -> Self {
        let headers = answer.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let mut events = VecDeque::from([Event::UpstreamHead { status: answer.status, headers }]);
        let pieces = answer.pieces.into_iter().filter(|piece| !piece.is_empty());
        events.extend(pieces.map(|piece| Event::UpstreamChunk(Bytes::from(piece))));
        events.push_back(match answer.end {
            End::Complete => Event::UpstreamEnd,
            End::Broken => Event::UpstreamFailed(UpstreamFailure::Broken),
        });
        let begins = clock.now().elapsed.saturating_add(answer.delay);
        Self { clock, begins, events }
    }

    /// What happens next; the end is the last, and told again to whoever asks on.
    pub(crate) async fn next(&mut self) -> Event {
        self.clock.until(self.begins).await;
        self.events.pop_front().unwrap_or(Event::UpstreamEnd)
    }
}
