//! Looks for requests that break invariants.

use super::random::Random;
use super::sample::Pool;
use crate::budget::Budget;
use crate::decision::Decision;
use crate::facts::{Facts, Operation, Output};
use crate::oracle::{Outcome, View, evaluate};
use crate::program::{Program, Scratch};
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
pub fn try_invariants(program: &Program, from: Timestamp, seed: u64, count: usize) -> Vec<Trial> {
    let model = program.model();
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
        for (trial, invariant) in trials.iter_mut().zip(&model.invariants) {
            if trial.refuted.is_some() {
                continue;
            }
            match judge(model, invariant, &facts, &decision) {
                Standing::Beside => {}
                Standing::Holds => trial.tried = trial.tried.saturating_add(1),
                Standing::Broken(_) => {
                    trial.tried = trial.tried.saturating_add(1);
                    trial.refuted = shrink(program, invariant, facts.clone());
                }
            }
        }
    }
    trials
}

/// Decides as production does, with work without bound: what is too much work denies, and is told elsewhere.
fn decide(program: &Program, facts: &Facts, scratch: &mut Scratch) -> Decision {
    let outcome = program.decide(facts, &mut Budget::ample(), scratch);
    program.explain(facts, &outcome)
}

/// How a decision stands to an invariant.
enum Standing {
    /// It does not speak of this request.
    Beside,
    Holds,
    /// It does not hold, or cannot be evaluated.
    Broken(Option<EvalError>),
}

fn judge(model: &Model, invariant: &Invariant, facts: &Facts, decision: &Decision) -> Standing {
    let outcome = outcome(model, facts, decision);
    let view = View {
        model,
        facts,
        resolved: resolved(model, &facts.request.asked),
        candidate: decision.route.iter().find(|one| Some((one.endpoint, one.model)) == facts.served).copied(),
        decision: Some(decision),
        outcome: &outcome,
    };
    let ask = |expr: &Expr| evaluate(expr, &view).and_then(|value| value.as_bool());
    let given = invariant.given.as_ref().map_or(Ok(true), |given| ask(&given.expr));
    match given.and_then(|is_given| if is_given { ask(&invariant.always.expr).map(Some) } else { Ok(None) }) {
        Ok(None) => Standing::Beside,
        Ok(Some(true)) => Standing::Holds,
        Ok(Some(false)) => Standing::Broken(None),
        Err(error) => Standing::Broken(Some(error)),
    }
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
fn shrink(program: &Program, invariant: &Invariant, facts: Facts) -> Option<Witness> {
    let mut scratch = Scratch::new();
    let mut broken = |facts: &Facts| {
        let decision = decide(program, facts, &mut scratch);
        match judge(program.model(), invariant, facts, &decision) {
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
