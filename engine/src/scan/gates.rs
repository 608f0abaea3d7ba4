//! Which of the patterns that are asked together need a word of `near`.

use super::outline;
use super::owner::Owner;
use super::pattern::Pattern;
use super::window::Context;
use lang::model::DetectorId;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// The patterns whose hits need a word near them, by whose they are.
#[derive(Debug, Default)]
pub(super) struct Gates {
    /// For each row of each group, which patterns need no word near them.
    pub(super) free: Vec<u64>,
    /// For each detector, the rows and bits of its patterns.
    bits: BTreeMap<DetectorId, Vec<(usize, u64)>>,
    /// Longest match of each detector's patterns.
    lengths: BTreeMap<DetectorId, usize>,
}

impl Gates {
    /// Those of all patterns, before any group is added.
    pub(super) fn new(patterns: &[Arc<Pattern>], owners: &[Owner]) -> Self {
        let mut lengths: BTreeMap<DetectorId, usize> = BTreeMap::new();
        for (pattern, owner) in patterns.iter().zip(owners) {
            if let Some(detector) = owner.gate {
                let longest = lengths.entry(detector).or_default();
                *longest = pattern.length_max().max(*longest);
            }
        }
        Self { lengths, ..Self::default() }
    }

    /// Adds the rows of a group, given by the detector that each pattern's hits need a word of;
    /// returns which rows these are.
    pub(super) fn add(&mut self, gates: impl Iterator<Item = Option<DetectorId>>) -> Range<usize> {
        let first = self.free.len();
        for (index, gate) in gates.enumerate() {
            let (_, bit) = outline::place(index);
            if bit == 1 {
                self.free.push(0);
            }
            let row = self.free.len().saturating_sub(1);
            match (gate, self.free.last_mut()) {
                (None, Some(free)) => *free |= bit,
                (Some(detector), _) => self.bits.entry(detector).or_default().push((row, bit)),
                (None, None) => {}
            }
        }
        first..self.free.len()
    }

    /// The rows of which patterns may match where nothing more is known than the context.
    pub(super) fn allowed(&self, context: Context<'_>) -> Vec<u64> {
        match context {
            Context::Elsewhere => vec![u64::MAX; self.free.len()],
            Context::Here => self.free.clone(),
            Context::Of(detectors) => {
                let mut rows = self.free.clone();
                detectors.iter().for_each(|detector| self.switch(&mut rows, detector, true));
                rows
            }
        }
    }

    /// Longest match of a detector's patterns.
    pub(super) fn length_of(&self, detector: DetectorId) -> usize {
        self.lengths.get(&detector).copied().unwrap_or(0)
    }

    /// The rows with those of a detector switched on or off.
    pub(super) fn switch(&self, rows: &mut [u64], detector: DetectorId, is_on: bool) {
        for (row, bit) in self.bits.get(&detector).into_iter().flatten() {
            if let Some(row) = rows.get_mut(*row) {
                *row = if is_on { *row | bit } else { *row & !bit };
            }
        }
    }
}
