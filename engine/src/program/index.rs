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
mod look;
mod narrow;
mod outcomes;
mod table;

use crate::facts::{Facts, Operation};
use crate::graph::NodeId;
pub(crate) use build::{Builder, RuleNode};
use jiff::Timestamp;
use lang::model::{Effect, RuleId};
pub(crate) use look::{Look, WORDS_AT_ONCE};
use narrow::Probes;
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
    /// Whether no bucket has more than one word.
    is_narrow: bool,
    words: usize,
    /// Rules that hold wherever their bit is left.
    exact: Box<[u64]>,
    /// Of these, the rules that have but one bit, and neither a shadow nor an effect to look up.
    immediate: Box<[u64]>,
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
    texts: Box<[TextTable]>,
    /// By bucket, where it has but one word: the tables that its rules read.
    probes: [Probes; 4],
    /// Masks of the route bucket by endpoint and model; empty when no rule reads them.
    routes: Box<[u64]>,
}

/// The number of an operation, API and stream.
#[inline]
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

    #[inline]
    pub(crate) fn bucket(&self, bucket: Bucket) -> Range<usize> {
        self.buckets.get(bucket as usize).cloned().unwrap_or(0..0)
    }

    /// The rule with a bit.
    #[inline]
    pub(crate) fn rule(&self, bit: usize) -> Option<&Indexed> {
        self.rules.get(bit).and_then(Option::as_ref)
    }

    /// Of a word: the rules that fire wherever their bit is left, with nothing more to ask.
    #[inline]
    pub(crate) fn immediate_word(&self, word: usize) -> u64 {
        self.immediate.get(word).copied().unwrap_or(0)
    }

    /// Whether a rule holds wherever its bit is left.
    #[inline]
    pub(crate) fn is_exact(&self, bit: usize) -> bool {
        let word = self.exact.get(bit / 64).copied().unwrap_or(0);
        (word >> (bit % 64)) & 1 == 1
    }

    /// The word of the route bucket that an endpoint and model leave open.
    #[inline]
    pub(crate) fn route_word(&self, class: u32, word: usize) -> u64 {
        if self.routes.is_empty() {
            return u64::MAX;
        }
        let words = self.bucket(Bucket::Route).len();
        let at = (class as usize).saturating_mul(words).saturating_add(word);
        self.routes.get(at).copied().unwrap_or(u64::MAX)
    }
}
