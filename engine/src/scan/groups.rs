//! Patterns by how the places are found where they may match.

use super::LONG_BYTES_MIN;
use super::combined::{Combined, Member};
use super::error::ScanError;
use super::gates::Gates;
use super::owner::Owner;
use super::pattern::{Pattern, Way};
use std::sync::Arc;

/// Patterns, by how the places are found where they may match.
#[derive(Debug)]
pub(super) struct Groups {
    /// Where a mark stands.
    pub(super) marked: Option<Combined>,
    /// A little before a mark.
    pub(super) before_mark: Option<Combined>,
    /// Most bytes before it.
    pub(super) mark_before: usize,
    /// Where a run begins, and in it.
    pub(super) runs: Option<Combined>,
    /// Everywhere.
    pub(super) open: Option<Combined>,
    /// Near a word, and everywhere where it is not known what stands near.
    pub(super) near: Option<Combined>,
    /// Those that begin with fixed text.
    pub(super) fixed: Option<Combined>,
    /// Those without fixed text whose matches can be long.
    pub(super) long: Option<Combined>,
    /// Those that have fixed text, and do not begin with it.
    pub(super) late: Option<Combined>,
    /// Which of them need a word near them.
    pub(super) gates: Gates,
}

impl Groups {
    /// Compiles patterns together; `owners` are theirs.
    pub(super) fn new(patterns: &[Arc<Pattern>], owners: &[Owner]) -> Result<Self, ScanError> {
        let [mut marked, mut before_mark, mut runs, mut open, mut near, mut fixed, mut late, mut long] =
            <[Vec<Member<'_>>; 8]>::default();
        let mut gates = Gates::new(patterns, owners);
        let mut mark_before = 0;
        for ((index, pattern), owner) in (0_u32..).zip(patterns).zip(owners) {
            let member = Member { index, pattern, has_ends: owner.tries_ends(), gate: owner.gate };
            if pattern.length_max() > LONG_BYTES_MIN && !matches!(pattern.way, Way::Literals(_)) {
                long.push(member);
            }
            match (&pattern.way, owner.gate) {
                (Way::Literals(_), _) if pattern.is_fixed() => fixed.push(member),
                (Way::Literals(_), _) => late.push(member),
                (Way::Mark(0), _) => marked.push(member),
                (Way::Mark(before), _) => {
                    mark_before = mark_before.max(*before);
                    before_mark.push(member);
                }
                (Way::Run, _) => runs.push(member),
                (Way::Bare, Some(_)) => near.push(member),
                (Way::Bare, None) => open.push(member),
            }
        }
        Ok(Self {
            marked: Combined::new(marked, &mut gates)?,
            before_mark: Combined::new(before_mark, &mut gates)?,
            mark_before,
            runs: Combined::new(runs, &mut gates)?,
            open: Combined::new(open, &mut gates)?,
            near: Combined::new(near, &mut gates)?,
            fixed: Combined::of_texts(&fixed)?,
            long: Combined::new(long, &mut gates)?,
            late: Combined::new(late, &mut gates)?,
            gates,
        })
    }

    /// All that do not begin with fixed text.
    pub(super) fn not_fixed(&self) -> impl Iterator<Item = &Combined> {
        [&self.marked, &self.before_mark, &self.runs, &self.open, &self.near, &self.late]
            .into_iter()
            .flatten()
    }
}
