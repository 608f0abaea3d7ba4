//! What a decision passed on its way: rules asked, what their parts came to, exceptions used.

use super::expr::evaluate_seeing;
use super::part::{PartOutcome, numbered, parts};
use super::view::Outcome;
use super::{Run, decide};
use crate::decision::{Candidate, Decision};
use crate::facts::Facts;
use lang::model::{Effect, ExceptionId, Model, Permit, Phase, RuleId};
use std::collections::BTreeSet;

/// A decision, and what it does not say of its making.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The decision.
    pub decision: Decision,
    /// Each rule that was asked, once for each candidate that it was asked of, in that order.
    pub rules: Vec<AskedRule>,
    /// The exceptions without which something would have been refused or left out; sorted.
    pub exceptions: Vec<ExceptionId>,
}

/// A rule that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedRule {
    /// Which.
    pub rule: RuleId,
    /// What the parts of its condition came to that were asked, the whole included; see [`parts`].
    pub outcomes: BTreeSet<PartOutcome>,
}

/// Decides as [`decide`] does, and tells what it passed.
pub fn observe(model: &Model, facts: &Facts) -> Observation {
    let Some(mut run) = Run::new(model, facts) else {
        return Observation { decision: decide(model, facts), rules: Vec::new(), exceptions: Vec::new() };
    };
    run.decide();
    let asked = run.notes.asked.clone();
    let rules = asked.into_iter().filter_map(|(id, candidate)| run.asked_rule(id, candidate)).collect();
    let mut exceptions = run.notes.exceptions.clone();
    exceptions.extend(run.lifting());
    exceptions.sort_unstable();
    exceptions.dedup();
    Observation { decision: run.close(), rules, exceptions }
}

impl Run<'_> {
    fn asked_rule(&self, id: RuleId, candidate: Option<Candidate>) -> Option<AskedRule> {
        let condition = &self.model.rules.get(id.index())?.condition.expr;
        let outcome = Outcome::default();
        let view = self.view(candidate, &outcome);
        let mut seen = Vec::new();
        // A part that fails comes to nothing, and so does the whole.
        let _ = evaluate_seeing(condition, &view, &mut seen);
        Some(AskedRule { rule: id, outcomes: numbered(&parts(condition), &seen) })
    }

    /// The exceptions in force that lift a rule which would have fired.
    fn lifting(&self) -> Vec<ExceptionId> {
        let lifts = |permit: &Permit| match permit {
            Permit::Despite(rule) => self.would_fire(*rule),
            Permit::Regions { .. }
            | Permit::Models(_)
            | Permit::Tools(_)
            | Permit::Providers(_)
            | Permit::Without { .. } => false,
        };
        self.exceptions().filter(|(_, exception)| lifts(&exception.permit)).map(|(id, _)| id).collect()
    }

    /// Whether a rule that was not asked would have fired in its phase.
    fn would_fire(&self, id: RuleId) -> bool {
        let Some(rule) = self.model.rules.get(id.index()) else { return false };
        let is_flag = matches!(rule.effect, Effect::Flag(_));
        let phase = if rule.phase == Phase::Route && is_flag { Phase::Respond } else { rule.phase };
        if !self.holds_for_tenant(rule) || !self.notes.phases.contains(&phase) {
            return false;
        }
        let fires = |candidate| self.condition(rule, candidate) == Ok(true);
        match phase {
            Phase::Admit | Phase::Screen => fires(None),
            Phase::Route => self.decision.route.iter().any(|candidate| fires(Some(*candidate))),
            Phase::Respond => self.served().is_some_and(|served| fires(Some(served))),
        }
    }
}
