//! The rows of a tenant in names, over time.

use super::super::Program;
use super::super::candidates::List;
use super::super::plan::SurfacePlan;
use super::super::rows::{NO_LIST, Row};
use super::{digest, names};
use crate::decision::{Candidate, DropReason, Dropped};
use crate::facts::Operation;
use lang::model::{Chain, ChainId, Digest, ModelId, Set, TenantId};
use std::collections::BTreeSet;
use std::fmt::Write as _;

impl Program {
    /// The rows of one slot of a tenant, from one date to the next at which something changes.
    pub(super) fn stretches(&self, id: TenantId, slot: u32, rows: &mut [Option<Digest>], out: &mut String) {
        let Some(tenant) = self.tenants.get(id.index()) else { return };
        let place = tenant.place;
        let ends = self.epochs.get(place.epochs as usize).map(|ends| &**ends).unwrap_or_default();
        let mut before: Option<Digest> = None;
        for (epoch, begins) in std::iter::once(None).chain(ends.iter().map(Some)).enumerate() {
            // Into a table in memory, so that the product fits.
            let at = (place.first as usize)
                .wrapping_add(epoch.wrapping_mul(place.slots as usize))
                .wrapping_add(slot as usize);
            let Some(number) = self.places.get(at) else { continue };
            let now = self.row_meaning(*number, slot, rows);
            if before != now {
                let _ = writeln!(out, "from {begins:?} {now:?}");
            }
            before = now;
        }
    }

    fn row_meaning(&self, number: u32, slot: u32, rows: &mut [Option<Digest>]) -> Option<Digest> {
        let row = self.rows.get(number as usize)?;
        if slot == 0 && row.workload_required {
            // Every request in it is refused as one starts to look at it.
            return Some(digest(&format!(
                "operations {:b} cap {:?} needs a workload",
                row.operations, row.cap
            )));
        }
        let known = rows.get_mut(number as usize)?;
        if known.is_none() {
            *known = Some(digest(&self.row_text(row)));
        }
        *known
    }

    fn row_text(&self, row: &Row) -> String {
        let model = &self.model;
        let mut out = format!("operations {:b} cap {:?}\n", row.operations, row.cap);
        let _ = writeln!(out, "unscanned {:b}", row.unscanned);
        if let Some(access) = model.accesses.get(row.access.index()) {
            let _ = writeln!(out, "tools {:?} hosted {:?}", access.tools, access.hosted);
        }
        let tools: BTreeSet<&str> = row.permitted_tools.iter().map(|tool| &**tool).collect();
        let lifted = names(&row.lifted, |id| Some(&*model.rules.get(id.index())?.name));
        let _ = writeln!(out, "permitted {tools:?} lifted {lifted:?}");
        if let Some(data) = &row.data {
            // A category that no detector finds is stated in vain.
            let found: Set<_> = model.detectors.iter().map(|detector| detector.category).collect();
            let stated =
                names(&data.intersection(&found), |id| Some(&*model.categories.get(id.index())?.name));
            let _ = writeln!(out, "data {stated:?}");
        }
        let mut chains: BTreeSet<ChainId> = row.chains.iter().map(|(chain, _)| *chain).collect();
        for operation in Operation::ALL {
            if (row.operations >> (*operation as u8)) & 1 == 0 {
                continue;
            }
            let routed = row.routed_chain(*operation);
            chains.extend(routed);
            let _ = writeln!(out, "{} routed {:?}", operation.as_str(), routed.map(|id| self.chain_name(id)));
            for (at, served) in model.models.iter().enumerate() {
                let list = row.list(*operation, ModelId::from_index(at));
                if list != NO_LIST {
                    let _ = writeln!(out, "{} {}", served.name, self.list_text(list));
                }
            }
        }
        for chain in chains {
            self.write_chain(row, chain, &mut out);
        }
        let plan = self.plan(row);
        for (surface, plan) in [("input", &plan.input), ("output", &plan.output), ("audit", &plan.audit)] {
            let _ = writeln!(out, "{surface} {}", self.plan_text(plan));
        }
        out
    }

