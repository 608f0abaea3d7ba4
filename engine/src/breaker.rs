//! When an endpoint is left alone: a state machine with time passed in.
//!
//! Closed, it counts failures within a window; enough of them open it. Open, it
//! is down until its time to probe. Then one request at a time may try: if that
//! one succeeds it closes, if it fails it opens again. A refusal for load (429)
//! is no failure: the endpoint is alive, and knows what it wants.

use jiff::Timestamp;
use lang::model::{Breaker as Settings, EndpointId};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Most failures that are remembered of one endpoint; `opens after` more is as this many.
///
/// Each is a timestamp. A breaker that needs more than a thousand failures protects nothing.
const FAILURES_MAX: usize = 1_024;

/// How a call went, as far as a breaker cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It answered, be it with a refusal that is the request's own fault.
    Answered,
    /// No connection, a broken one, no answer in time, or a 5xx.
    Failed,
    /// Nobody knows: the client went away first.
    Abandoned,
}

impl Outcome {
    /// What an answer of this status says about the endpoint.
    pub const fn of_status(status: u16) -> Self {
        match status {
            500..=599 => Self::Failed,
            _ => Self::Answered,
        }
    }
}

/// The breaker of one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaker {
    settings: Settings,
    state: State,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Closed { failures: VecDeque<Timestamp> },
    Open { until: Timestamp },
    Probing { since: Timestamp },
}

impl Breaker {
    /// A closed breaker.
    pub const fn new(settings: Settings) -> Self {
        Self { settings, state: State::Closed { failures: VecDeque::new() } }
    }

    /// Whether a call may be made now. It changes nothing: a snapshot for a decision.
    pub fn is_down(&self, now: Timestamp) -> bool {
        match self.state {
            State::Closed { .. } => false,
            State::Open { until } => now < until,
            // A probe that never reports back gives its place up in the end.
            State::Probing { since } => now < after(since, self.settings.probe),
        }
    }

    /// Takes leave to make a call; when it is time to probe, this call is the probe.
    ///
    /// `false` when it is down, or when another took the probe since one looked.
    pub fn begin(&mut self, now: Timestamp) -> bool {
        if self.is_down(now) {
            return false;
        }
        match self.state {
            State::Closed { .. } => {}
            State::Open { .. } | State::Probing { .. } => self.state = State::Probing { since: now },
        }
        true
    }

    /// Learns how a call went.
    pub fn end(&mut self, outcome: Outcome, now: Timestamp) {
        match (&mut self.state, outcome) {
            (State::Closed { failures }, Outcome::Failed) => {
                failures.push_back(now);
                let most = usize::try_from(self.settings.failures).unwrap_or(FAILURES_MAX).clamp(1, FAILURES_MAX);
                while failures.front().is_some_and(|&first| after(first, self.settings.window) < now) {
                    failures.pop_front();
                }
                if failures.len() >= most {
                    self.open(now);
                }
            }
            (State::Closed { .. }, Outcome::Answered | Outcome::Abandoned)
            // Calls that began before it opened tell nothing new.
            | (State::Open { .. }, Outcome::Answered | Outcome::Failed | Outcome::Abandoned) => {}
            (State::Probing { .. }, Outcome::Answered) => {
                self.state = State::Closed { failures: VecDeque::new() };
            }
            (State::Probing { .. }, Outcome::Failed) => self.open(now),
            // The next request may probe at once.
            (State::Probing { .. }, Outcome::Abandoned) => self.state = State::Open { until: now },
        }
    }

    fn open(&mut self, now: Timestamp) {
        self.state = State::Open { until: after(now, self.settings.probe) };
    }
}

fn after(moment: Timestamp, span: Duration) -> Timestamp {
    moment.saturating_add(span).unwrap_or(Timestamp::MAX)
}

/// The breakers of all endpoints that have one, and what is known to be down besides.
#[derive(Clone, Debug, Default)]
pub struct Breakers {
    breakers: BTreeMap<EndpointId, Breaker>,
}

impl Breakers {
    /// Closed breakers with the settings of each endpoint; see [`settings`].
    pub fn new(settings: impl IntoIterator<Item = (EndpointId, Settings)>) -> Self {
        Self { breakers: settings.into_iter().map(|(id, settings)| (id, Breaker::new(settings))).collect() }
    }

    /// Takes over what was learnt about endpoints that stay; `name` tells which one of `old` an endpoint was.
    #[must_use]
    pub fn inherit(mut self, old: &Self, was: impl Fn(EndpointId) -> Option<EndpointId>) -> Self {
        for (id, breaker) in &mut self.breakers {
            let before = was(*id).and_then(|was| old.breakers.get(&was));
            if let Some(before) = before.filter(|before| before.settings == breaker.settings) {
                *breaker = before.clone();
            }
        }
        self
    }

