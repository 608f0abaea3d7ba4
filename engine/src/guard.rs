//! A policy ready to guard traffic: the model, its scanner, and what each tenant's texts need.
//!
//! A guard is immutable and shared by all exchanges that began under it.

use crate::cache::Cache;
use crate::program::{CompileError, Program, Scratch, compile};
use crate::scan::{DetectorSet, Plan, ScanError, Scanner, TokenKey};
use crate::{Budget, Decision, Facts};
use jiff::Timestamp;
use lang::condition::{Fact, Surface, facts_read};
use lang::model::{Action, DetectorId, Model, Phase, RedactionId, Rule, RuleScope, Set, Tenant, TenantId};
use lang::units::end_of;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A policy ready to guard traffic.
#[derive(Debug)]
pub struct Guard {
    program: Program,
    scanner: Arc<Scanner>,
    key: TokenKey,
    /// By tenant; equal ones are one.
    screens: Vec<Arc<Screen>>,
}

/// Why a model makes no guard.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// Its detectors make no scanner.
    #[error("the detectors make no scanner")]
    Scan(#[from] ScanError),
    /// Its conditions make no program.
    #[error("the policy makes no program")]
    Compile(#[from] CompileError),
}

/// What the texts of a tenant are searched for, and what happens to what is found.
#[derive(Debug)]
pub(crate) struct Screen {
    /// Detectors that rules, redactions or workloads need of the input.
    pub(crate) input: DetectorSet,
    /// Detectors that rules or redactions need of the output.
    pub(crate) output: DetectorSet,
    /// Whether some rule reads `output`.
    pub(crate) asks_output: bool,
    /// Whether some rule can deny an answer only when it is whole.
    pub(crate) holds_answer: bool,
    /// Plans by the instant at which each ends, the last without end.
    epochs: Vec<(Option<Timestamp>, Plans)>,
}

/// The plans in force between two dates.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plans {
    pub(crate) input: Plan,
    pub(crate) output: Plan,
}

impl Guard {
    /// Makes a guard of a model; `key` keys the tokens of redacted values.
    ///
    /// # Errors
    ///
    /// Returns [`GuardError`] when the detectors together exceed a limit of the
    /// scanner, or the checker's promise about a pattern does not hold.
    pub fn new(model: &Model, key: TokenKey) -> Result<Self, GuardError> {
        Self::with_cache(model, key, &mut Cache::default())
    }

    /// The same, with what earlier compilations of the package left in a cache.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_cache(model: &Model, key: TokenKey, cache: &mut Cache) -> Result<Self, GuardError> {
        let program = compile(model, cache)?;
        let scanner = cache.scanner(model)?;
        Ok(Self { program, scanner, key, screens: screens(model) })
    }

    /// The model.
    pub const fn model(&self) -> &Model {
        self.program.model()
    }

    /// The compiled policy.
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// Decides, as far as the facts go.
    pub fn decide(&self, facts: &Facts, scratch: &mut Scratch) -> Decision {
        let outcome = self.program.decide(facts, &mut Budget::ample(), scratch);
        self.program.explain(facts, &outcome)
    }

    pub(crate) fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    pub(crate) const fn key(&self) -> &TokenKey {
        &self.key
    }

    pub(crate) fn screen(&self, tenant: TenantId) -> Option<&Arc<Screen>> {
        self.screens.get(tenant.index())
    }
}

impl Screen {
    /// The plans in force at an instant.
    pub(crate) fn plans(&self, now: Timestamp) -> &Plans {
        static NOTHING: std::sync::LazyLock<Plans> = std::sync::LazyLock::new(Plans::default);
        let epoch = self.epochs.iter().find(|(end, _)| end.is_none_or(|end| now < end));
        epoch.map_or(&NOTHING, |(_, plans)| plans)
    }
}

/// What decides a tenant's screen.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct ScreenKey {
    redactions: Set<RedactionId>,
    profiles: Set<lang::model::ProfileId>,
    /// The tenant itself, when it has rules of its own.
    own: Option<TenantId>,
    states_data: bool,
}

