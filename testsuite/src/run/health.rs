//! What breakers learn of the calls of one exchange, as it happens: what the sidecar tells them, at the same moments.

use engine::breaker::{Breakers, Outcome};
use engine::exchange::Event;
use jiff::Timestamp;
use lang::model::EndpointId;

/// What a breaker still has to learn about the call under way.
#[derive(Debug, Default)]
pub(super) struct Health {
    calling: Calling,
    /// The time for the call has run out, so giving it up is a failure of the endpoint.
    is_late: bool,
}

#[derive(Clone, Copy, Debug, Default)]
enum Calling {
    /// Nothing.
    #[default]
    Nothing,
    /// Whether it answers.
    Asked(EndpointId),
    /// Whether it breaks off.
    Answered(EndpointId),
}

impl Health {
    /// A call begins, which ends the one before it; `false` when the endpoint is not to be called now.
    pub(super) fn begin(&mut self, breakers: &mut Breakers, endpoint: EndpointId, now: Timestamp) -> bool {
        self.hang_up(breakers, now);
        let may = breakers.begin(endpoint, now);
        if may {
            self.calling = Calling::Asked(endpoint);
        }
        may
    }

    /// Takes note of what an event says about the endpoint.
    pub(super) fn hear(&mut self, breakers: &mut Breakers, event: &Event, now: Timestamp) {
        self.is_late = matches!(event, Event::DeadlinePassed);
        match (self.calling, event) {
            (Calling::Asked(endpoint), Event::UpstreamHead { status, .. }) => {
                let outcome = Outcome::of_status(*status);
                breakers.end(endpoint, outcome, now);
                self.calling = match outcome {
                    Outcome::Answered => Calling::Answered(endpoint),
                    Outcome::Failed | Outcome::Abandoned => Calling::Nothing,
                };
            }
            (Calling::Asked(endpoint) | Calling::Answered(endpoint), Event::UpstreamFailed(_)) => {
                breakers.end(endpoint, Outcome::Failed, now);
                self.calling = Calling::Nothing;
            }
            (Calling::Answered(_), Event::UpstreamEnd) => self.calling = Calling::Nothing,
            (Calling::Nothing | Calling::Asked(_) | Calling::Answered(_), _) => {}
        }
    }

    /// The call is given up.
    pub(super) fn hang_up(&mut self, breakers: &mut Breakers, now: Timestamp) {
        // Too slow is a failure of the endpoint; a client that left tells nothing.
        let outcome = if self.is_late { Outcome::Failed } else { Outcome::Abandoned };
        match std::mem::take(&mut self.calling) {
            Calling::Asked(endpoint) => breakers.end(endpoint, outcome, now),
            Calling::Answered(endpoint) if self.is_late => breakers.end(endpoint, Outcome::Failed, now),
            Calling::Answered(_) | Calling::Nothing => {}
        }
        self.is_late = false;
    }
}
