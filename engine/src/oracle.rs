//! The slow, obvious way to the same answers, for tests alone.
//!
//! Nothing here is indexed, shared or specialised. What the program computes
//! fast must be what stands here. Since it goes the long way, it can also tell
//! what it passed ([`observe`]) and what it could ever pass ([`reach`],
//! [`possible`]): that is what coverage counts.

mod access;
mod expr;
mod observe;
mod part;
mod reach;
mod redaction;
mod route;
mod view;

use crate::decision::{Candidate, Decision, Reason, Shadowed, Verdict};
use crate::facts::{Facts, Operation};
use crate::value::EvalError;
pub use access::{Asked, glob};
pub use expr::{Read, evaluate};
use jiff::civil::Date;
use lang::condition::Surface;
use lang::model::{
    Access, Effect, Exception, ExceptionId, Model, Permit, Phase, Rule, RuleId, RuleScope, Set, Tenant,
    TenantId,
};
use lang::units::end_of;
pub use observe::{AskedRule, Observation, observe};
pub use part::{PartOutcome, parts, possible};
pub use reach::{Reach, Reached, reach};
pub use view::{Outcome, View};

/// Decides, phase by phase, as far as the facts go: `respond` is asked when one served.
pub fn decide(model: &Model, facts: &Facts) -> Decision {
    let Some(mut run) = Run::new(model, facts) else {
        return refused(facts, Reason::PolicyError(None));
    };
    run.decide();
    run.close()
}

/// Whether a rule holds for a tenant.
fn holds_for(rule: &Rule, id: TenantId, tenant: &Tenant) -> bool {
    match rule.scope {
        RuleScope::All => true,
        RuleScope::Profile(profile) => tenant.profiles.contains(&profile),
        RuleScope::Tenant(one) => one == id,
    }
}

/// A decision with nothing in it yet.
fn open(facts: &Facts) -> Decision {
    Decision {
        verdict: Verdict::Allow,
        reasons: Vec::new(),
        fired: Vec::new(),
        shadowed: Vec::new(),
        route: Vec::new(),
        dropped: Vec::new(),
        flags: Vec::new(),
        cap: None,
        now: facts.now,
    }
}

fn refused(facts: &Facts, reason: Reason) -> Decision {
    Decision { verdict: Verdict::Deny, reasons: vec![reason], ..open(facts) }
}

/// One decision on its way.
struct Run<'a> {
    model: &'a Model,
    facts: &'a Facts,
    tenant: &'a Tenant,
    access: &'a Access,
    asked: Asked,
    decision: Decision,
    /// Why the present phase refuses.
    reasons: Vec<Reason>,
    /// What was passed on the way.
    notes: Notes,
}

/// What a decision does not say of its making.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Notes {
    /// The phases that were begun.
    phases: Vec<Phase>,
    /// The rules that were asked, and of which candidate.
    asked: Vec<(RuleId, Option<Candidate>)>,
    /// The exceptions that let something in.
    exceptions: Vec<ExceptionId>,
}

impl<'a> Run<'a> {
    /// Before the first phase; `None` when the model has no such tenant.
    fn new(model: &'a Model, facts: &'a Facts) -> Option<Self> {
        let tenant = model.tenants.get(facts.tenant.index())?;
        let access = model.accesses.get(tenant.access.index())?;
        let asked = access::resolve(model, &facts.request.asked);
        let (decision, reasons, notes) = (open(facts), Vec::new(), Notes::default());
        Some(Self { model, facts, tenant, access, asked, decision, reasons, notes })
    }

    /// Phase by phase, up to the first that refuses.
    fn decide(&mut self) {
        for phase in [Phase::Admit, Phase::Screen, Phase::Route, Phase::Respond] {
            self.notes.phases.push(phase);
            match phase {
                Phase::Admit => self.admit(),
                Phase::Screen => self.screen(),
                Phase::Route => self.route(),
                Phase::Respond => self.respond(),
            }
            if !self.reasons.is_empty() {
                break;
            }
        }
    }

    fn admit(&mut self) {
        self.judge_operation();
        self.judge_workload();
        self.judge_model();
        self.judge_tools();
        self.judge_unreadable();
        self.ask_rules(Phase::Admit);
    }

    fn screen(&mut self) {
        self.judge_data();
        self.judge_blocked(Surface::Input);
        self.ask_rules(Phase::Screen);
    }

