//! A compiled policy: immutable tables, made once and only read.

mod candidates;
mod compile;
mod decide;
mod explain;
pub(crate) mod index;
mod listing;
mod meaning;
pub(crate) mod names;
mod needs;
mod outcome;
mod plan;
mod rows;
#[cfg(test)]
mod tests;

use crate::budget::Budget;
use crate::decision::Reason;
use crate::evaluate::Code;
use crate::facts::Facts;
use crate::graph::NodeId;
use crate::scan::DetectorSet;
use candidates::Lists;
pub use compile::{CompileError, compile};
use decide::{Desk, Run};
use index::Index;
use jiff::Timestamp;
use lang::condition::Surface;
use lang::model::{ChainId, LimitId, Model, ModelId, TenantId, WorkloadId};
pub use listing::GraphNode;
pub use meaning::Meaning;
use names::{Names, OTHER};
pub(crate) use needs::Answers;
pub use outcome::{Outcome, Route, Scratch};
use plan::Plan;
pub use plan::SurfacePlan;
use rows::{Place, Row};

/// What the name that a client sent stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asked {
    /// A model.
    Model(ModelId),
    /// A chain.
    Chain(ChainId),
    /// Nothing that the policy knows.
    Unknown,
}

impl Asked {
    /// The model, if it is one.
    pub const fn model(self) -> Option<ModelId> {
        match self {
            Self::Model(model) => Some(model),
            Self::Chain(_) | Self::Unknown => None,
        }
    }
}

/// What a decision looks up of its tenant first; a few words, so that ten
/// thousand tenants stay within the nearer caches.
#[derive(Clone, Copy, Debug)]
struct TenantRecord {
    place: Place,
    /// The class in the shared index.
    class: u32,
    /// The index of its own rules; none beyond the list.
    own: u32,
}

/// A compiled policy.
///
/// Immutable and without interior locks: share it between threads, give each a
/// [`Scratch`], and replace it whole.
#[derive(Debug)]
pub struct Program {
    model: Model,
    code: Code,
    /// The node of each rule's condition.
    nodes: Vec<NodeId>,
    asked: Names,
    asked_kinds: Vec<Asked>,
    tenants: Vec<TenantRecord>,
    /// The slot of each workload among its tenant's, and the tenant.
    workload_slots: Vec<(TenantId, u32)>,
    rows: Vec<Row>,
    plans: Vec<Plan>,
    no_plan: Plan,
    places: Vec<u32>,
    epochs: Vec<Box<[Timestamp]>>,
    lists: Lists,
    shared: Index,
    own: Vec<Index>,
    needs: needs::Needs,
    reads_usage: bool,
}

impl Program {
    /// Decides, phase by phase, as far as the facts go: `respond` is asked when one served.
    ///
    /// Nothing is allocated where the request is allowed, once `scratch` has
    /// grown to this program and unless a condition builds values of its own.
    #[inline]
    pub fn decide(&self, facts: &Facts, budget: &mut Budget, scratch: &mut Scratch) -> Outcome {
        let mut outcome = Outcome::new();
        self.decide_in(&mut outcome, facts, budget, scratch);
        outcome
    }

    /// Decides where the outcome stands: moving it costs as much as a phase.
    fn decide_in(&self, outcome: &mut Outcome, facts: &Facts, budget: &mut Budget, scratch: &mut Scratch) {
        if let Some(mut run) = self.begun(facts, Desk { outcome, budget, scratch }) {
            let _ = run.admit() || run.screen() || run.route() || run.respond();
        }
    }

    /// The first phase: head, tenant, caller and usage.
    pub fn admit(&self, facts: &Facts, budget: &mut Budget, scratch: &mut Scratch) -> Outcome {
        let mut outcome = Outcome::new();
        if let Some(mut run) = self.begun(facts, Desk { outcome: &mut outcome, budget, scratch }) {
            run.admit();
        }
        outcome
    }

    /// The second phase: what was found in the request.
    pub fn screen(&self, facts: &Facts, outcome: &mut Outcome, budget: &mut Budget, scratch: &mut Scratch) {
        if let Some(mut run) = self.resumed(facts, Desk { outcome, budget, scratch }) {
            run.screen();
        }
    }

    /// The third phase: the candidates.
    pub fn route(&self, facts: &Facts, outcome: &mut Outcome, budget: &mut Budget, scratch: &mut Scratch) {
        if let Some(mut run) = self.resumed(facts, Desk { outcome, budget, scratch }) {
            run.route();
        }
    }