fn screens(model: &Model) -> Vec<Arc<Screen>> {
    let mut known: BTreeMap<ScreenKey, Arc<Screen>> = BTreeMap::new();
    let mut screens = Vec::with_capacity(model.tenants.len());
    for (at, tenant) in model.tenants.iter().enumerate() {
        let id = TenantId::from_index(at);
        let workloads = tenant.workloads.iter().filter_map(|id| model.workloads.get(id.index()));
        let key = ScreenKey {
            redactions: tenant.redactions.clone(),
            profiles: tenant.profiles.clone(),
            own: (!tenant.rules.is_empty()).then_some(id),
            states_data: workloads.into_iter().any(|workload| workload.data.is_some()),
        };
        let screen =
            known.entry(key).or_insert_with_key(|key| Arc::new(screen(model, id, tenant, key.states_data)));
        screens.push(Arc::clone(screen));
    }
    screens
}

fn screen(model: &Model, id: TenantId, tenant: &Tenant, states_data: bool) -> Screen {
    let mut screen = Screen {
        input: DetectorSet::new(),
        output: DetectorSet::new(),
        asks_output: false,
        holds_answer: false,
        epochs: epochs(model, tenant),
    };
    for rule in model.rules.iter().filter(|rule| holds_for(rule, id, tenant)) {
        screen.asks_output |= rule.phase == Phase::Respond;
        screen.holds_answer |= rule.holds_answer;
        for fact in facts_read(&rule.condition.expr) {
            read(model, fact, &mut screen);
        }
    }
    for redaction in tenant.redactions.iter().filter_map(|id| model.redactions.get(id.index())) {
        for detector in redaction.rows.iter().flat_map(|row| &row.detectors) {
            if redaction.surfaces.contains(&Surface::Input) {
                screen.input.insert(*detector);
            }
            if redaction.surfaces.contains(&Surface::Output) {
                screen.output.insert(*detector);
            }
        }
    }
    if states_data {
        let is_data =
            |category: usize| model.categories.get(category).is_some_and(|category| category.is_data);
        let all = model.detectors.iter().enumerate();
        all.filter(|(_, detector)| is_data(detector.category.index()))
            .for_each(|(at, _)| screen.input.insert(DetectorId::from_index(at)));
    }
    screen
}

fn holds_for(rule: &Rule, id: TenantId, tenant: &Tenant) -> bool {
    match rule.scope {
        RuleScope::All => true,
        RuleScope::Profile(profile) => tenant.profiles.contains(&profile),
        RuleScope::Tenant(only) => only == id,
    }
}

/// Takes in the detectors that a fact needs.
fn read(model: &Model, fact: &Fact, screen: &mut Screen) {
    match fact {
        Fact::InputHas(ids) | Fact::InputCount(ids) => ids.iter().for_each(|id| screen.input.insert(*id)),
        Fact::OutputHas(ids) | Fact::OutputCount(ids) => ids.iter().for_each(|id| screen.output.insert(*id)),
        Fact::InputFindings => {
            (0..model.detectors.len()).for_each(|at| screen.input.insert(DetectorId::from_index(at)));
        }
        _ => {}
    }
}

/// The strictest action of each detector, between each two dates at which a shadow ends.
fn epochs(model: &Model, tenant: &Tenant) -> Vec<(Option<Timestamp>, Plans)> {
    let held = || tenant.redactions.iter().filter_map(|id| model.redactions.get(id.index()));
    let mut ends: Vec<Timestamp> =
        held().filter_map(|redaction| redaction.shadow_until.map(end_of)).collect();
    ends.sort_unstable();
    ends.dedup();
    let mut epochs = Vec::with_capacity(ends.len().saturating_add(1));
    // Within an epoch a shadow is one that ends with it or later.
    for end in ends.into_iter().map(Some).chain([None]) {
        let in_force = held().filter(|redaction| {
            redaction.shadow_until.is_none_or(|until| end.is_none_or(|end| end_of(until) < end))
        });
        let redactions: Vec<_> = in_force.collect();
        let rows = |surface: Surface| {
            let on = redactions.iter().filter(move |redaction| redaction.surfaces.contains(&surface));
            let rows = on.flat_map(|redaction| &redaction.rows);
            let each = rows.flat_map(|row| row.detectors.iter().map(move |id| (*id, &row.action)));
            Plan::new(each.filter_map(|(id, action)| with_detector(model, id, action)))
        };
        epochs.push((end, Plans { input: rows(Surface::Input), output: rows(Surface::Output) }));
    }
    epochs
}

fn with_detector<'m>(
    model: &'m Model,
    id: DetectorId,
    action: &Action,
) -> Option<(DetectorId, &'m lang::model::Detector, Action)> {
    model.detectors.get(id.index()).map(|detector| (id, detector, action.clone()))
}
