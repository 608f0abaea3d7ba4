//! Looks for requests that break invariants.

use super::random::Random;
use super::sample::Pool;
use crate::budget::Budget;
use crate::condition::Condition;
use crate::decision::{Candidate, Decision};
use crate::facts::{Facts, Operation, Output};
use crate::oracle::{Outcome, View, evaluate};
use crate::program::{CompileError, Program, Scratch};
use crate::value::EvalError;
use crate::wording;
use jiff::Timestamp;
use lang::condition::{Expr, Surface, fact_phase, facts_read};
use lang::model::{Action, DetectorId, Invariant, InvariantId, Model, ModelId, Phase, ServedModel};
use lang::units::end_of;

/// What became of one invariant.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Which one.
    pub invariant: InvariantId,
    /// On how many requests that it speaks of it was tried.
    pub tried: usize,
    /// A request that breaks it, as small as it could be made.
    pub refuted: Option<Witness>,
}

/// A request that breaks an invariant.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// What was read.
    pub facts: Facts,
    /// What was decided.
    pub decision: Decision,
    /// Why the invariant could not be evaluated, where it is broken by that.
    pub error: Option<EvalError>,
}

/// Tries every invariant on so many random requests, none of them before `from`.
///
/// What is found is made small, and decided once more before it is told.
///
/// # Errors
///
/// [`CompileError`] when an invariant breaks a promise of its checker.
pub fn try_invariants(
    program: &Program,
    from: Timestamp,
    seed: u64,
    count: usize,
) -> Result<Vec<Trial>, CompileError> {
    let model = program.model();
    let properties = properties(model)?;
    let mut scratch = Scratch::new();
    let pool = Pool::new(model, from);
    let mut random = Random::new(seed);
    let mut trials: Vec<Trial> = (0..model.invariants.len())
        .map(|at| Trial { invariant: InvariantId::from_index(at), tried: 0, refuted: None })
        .collect();
    let reads_output = model.invariants.iter().any(reads_output);
    for _ in 0..count {
        let Some(mut facts) = pool.draw(&mut random) else { break };
        let mut decision = decide(program, &facts, &mut scratch);
        let served = decision.route.get(random.below(decision.route.len())).copied();
        if let Some(served) = served.filter(|_| reads_output) {
            facts.served = Some((served.endpoint, served.model));
            facts.output = pool.answer(&mut random);
            decision = decide(program, &facts, &mut scratch);
        }
        for (trial, property) in trials.iter_mut().zip(&properties) {
            if trial.refuted.is_some() {
                continue;
            }
            match property.judge(model, &facts, &decision, &mut scratch) {
                Standing::Beside => {}
                Standing::Holds => trial.tried = trial.tried.saturating_add(1),
                Standing::Broken(_) => {
                    trial.tried = trial.tried.saturating_add(1);
                    trial.refuted = shrink(program, property, facts.clone());
                }
            }
        }
    }
    Ok(trials)
}

/// Decides as production does, with work without bound: what is too much work denies, and is told elsewhere.
fn decide(program: &Program, facts: &Facts, scratch: &mut Scratch) -> Decision {
    let outcome = program.decide(facts, &mut Budget::ample(), scratch);
    program.explain(facts, &outcome)
}

/// How a decision stands to an invariant.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// It does not speak of this request.
    Beside,
    /// It holds.
    Holds,
    /// It does not hold, or cannot be evaluated.
    Broken(Option<EvalError>),
}

/// The invariants of a model, ready to be held against decisions that were made elsewhere.
pub struct Invariants<'m> {
    model: &'m Model,
    properties: Vec<Property<'m>>,
}

impl std::fmt::Debug for Invariants<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invariants").field("count", &self.properties.len()).finish_non_exhaustive()
    }
}

impl<'m> Invariants<'m> {
    /// Compiles them.
    ///
    /// # Errors
    ///
    /// [`CompileError`] when an invariant breaks a promise of its checker.
    pub fn new(model: &'m Model) -> Result<Self, CompileError> {
        Ok(Self { model, properties: properties(model)? })
    }

    /// How a decision and the facts that it was made from stand to each of them, in the order of the model.
    pub fn judge(&self, facts: &Facts, decision: &Decision) -> Vec<Standing> {
        let mut scratch = Scratch::new();
        let judge = |property: &Property<'_>| property.judge(self.model, facts, decision, &mut scratch);
        self.properties.iter().map(judge).collect()
    }
}

fn properties(model: &Model) -> Result<Vec<Property<'_>>, CompileError> {
    model.invariants.iter().map(|invariant| Property::new(model, invariant)).collect()
}

/// An invariant, its conditions compiled as those of rules are.
struct Property<'m> {
    invariant: &'m Invariant,
    given: Option<Condition>,
    always: Condition,
}

impl<'m> Property<'m> {
    fn new(model: &Model, invariant: &'m Invariant) -> Result<Self, CompileError> {
        let given = invariant.given.as_ref().map(|given| Condition::new(model, &given.expr)).transpose()?;
        Ok(Self { invariant, given, always: Condition::new(model, &invariant.always.expr)? })
    }