    /// The last phase: what came back. The answer may be asked about more than
    /// once as it grows; each time from the outcome of the phase before.
    pub fn respond(&self, facts: &Facts, outcome: &mut Outcome, budget: &mut Budget, scratch: &mut Scratch) {
        if let Some(mut run) = self.resumed(facts, Desk { outcome, budget, scratch }) {
            run.respond();
        }
    }

    /// The run of a later phase; none where an earlier one refused.
    fn resumed<'a>(&'a self, facts: &'a Facts, desk: Desk<'a>) -> Option<Run<'a, 'a>> {
        if desk.outcome.is_denied() { None } else { self.begun(facts, desk) }
    }

    /// A run at its beginning; without such a tenant there is none, and the outcome refuses.
    #[expect(clippy::inline_always, reason = "what is passed in memory is waited for: a tenth of a decision")]
    #[inline(always)]
    fn begun<'a>(&'a self, facts: &'a Facts, desk: Desk<'a>) -> Option<Run<'a, 'a>> {
        let tenant = self.tenants.get(facts.tenant.index());
        let Some(place) = tenant.and_then(|tenant| Some((tenant, self.row(*tenant, facts)?))) else {
            desk.outcome.refuse(Reason::PolicyError(None));
            return None;
        };
        Some(Run::begin(self, facts, place, desk))
    }

    /// What the name that a client sent stands for.
    pub fn resolve_asked(&self, asked: &str) -> Asked {
        let number = self.asked.find(asked);
        if number == OTHER {
            return Asked::Unknown;
        }
        self.asked_kinds.get(number as usize).copied().unwrap_or(Asked::Unknown)
    }

    /// The model that was compiled.
    pub const fn model(&self) -> &Model {
        &self.model
    }

    /// Whether some rule reads what a tenant has used.
    pub const fn reads_usage(&self) -> bool {
        self.reads_usage
    }

    /// What happens to findings of a tenant on a surface, now.
    pub fn redactions(&self, tenant: TenantId, surface: Surface, now: Timestamp) -> Option<&SurfacePlan> {
        let record = *self.tenants.get(tenant.index())?;
        let row = self.row_at(record, 0, now)?;
        Some(self.plan(row).on(surface))
    }

    /// The detectors that must read a surface: for rules, for redactions, for the workload's data.
    pub fn detectors(
        &self,
        tenant: TenantId,
        workload: Option<WorkloadId>,
        surface: Surface,
    ) -> &DetectorSet {
        let slot = workload.and_then(|workload| self.workload_slot(tenant, workload)).unwrap_or(0);
        self.needs.of(tenant, slot, surface)
    }

    /// What the rules of a tenant need of its answers, beside detectors.
    pub(crate) fn answers(&self, tenant: TenantId) -> Answers {
        self.needs.answers(tenant)
    }

    /// The limits that hold for a tenant and a model.
    pub fn limits(&self, tenant: TenantId, model: ModelId) -> impl Iterator<Item = LimitId> + '_ {
        let limits = self.model.tenants.get(tenant.index()).map(|tenant| tenant.limits.as_slice());
        limits.unwrap_or_default().iter().copied().filter(move |id| {
            let limit = self.model.limits.get(id.index());
            limit.is_some_and(|limit| limit.models.as_ref().is_none_or(|models| models.contains(&model)))
        })
    }

    /// The slot of a workload among its tenant's; `None` when it is another's.
    fn workload_slot(&self, tenant: TenantId, workload: WorkloadId) -> Option<u32> {
        let (owner, slot) = self.workload_slots.get(workload.index())?;
        (*owner == tenant).then_some(*slot)
    }

    #[inline]
    fn row(&self, tenant: TenantRecord, facts: &Facts) -> Option<&Row> {
        let slot = match facts.workload {
            Some(workload) => self.workload_slot(facts.tenant, workload).unwrap_or(0),
            None => 0,
        };
        self.row_at(tenant, slot, facts.now)
    }

    #[inline]
    fn row_at(&self, tenant: TenantRecord, slot: u32, now: Timestamp) -> Option<&Row> {
        let epochs = self.epochs.get(tenant.place.epochs as usize)?;
        let past = epochs.partition_point(|end| *end <= now);
        // Into a table in memory, so that the product fits.
        let at = (tenant.place.first as usize)
            .wrapping_add(past.wrapping_mul(tenant.place.slots as usize))
            .wrapping_add(slot as usize);
        self.rows.get(*self.places.get(at)? as usize)
    }

    fn plan(&self, row: &Row) -> &Plan {
        self.plans.get(row.plan as usize).unwrap_or(&self.no_plan)
    }
}
