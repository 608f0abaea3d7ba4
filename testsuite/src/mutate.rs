//! Mutation: would the tests notice if the policy were weaker?
//!
//! Every operator makes a mutant of every statement that it fits ([`Operator`]):
//! the package with one small edit. Each is compiled as any package is, and held
//! against the original: one that means the same for every tenant is
//! equivalent; else the cases of the tenants whom it reaches are run, the
//! likeliest first, until one fails. For a mutant that no case noticed, requests
//! are tried until one is decided differently, and that one is given as a case.
//!
//! What `retain` says, and what is redacted for `audit`, is no part of what comes
//! of a request, and no case can see it; so no operator changes it.

mod judge;
mod known;
mod make;
mod operator;
mod report;
mod trial;
mod witness;

use crate::package::Options;
use crate::suite::Suite;
use engine::guard::{Guard, GuardError};
use engine::scan::TokenKey;
use jiff::civil::Date;
use judge::Judge;
use lang::{Loader, PackageFiles};
pub use operator::Operator;
pub use report::{to_json, to_text};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A package and its tests, all of which pass.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The package's own files.
    pub files: &'a PackageFiles,
    /// Brings what the package names beside them.
    pub loader: &'a (dyn Loader + Sync),
    /// The day on which it is checked.
    pub day: Date,
    /// What it was compiled to.
    pub guard: &'a Arc<Guard>,
    /// Keys the tokens of redacted values.
    pub key: &'a TokenKey,
    /// Its tests.
    pub suites: &'a [Suite],
}

impl std::fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subject").field("path", &self.files.path).finish_non_exhaustive()
    }
}

/// A package with one small edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// What was done.
    pub operator: Operator,
    /// The file, as the package calls it.
    pub file: String,
    /// The line of the edit.
    pub line: u32,
    /// The declaration, as in `tenant retail`.
    pub declaration: String,
    /// The statement as it stands, in one line.
    pub was: String,
    /// The statement as it is in the mutant; empty when it is left out.
    pub now: String,
    /// What is replaced, in bytes of the file.
    range: Range<usize>,
    /// What stands there instead.
    new: String,
}

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A case failed.
    Killed {
        /// Suite and name of the first that did.
        by: String,
    },
    /// Every case passed.
    Survived {
        /// A case that would have failed, ready to paste; `None` where none was found.
        witness: Option<String>,
    },
    /// It decides every request as the original does.
    Equivalent,
    /// It is no policy.
    NotCompiled {
        /// The first mistake.
        why: String,
    },
}

/// All mutants and what became of them, in the order of files and text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mutation {
    /// Each.
    pub mutants: Vec<(Mutant, Fate)>,
}

/// How many mutants came to which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub made: usize,
    /// Those that a case noticed.
    pub killed: usize,
    /// Those that none did.
    pub survived: usize,
    /// Those that decide alike.
    pub equivalent: usize,
    /// Those that do not compile.
    pub not_compiled: usize,
}

impl Tally {
    fn take(&mut self, fate: &Fate) {
        let count = match fate {
            Fate::Killed { .. } => &mut self.killed,
            Fate::Survived { .. } => &mut self.survived,
            Fate::Equivalent => &mut self.equivalent,
            Fate::NotCompiled { .. } => &mut self.not_compiled,
        };
        *count = count.saturating_add(1);
        self.made = self.made.saturating_add(1);
    }

    /// Killed of those that some case could have noticed, in tenths of a percent, rounded down; `None` when there are none.
    pub fn score_permille(&self) -> Option<usize> {
        self.killed.saturating_mul(1_000).checked_div(self.killed.saturating_add(self.survived))
    }
}

impl Mutation {
    /// How many came to which end.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        self.mutants.iter().for_each(|(_, fate)| tally.take(fate));
        tally
    }

    /// The same for each operator that made some, in their order.
    pub fn by_operator(&self) -> Vec<(Operator, Tally)> {
        let of = |operator: &Operator| {
            let mut tally = Tally::default();
            let own = self.mutants.iter().filter(|(mutant, _)| mutant.operator == *operator);
            own.for_each(|(_, fate)| tally.take(fate));
            (*operator, tally)
        };
        Operator::ALL.iter().map(of).filter(|(_, tally)| tally.made > 0).collect()
    }
}

/// Makes every mutant of a package and runs the tests that it reaches.
///
/// `progress` hears how many are done, of how many.
///
/// # Errors
///
/// [`GuardError`] when the package that was compiled once cannot be compiled again.
pub fn run(
    subject: Subject<'_>,
    options: &Options,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Mutation, GuardError> {
    let mutants = make::mutants(subject.guard.model(), subject.day);
    let trials = trial::trials(subject, options);
    let samples = witness::Samples::new(subject.guard.model());
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let fates: Vec<Mutex<Option<Fate>>> = mutants.iter().map(|_| Mutex::new(None)).collect();
    let work = || -> Result<(), GuardError> {
        let mut judge = Judge::new(subject, options, (&trials, &samples))?;
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let (Some(mutant), Some(place)) = (mutants.get(at), fates.get(at)) else { return Ok(()) };
            let fate = judge.fate(mutant);
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(fate);
            progress(done.fetch_add(1, Ordering::Relaxed).saturating_add(1), mutants.len());
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..options.jobs.get().min(mutants.len())).map(|_| scope.spawn(work)).collect();
        let own = work();
        // A worker that panicked leaves its mutant without a fate, and that one is told below.
        others.into_iter().filter_map(|other| other.join().ok()).fold(own, Result::and)
    })?;
    let fates = fates.into_iter().map(|place| {
        let lost = || Fate::NotCompiled { why: "it could not be tried".into() };
        place.into_inner().unwrap_or_else(PoisonError::into_inner).unwrap_or_else(lost)
    });
    Ok(Mutation { mutants: mutants.iter().cloned().zip(fates).collect() })
}

#[cfg(test)]
mod tests;
