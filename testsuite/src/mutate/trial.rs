//! The cases of a package, each with whom it speaks of and how dear it is.

use super::{Mutant, Subject};
use crate::observed::Observed;
use crate::package::{self, Options};
use crate::snapshot::{Paragraphs, outcome_text};
use crate::suite::{Case, Entry, Step, Suite, Times};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Headers in which a credential stands: whose request it is follows from the policy then.
const CREDENTIALS: &[&str] = &["authorization", "x-api-key", "api-key"];

/// One case that passes on the original.
#[derive(Debug)]
pub(super) struct Trial {
    /// Suite and name.
    pub(super) name: String,
    /// A suite with this case alone, its snapshot not asked for.
    pub(super) suite: Suite,
    /// The whole outcome on the original, where a snapshot keeps it.
    kept: Option<String>,
    /// The tenants whose requests it makes; any when `None`.
    pub(super) tenants: Option<BTreeSet<String>>,
    /// Words that came up in it.
    words: BTreeSet<String>,
    /// How many requests it makes.
    requests: u64,
}

/// The cases that were chosen and not skipped, in the order of suites and text.
pub(super) fn trials(subject: Subject<'_>, options: &Options) -> Vec<Trial> {
    let mut trials = Vec::new();
    for suite in subject.suites {
        for entry in suite.entries.iter().filter(|entry| package::is_chosen(suite, entry, options)) {
            if let Ok(case) = &entry.case
                && case.skip.is_none()
            {
                trials.push(Trial::new(subject, suite, entry, case, options));
            }
        }
    }
    trials
}

impl Trial {
    fn new(subject: Subject<'_>, suite: &Suite, entry: &Entry, case: &Case, options: &Options) -> Self {
        let observed = package::observe(subject.guard, case, options);
        let name = format!("{}: {}", suite.name, entry.name);
        let mut words: BTreeSet<String> = words_of(&name).collect();
        observed.iter().flatten().for_each(|one| words.extend(words_of(&said(one))));
        let plain = Case { snapshot: false, ..case.clone() };
        let entry = Entry { name: entry.name.clone(), place: entry.place, case: Ok(plain) };
        let requests = case.steps.iter().map(|step| match step.times {
            Times::Repeat(times) | Times::Concurrent(times) => u64::from(times),
        });
        Self {
            name,
            suite: Suite {
                name: suite.name.clone(),
                file: suite.file.clone(),
                entries: vec![entry],
                includes: Vec::new(),
                faults: Vec::new(),
            },
            kept: case.snapshot.then(|| text_of(&observed)),
            tenants: case.steps.iter().map(tenant_of).collect(),
            words,
            requests: requests.sum(),
        }
    }

    fn case(&self) -> Option<&Case> {
        self.suite.entries.first().and_then(|entry| entry.case.as_ref().ok())
    }

    /// Whether it comes out on another policy as it does on the original.
    pub(super) fn passes(&self, guard: &Arc<engine::guard::Guard>, options: &Options) -> bool {
        let one = Options { jobs: std::num::NonZeroUsize::MIN, filter: None, ..options.clone() };
        let report = package::run(guard, std::slice::from_ref(&self.suite), &one);
        let is_kept = || match (&self.kept, self.case()) {
            (Some(kept), Some(case)) => *kept == text_of(&package::observe(guard, case, options)),
            (Some(_) | None, _) => true,
        };
        report.is_good() && is_kept()
    }

    /// Whether all that it names is there in another policy.
    pub(super) fn is_named(&self, names: crate::names::Names<'_>) -> bool {
        self.case().is_some_and(|case| crate::resolve::check(case, names).is_ok())
    }

    /// How likely it is to notice a mutant: words in common first, then few requests.
    pub(super) fn rank(&self, wanted: &BTreeSet<String>) -> (std::cmp::Reverse<usize>, u64) {
        (std::cmp::Reverse(self.words.intersection(wanted).count()), self.requests)
    }
}

/// The words of what a mutant changes.
pub(super) fn words_of_mutant(mutant: &Mutant) -> BTreeSet<String> {
    words_of(&mutant.declaration).chain(words_of(&mutant.was)).chain(words_of(&mutant.now)).collect()
}

fn words_of(text: &str) -> impl Iterator<Item = String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    text.split(move |c| !is_part(c)).filter(|word| word.len() > 2).map(str::to_lowercase)
}

/// All names that came up in an outcome.
fn said(one: &Observed) -> String {
    let lists = [&one.reasons, &one.rules, &one.flags, &one.shadowed, &one.attempts];
    let counts = [&one.redacted_input, &one.redacted_output, &one.found_input, &one.found_output];
    let words = lists.into_iter().flatten().chain(counts.into_iter().flat_map(|counts| counts.keys()));
    let dropped = one.dropped.iter().flat_map(|dropped| [&dropped.endpoint, &dropped.in_full]);
    words.chain(one.charges.keys()).chain(dropped).map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// The tenant of a step's requests, unless the policy finds out.
fn tenant_of(step: &Step) -> Option<String> {
    let shows = |name: &str| step.ask.headers.iter().any(|(said, _)| said == name);
    if CREDENTIALS.iter().any(|name| shows(name)) {
        return None;
    }
    step.ask.tenant.as_ref().map(|tenant| tenant.text.clone())
}

fn text_of(observed: &[Vec<Observed>]) -> String {
    let paragraphs = observed.iter().map(|step| {
        let mut paragraphs = Paragraphs::default();
        for one in step {
            paragraphs.add(one);
        }
        paragraphs
    });
    outcome_text(&paragraphs.collect::<Vec<_>>())
}
