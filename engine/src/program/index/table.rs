//! Masks by the values of one fact.

use crate::facts::Findings;
use crate::program::names::{Names, OTHER};
use crate::reading::Reading;
use lang::condition::Fact;

/// Masks by the stretch of numbers in which a count lies.
#[derive(Debug)]
pub(crate) struct CountTable {
    pub(crate) fact: Fact,
    /// Where one stretch ends and the next begins, sorted.
    pub(crate) cuts: Box<[i64]>,
    pub(crate) masks: Box<[u64]>,
    /// The rules that read it.
    pub(crate) readers: Box<[u64]>,
}

impl CountTable {
    #[inline]
    pub(super) fn row(&self, reading: &Reading<'_>) -> usize {
        let request = &reading.facts.request;
        // What most rules count needs no jump: the processor guesses these branches, and jumps badly.
        let count = match &self.fact {
            Fact::RequestTokens => i64::try_from(request.tokens).unwrap_or(i64::MAX),
            Fact::RequestMaxTokens => i64::try_from(request.max_tokens).unwrap_or(i64::MAX),
            fact => reading.count(fact),
        };
        self.cuts.partition_point(|cut| *cut <= count)
    }
}

/// Masks by which texts a list holds.
#[derive(Debug)]
pub(crate) struct SetTable {
    pub(crate) fact: Fact,
    pub(crate) names: Names,
    pub(crate) members: Members,
}

/// Masks by which detectors found something.
#[derive(Debug)]
pub(crate) struct FoundTable {
    /// The number of each detector, or [`OTHER`] where no rule asks for it.
    pub(crate) numbers: Box<[u32]>,
    pub(crate) members: Members,
}

impl FoundTable {
    /// The numbers of the detectors that found something, once for each finding.
    #[inline]
    pub(super) fn numbers(&self, findings: &Findings) -> impl Iterator<Item = u32> {
        let number = |index: usize| self.numbers.get(index).copied().unwrap_or(OTHER);
        findings.list.iter().map(move |found| number(found.detector.index()))
    }
}

/// Masks by which of some members are there.
///
/// A rule that asks for one member falls out by its absence or its presence;
/// one that asks for several stays as soon as any is there, and is evaluated.
#[derive(Debug)]
pub(crate) struct Members {
    /// What is left when none is there.
    pub(crate) absent: Box<[u64]>,
    /// For each member: the rules that it speaks of, then what is left of them.
    pub(crate) present: Box<[u64]>,
    /// The rules that ask for any.
    pub(crate) readers: Box<[u64]>,
}

/// Masks by what a text is, looked up only where a surviving rule needs it.
#[derive(Debug)]
pub(crate) struct TextTable {
    pub(crate) fact: Fact,
    pub(crate) names: Names,
    /// By name, the last for any other text.
    pub(crate) masks: Box<[u64]>,
    /// The rules that read it.
    pub(crate) readers: Box<[u64]>,
}

impl TextTable {
    #[inline]
    pub(super) fn row(&self, reading: &Reading<'_>) -> usize {
        let facts = reading.facts;
        let text = match &self.fact {
            Fact::RequestUser => facts.request.user.as_str(),
            Fact::CallerId => facts.caller.id.as_str(),
            fact => reading.text(fact),
        };
        let number = self.names.find(text);
        if number == OTHER { self.names.len() } else { number as usize }
    }
}
