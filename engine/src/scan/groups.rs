//! Patterns by how the places are found where they may match.

use super::combined::{Borrowed, Combined, Member};
use super::error::ScanError;
use super::literal::BEFORE_BYTES_MAX;
use super::owner::Owner;
use super::pattern::{Pattern, Way};
use lang::model::DetectorId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Longest match of patterns that are not asked whether they go on where so many bytes follow.
///
/// Nearly all detectors are about less; what is read in its normal form is followed by twice as much.
/// No less than [`BEFORE_BYTES_MAX`]: what stands before a fixed text cannot reach so far without it.
pub(super) const LONG_BYTES_MIN: usize = 256;
const _: () = assert!(LONG_BYTES_MIN >= BEFORE_BYTES_MAX);

/// Patterns, by how the places are found where they may match.
#[derive(Debug)]
pub(super) struct Groups {
    /// Where a mark stands.
    pub(super) marked: Group,
    /// A little before a mark.
    pub(super) before_mark: Group,
    /// Most bytes before it.
    pub(super) mark_before: usize,
    /// Where a run begins, and in it.
    pub(super) runs: Group,
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
    /// Whose those near a word are.
    pub(super) near_of: BTreeSet<DetectorId>,
    /// Longest match of each detector's patterns.
    pub(super) length_of: BTreeMap<DetectorId, usize>,
}

/// Patterns that are found in one way.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) all: Option<Combined>,
    /// Those of them that need no word near them.
    free: Option<Combined>,
}

/// A group that is asked in many parts of a text.
pub(super) struct Asked<'a> {
    group: &'a Group,
    all: Option<Borrowed<'a>>,
    free: Option<Borrowed<'a>>,
}

impl Group {
    fn new(members: &Members<'_>) -> Result<Self, ScanError> {
        Ok(Self { all: Combined::new(&members.all)?, free: Combined::new(&members.free)? })
    }

    /// Begins to ask.
    pub(super) const fn ask(&self) -> Asked<'_> {
        Asked { group: self, all: None, free: None }
    }
}

impl<'a> Asked<'a> {
    /// Those of its patterns that may match where a word of some `near` is in reach, or is not,
    /// with what is borrowed for them.
    pub(super) fn patterns(&mut self, is_reached: bool) -> Option<(&'a Combined, &mut Option<Borrowed<'a>>)> {
        if is_reached {
            self.group.all.as_ref().map(|all| (all, &mut self.all))
        } else {
            self.group.free.as_ref().map(|free| (free, &mut self.free))
        }
    }
}

/// Who will be in a group.
#[derive(Default)]
struct Members<'a> {
    all: Vec<Member<'a>>,
    free: Vec<Member<'a>>,
}

impl<'a> Members<'a> {
    fn push(&mut self, member: Member<'a>, gate: Option<DetectorId>) {
        self.all.push(member);
        if gate.is_none() {
            self.free.push(member);
        }
    }
}

impl Groups {
    /// Compiles patterns together; `owners` are theirs.
    pub(super) fn new(patterns: &[Arc<Pattern>], owners: &[Owner]) -> Result<Self, ScanError> {
        let [mut marked, mut before_mark, mut runs] = <[Members<'_>; 3]>::default();
        let (mut open, mut near, mut fixed, mut late, mut long) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut near_of = BTreeSet::new();
        let mut length_of: BTreeMap<DetectorId, usize> = BTreeMap::new();
        let mut mark_before = 0;
        for ((index, pattern), owner) in (0_u32..).zip(patterns).zip(owners) {
            let has_ends = owner.tries_ends();
            let member = Member { pattern: index, hir: &pattern.hir, starts: &pattern.starts, has_ends };
            if let Some(id) = owner.gate {
                let longest = length_of.entry(id).or_default();
                *longest = pattern.length_max().max(*longest);
            }
            if pattern.length_max() > LONG_BYTES_MIN && !matches!(pattern.way, Way::Literals(_)) {
                long.push(member);
            }
            match (&pattern.way, owner.gate) {
                (Way::Literals(_), _) if pattern.is_fixed() => fixed.push(member),
                (Way::Literals(_), _) => late.push(member),
                (Way::Mark(0), gate) => marked.push(member, gate),
                (Way::Mark(before), gate) => {
                    mark_before = mark_before.max(*before);
                    before_mark.push(member, gate);
                }
                (Way::Run, gate) => runs.push(member, gate),
                (Way::Bare, Some(id)) => {
                    near.push(member);
                    near_of.insert(id);
                }
                (Way::Bare, None) => open.push(member),
            }
        }
        Ok(Self {
            marked: Group::new(&marked)?,
            before_mark: Group::new(&before_mark)?,
            mark_before,
            runs: Group::new(&runs)?,
            open: Combined::new(&open)?,
            near: Combined::new(&near)?,
            fixed: Combined::new(&fixed)?,
            long: Combined::new(&long)?,
            late: Combined::new(&late)?,
            near_of,
            length_of,
        })
    }
}