    fn judge(&self, model: &Model, facts: &Facts, decision: &Decision, scratch: &mut Scratch) -> Standing {
        let outcome = outcome(model, facts, decision);
        let is_served = |one: &&Candidate| Some((one.endpoint, one.model)) == facts.served;
        let view = View {
            model,
            facts,
            resolved: resolved(model, &facts.request.asked),
            candidate: decision.route.iter().find(is_served).copied(),
            decision: Some(decision),
            outcome: &outcome,
        };
        let mut ask = |condition: &Condition| condition.holds(&view, &mut Budget::ample(), scratch);
        match self.given.as_ref().map_or(Some(true), &mut ask) {
            Some(false) => return Standing::Beside,
            Some(true) => {}
            None => return Standing::Broken(self.invariant.given.as_ref().map(|one| why(&one.expr, &view))),
        }
        match ask(&self.always) {
            Some(true) => Standing::Holds,
            Some(false) => Standing::Broken(None),
            None => Standing::Broken(Some(why(&self.invariant.always.expr, &view))),
        }
    }
}

/// Why a condition has no answer: nodes do not remember it, so it is computed once more, slowly.
fn why(expr: &Expr, view: &View<'_>) -> EvalError {
    evaluate(expr, view).and_then(|value| value.as_bool()).err().unwrap_or(EvalError::BudgetSpent)
}

/// What invariants read of a decision besides the decision.
fn outcome(model: &Model, facts: &Facts, decision: &Decision) -> Outcome {
    let reason = decision.reasons.first().map(|reason| wording::reason(model, reason)).unwrap_or_default();
    let mut redacted: Vec<(DetectorId, Surface)> = Vec::new();
    let tenant = model.tenants.get(facts.tenant.index());
    let redactions = tenant.into_iter().flat_map(|tenant| &tenant.redactions);
    for redaction in redactions.filter_map(|id| model.redactions.get(id.index())) {
        if redaction.shadow_until.is_some_and(|date| facts.now < end_of(date)) {
            continue;
        }
        let rows = redaction.rows.iter().filter(|row| row.action != Action::Flag);
        for detector in rows.flat_map(|row| row.detectors.iter()) {
            redacted.extend(redaction.surfaces.iter().map(|surface| (*detector, *surface)));
        }
    }
    Outcome { reason, redacted }
}

/// The model that goes by a name; `None` for a chain.
fn resolved(model: &Model, asked: &str) -> Option<ModelId> {
    let is_asked = |one: &ServedModel| one.aliases.iter().any(|alias| **alias == *asked);
    model.models.iter().position(is_asked).map(ModelId::from_index)
}

fn reads_output(invariant: &Invariant) -> bool {
    let conditions = invariant.given.iter().chain([&invariant.always]);
    conditions.flat_map(|one| facts_read(&one.expr)).any(|fact| fact_phase(fact) == Phase::Respond)
}

/// One way to make facts smaller.
type Simplification = fn(&mut Facts);

/// Tried in this order; each is kept where the invariant stays broken.
const SIMPLIFICATIONS: &[Simplification] = &[
    |facts| {
        facts.served = None;
        facts.output = Output::default();
    },
    |facts| facts.down.clear(),
    |facts| facts.usage = crate::facts::Usage::default(),
    |facts| facts.input.list.clear(),
    |facts| facts.input.list.truncate(1),
    |facts| facts.output.findings.list.clear(),
    |facts| facts.output.tool_calls.clear(),
    |facts| facts.output.tokens = 0,
    |facts| facts.caller = crate::facts::Caller::default(),
    |facts| facts.caller.claims.clear(),
    |facts| facts.caller.roles.clear(),
    |facts| facts.workload = None,
    |facts| facts.request.headers.clear(),
    |facts| facts.request.tools.clear(),
    |facts| facts.request.needs.clear(),
    |facts| facts.request.unscannable.clear(),
    |facts| facts.request.user.clear(),
    |facts| facts.request.operation = Operation::Chat,
    |facts| facts.request.api = crate::facts::Api::OpenAi,
    |facts| facts.request.stream = false,
    |facts| facts.request.logprobs = false,
    |facts| facts.request.max_tokens = 0,
    |facts| facts.request.bytes = 0,
    |facts| facts.request.tokens = 1,
];

/// The facts with all left out that need not be there; `None` when the invariant is not broken after all.
fn shrink(program: &Program, property: &Property<'_>, facts: Facts) -> Option<Witness> {
    let mut scratch = Scratch::new();
    let mut broken = |facts: &Facts| {
        let decision = decide(program, facts, &mut scratch);
        match property.judge(program.model(), facts, &decision, &mut scratch) {
            Standing::Broken(error) => Some((decision, error)),
            Standing::Beside | Standing::Holds => None,
        }
    };
    let mut facts = facts;
    for simplify in SIMPLIFICATIONS {
        let mut smaller = facts.clone();
        simplify(&mut smaller);
        if broken(&smaller).is_some() {
            facts = smaller;
        }
    }
    let (decision, error) = broken(&facts)?;
    Some(Witness { facts, decision, error })
}

#[cfg(test)]
mod tests;
