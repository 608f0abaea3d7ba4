//! What happens to findings of a tenant, by surface.

use crate::facts::{Findings, FoundFact};
use lang::condition::Surface;
use lang::model::{Action, DetectorId, Parts, RedactionId, Set};
use std::collections::BTreeMap;

/// What happens to the findings of one surface.
#[derive(Clone, Debug, Default)]
pub struct SurfacePlan {
    is_redacted: bool,
    enforced: Box<[(DetectorId, Action)]>,
    /// Stricter than what is enforced, and only noted.
    shadowed: Box<[(DetectorId, Action)]>,
    /// What is enforced, as the scanner applies it.
    rewrites: crate::scan::Plan,
}

impl SurfacePlan {
    /// Whether some redaction is in force here.
    pub const fn is_redacted(&self) -> bool {
        self.is_redacted
    }

    /// The strictest action in force on a detector's findings.
    pub fn action(&self, detector: DetectorId) -> Option<&Action> {
        find(&self.enforced, detector)
    }

    /// What a redaction in shadow would do, where that is stricter.
    pub fn shadowed_action(&self, detector: DetectorId) -> Option<&Action> {
        find(&self.shadowed, detector)
    }

    /// What is enforced, as the scanner applies it.
    pub const fn rewrites(&self) -> &crate::scan::Plan {
        &self.rewrites
    }

    /// Detectors with their strictest action in force, sorted.
    pub fn enforced(&self) -> &[(DetectorId, Action)] {
        &self.enforced
    }

    /// Detectors with the stricter action that is in shadow, sorted.
    pub fn shadowed(&self) -> &[(DetectorId, Action)] {
        &self.shadowed
    }

    /// Detectors among the findings that are refused, in order of the text, with repetition.
    pub(crate) fn blocked<'f>(&'f self, findings: &'f Findings) -> impl Iterator<Item = DetectorId> + 'f {
        let is_blocked = |found: &&FoundFact| self.action(found.detector) == Some(&Action::Block);
        findings.list.iter().filter(is_blocked).map(|found| found.detector)
    }
}

fn find(actions: &[(DetectorId, Action)], detector: DetectorId) -> Option<&Action> {
    let at = actions.binary_search_by_key(&detector, |(known, _)| *known).ok()?;
    actions.get(at).map(|(_, action)| action)
}

/// The plans of a tenant, for as long as no date passes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) input: SurfacePlan,
    pub(crate) output: SurfacePlan,
    pub(crate) audit: SurfacePlan,
}

impl Plan {
    /// Made from the redactions in force and those in shadow.
    pub(crate) fn new(model: &Parts, enforced: &Set<RedactionId>, shadowed: &Set<RedactionId>) -> Self {
        let on = |surface| surface_plan(model, surface, enforced, shadowed);
        Self { input: on(Surface::Input), output: on(Surface::Output), audit: on(Surface::Audit) }
    }

    pub(crate) const fn on(&self, surface: Surface) -> &SurfacePlan {
        match surface {
            Surface::Input => &self.input,
            Surface::Output => &self.output,
            Surface::Audit => &self.audit,
        }
    }
}

fn surface_plan(
    model: &Parts,
    surface: Surface,
    enforced: &Set<RedactionId>,
    shadowed: &Set<RedactionId>,
) -> SurfacePlan {
    let (is_redacted, enforced) = strictest(model, surface, enforced);
    let (_, shadowed) = strictest(model, surface, shadowed);
    let is_stricter = |(detector, action): &(DetectorId, Action)| Some(action) > enforced.get(detector);
    let rows = enforced.iter().filter_map(|(id, action)| {
        let detector = model.detectors.get(id.index())?;
        Some((*id, detector, action.clone()))
    });
    SurfacePlan {
        is_redacted,
        rewrites: crate::scan::Plan::new(rows),
        shadowed: shadowed.into_iter().filter(is_stricter).collect(),
        enforced: enforced.into_iter().collect(),
    }
}

fn strictest(
    model: &Parts,
    surface: Surface,
    redactions: &Set<RedactionId>,
) -> (bool, BTreeMap<DetectorId, Action>) {
    let mut actions: BTreeMap<DetectorId, Action> = BTreeMap::new();
    let mut is_redacted = false;
    for redaction in redactions.iter().filter_map(|id| model.redactions.get(id.index())) {
        if !redaction.surfaces.contains(&surface) {
            continue;
        }
        is_redacted = true;
        for row in &redaction.rows {
            for detector in &row.detectors {
                let strictest = actions.entry(*detector).or_insert(Action::Flag);
                if row.action > *strictest {
                    *strictest = row.action.clone();
                }
            }
        }
    }
    (is_redacted, actions)
}
