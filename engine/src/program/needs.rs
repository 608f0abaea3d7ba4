//! Which detectors must read what: nothing is scanned that nobody asks about.

use super::index::{Index, Indexed};
use crate::evaluate::Code;
use crate::scan::DetectorSet;
use jiff::Timestamp;
use lang::condition::{Fact, Surface};
use lang::model::{DetectorId, Parts, Phase, Set, Tenant, TenantId, Workload};
use std::collections::HashMap;

/// What rules ask of each surface.
#[derive(Clone, Debug)]
struct Asked {
    input: DetectorSet,
    output: DetectorSet,
    answers: Answers,
}

/// What a tenant's rules need of an answer, beside detectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answers {
    /// Whether some rule reads it.
    pub(crate) is_asked: bool,
    /// From when on some rule in force can refuse it only when it is whole.
    held_from: Option<Timestamp>,
}

impl Answers {
    /// Whether an answer must be whole before any of it is given out.
    pub(crate) fn is_held(self, now: Timestamp) -> bool {
        self.held_from.is_some_and(|from| from <= now)
    }

    /// Takes in what one more rule needs; in shadow it refuses nothing.
    fn add(&mut self, rule: &lang::model::Rule, shadow_end: Option<Timestamp>) {
        self.is_asked |= rule.phase == Phase::Respond;
        if rule.holds_answer {
            self.hold(shadow_end.unwrap_or(Timestamp::MIN));
        }
    }

    fn hold(&mut self, from: Timestamp) {
        self.held_from = Some(self.held_from.map_or(from, |known| known.min(from)));
    }

    /// What two groups of rules need.
    fn and(mut self, other: Self) -> Self {
        self.is_asked |= other.is_asked;
        if let Some(from) = other.held_from {
            self.hold(from);
        }
        self
    }
}

/// Sets of detectors by tenant, workload slot and surface.
#[derive(Debug, Default)]
pub(super) struct Needs {
    sets: Vec<DetectorSet>,
    /// For each tenant, where its slots begin in `numbers`.
    first: Vec<u32>,
    /// Numbers of sets: for each slot input, output, audit.
    numbers: Vec<u32>,
    /// By tenant.
    answers: Vec<Answers>,
    none: DetectorSet,
}

impl Needs {
    pub(super) fn of(&self, tenant: TenantId, slot: u32, surface: Surface) -> &DetectorSet {
        let first = self.first.get(tenant.index()).copied().unwrap_or(u32::MAX);
        let at = (first as usize).saturating_add((slot as usize).saturating_mul(3));
        let number = self.numbers.get(at.saturating_add(surface as usize)).copied().unwrap_or(u32::MAX);
        self.sets.get(number as usize).unwrap_or(&self.none)
    }

    pub(super) fn answers(&self, tenant: TenantId) -> Answers {
        self.answers.get(tenant.index()).copied().unwrap_or_default()
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
            .or_insert_with(|| asked_by(model, code, shared.rules_of_class(class)))
            .clone();
        let own = own.map(|own| asked_by(model, code, own.rules()));
        let answers = own.as_ref().map_or(asked.answers, |own| asked.answers.and(own.answers));
        self.needs.answers.push(answers);
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

/// What rules ask of each surface.
fn asked_by<'r>(model: &Parts, code: &Code, rules: impl Iterator<Item = &'r Indexed>) -> Asked {
    let mut asked =
        Asked { input: DetectorSet::new(), output: DetectorSet::new(), answers: Answers::default() };
    for indexed in rules {
        if let Some(rule) = model.rules.get(indexed.rule.index()) {
            asked.answers.add(rule, indexed.shadow_end);
        }
        let reads = code.graph.traits(indexed.node).into_iter().flat_map(|traits| &traits.reads);
        for fact in reads.filter_map(|fact| code.graph.fact_of(*fact)) {
            asked.read(fact, model.detectors.len());
        }
    }
    asked
}

impl Asked {
    /// Takes in the detectors that a fact needs, of so many that there are.
    fn read(&mut self, fact: &Fact, count: usize) {
        match fact {
            Fact::InputHas(detectors) | Fact::InputCount(detectors) => {
                detectors.iter().for_each(|one| self.input.insert(*one));
            }
            Fact::OutputHas(detectors) | Fact::OutputCount(detectors) => {
                detectors.iter().for_each(|one| self.output.insert(*one));
            }
            // The list of findings is that of all detectors.
            Fact::InputFindings => {
                (0..count).map(DetectorId::from_index).for_each(|one| self.input.insert(one));
            }
            Fact::RequestOperation
            | Fact::RequestApi
            | Fact::RequestModel
            | Fact::RequestAsked
            | Fact::RequestPath
            | Fact::RequestMethod
            | Fact::RequestUser
            | Fact::RequestStream
            | Fact::RequestTokens
            | Fact::RequestMaxTokens
            | Fact::RequestBytes
            | Fact::RequestTools
            | Fact::RequestHeader(_)
            | Fact::CallerId
            | Fact::CallerRoles
            | Fact::CallerClaim(_)
            | Fact::TenantName
            | Fact::TenantZones
            | Fact::TenantProfiles
            | Fact::TenantLabel(_)
            | Fact::WorkloadName
            | Fact::OutputToolCalls
            | Fact::OutputTokens
            | Fact::OutputFinishReason
            | Fact::RouteProvider
            | Fact::RouteEndpoint
            | Fact::RouteRegion
            | Fact::RouteModel
            | Fact::RouteAttests
            | Fact::ZoneRegions(_)
            | Fact::UsageRequests(_)
            | Fact::UsageTokens(_)
            | Fact::UsageSpend(_)
            | Fact::Now
            | Fact::DecisionDenied
            | Fact::DecisionReason
            | Fact::DecisionFlags
            | Fact::DecisionRoutes
            | Fact::DecisionRedacts(..) => {}
        }
    }
}
