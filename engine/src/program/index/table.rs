//! Masks by the values of one fact.

use crate::facts::Findings;
use crate::program::names::{Names, OTHER};
use crate::reading::{Elements, Reading};
use lang::condition::Fact;
use smallvec::SmallVec;
use std::ops::Range;

/// Masks by the stretch of numbers in which a count lies.
#[derive(Debug)]
pub(crate) struct CountTable {
    pub(crate) fact: Fact,
    /// Where one stretch ends and the next begins, sorted.
    pub(crate) cuts: Box<[i64]>,
    pub(crate) masks: Box<[u64]>,
}

impl CountTable {
    pub(crate) fn meet(&self, reading: &Reading<'_>, mask: &mut [u64]) {
        let count = reading.count(&self.fact);
        let row = self.cuts.partition_point(|cut| *cut <= count);
        super::meet(mask, &self.masks, row);
    }
}

/// Masks by which texts a list holds.
#[derive(Debug)]
pub(crate) struct SetTable {
    pub(crate) fact: Fact,
    pub(crate) names: Names,
    pub(crate) members: Members,
}

impl SetTable {
    pub(crate) fn meet(&self, reading: &Reading<'_>, mask: &mut [u64]) {
        if mask.iter().zip(&self.members.readers).all(|(word, readers)| word & readers == 0) {
            return;
        }
        let Some(Elements::Texts(list) | Elements::ToolCalls(list)) = reading.elements(&self.fact) else {
            return;
        };
        let numbers = list.iter().map(|text| self.names.find(text)).filter(|number| *number != OTHER);
        self.members.meet(numbers, mask);
    }
}

/// Masks by which detectors found something.
#[derive(Debug)]
pub(crate) struct FoundTable {
    /// The number of each detector, or [`OTHER`] where no rule asks for it.
    pub(crate) numbers: Box<[u32]>,
    pub(crate) members: Members,
}

impl FoundTable {
    pub(crate) fn meet(&self, findings: &Findings, mask: &mut [u64]) {
        let number = |index: usize| self.numbers.get(index).copied().unwrap_or(OTHER);
        let numbers = findings.list.iter().map(|found| number(found.detector.index()));
        self.members.meet(numbers.filter(|number| *number != OTHER), mask);
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

impl Members {
    fn meet(&self, members: impl Iterator<Item = u32>, mask: &mut [u64]) {
        let members: SmallVec<[u32; 16]> = members.collect();
        if members.is_empty() {
            for (word, absent) in mask.iter_mut().zip(&self.absent) {
                *word &= absent;
            }
            return;
        }
        let words = mask.len();
        for (index, (word, absent)) in mask.iter_mut().zip(&self.absent).enumerate() {
            let (mut spoken, mut left) = (0u64, 0u64);
            for member in &members {
                let at = (*member as usize).saturating_mul(words).saturating_mul(2).saturating_add(index);
                spoken |= self.present.get(at).copied().unwrap_or(0);
                left |= self.present.get(at.saturating_add(words)).copied().unwrap_or(0);
            }
            *word &= (absent & !spoken) | left;
        }
    }
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
    pub(crate) fn meet(&self, reading: &Reading<'_>, words: &Range<usize>, mask: &mut [u64]) {
        let all = mask.len();
        let (Some(mask), Some(readers)) = (mask.get_mut(words.clone()), self.readers.get(words.clone()))
        else {
            return;
        };
        if mask.iter().zip(readers).all(|(word, readers)| word & readers == 0) {
            return;
        }
        let number = self.names.find(reading.text(&self.fact));
        let row = if number == OTHER { self.names.len() } else { number as usize };
        let start = row.saturating_mul(all).saturating_add(words.start);
        let Some(row) = self.masks.get(start..start.saturating_add(mask.len())) else { return };
        for (word, other) in mask.iter_mut().zip(row) {
            *word &= other;
        }
    }
}
