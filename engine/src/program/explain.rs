//! Why: the complete decision, and what each rule came to.

use super::outcome::{Outcome, Route, Scratch};
use super::{Asked, Program};
use crate::budget::Budget;
use crate::decision::{Decision, Dropped};
use crate::evaluate::{Evaluator, Truth};
use crate::facts::Facts;
use crate::graph::{Node, NodeId};
use crate::reading::Reading;
use crate::trace::{TraceEntry, TraceValue};
use lang::model::{Effect, RuleId, RuleScope};

impl Program {
    /// The candidates that a decision left, in order.
    pub fn route_of<'p>(&'p self, outcome: &'p Outcome) -> Route<'p> {
        let list = self.lists.lists.get(outcome.list as usize);
        let entries = list.map(|list| &*list.entries).unwrap_or_default();
        let order = (!outcome.is_whole).then_some(outcome.order.as_slice());
        Route { entries, order, next: 0 }
    }

    /// The complete decision: static drops, flags and shadows in words and order.
    pub fn explain(&self, facts: &Facts, outcome: &Outcome) -> Decision {
        let list = self.lists.lists.get(outcome.list as usize);
        let mut dropped: Vec<Dropped> = list.map(|list| list.dropped.to_vec()).unwrap_or_default();
        let entries = list.map(|list| &*list.entries).unwrap_or_default();
        dropped.extend(outcome.dropped.iter().filter_map(|(place, reason)| {
            let candidate = entries.get(usize::from(*place))?.candidate;
            Some(Dropped { endpoint: candidate.endpoint, model: candidate.model, reason: *reason })
        }));
        dropped.sort_unstable();
        Decision {
            verdict: outcome.verdict(),
            reasons: outcome.reasons.to_vec(),
            fired: outcome.fired.to_vec(),
            shadowed: outcome.shadowed.to_vec(),
            route: self.route_of(outcome).collect(),
            dropped,
            flags: self.flags_of(outcome),
            cap: outcome.cap,
            now: facts.now,
        }
    }

    /// The flags of the rules that fired, sorted.
    pub fn flags_of(&self, outcome: &Outcome) -> Vec<Box<str>> {
        let rules = outcome.fired.iter().filter_map(|id| self.model.rules.get(id.index()));
        let mut flags: Vec<Box<str>> = rules
            .filter_map(|rule| match &rule.effect {
                Effect::Flag(flag) => Some(flag.clone()),
                Effect::Deny(_) | Effect::Route(_) | Effect::Prefer(_) | Effect::Cap(_) => None,
            })
            .collect();
        flags.sort_unstable();
        flags.dedup();
        flags
    }

    /// What the condition of each rule comes to that holds for the tenant, by name.
    ///
    /// The operands of a condition that is an `&&` or `||` follow it. What
    /// reads `route` is asked of what served, else of the first candidate.
    pub fn trace(&self, facts: &Facts) -> Vec<TraceEntry> {
        let (mut budget, mut scratch) = (Budget::ample(), Scratch::new());
        let outcome = self.decide(facts, &mut budget, &mut scratch);
        let list = self.lists.lists.get(outcome.list as usize);
        let first = list.and_then(|list| list.entries.first()).map(|entry| entry.candidate);
        let served = facts.served.and_then(|(endpoint, model)| {
            self.route_of(&outcome).find(|one| one.endpoint == endpoint && one.model == model)
        });
        let resolved = match self.resolve_asked(&facts.request.asked) {
            Asked::Model(model) => Some(model),
            Asked::Chain(_) | Asked::Unknown => None,
        };
        let reading = Reading { model: &self.model, facts, resolved, candidate: served.or(first) };
        let tenant = self.model.tenants.get(facts.tenant.index());
        let mut entries = Vec::new();
        for (index, rule) in self.model.rules.iter().enumerate() {
            let holds = match rule.scope {
                RuleScope::All => true,
                RuleScope::Profile(profile) => {
                    tenant.is_some_and(|tenant| tenant.profiles.contains(&profile))
                }
                RuleScope::Tenant(tenant) => tenant == facts.tenant,
            };
            let node = self.nodes.get(index).filter(|_| holds);
            let Some(node) = node else { continue };
            let name = format!("rule:{}", rule.name);
            let value = self.value(reading, *node);
            entries.push(TraceEntry { node: name.clone(), span: rule.condition.span, value });
            let Some(Node::All(parts) | Node::Any(parts)) = self.code.graph.get(*node) else { continue };
            for (number, part) in parts.iter().enumerate() {
                let value = self.value(reading, *part);
                let node = format!("{name}/{number}");
                entries.push(TraceEntry { node, span: rule.condition.span, value });
            }
        }
        entries
    }

    fn value(&self, reading: Reading<'_>, node: NodeId) -> TraceValue {
        let (mut budget, mut scratch) = (Budget::ample(), Scratch::new());
        match Evaluator::new(&self.code, reading, &mut scratch.memo, &mut budget).truth(node) {
            Truth::False => TraceValue::False,
            Truth::True => TraceValue::True,
            Truth::Error => TraceValue::Error,
        }
    }

    /// The name of a rule, for messages.
    pub fn rule_name(&self, id: RuleId) -> &str {
        self.model.rules.get(id.index()).map(|rule| &*rule.name).unwrap_or_default()
    }
}