    fn chain_name(&self, id: ChainId) -> &str {
        self.model.chains.get(id.index()).map(|chain| &*chain.name).unwrap_or_default()
    }

    fn write_chain(&self, row: &Row, id: ChainId, out: &mut String) {
        let Some(Chain { name, aliases, on, steps, .. }) = self.model.chains.get(id.index()) else { return };
        let aliases: BTreeSet<&str> = aliases.iter().map(|alias| &**alias).collect();
        let _ = writeln!(out, "chain {name} {aliases:?} {on:?}");
        // How long one waits for a step matters where some list tries it.
        let own = row.chain(id).unwrap_or_default().iter().copied();
        let lists =
            row.direct().into_iter().chain(own).filter_map(|list| self.lists.lists.get(list as usize));
        let tried: BTreeSet<u32> = lists
            .flat_map(|list| &list.entries)
            .filter_map(|entry| entry.candidate.step.filter(|(chain, _)| *chain == id))
            .map(|(_, step)| step)
            .collect();
        for (number, step) in (0u32..).zip(steps).filter(|(number, _)| tried.contains(number)) {
            let _ = writeln!(out, "step {number} {:?} {}", step.timeouts, step.retries);
        }
        for list in row.chain(id).unwrap_or_default() {
            let _ = writeln!(out, "{}", self.list_text(*list));
        }
    }

    fn list_text(&self, number: u32) -> String {
        let Some(List { entries, dropped, .. }) = self.lists.lists.get(number as usize) else {
            return String::new();
        };
        let entries: Vec<String> = entries.iter().map(|entry| self.candidate_text(entry.candidate)).collect();
        let dropped: Vec<String> = dropped.iter().map(|dropped| self.dropped_text(dropped)).collect();
        format!("[{}] dropped [{}]", entries.join(", "), dropped.join(", "))
    }

    fn candidate_text(&self, one: Candidate) -> String {
        let step = one.step.map(|(chain, step)| (self.chain_name(chain), step));
        let exception = one.exception.and_then(|id| self.model.exceptions.get(id.index()));
        let exception = exception.map(|exception| &exception.name);
        format!("{} {} {step:?} {exception:?}", self.candidate_name(one), one.offer)
    }

    fn dropped_text(&self, one: &Dropped) -> String {
        let endpoint = self.model.endpoints.get(one.endpoint.index()).map(|endpoint| &endpoint.name);
        let model = self.model.models.get(one.model.index()).map(|model| &model.name);
        let reason = match one.reason {
            DropReason::AttestationMissing(id) => {
                format!("without {:?}", self.model.attestations.get(id.index()).map(|one| &one.name))
            }
            DropReason::Rule(id) => {
                format!("rule {:?}", self.model.rules.get(id.index()).map(|rule| &rule.name))
            }
            DropReason::ModelNotAllowed
            | DropReason::ProviderNotAllowed
            | DropReason::Residency
            | DropReason::NotSpoken
            | DropReason::ContextTooSmall
            | DropReason::NotAccepted(_)
            | DropReason::Down => format!("{:?}", one.reason),
        };
        format!("{endpoint:?} {model:?} {reason}")
    }

    fn plan_text(&self, plan: &SurfacePlan) -> String {
        let name = |id: &lang::model::DetectorId| self.model.detectors.get(id.index()).map(|one| &one.name);
        let enforced: Vec<_> = plan.enforced().iter().map(|(id, action)| (name(id), action)).collect();
        // In shadow nothing is changed; that it would have been is told by the detector's name.
        let shadowed: Vec<_> = plan.shadowed().iter().map(|(id, _)| name(id)).collect();
        format!("{} {enforced:?} shadowed {shadowed:?}", plan.is_redacted())
    }
}
