//! What the findings of a surface lead to: data that a workload does not state, blocks, shadows.

use super::Run;
use crate::decision::{Reason, Shadowed};
use lang::condition::Surface;
use lang::model::{Action, DetectorId, Redaction, Set};

impl<'a> Run<'a> {
    /// The tenant's redactions on a surface that are in force, or that are in shadow.
    fn redactions(&self, surface: Surface, in_shadow: bool) -> impl Iterator<Item = &'a Redaction> + '_ {
        let model = self.model;
        let all = self.tenant.redactions.iter().filter_map(move |id| model.redactions.get(id.index()));
        all.filter(move |redaction| {
            let is_dated = redaction.shadow_until.is_some_and(|date| self.is_ahead(date));
            redaction.surfaces.contains(&surface) && is_dated == in_shadow
        })
    }

    /// Whether some redaction holds on a surface.
    pub(super) fn is_redacted(&self, surface: Surface) -> bool {
        self.redactions(surface, false).next().is_some()
    }

    /// The strictest action on a detector's findings.
    fn strictest(&self, surface: Surface, detector: DetectorId, in_shadow: bool) -> Option<&'a Action> {
        let rows = self.redactions(surface, in_shadow).flat_map(|redaction| &redaction.rows);
        rows.filter(|row| row.detectors.contains(&detector)).map(|row| &row.action).max()
    }

    fn found(&self, surface: Surface) -> Vec<DetectorId> {
        let findings = match surface {
            Surface::Input => &self.facts.input,
            Surface::Output | Surface::Audit => &self.facts.output.findings,
        };
        findings.list.iter().map(|found| found.detector).collect()
    }

    /// Refuses where a finding is blocked, and notes what shadowed redactions would have done more.
    pub(super) fn judge_blocked(&mut self, surface: Surface) {
        let found = self.found(surface);
        for detector in found.iter().copied().collect::<Set<_>>().iter().copied() {
            let enforced = self.strictest(surface, detector, false);
            if enforced == Some(&Action::Block) {
                self.reasons.push(Reason::ContentBlocked(detector));
            }
            if self.strictest(surface, detector, true) > enforced {
                let times = found.iter().filter(|one| **one == detector).count();
                let times = u32::try_from(times).unwrap_or(u32::MAX);
                self.decision.shadowed.push(Shadowed::Redaction(detector, times));
            }
        }
    }

    /// Refuses data of a category that the workload does not state.
    pub(super) fn judge_data(&mut self) {
        let Some(stated) = self.workload().and_then(|workload| workload.data.as_ref()) else {
            return;
        };
        for detector in self.found(Surface::Input) {
            let category = self.model.detectors.get(detector.index()).map(|detector| detector.category);
            let Some(category) = category else { continue };
            let is_data = self.model.categories.get(category.index()).is_some_and(|one| one.is_data);
            if is_data && !stated.contains(&category) {
                self.reasons.push(Reason::WorkloadData(category));
            }
        }
    }
}
