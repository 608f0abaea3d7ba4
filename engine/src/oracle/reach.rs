//! Where the requests of a tenant can go at all, whoever sends them and whatever they say.
//!
//! Everything that a tenant may ask for is asked, once with its exceptions in
//! force and once after they have ended, by itself and with each rule fired
//! that replaces the route. What comes is what a route can hold, and what can
//! fall out of it by what the policy says of the tenant.

use super::part::possible_for;
use super::{Asked, Run};
use crate::decision::{Candidate, DropReason, Dropped};
use crate::facts::{Facts, Operation};
use jiff::Timestamp;
use lang::model::{Effect, ExceptionId, Model, Phase, Rule, RuleId, TenantId, WorkloadId};
use std::collections::BTreeMap;

/// All that a tenant can reach.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reach {
    /// What each thing that it may ask for comes to.
    pub all: Vec<Reached>,
}

/// What one thing that a tenant may ask for comes to, before its request or the moment matter.
#[derive(Clone, Debug, PartialEq)]
pub struct Reached {
    /// The operation.
    pub operation: Operation,
    /// The name that is asked for.
    pub asked: Box<str>,
    /// The workload that is named.
    pub workload: Option<WorkloadId>,
    /// The rule that replaces the route, if one does.
    pub rule: Option<RuleId>,
    /// What stands, in order.
    pub standing: Vec<Candidate>,
    /// What of it can serve: no rule always denies it.
    pub serving: Vec<Candidate>,
    /// What fell out by what the policy says of the tenant; or by a rule that denies, where it can.
    pub dropped: Vec<Dropped>,
    /// The exceptions that it takes.
    pub exceptions: Vec<ExceptionId>,
    /// Whether it is so once the tenant's exceptions have ended.
    pub is_after_exceptions: bool,
}

impl Reach {
    /// Each candidate that stands, once.
    pub fn standing(&self) -> Vec<Candidate> {
        once(self.all.iter().flat_map(|reached| &reached.standing))
    }

    /// Each candidate that can serve, once.
    pub fn serving(&self) -> Vec<Candidate> {
        once(self.all.iter().flat_map(|reached| &reached.serving))
    }
}

fn once<'c>(candidates: impl Iterator<Item = &'c Candidate>) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = candidates.copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// All that a tenant can reach with these operations.
///
/// A model that one of the tenant's routes leads to is asked for by that
/// route's operation, and so is the routed chain itself; any other model by
/// the first of `operations` that the tenant may use.
pub fn reach(model: &Model, tenant: TenantId, operations: &[Operation]) -> Reach {
    let mut reach = Reach::default();
    let Some(declared) = model.tenants.get(tenant.index()) else { return reach };
    let mut workloads = vec![None];
    workloads.extend(declared.workloads.iter().copied().map(Some));
    let mut denying = Denying::new();
    let is_excepted = !declared.exceptions.is_empty();
    for is_after_exceptions in [false, true] {
        if is_after_exceptions && !is_excepted {
            break; // It would be the same again.
        }
        for (operation, asked) in wanted(model, tenant, operations) {
            for workload in &workloads {
                let mut facts = Facts::blank(tenant);
                facts.request.operation = operation;
                facts.request.asked = asked.into();
                facts.workload = *workload;
                facts.now = if is_after_exceptions { Timestamp::MAX } else { Timestamp::MIN };
                add(&mut reach, model, &facts, is_after_exceptions, &mut denying);
            }
        }
    }
    reach
}

