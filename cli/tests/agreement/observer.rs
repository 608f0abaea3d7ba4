//! Looks over the shoulder of the sidecar's driver.
//!
//! What a client and an upstream see is read from their sockets. The rest of what
//! the runner observes is not on the wire (findings, how long a limit is full to
//! the nanosecond), so this stands between driver and exchange and takes notes.
//! It changes nothing that passes, and gives an exchange two things at its start:
//! the number that the runner would give it in place of a random one, and what
//! the case says to be down besides what the sidecar found out.

use engine::exchange::{Event, Exchange, Moment, Start, Step};
use engine::facts::Facts;
use engine::guard::Guard;
use engine::meter::Full;
use engine::record::{DecisionId, UpstreamFailure};
use lang::model::EndpointId;
use server::{Machine, Policy};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is noted of one exchange.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Calls that it asked for: which endpoint, which body.
    pub(crate) asked: Vec<(EndpointId, String)>,
    /// Enforced limits that had no room.
    pub(crate) full: Vec<Full>,
    /// What its decision had read in the end.
    pub(crate) facts: Option<Box<Facts>>,
}

/// How often anything has moved; whoever waits for the world to stand still looks at it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Activity(Arc<AtomicU64>);

impl Activity {
    pub(crate) fn note(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The policy of one case, watched.
#[derive(Clone)]
pub(crate) struct Observer {
    guard: Arc<Guard>,
    activity: Activity,
    book: Arc<Mutex<Book>>,
}

#[derive(Default)]
struct Book {
    /// How many exchanges have begun.
    begun: u128,
    /// What the present step says to be down.
    down: Vec<EndpointId>,
    /// By the number of the exchange.
    notes: BTreeMap<u128, Notes>,
}

impl Observer {
    pub(crate) fn new(guard: Arc<Guard>, activity: Activity) -> Self {
        Self { guard, activity, book: Arc::default() }
    }

    /// From here on, these are down besides.
    pub(crate) fn set_down(&self, down: Vec<EndpointId>) {
        self.book.lock().unwrap().down = down;
    }

    /// What was noted of an exchange.
    pub(crate) fn take(&self, id: DecisionId) -> Option<Notes> {
        self.book.lock().unwrap().notes.remove(&id.0)
    }

    /// How many exchanges have begun.
    pub(crate) fn begun(&self) -> u128 {
        self.book.lock().unwrap().begun
    }
}

impl Policy for Observer {
    fn begin(&self, mut start: Start) -> Box<dyn Machine> {
        let mut book = self.book.lock().unwrap();
        book.begun += 1;
        start.id = DecisionId(book.begun);
        start.down.extend(book.down.iter().copied());
        start.down.sort_unstable();
        start.down.dedup();
        book.notes.insert(start.id.0, Notes::default());
        drop(book);
        self.activity.note();
        let id = start.id.0;
        let inner = Exchange::begin(Arc::clone(&self.guard), start);
        Box::new(Watched { inner, id, asked_at: None, observer: self.clone() })
    }
}

struct Watched {
    inner: Exchange,
    id: u128,
    /// The activity when it asked for the call under way.
    asked_at: Option<u64>,
    observer: Observer,
}

impl Watched {
    fn note(&self, write: impl FnOnce(&mut Notes)) {
        write(self.observer.book.lock().unwrap().notes.entry(self.id).or_default());
    }
}

impl Machine for Watched {
    fn handle(&mut self, event: Event, now: Moment) {
        let is_refused = matches!(event, Event::UpstreamFailed(UpstreamFailure::Connect))
            && self.asked_at == Some(self.observer.activity.count());
        if is_refused {
            // Nothing has moved since, no connection either: a breaker let nobody be called.
            self.note(|notes| drop(notes.asked.pop()));
        }
        self.observer.activity.note();
        if let Event::Full(full) = &event {
            self.note(|notes| notes.full.extend(full.iter().filter(|full| !full.is_shadow).copied()));
        }
        self.inner.handle(event, now);
    }

    fn poll_step(&mut self) -> Option<Step> {
        let step = self.inner.poll_step()?;
        self.observer.activity.note();
        if let Step::Attempt(attempt) = &step {
            let body = String::from_utf8_lossy(&attempt.body).into_owned();
            self.note(|notes| notes.asked.push((attempt.endpoint, body)));
            self.asked_at = Some(self.observer.activity.count());
        }
        if let Step::End(_) = &step {
            let facts = self.inner.facts().cloned().map(Box::new);
            self.note(|notes| notes.facts = facts);
        }
        Some(step)
    }

    fn poll_deadline(&self) -> Option<Duration> {
        self.inner.poll_deadline()
    }
}