    /// The endpoints whose breaker is open now, sorted: the health that a decision reads.
    pub fn down(&self, now: Timestamp) -> Vec<EndpointId> {
        self.breakers.iter().filter(|(_, breaker)| breaker.is_down(now)).map(|(id, _)| *id).collect()
    }

    /// See [`Breaker::begin`]; an endpoint without a breaker may always be called.
    pub fn begin(&mut self, endpoint: EndpointId, now: Timestamp) -> bool {
        self.breakers.get_mut(&endpoint).is_none_or(|breaker| breaker.begin(now))
    }

    /// See [`Breaker::end`].
    pub fn end(&mut self, endpoint: EndpointId, outcome: Outcome, now: Timestamp) {
        if let Some(breaker) = self.breakers.get_mut(&endpoint) {
            breaker.end(outcome, now);
        }
    }
}

/// The settings of each endpoint's breaker, from the chains that try it.
///
/// Where two chains differ the more careful value holds: fewest failures,
/// longest window, longest wait. An endpoint is up or down for all chains alike.
pub fn settings(chains: &[lang::model::Chain]) -> BTreeMap<EndpointId, Settings> {
    let mut all: BTreeMap<EndpointId, Settings> = BTreeMap::new();
    for (chain, settings) in chains.iter().filter_map(|chain| Some((chain, chain.breaker?))) {
        for endpoint in chain.steps.iter().flat_map(|step| &step.endpoints) {
            let one = all.entry(*endpoint).or_insert(settings);
            *one = Settings {
                failures: one.failures.min(settings.failures),
                window: one.window.max(settings.window),
                probe: one.probe.max(settings.probe),
            };
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Settings =
        Settings { failures: 5, window: Duration::from_secs(30), probe: Duration::from_mins(1) };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::new(SETTINGS);
        for second in 0..5 {
            assert!(!breaker.is_down(at(second)));
            breaker.end(Outcome::Failed, at(second));
        }
        breaker
    }

    #[test]
    fn opens_after_five_failures_and_probes_after_a_minute() {
        let mut breaker = opened();
        assert!(breaker.is_down(at(4)));
        assert!(!breaker.begin(at(63)));
        assert!(!breaker.is_down(at(64)));
        assert!(breaker.begin(at(64)));
        // One probe at a time.
        assert!(breaker.is_down(at(64)));
        assert!(!breaker.begin(at(65)));
        breaker.end(Outcome::Answered, at(66));
        assert!(breaker.begin(at(66)));
        assert_eq!(breaker, Breaker::new(SETTINGS));
    }

    #[test]
    fn a_failed_probe_opens_again_and_a_lost_one_is_replaced() {
        let mut breaker = opened();
        assert!(breaker.begin(at(64)));
        breaker.end(Outcome::Failed, at(65));
        assert!(breaker.is_down(at(124)));
        assert!(breaker.begin(at(125)));
        breaker.end(Outcome::Abandoned, at(126));
        assert!(breaker.begin(at(126)));
        assert!(breaker.is_down(at(185)));
        assert!(breaker.begin(at(186)));
    }

    #[test]
    fn failures_leave_the_window() {
        let mut breaker = Breaker::new(SETTINGS);
        for second in [0, 10, 20, 30, 31, 41] {
            breaker.end(Outcome::Failed, at(second));
            assert!(!breaker.is_down(at(second)), "at {second}");
        }
        breaker.end(Outcome::Failed, at(50));
        assert!(breaker.is_down(at(50)));
    }

    #[test]
    fn load_is_no_failure() {
        for (status, expected) in [
            (200, Outcome::Answered),
            (400, Outcome::Answered),
            (429, Outcome::Answered),
            (500, Outcome::Failed),
            (529, Outcome::Failed),
        ] {
            assert_eq!(Outcome::of_status(status), expected, "{status}");
        }
    }

    #[test]
    fn what_was_learnt_outlives_a_reload() {
        let mut old = Breakers::new([(EndpointId(0), SETTINGS), (EndpointId(1), SETTINGS)]);
        for second in 0..5 {
            old.end(EndpointId(1), Outcome::Failed, at(second));
        }
        assert_eq!(old.down(at(5)), [EndpointId(1)]);
        let changed = Settings { failures: 6, ..SETTINGS };
        let new =
            Breakers::new([(EndpointId(0), SETTINGS), (EndpointId(1), changed), (EndpointId(2), SETTINGS)]);
        // What was 1 is 0 now and, with other settings, 1.
        let new = new.inherit(&old, |id| Some(EndpointId(if id.0 < 2 { 1 } else { 7 })));
        assert_eq!(new.down(at(5)), [EndpointId(0)]);
        assert!(old.clone().begin(EndpointId(9), at(5)));
    }
}
