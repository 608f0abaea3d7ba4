//! Property tests: random requests that fit a package, and what must hold of each.
//!
//! A request is drawn as plain [`choice`]s from what the package names
//! ([`pool`]) and written as a case of a suite ([`request`]), so that what is
//! tried is what can be shown. The case is read back, run twice in worlds of
//! their own, and each [`Property`] is asked. What breaks one is made small
//! ([`trial`]), and told as a case that fails for as long as it is broken.
//!
//! The n-th request of a seed is the same in every run, however many there
//! are and whoever runs them.

mod choice;
mod pool;
mod property;
mod report;
mod request;
mod trial;
mod write;

pub use property::Property;
pub use report::{cases, to_json, to_text};
pub use write::{Kept, WriteError, append};

use crate::names::Location;
use engine::guard::Guard;
use engine::scan::ScanError;
use engine::{CompileError, Verdict};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use trial::{Bench, Tried};

/// The seed of runs that name none.
pub const SEED: u64 = 1;

/// How to run.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many requests.
    pub requests: usize,
    /// Where drawing begins.
    pub seed: u64,
    /// How many are tried at once.
    pub jobs: NonZeroUsize,
    /// The instant of requests that choose none.
    pub now: Timestamp,
}

/// Why a package cannot be tried.
#[derive(Debug)]
pub enum FuzzError {
    /// Its detectors make no scanner.
    Scan(ScanError),
    /// Its invariants make no program.
    Compile(CompileError),
}

impl std::fmt::Display for FuzzError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Scan(error) => error.fmt(f),
            Self::Compile(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FuzzError {}

/// What was seen in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Fuzzed {
    /// How it was run.
    pub seed: u64,
    /// How many requests were tried.
    pub requests: usize,
    /// What they came to.
    pub tally: Tally,
    /// How many tenants, rules and detectors the package has, and for how many detectors values were drawn.
    pub of: Extent,
    /// Each property, in the order in which they are told.
    pub properties: Vec<Checked>,
}

/// What there is to be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Tenants.
    pub tenants: usize,
    /// Rules.
    pub rules: usize,
    /// Redactions.
    pub redactions: usize,
    /// Detectors.
    pub detectors: usize,
    /// Detectors of which values are planted.
    pub sampled: usize,
}

/// What requests came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Exchanges that were let in.
    pub allowed: u64,
    /// Exchanges that were refused.
    pub denied: u64,
    /// Exchanges whose upstream was called.
    pub sent: u64,
    /// Tenants for whom something was let in.
    pub tenants: BTreeSet<usize>,
    /// Rules that fired.
    pub rules: BTreeSet<usize>,
    /// Requests that could not be written as a case: a defect of the drawing.
    pub unwritten: u64,
}

/// What was seen of one property.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// Which one.
    pub property: Property,
    /// What reports call it.
    pub name: String,
    /// Where it is written, or else the `policy` block.
    pub place: Option<Location>,
    /// Requests that could have broken it.
    pub exercised: u64,
    /// The first that did, made small.
    pub failure: Option<Found>,
}

/// A request that breaks a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which of the seed's, from 1.
    pub request: usize,
    /// How it breaks it.
    pub message: String,
    /// What was asked, in one line.
    pub asked: String,
    /// What came, in one line.
    pub came: String,
    /// The policy text that it is about.
    pub decided_by: Option<Location>,
    /// The request as an item of `cases`.
    pub case: String,
    /// Whether the case, run as any other, fails.
    pub is_telling: bool,
}

impl Fuzzed {
    /// Whether no property is broken.
    pub fn is_good(&self) -> bool {
        self.properties.iter().all(|checked| checked.failure.is_none())
    }

    /// What keeps the run from meaning much.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.of.tenants == 0 {
            warnings.push("the package has no tenant, so nobody's requests were tried".to_owned());
        } else if self.tally.allowed == 0 {
            warnings.push("no request was let in, so nothing was tried but refusals".to_owned());
        }
        if self.tally.unwritten > 0 {
            warnings.push(format!("{} requests could not be written as cases", self.tally.unwritten));
        }
        let unseen =
            self.properties.iter().filter(|checked| checked.exercised == 0 && self.tally.allowed > 0);
        warnings.extend(unseen.map(|checked| format!("no request was about `{}`", checked.name)));
        warnings
    }
}

