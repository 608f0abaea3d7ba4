//! Rules found by the facts they need, as bit masks.
//!
//! Every value that a fact can have holds the mask of rules that it leaves
//! open: those whose condition may still be true, *or an error*, given that
//! value and whatever the rest is. The masks of a request's values meet; what
//! survives is evaluated, or is known to hold where the values decided all of
//! the condition.
//!
//! **Invariant:** a rule whose bit falls out has a condition that is `false`,
//! not an error: `false && error` is `false` both ways, and so do the outcomes
//! combine here.

mod build;
mod outcomes;
mod table;

use crate::facts::{Facts, Operation};
use crate::graph::NodeId;
use crate::reading::Reading;
pub(crate) use build::{Builder, RuleNode};
use jiff::Timestamp;
use lang::model::{Effect, RuleId};
pub(crate) use outcomes::{Dimension, dimension};
use std::ops::Range;
use table::{CountTable, FoundTable, SetTable, TextTable};

/// When rules are asked; each bucket's bits fill whole words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bucket {
    /// Rules of `admit`.
    Admit,
    /// Rules of `screen`.
    Screen,
    /// Rules of `route` that are asked of each candidate.
    Route,
    /// Rules of `respond`, and flags of `route`.
    Respond,
}

impl Bucket {
    pub(crate) const ALL: [Self; 4] = [Self::Admit, Self::Screen, Self::Route, Self::Respond];
}

/// What is done when a rule fires, without looking into the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// The request or the candidate is refused.
    Deny,
    /// What the decision notes, or what is done after the phase.
    Note,
    /// The route is replaced or ordered, or the answer bounded.
    Shape,
}

impl Deed {
    pub(crate) const fn of(effect: &Effect) -> Self {
        match effect {
            Effect::Deny(_) => Self::Deny,
            Effect::Flag(_) => Self::Note,
            Effect::Route(_) | Effect::Prefer(_) | Effect::Cap(_) => Self::Shape,
        }
    }
}

/// A rule with its bit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Indexed {
    pub(crate) rule: RuleId,
    pub(crate) node: NodeId,
    pub(crate) deed: Deed,
    /// Until then it is recorded and not enforced.
    pub(crate) shadow_end: Option<Timestamp>,
}

/// The rules that a group of tenants shares, or those of one tenant.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// By bit; the bits between a bucket's last rule and its next word have none.
    rules: Box<[Option<Indexed>]>,
    buckets: [Range<usize>; 4],
    words: usize,
    /// Rules that hold wherever their bit is left.
    exact: Box<[u64]>,
    /// Masks by tenant class.
    classes: Vec<u64>,
    /// Masks by operation, API and stream; empty when no rule reads them.
    head: Box<[u64]>,
    /// Masks by declared model, the last for none.
    models: Box<[u64]>,
    /// Masks by workload, the last for none.
    workloads: Box<[u64]>,
    counts: Box<[CountTable]>,
    sets: Box<[SetTable]>,
    /// Masks by what the detectors found in the request.
    input: Option<FoundTable>,
    /// Masks by what they found in the answer.
    output: Option<FoundTable>,
    /// Texts that are looked up only where a surviving rule needs them.
    texts: Box<[TextTable]>,
    /// Masks of the route bucket by endpoint and model; empty when no rule reads them.
    routes: Box<[u64]>,
}

/// Takes from `mask` what `table`'s row leaves out.
fn meet(mask: &mut [u64], table: &[u64], row: usize) {
    let start = row.saturating_mul(mask.len());
    let Some(row) = table.get(start..start.saturating_add(mask.len())) else { return };
    for (word, other) in mask.iter_mut().zip(row) {
        *word &= other;
    }
}

/// The number of an operation, API and stream.
pub(crate) fn head_class(facts: &Facts) -> usize {
    let request = &facts.request;
    let api = request.api as usize;
    let class = (request.operation as usize).saturating_mul(3).saturating_add(api);
    class.saturating_mul(2).saturating_add(usize::from(request.stream))
}

