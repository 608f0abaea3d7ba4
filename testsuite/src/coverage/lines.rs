//! Coverage by lines of policy text, as lcov and pages show it.

use super::summary::{Counted, Summary};
use std::collections::BTreeMap;

/// The units of one line, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Line<'a> {
    pub(super) units: Vec<&'a Counted>,
}

/// How much of a line is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// All of it.
    Covered,
    /// Some of it.
    Partly,
    /// Nothing of it.
    Missed,
}

impl Line<'_> {
    /// How much of it is covered.
    pub(super) fn standing(&self) -> Standing {
        let covered = self.units.iter().filter(|one| one.times > 0).count();
        match covered {
            0 => Standing::Missed,
            some if some == self.units.len() => Standing::Covered,
            _ => Standing::Partly,
        }
    }

    /// In how many exchanges the most frequent of its outcomes came.
    pub(super) fn times(&self) -> u64 {
        self.units.iter().map(|one| one.times).max().unwrap_or(0)
    }
}

/// The lines of each file that have anything to count, by number.
pub(super) fn by_file(summary: &Summary) -> BTreeMap<&str, BTreeMap<u32, Line<'_>>> {
    let mut files: BTreeMap<&str, BTreeMap<u32, Line<'_>>> = BTreeMap::new();
    for one in &summary.units {
        files.entry(&one.file).or_default().entry(one.line).or_default().units.push(one);
    }
    files
}