/// Tries random requests; the result is the same however many jobs there are.
///
/// `progress` hears how many are done, of how many.
///
/// # Errors
///
/// [`FuzzError`] when the package that was compiled once cannot be compiled again.
pub fn run(
    guard: &Arc<Guard>,
    settings: &Settings,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Fuzzed, FuzzError> {
    let bench = Bench::new(guard, settings)?;
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let sum = Mutex::new(Sum::new(bench.properties.len()));
    let work = || {
        let mut own = Sum::new(bench.properties.len());
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= settings.requests {
                break;
            }
            own.take(at, bench.draw(at).and_then(|choices| bench.try_out(&choices)).as_ref());
            progress(done.fetch_add(1, Ordering::Relaxed).saturating_add(1), settings.requests);
        }
        sum.lock().unwrap_or_else(PoisonError::into_inner).add(own);
    };
    std::thread::scope(|scope| {
        (1..settings.jobs.get().min(settings.requests)).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    let sum = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    let names = bench.names();
    let checked = bench.properties.iter().zip(sum.exercised.iter().zip(&sum.broken)).enumerate();
    let checked = checked.map(|(at, (property, (exercised, broken)))| Checked {
        property: *property,
        name: property.name(names.model()),
        place: property.place(names),
        exercised: *exercised,
        failure: broken.and_then(|request| bench.found(at, request)),
    });
    Ok(Fuzzed {
        seed: settings.seed,
        requests: settings.requests,
        of: bench.extent(),
        properties: checked.collect(),
        tally: sum.tally,
    })
}

/// What one worker saw, or all of them.
struct Sum {
    tally: Tally,
    exercised: Vec<u64>,
    /// The first request that breaks each property.
    broken: Vec<Option<usize>>,
}

impl Sum {
    fn new(properties: usize) -> Self {
        Self { tally: Tally::default(), exercised: vec![0; properties], broken: vec![None; properties] }
    }

    fn take(&mut self, at: usize, tried: Option<&Tried>) {
        let Some(tried) = tried else {
            self.tally.unwritten = self.tally.unwritten.saturating_add(1);
            return;
        };
        for outcome in &tried.outcomes {
            self.tally.take(outcome);
        }
        for (place, judged) in tried.judged.iter().enumerate() {
            if let Some(count) = self.exercised.get_mut(place) {
                *count = count.saturating_add(u64::from(judged.is_exercised));
            }
            if let Some(first) = self.broken.get_mut(place).filter(|_| judged.breach.is_some()) {
                *first = Some(first.map_or(at, |first| first.min(at)));
            }
        }
    }

    fn add(&mut self, other: Self) {
        self.tally.add(other.tally);
        for (mine, theirs) in self.exercised.iter_mut().zip(other.exercised) {
            *mine = mine.saturating_add(theirs);
        }
        for (mine, theirs) in self.broken.iter_mut().zip(other.broken) {
            *mine = mine.iter().copied().chain(theirs).min();
        }
    }
}

impl Tally {
    fn take(&mut self, outcome: &crate::run::Outcome) {
        let Some(record) = &outcome.record else { return };
        let decision = record.decision.as_ref();
        let is_allowed = record.reason.is_none() && decision.is_some_and(|it| it.verdict == Verdict::Allow);
        let count = if is_allowed { &mut self.allowed } else { &mut self.denied };
        *count = count.saturating_add(1);
        self.sent = self.sent.saturating_add(u64::from(!outcome.sent.is_empty()));
        if is_allowed {
            self.tenants.extend(record.tenant.map(lang::model::TenantId::index));
        }
        self.rules.extend(decision.into_iter().flat_map(|decision| &decision.fired).map(|rule| rule.index()));
    }

    fn add(&mut self, other: Self) {
        self.allowed = self.allowed.saturating_add(other.allowed);
        self.denied = self.denied.saturating_add(other.denied);
        self.sent = self.sent.saturating_add(other.sent);
        self.unwritten = self.unwritten.saturating_add(other.unwritten);
        self.tenants.extend(other.tenants);
        self.rules.extend(other.rules);
    }
}

#[cfg(test)]
mod tests;