/// How many of them there are.
pub(crate) const HEAD_CLASSES: usize = Operation::ALL.len().saturating_mul(6);

impl Index {
    pub(crate) fn rules(&self) -> impl Iterator<Item = &Indexed> {
        self.rules.iter().flatten()
    }

    /// Whether a rule is asked of each candidate.
    pub(crate) fn is_of_candidates(&self, rule: &Indexed) -> bool {
        let words = self.bucket(Bucket::Route);
        let bits = words.start.saturating_mul(64)..words.end.saturating_mul(64);
        self.rules.get(bits).unwrap_or_default().iter().flatten().any(|one| one.rule == rule.rule)
    }

    /// The rules that a class of tenants leaves open.
    pub(crate) fn rules_of_class(&self, class: u32) -> impl Iterator<Item = &Indexed> {
        let start = (class as usize).saturating_mul(self.words);
        let mask = self.classes.get(start..start.saturating_add(self.words)).unwrap_or_default();
        let is_open = move |bit: usize| (mask.get(bit / 64).copied().unwrap_or(0) >> (bit % 64)) & 1 == 1;
        let rules = self.rules.iter().enumerate().filter(move |(bit, _)| is_open(*bit));
        rules.filter_map(|(_, rule)| rule.as_ref())
    }

    pub(crate) fn bucket(&self, bucket: Bucket) -> Range<usize> {
        self.buckets.get(bucket as usize).cloned().unwrap_or(0..0)
    }

    pub(crate) const fn words(&self) -> usize {
        self.words
    }

    /// The rule with a bit.
    pub(crate) fn rule(&self, bit: usize) -> Option<&Indexed> {
        self.rules.get(bit).and_then(Option::as_ref)
    }

    /// Whether a rule holds wherever its bit is left.
    pub(crate) fn is_exact(&self, bit: usize) -> bool {
        let word = self.exact.get(bit / 64).copied().unwrap_or(0);
        (word >> (bit % 64)) & 1 == 1
    }

    /// What the facts that are cheap to look at leave of the rules of `words`.
    pub(crate) fn survivors(&self, class: u32, reading: &Reading<'_>, mask: &mut [u64]) {
        let facts = reading.facts;
        let start = (class as usize).saturating_mul(self.words);
        match self.classes.get(start..start.saturating_add(self.words)) {
            Some(row) if row.len() == mask.len() => mask.copy_from_slice(row),
            Some(_) | None => mask.fill(u64::MAX),
        }
        if !self.head.is_empty() {
            meet(mask, &self.head, head_class(facts));
        }
        if !self.models.is_empty() {
            let none = reading.model.models.len();
            meet(mask, &self.models, reading.resolved.map_or(none, lang::model::ModelId::index));
        }
        if !self.workloads.is_empty() {
            let none = reading.model.workloads.len();
            meet(mask, &self.workloads, facts.workload.map_or(none, lang::model::WorkloadId::index));
        }
        for table in &self.counts {
            table.meet(reading, mask);
        }
        for table in &self.sets {
            table.meet(reading, mask);
        }
        if let Some(table) = &self.input {
            table.meet(&facts.input, mask);
        }
        if let Some(table) = &self.output {
            table.meet(&facts.output.findings, mask);
        }
    }

    /// Takes out what the dearer facts leave out, within one bucket.
    pub(crate) fn narrow(&self, bucket: Bucket, reading: &Reading<'_>, mask: &mut [u64]) {
        let words = self.bucket(bucket);
        for table in &self.texts {
            table.meet(reading, &words, mask);
        }
    }

    /// The word of the route bucket that an endpoint and model leave open.
    pub(crate) fn route_word(&self, class: u32, word: usize) -> u64 {
        if self.routes.is_empty() {
            return u64::MAX;
        }
        let words = self.bucket(Bucket::Route).len();
        let at = (class as usize).saturating_mul(words).saturating_add(word);
        self.routes.get(at).copied().unwrap_or(u64::MAX)
    }
}
