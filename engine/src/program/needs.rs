//! Which detectors must read what: nothing is scanned that nobody asks about.

use super::index::Index;
use crate::evaluate::Code;
use crate::graph::NodeId;
use crate::scan::DetectorSet;
use lang::condition::{Fact, Surface};
use lang::model::{DetectorId, Parts, Set, Tenant, TenantId, Workload};
use std::collections::HashMap;

/// What rules ask of each surface.
#[derive(Clone, Debug)]
struct Asked {
    input: DetectorSet,
    output: DetectorSet,
}

/// Sets of detectors by tenant, workload slot and surface.
#[derive(Debug, Default)]
pub(super) struct Needs {
    sets: Vec<DetectorSet>,
    /// For each tenant, where its slots begin in `numbers`.
    first: Vec<u32>,
    /// Numbers of sets: for each slot input, output, audit.
    numbers: Vec<u32>,
    none: DetectorSet,
}

impl Needs {
    pub(super) fn of(&self, tenant: TenantId, slot: u32, surface: Surface) -> &DetectorSet {
        let first = self.first.get(tenant.index()).copied().unwrap_or(u32::MAX);
        let at = (first as usize).saturating_add((slot as usize).saturating_mul(3));
        let number = self.numbers.get(at.saturating_add(surface as usize)).copied().unwrap_or(u32::MAX);
        self.sets.get(number as usize).unwrap_or(&self.none)
    }
}

/// Collects needs tenant by tenant.
pub(super) struct NeedsMaker<'m> {
    model: &'m Parts,
    code: &'m Code,
    needs: Needs,
    known: HashMap<DetectorSet, u32>,
    /// What the shared rules of a class ask.
    classes: HashMap<u32, Asked>,
    redacted: HashMap<Set<lang::model::RedactionId>, [DetectorSet; 3]>,
}

impl<'m> NeedsMaker<'m> {
    pub(super) fn new(model: &'m Parts, code: &'m Code) -> Self {
        let (needs, known) = (Needs::default(), HashMap::new());
        Self { model, code, needs, known, classes: HashMap::new(), redacted: HashMap::new() }
    }

    pub(super) fn finish(self) -> Needs {
        self.needs
    }

    /// Notes a tenant, in order of its number.
    pub(super) fn tenant(&mut self, tenant: &Tenant, shared: &Index, class: u32, own: Option<&Index>) {
        let first = u32::try_from(self.needs.numbers.len()).unwrap_or(u32::MAX);
        self.needs.first.push(first);
        let (model, code) = (self.model, self.code);
        let asked = self
            .classes
            .entry(class)
            .or_insert_with(|| asked_by(model, code, shared.rules_of_class(class).map(|rule| rule.node)))
            .clone();
        let own = own.map(|own| asked_by(model, code, own.rules().map(|rule| rule.node)));
        let redacted = self.redacted(tenant);
        let none = std::iter::once(None);
        let workloads = tenant.workloads.iter().map(|id| model.workloads.get(id.index()));
        for workload in none.chain(workloads) {
            let [mut input, mut output, audit] = redacted.clone();
            for asked in std::iter::once(&asked).chain(&own) {
                asked.input.iter().for_each(|one| input.insert(one));
                asked.output.iter().for_each(|one| output.insert(one));
            }
            if workload.is_some_and(|workload: &Workload| workload.data.is_some()) {
                self.data().iter().for_each(|one| input.insert(one));
            }
            for set in [input, output, audit] {
                let number = self.number(set);
                self.needs.numbers.push(number);
            }
        }
    }

    fn number(&mut self, set: DetectorSet) -> u32 {
        if let Some(number) = self.known.get(&set) {
            return *number;
        }
        let number = u32::try_from(self.needs.sets.len()).unwrap_or(u32::MAX);
        self.needs.sets.push(set.clone());
        self.known.insert(set, number);
        number
    }

    /// Detectors of data.
    fn data(&self) -> DetectorSet {
        let mut set = DetectorSet::new();
        for (index, detector) in self.model.detectors.iter().enumerate() {
            if self.model.categories.get(detector.category.index()).is_some_and(|category| category.is_data) {
                set.insert(DetectorId::from_index(index));
            }
        }
        set
    }

    /// What the tenant's redactions ask of each surface, in shadow too.
    fn redacted(&mut self, tenant: &Tenant) -> [DetectorSet; 3] {
        if let Some(known) = self.redacted.get(&tenant.redactions) {
            return known.clone();
        }
        let empty = || DetectorSet::new();
        let mut sets = [empty(), empty(), empty()];
        let redactions = tenant.redactions.iter().filter_map(|id| self.model.redactions.get(id.index()));
        for redaction in redactions {
            for surface in &redaction.surfaces {
                let Some(set) = sets.get_mut(*surface as usize) else { continue };
                redaction.rows.iter().flat_map(|row| &row.detectors).for_each(|one| set.insert(*one));
            }
        }
        self.redacted.insert(tenant.redactions.clone(), sets.clone());
        sets
    }
}

/// What conditions ask of each surface.
fn asked_by(model: &Parts, code: &Code, nodes: impl Iterator<Item = NodeId>) -> Asked {
    let count = model.detectors.len();
    let mut asked = Asked { input: DetectorSet::new(), output: DetectorSet::new() };
    let reads = nodes.filter_map(|node| code.graph.traits(node)).flat_map(|traits| &traits.reads);
    for fact in reads.filter_map(|fact| code.graph.fact_of(*fact)) {
        match fact {
            Fact::InputHas(detectors) | Fact::InputCount(detectors) => {
                detectors.iter().for_each(|one| asked.input.insert(*one));
            }
            Fact::OutputHas(detectors) | Fact::OutputCount(detectors) => {
                detectors.iter().for_each(|one| asked.output.insert(*one));
            }
            // The list of findings is that of all detectors.
            Fact::InputFindings => {
                (0..count).map(DetectorId::from_index).for_each(|one| asked.input.insert(one));
            }
            _ => {}
        }
    }
    asked
}