    fn respond(&mut self) {
        if self.facts.served.is_none() {
            return;
        }
        self.judge_blocked(Surface::Output);
        self.ask_rules(Phase::Respond);
        for (id, rule) in self.rules(Phase::Route) {
            if matches!(rule.effect, Effect::Flag(_)) {
                self.ask(id, rule, self.served());
            }
        }
    }

    /// Asks every rule of a phase other than `route`.
    fn ask_rules(&mut self, phase: Phase) {
        let candidate = if phase == Phase::Respond { self.served() } else { None };
        for (id, rule) in self.rules(phase) {
            let fires = self.ask(id, rule, candidate);
            if fires && matches!(rule.effect, Effect::Deny(_)) {
                self.reasons.push(Reason::Rule(id));
            }
        }
    }

    /// The rules of a phase that hold for the tenant and that no exception lifts.
    fn rules(&self, phase: Phase) -> Vec<(RuleId, &'a Rule)> {
        let model = self.model;
        let all = model.rules.iter().enumerate().map(|(index, rule)| (RuleId::from_index(index), rule));
        all.filter(|(id, rule)| rule.phase == phase && self.holds_for_tenant(rule) && !self.is_lifted(*id))
            .collect()
    }

    fn holds_for_tenant(&self, rule: &Rule) -> bool {
        holds_for(rule, self.facts.tenant, self.tenant)
    }

    fn is_lifted(&self, rule: RuleId) -> bool {
        self.exceptions().any(|(_, exception)| exception.permit == Permit::Despite(rule))
    }

    /// Asks one rule, of one candidate where there is one; whether it fires and is in force.
    fn ask(&mut self, id: RuleId, rule: &Rule, candidate: Option<Candidate>) -> bool {
        let is_shadow = rule.shadow_until.is_some_and(|date| self.is_ahead(date));
        self.notes.asked.push((id, candidate));
        match self.condition(rule, candidate) {
            Ok(false) => false,
            Ok(true) | Err(_) if is_shadow => {
                self.decision.shadowed.push(Shadowed::Rule(id));
                false
            }
            Ok(true) => {
                self.decision.fired.push(id);
                true
            }
            Err(_) => {
                self.reasons.push(Reason::PolicyError(Some(id)));
                false
            }
        }
    }

    fn condition(&self, rule: &Rule, candidate: Option<Candidate>) -> Result<bool, EvalError> {
        let outcome = Outcome::default();
        evaluate(&rule.condition.expr, &self.view(candidate, &outcome))?.as_bool()
    }

    /// What the conditions of rules read.
    fn view<'v>(&'v self, candidate: Option<Candidate>, outcome: &'v Outcome) -> View<'v> {
        let (model, facts, resolved) = (self.model, self.facts, self.asked.model());
        View { model, facts, resolved, candidate, decision: None, outcome }
    }

    /// Whether a date has not ended yet.
    fn is_ahead(&self, date: Date) -> bool {
        self.facts.now < end_of(date)
    }

    /// The tenant's exceptions in force, in the order of their names.
    fn exceptions(&self) -> impl Iterator<Item = (ExceptionId, &'a Exception)> + '_ {
        let model = self.model;
        let all = self.tenant.exceptions.iter();
        all.filter_map(move |id| Some((*id, model.exceptions.get(id.index())?)))
            .filter(|(_, exception)| self.is_ahead(exception.until))
    }

    fn is_routed(&self) -> bool {
        self.facts.request.operation != Operation::Models
    }

    /// Brings the decision into its form: lists sorted, without repetition.
    fn close(mut self) -> Decision {
        let decision = &mut self.decision;
        decision.fired.sort_unstable();
        decision.fired.dedup();
        let fired: Set<RuleId> = decision.fired.iter().copied().collect();
        let rules = fired.iter().filter_map(|id| self.model.rules.get(id.index()));
        let mut caps: Vec<u64> = self.access.cap.iter().map(|cap| cap.tokens).collect();
        for rule in rules {
            match &rule.effect {
                Effect::Flag(flag) => decision.flags.push(flag.clone()),
                Effect::Cap(tokens) => caps.push(*tokens),
                Effect::Deny(_) | Effect::Route(_) | Effect::Prefer(_) => {}
            }
        }
        decision.cap = caps.into_iter().min();
        decision.flags.sort_unstable();
        decision.flags.dedup();
        decision.shadowed.sort_unstable();
        decision.shadowed.dedup();
        decision.dropped.sort_unstable();
        decision.dropped.dedup();
        self.reasons.sort_unstable();
        self.reasons.dedup();
        if !self.reasons.is_empty() {
            decision.verdict = Verdict::Deny;
        }
        decision.reasons = self.reasons;
        self.decision
    }
}
