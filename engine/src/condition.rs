//! Conditions made ready to be asked: lowered, taken through every pass, cut
//! into alternatives, their patterns compiled.
//!
//! There is one road from an expression to nodes, and it stands here. A program
//! takes all of its rules along it at once, so that they share nodes; a
//! [`Condition`] takes one expression, for those who ask it outside a decision.

use crate::budget::Budget;
use crate::decision::{Decision, Verdict};
use crate::evaluate::{Automata, Code, Evaluator, Truth};
use crate::graph::{Graph, NodeId};
use crate::oracle::{Outcome, View};
use crate::program::index::{Dimension, dimension};
use crate::program::{CompileError, Scratch};
use crate::reading::Reading;
use crate::value::Value;
use crate::{function, lower, passes};
use lang::condition::{Expr, Fact};
use lang::model::Parts;
use regex_automata::meta::Regex;
use std::collections::HashMap;

/// Compiled patterns of conditions, by their text.
pub(crate) type Patterns = HashMap<Box<str>, Regex>;

/// The nodes of one condition.
#[derive(Debug)]
pub(crate) struct Lowered {
    /// The condition as one node.
    pub(crate) whole: NodeId,
    /// Alternatives, of which one must hold; each is looked up or asked by itself.
    pub(crate) alternatives: Vec<NodeId>,
}

/// Lowers conditions into one graph and makes it fast.
///
/// `patterns` is what an earlier compilation left; afterwards it holds what this one uses.
pub(crate) fn lower_all<'e>(
    model: &Parts,
    conditions: impl Iterator<Item = &'e Expr>,
    patterns: &mut Patterns,
) -> Result<(Code, Vec<Lowered>), CompileError> {
    let mut graph = Graph::default();
    let mut nodes: Vec<NodeId> =
        conditions.map(|condition| lower::condition(&mut graph, model, condition)).collect();
    let mut graph = passes::run(graph, &mut nodes);
    for node in &nodes {
        graph.ask(*node);
    }
    let is_whole = |graph: &Graph, id: NodeId| dimension(graph, id) != Dimension::Mixed;
    let lowered = nodes
        .into_iter()
        .map(|whole| Lowered { whole, alternatives: passes::alternatives(&mut graph, whole, &is_whole) })
        .collect();
    let compiled = compiled(&graph, patterns)?;
    let remembered = graph.iter().map(|(id, _)| is_remembered(&graph, id)).collect();
    graph.seal();
    let automata = Automata::new(&graph);
    Ok((Code { graph, patterns: compiled, automata, remembered }, lowered))
}

/// The patterns of a graph, each compiled once, be it by an earlier compilation.
fn compiled(graph: &Graph, known: &mut Patterns) -> Result<Vec<Regex>, CompileError> {
    let mut kept = Patterns::with_capacity(graph.patterns.len());
    let mut patterns = Vec::with_capacity(graph.patterns.len());
    for text in &graph.patterns {
        let pattern = known.remove(text).map_or_else(|| function::pattern(text), Ok);
        let pattern = pattern.map_err(|_| CompileError::Pattern(text.clone()))?;
        kept.insert(text.clone(), pattern.clone());
        patterns.push(pattern);
    }
    *known = kept;
    Ok(patterns)
}

/// Whether an answer is worth remembering: asked more than once, dearer than
/// the memory, and the same for every candidate and element.
fn is_remembered(graph: &Graph, id: NodeId) -> bool {
    const COST_MIN: u32 = 8;
    graph.traits(id).is_some_and(|traits| {
        let mut reads = traits.reads.iter().filter_map(|fact| graph.fact_of(*fact));
        traits.asked_by > 1 && traits.cost >= COST_MIN && traits.open == 0 && !reads.any(is_route)
    })
}

const fn is_route(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::RouteProvider | Fact::RouteEndpoint | Fact::RouteRegion | Fact::RouteModel | Fact::RouteAttests
    )
}

/// One condition, compiled as the rules of a program are.
#[derive(Debug)]
pub struct Condition {
    code: Code,
    alternatives: Vec<NodeId>,
}

impl Condition {
    /// Compiles a condition of a model.
    ///
    /// # Errors
    ///
    /// [`CompileError`] when the condition breaks a promise of its checker.
    pub fn new(model: &Parts, condition: &Expr) -> Result<Self, CompileError> {
        let (code, lowered) = lower_all(model, std::iter::once(condition), &mut Patterns::new())?;
        let alternatives = lowered.into_iter().flat_map(|one| one.alternatives).collect();
        Ok(Self { code, alternatives })
    }

    /// Whether it holds; `None` when it has no answer, or work is spent: what asks must then fail closed.
    pub fn holds(&self, view: &View<'_>, budget: &mut Budget, scratch: &mut Scratch) -> Option<bool> {
        let View { model, facts, resolved, candidate, decision, outcome } = *view;
        let reading = Reading { model, facts, resolved, candidate };
        let decided = decision.map(|decision| Decided { decision, outcome });
        scratch.memo.forget();
        scratch.memo.ready(&self.code);
        let mut truth = Truth::False;
        for alternative in &self.alternatives {
            let mut evaluator = Evaluator::new(&self.code, reading, &mut scratch.memo, budget);
            truth = truth.or(evaluator.after(decided).truth(*alternative));
            if truth == Truth::True {
                break;
            }
        }
        match truth {
            _ if budget.is_spent() => None,
            Truth::False => Some(false),
            Truth::True => Some(true),
            Truth::Error => None,
        }
    }
}

/// What was decided, as invariants read it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decided<'a> {
    decision: &'a Decision,
    outcome: &'a Outcome,
}

impl<'a> Decided<'a> {
    /// The fact, if it is one about the decision.
    pub(crate) fn value(self, fact: &Fact) -> Option<Value<'a>> {
        Some(match fact {
            Fact::DecisionDenied => Value::Bool(self.decision.verdict == Verdict::Deny),
            Fact::DecisionReason => Value::text(&self.outcome.reason),
            Fact::DecisionFlags => Value::texts(self.decision.flags.iter().map(|flag| &**flag)),
            Fact::DecisionRoutes => {
                Value::List(self.decision.route.iter().copied().map(Value::Route).collect())
            }
            Fact::DecisionRedacts(detectors, surface) => {
                let redacted = &self.outcome.redacted;
                Value::Bool(detectors.iter().all(|detector| redacted.contains(&(*detector, *surface))))
            }
            _ => return None,
        })
    }
}
