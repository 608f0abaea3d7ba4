//! What the breaker of an endpoint learns of the call that an exchange has under way.
//!
//! Drivers keep one beside each exchange and pass on what it tells, when it
//! tells it: a breaker that learnt only at the end of an exchange would let
//! others run into an endpoint that is known to fail.

use super::Event;
use crate::breaker::Outcome;
use lang::model::EndpointId;

/// A call under way, or none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Calling {
    state: State,
    /// Whether the last that was heard is that time is up.
    timed_out: bool,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    /// There is nothing to learn.
    #[default]
    Nothing,
    /// Whether it answers.
    Asked(EndpointId),
    /// Whether it breaks off.
    Answered(EndpointId),
}

/// How a call of an endpoint went, for its breaker.
pub type Learnt = (EndpointId, Outcome);

impl Calling {
    /// A call of this endpoint begins.
    pub fn begin(&mut self, endpoint: EndpointId) {
        *self = Self { state: State::Asked(endpoint), timed_out: false };
    }

    /// What an event tells of the endpoint, before the exchange handles it.
    #[must_use = "the breaker is to learn it"]
    pub fn hear(&mut self, event: &Event) -> Option<Learnt> {
        self.timed_out = matches!(event, Event::DeadlinePassed);
        match (self.state, event) {
            (State::Asked(endpoint), Event::UpstreamHead { status, .. }) => {
                let outcome = Outcome::of_status(*status);
                self.state = match outcome {
                    Outcome::Answered => State::Answered(endpoint),
                    Outcome::Failed | Outcome::Abandoned => State::Nothing,
                };
                Some((endpoint, outcome))
            }
            (State::Asked(endpoint) | State::Answered(endpoint), Event::UpstreamFailed(_)) => {
                self.state = State::Nothing;
                Some((endpoint, Outcome::Failed))
            }
            (State::Answered(_), Event::UpstreamEnd) => {
                self.state = State::Nothing;
                None
            }
            (State::Nothing | State::Asked(_) | State::Answered(_), _) => None,
        }
    }

    /// What it tells that the exchange calls no more, or calls another.
    ///
    /// Too slow is a failure of the endpoint; a client that left tells nothing.
    #[must_use = "the breaker is to learn it"]
    pub fn hang_up(&mut self) -> Option<Learnt> {
        let Self { state, timed_out } = std::mem::take(self);
        match state {
            State::Asked(endpoint) if !timed_out => Some((endpoint, Outcome::Abandoned)),
            State::Asked(endpoint) => Some((endpoint, Outcome::Failed)),
            State::Answered(endpoint) if timed_out => Some((endpoint, Outcome::Failed)),
            State::Answered(_) | State::Nothing => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::UpstreamFailure;

    const HERE: EndpointId = EndpointId(3);

    /// What is heard and what it tells, then what hanging up tells.
    type Row = (&'static str, Vec<(Event, Option<Learnt>)>, Option<Learnt>);

    #[test]
    fn a_breaker_learns_when_it_happens_and_once() {
        let head = |status| Event::UpstreamHead { status, headers: Vec::new() };
        let chunk = || Event::UpstreamChunk(bytes::Bytes::from_static(b"x"));
        let broken = || Event::UpstreamFailed(UpstreamFailure::Broken);
        let (answered, failed) = (Some((HERE, Outcome::Answered)), Some((HERE, Outcome::Failed)));
        let abandoned = Some((HERE, Outcome::Abandoned));
        let rows: [Row; 8] = [
            ("answers well", vec![(head(200), answered), (chunk(), None), (Event::UpstreamEnd, None)], None),
            ("answers badly", vec![(head(503), failed), (Event::UpstreamEnd, None)], None),
            ("breaks off", vec![(head(200), answered), (broken(), failed), (broken(), None)], None),
            ("no connection", vec![(Event::UpstreamFailed(UpstreamFailure::Connect), failed)], None),
            ("too slow", vec![(Event::DeadlinePassed, None)], failed),
            ("pauses too long", vec![(head(200), answered), (Event::DeadlinePassed, None)], failed),
            ("the client leaves", vec![(Event::ClientGone, None)], abandoned),
            ("the client leaves within", vec![(head(200), answered), (Event::ClientGone, None)], None),
        ];
        for (name, heard, at_end) in rows {
            let mut calling = Calling::default();
            calling.begin(HERE);
            for (event, expected) in heard {
                assert_eq!(calling.hear(&event), expected, "{name}: {event:?}");
            }
            assert_eq!(calling.hang_up(), at_end, "{name}");
            assert_eq!(calling.hang_up(), None, "{name}: told twice");
        }
    }
}
