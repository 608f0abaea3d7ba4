//! What a decision has come to so far, in numbers, and the memory it is made in.

use crate::decision::{Candidate, DropReason, Reason, Shadowed, Verdict};
use crate::evaluate::Memo;
use crate::program::index::Look;
use lang::model::RuleId;
use smallvec::SmallVec;

/// No list of candidates: the route phase was not reached, or there is none.
pub(super) const NO_LIST: u32 = u32::MAX;

/// The answer of a program, phase by phase.
///
/// It holds numbers of its program and is made without taking memory where
/// the request is allowed; [`Program::explain`](super::Program::explain) makes
/// the complete [`Decision`](crate::Decision) of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Why it is refused: all reasons of the earliest failing phase, sorted.
    pub(super) reasons: SmallVec<[Reason; 1]>,
    pub(super) fired: SmallVec<[RuleId; 16]>,
    pub(super) shadowed: SmallVec<[Shadowed; 4]>,
    /// The list of candidates.
    pub(super) list: u32,
    /// Whether the route is the whole list, as it stands.
    pub(super) is_whole: bool,
    /// Whether a rule fired that routes, prefers or caps.
    pub(super) is_shaped: bool,
    /// Otherwise: what is left of it, in order.
    pub(super) order: SmallVec<[u16; 8]>,
    pub(super) dropped: SmallVec<[(u16, DropReason); 4]>,
    pub(super) cap: Option<u64>,
    /// Whether something was added since it was last put in order.
    is_unsettled: bool,
}

impl Outcome {
    pub(super) fn new() -> Self {
        Self {
            reasons: SmallVec::new(),
            fired: SmallVec::new(),
            shadowed: SmallVec::new(),
            list: NO_LIST,
            is_whole: false,
            is_shaped: false,
            order: SmallVec::new(),
            dropped: SmallVec::new(),
            cap: None,
            is_unsettled: false,
        }
    }

    /// Whether it passes, as far as was asked.
    pub fn verdict(&self) -> Verdict {
        if self.reasons.is_empty() { Verdict::Allow } else { Verdict::Deny }
    }

    /// Whether it is refused.
    pub fn is_denied(&self) -> bool {
        !self.reasons.is_empty()
    }

    /// All reasons of the earliest failing phase, sorted: the first decides.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// Rules that fired and are in force, sorted.
    pub fn fired(&self) -> &[RuleId] {
        &self.fired
    }

    /// What would have happened, sorted.
    pub fn shadowed(&self) -> &[Shadowed] {
        &self.shadowed
    }

    /// The least cap on output tokens in force, if any.
    pub const fn cap(&self) -> Option<u64> {
        self.cap
    }

    pub(super) fn refuse(&mut self, reason: Reason) {
        self.refuse_all([reason]);
    }

    pub(super) fn refuse_all(&mut self, reasons: impl IntoIterator<Item = Reason>) {
        self.reasons.extend(reasons);
        self.is_unsettled = true;
    }

    pub(super) fn fire(&mut self, rule: RuleId) {
        if self.fired.last() != Some(&rule) {
            self.fired.push(rule);
            self.is_unsettled = true;
        }
    }

    pub(super) fn shadow(&mut self, shadowed: Shadowed) {
        self.shadowed.push(shadowed);
        self.is_unsettled = true;
    }

    /// Whether something was added since it was last put in order.
    pub(super) const fn is_unsettled(&self) -> bool {
        self.is_unsettled
    }

    /// Sorts what the last phase added, and drops repetition.
    pub(super) fn settle(&mut self) {
        tidy(&mut self.reasons);
        tidy(&mut self.fired);
        tidy(&mut self.shadowed);
        self.is_unsettled = false;
    }
}

fn tidy<A: smallvec::Array>(list: &mut SmallVec<A>)
where
    A::Item: Ord,
{
    // Rules are asked in their order, so that most often nothing is left to do.
    if !list.is_sorted_by(|one, next| one < next) {
        list.sort_unstable();
        list.dedup();
    }
}

/// Memory that decisions are made in; one for each thread, used again and again.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) memo: Memo,
    /// The route rules of the shared index that are left, a word each.
    pub(super) shared: Vec<u64>,
    /// The route rules of the tenant's own index that are left.
    pub(super) own: Vec<u64>,
    /// Where the request stands in the shared index, and in the tenant's own.
    pub(super) looks: [Look; 2],
}

impl Scratch {
    /// Empty; it grows to what the programs need that it is used with.
    pub fn new() -> Self {
        Self::default()
    }
}

/// The candidates of a route, in order.
#[derive(Clone, Debug)]
pub struct Route<'p> {
    pub(super) entries: &'p [super::candidates::Entry],
    /// Places in `entries`; all of them when `None`.
    pub(super) order: Option<&'p [u16]>,
    pub(super) next: usize,
}

impl Iterator for Route<'_> {
    type Item = Candidate;

    fn next(&mut self) -> Option<Candidate> {
        let place = match self.order {
            Some(order) => usize::from(*order.get(self.next)?),
            None => self.next,
        };
        self.next = self.next.saturating_add(1);
        self.entries.get(place).map(|entry| entry.candidate)
    }
}