/// What is asked for, and by which operation.
fn wanted<'m>(model: &'m Model, tenant: TenantId, operations: &[Operation]) -> Vec<(Operation, &'m str)> {
    let mut wanted = Vec::new();
    let Some(access) =
        model.tenants.get(tenant.index()).and_then(|tenant| model.accesses.get(tenant.access.index()))
    else {
        return wanted;
    };
    let may = |operation: &&Operation| match &access.operations {
        Some(allowed) => allowed.iter().any(|name| **name == *operation.as_str()),
        None => operation.is_ordinary(),
    };
    let operations: Vec<Operation> =
        operations.iter().filter(may).copied().filter(|operation| *operation != Operation::Models).collect();
    let route = |operation: Operation| {
        let found = access.routes.iter().find(|(name, _)| **name == *operation.as_str());
        found.and_then(|(_, chain)| model.chains.get(chain.index()))
    };
    for (index, served) in model.models.iter().enumerate() {
        let Some(alias) = served.aliases.first() else { continue };
        let leads = |chain: &lang::model::Chain| chain.steps.iter().any(|step| step.model.index() == index);
        let is_routed = access.routes.iter().any(|(_, id)| model.chains.get(id.index()).is_some_and(leads));
        if is_routed {
            let by = operations.iter().filter(|operation| route(**operation).is_some_and(leads));
            wanted.extend(by.map(|operation| (*operation, &**alias)));
        } else {
            wanted.extend(operations.first().map(|operation| (*operation, &**alias)));
        }
    }
    for operation in &operations {
        let alias = route(*operation).and_then(|chain| chain.aliases.first());
        wanted.extend(alias.map(|alias| (*operation, &**alias)));
    }
    wanted
}

/// Who denies a candidate of a workload: rules in order, and whether each always does.
type Denying = BTreeMap<(Option<WorkloadId>, Candidate), Vec<(RuleId, bool)>>;

/// Adds what a request comes to, if it is let in at all.
fn add(reach: &mut Reach, model: &Model, facts: &Facts, is_after_exceptions: bool, known: &mut Denying) {
    let replacing =
        model.rules.iter().enumerate().filter(|(_, rule)| matches!(rule.effect, Effect::Route(_)));
    let rules = replacing.map(|(index, rule)| Some((RuleId::from_index(index), rule)));
    for rule in std::iter::once(None).chain(rules) {
        let Some(mut run) = Run::new(model, facts) else { return };
        if rule.is_some_and(|(_, rule)| !run.holds_for_tenant(rule)) {
            continue;
        }
        run.judge_operation();
        run.judge_workload();
        run.judge_model();
        if !run.reasons.is_empty() || run.asked == Asked::Unknown {
            return;
        }
        let rule = rule.map(|(id, _)| id);
        run.decision.fired.extend(rule);
        let (standing, mut dropped) = run.filter_statically();
        let standing = run.in_order(standing);
        let mut serving = Vec::new();
        for candidate in &standing {
            let denying =
                known.entry((facts.workload, *candidate)).or_insert_with(|| run.denying(*candidate));
            // The first that denies is the reason, so none is told after one that always does.
            let always = denying.iter().position(|(_, is_always)| *is_always);
            let told = always.map_or(denying.len(), |at| at.saturating_add(1));
            let (endpoint, model) = (candidate.endpoint, candidate.model);
            let drop =
                |(rule, _): &(RuleId, bool)| Dropped { endpoint, model, reason: DropReason::Rule(*rule) };
            dropped.extend(denying.iter().take(told).map(drop));
            serving.extend(always.is_none().then_some(*candidate));
        }
        reach.all.push(Reached {
            operation: facts.request.operation,
            asked: facts.request.asked.as_str().into(),
            workload: facts.workload,
            rule,
            standing,
            serving,
            dropped,
            exceptions: run.notes.exceptions,
            is_after_exceptions,
        });
    }
}

impl Run<'_> {
    /// The rules that can deny a candidate; those on trial deny nothing.
    fn denying(&self, candidate: Candidate) -> Vec<(RuleId, bool)> {
        let is_asked = |rule: &Rule| {
            let is_enforced = rule.shadow_until.is_none() && matches!(rule.effect, Effect::Deny(_));
            rule.phase == Phase::Route && is_enforced && self.holds_for_tenant(rule)
        };
        let asked = self.model.rules.iter().enumerate().filter(|(_, rule)| is_asked(rule));
        let mut denying = Vec::new();
        for (index, rule) in asked {
            let found =
                possible_for(self.model, rule, (self.facts.tenant, self.facts.workload), Some(candidate));
            if found.contains(&(0, true)) {
                denying.push((RuleId::from_index(index), !found.contains(&(0, false))));
            }
        }
        denying
    }
}
