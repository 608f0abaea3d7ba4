//! The hot loop: what a node comes to for one request.
//!
//! Predicates come to one of three truths and never touch memory of their
//! own; nodes over values compute as the oracle does, without building the
//! lists that can be read in place.

mod automata;

use crate::budget::Budget;
use crate::condition::Decided;
use crate::function;
use crate::graph::{Comprehension, FactId, Graph, Node, NodeId, PatternId, TextSetId, TextTest};
use crate::reading::{Elements, Reading};
use crate::value::{EvalError, Outcome, Value, find_key};
pub(crate) use automata::Automata;
use automata::Matched;
use lang::condition::{ComprehensionKind, Fact, Function};
use regex_automata::meta::Regex;
use smallvec::SmallVec;
use std::borrow::Cow;

/// What a condition comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Truth {
    /// It does not hold.
    False,
    /// It holds.
    True,
    /// It has no answer.
    Error,
}

impl Truth {
    /// `a || b`.
    pub(crate) const fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::True, _) | (_, Self::True) => Self::True,
            (Self::Error, _) | (_, Self::Error) => Self::Error,
            (Self::False, Self::False) => Self::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// Answers of nodes that more than one operator asks, for one request.
///
/// Each answer carries the number of its request, so that nothing is cleared
/// between requests.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    request: u32,
    /// Whether what it holds is another request's.
    is_stale: bool,
    answers: Vec<(u32, Truth)>,
    matched: Matched,
}

impl Memo {
    /// Forgets; a request that evaluates nothing pays no more.
    #[inline]
    pub(crate) fn forget(&mut self) {
        self.is_stale = true;
    }

    /// Makes room for a program before the first evaluation of a request.
    #[inline]
    pub(crate) fn ready(&mut self, code: &Code) {
        if self.is_stale {
            self.is_stale = false;
            self.begin(code);
        }
    }

    fn begin(&mut self, code: &Code) {
        self.matched.begin(&code.automata);
        let nodes = code.graph.len();
        if self.answers.len() < nodes {
            self.answers.resize(nodes, (0, Truth::Error));
        }
        if let Some(request) = self.request.checked_add(1) {
            self.request = request;
            return;
        }
        // The numbers begin again, so nothing of the last round may be taken for an answer.
        self.answers.fill((0, Truth::Error));
        self.matched = Matched::default();
        self.matched.begin(&code.automata);
        self.request = 1;
    }

    fn get(&self, id: NodeId) -> Option<Truth> {
        let (request, truth) = self.answers.get(id.index())?;
        (*request == self.request).then_some(*truth)
    }

    fn set(&mut self, id: NodeId, truth: Truth) {
        if let Some(answer) = self.answers.get_mut(id.index()) {
            *answer = (self.request, truth);
        }
    }
}

/// What does not change between requests.
#[derive(Debug, Default)]
pub(crate) struct Code {
    /// The nodes.
    pub(crate) graph: Graph,
    /// The patterns, compiled.
    pub(crate) patterns: Vec<Regex>,
    /// The patterns of each fact as one automaton, where that is small enough.
    pub(crate) automata: Automata,
    /// Nodes worth remembering: asked more than once, not cheap, the same for every candidate.
    pub(crate) remembered: Vec<bool>,
}

/// Evaluates nodes for one request.
pub(crate) struct Evaluator<'a, 's> {
    code: &'a Code,
    reading: Reading<'a>,
    memo: &'s mut Memo,
    budget: &'s mut Budget,
    /// What was decided; invariants alone are asked after.
    decided: Option<Decided<'a>>,
    /// The variables of the enclosing comprehensions, from the outermost.
    variables: SmallVec<[Value<'a>; 2]>,
}

impl<'a, 's> Evaluator<'a, 's> {
    pub(crate) fn new(
        code: &'a Code,
        reading: Reading<'a>,
        memo: &'s mut Memo,
        budget: &'s mut Budget,
    ) -> Self {
        Self { code, reading, memo, budget, decided: None, variables: SmallVec::new() }
    }

    /// The same, where a decision can be read too.
    pub(crate) fn after(&mut self, decided: Option<Decided<'a>>) -> &mut Self {
        self.decided = decided;
        self
    }

    fn fact(&self, id: FactId) -> Option<&'a Fact> {
        self.code.graph.fact_of(id)
    }

    fn text(&self, id: FactId) -> &'a str {
        self.fact(id).map(|fact| self.reading.text(fact)).unwrap_or_default()
    }

    /// What a condition comes to.
    pub(crate) fn truth(&mut self, id: NodeId) -> Truth {
        if !self.budget.spend() {
            return Truth::Error;
        }
        let is_remembered = self.code.remembered.get(id.index()).copied().unwrap_or(false);
        if !is_remembered {
            return self.compute(id);
        }
        if let Some(truth) = self.memo.get(id) {
            return truth;
        }
        let truth = self.compute(id);
        self.memo.set(id, truth);
        truth
    }

    fn compute(&mut self, id: NodeId) -> Truth {
        let Some(node) = self.code.graph.get(id) else { return Truth::Error };
        match node {
            Node::Constant(value) => Truth::from(*value),
            Node::Not(inner) => match self.truth(*inner) {
                Truth::False => Truth::True,
                Truth::True => Truth::False,
                Truth::Error => Truth::Error,
            },
            Node::All(nodes) => self.decided_by(Truth::False, Truth::True, nodes),
            Node::Any(nodes) => self.decided_by(Truth::True, Truth::False, nodes),
            Node::Select(condition, then, otherwise) => match self.truth(*condition) {
                Truth::True => self.truth(*then),
                Truth::False => self.truth(*otherwise),
                Truth::Error => Truth::Error,
            },
            Node::Truth(fact) => Truth::from(self.fact(*fact).is_some_and(|fact| self.reading.truth(fact))),
            Node::TextIs(fact, text) => Truth::from(self.text(*fact) == self.code.graph.text_of(*text)),
            Node::TextIn(fact, set) => Truth::from(self.code.graph.has_text(*set, self.text(*fact))),
            Node::TextTest(test, fact, part) => {
                let (whole, part) = (self.text(*fact), self.code.graph.text_of(*part));
                Truth::from(match test {
                    TextTest::Starts => whole.starts_with(part),
                    TextTest::Ends => whole.ends_with(part),
                    TextTest::Contains => whole.contains(part),
                })
            }
            Node::TextMatches(fact, pattern) => self.matches(id, *fact, *pattern),
            Node::Holds(fact, set) => Truth::from(self.holds(*fact, *set)),
            Node::Count(fact, comparison, number) => {
                let count = self.fact(*fact).map_or(0, |fact| self.reading.count(fact));
                Truth::from(comparison.holds(count, *number))
            }
            Node::Literal(_)
            | Node::Fact(_)
            | Node::Variable(_)
            | Node::List(_)
            | Node::Map(_)
            | Node::Call(..)
            | Node::Matches(..)
            | Node::Member(..)
            | Node::HasKey(..)
            | Node::Comprehension(_) => {
                self.value_of(node).and_then(|value| value.as_bool()).map_or(Truth::Error, Truth::from)
            }
        }
    }

    /// `All` (decided by `false`) and `Any` (decided by `true`): any operand decides, whatever the others do.
    fn decided_by(&mut self, decisive: Truth, other: Truth, nodes: &[NodeId]) -> Truth {
        let mut result = other;
        for node in nodes {
            let truth = self.truth(*node);
            if truth == decisive {
                return decisive;
            }
            if truth == Truth::Error {
                result = Truth::Error;
            }
        }
        result
    }

    fn matches(&mut self, id: NodeId, fact: FactId, pattern: PatternId) -> Truth {
        let text = self.text(fact);
        let place = self.code.automata.place(id);
        let request = self.memo.request;
        let found =
            place.and_then(|place| self.memo.matched.holds(&self.code.automata, place, request, text));
        match (found, self.code.patterns.get(pattern.index())) {
            (Some(found), _) => Truth::from(found),
            (None, Some(pattern)) => Truth::from(pattern.is_match(text)),
            (None, None) => Truth::Error,
        }
    }

    fn holds(&self, fact: FactId, set: TextSetId) -> bool {
        let Some(elements) = self.fact(fact).and_then(|fact| self.reading.elements(fact)) else {
            return false;
        };
        if let Elements::Texts(texts) | Elements::ToolCalls(texts) = &elements {
            return texts.iter().any(|text| self.code.graph.has_text(set, text));
        }
        (0..elements.len())
            .filter_map(|index| elements.get(index))
            .any(|element| matches!(element, Value::String(text) if self.code.graph.has_text(set, &text)))
    }

    /// What a node over values comes to.
    fn value(&mut self, id: NodeId) -> Outcome<'a> {
        let code = self.code;
        let node = code.graph.get(id).ok_or(EvalError::Broken("a node is missing"))?;
        match node {
            Node::Constant(_)
            | Node::Not(_)
            | Node::All(_)
            | Node::Any(_)
            | Node::Truth(_)
            | Node::TextIs(..)
            | Node::TextIn(..)
            | Node::TextTest(..)
            | Node::TextMatches(..)
            | Node::Holds(..)
            | Node::Count(..) => match self.truth(id) {
                Truth::False => Ok(Value::Bool(false)),
                Truth::True => Ok(Value::Bool(true)),
                Truth::Error => Err(EvalError::NoSuchOverload),
            },
            Node::Select(condition, then, otherwise) => match self.truth(*condition) {
                Truth::True => self.value(*then),
                Truth::False => self.value(*otherwise),
                Truth::Error => Err(EvalError::NoSuchOverload),
            },
            Node::Literal(_)
            | Node::Fact(_)
            | Node::Variable(_)
            | Node::List(_)
            | Node::Map(_)
            | Node::Call(..)
            | Node::Matches(..)
            | Node::Member(..)
            | Node::HasKey(..)
            | Node::Comprehension(_) => {
                if !self.budget.spend() {
                    return Err(EvalError::BudgetSpent);
                }
                self.value_of(node)
            }
        }
    }

    fn value_of(&mut self, node: &'a Node) -> Outcome<'a> {
        let graph = &self.code.graph;
        match node {
            Node::Literal(id) => {
                let literal = graph.literals.get(id.index());
                literal.map(Value::literal).ok_or(EvalError::Broken("a constant is missing"))
            }
            Node::Fact(id) => {
                let fact = self.fact(*id).ok_or(EvalError::Broken("a fact is missing"))?;
                let decided = self.decided.and_then(|decided| decided.value(fact));
                Ok(decided.unwrap_or_else(|| self.reading.value(fact)))
            }
            Node::Variable(number) => {
                let index = usize::try_from(*number).unwrap_or(usize::MAX);
                self.variables.get(index).cloned().ok_or(EvalError::Broken("a variable is not bound"))
            }
            Node::List(nodes) => {
                let values: Result<Vec<_>, _> = nodes.iter().map(|node| self.value(*node)).collect();
                Ok(Value::List(values?.into()))
            }
            Node::Map(entries) => self.map(entries),
            Node::Call(called, args) => self.call(*called, args),
            Node::Matches(text, pattern) => {
                match (self.value(*text)?, self.code.patterns.get(pattern.index())) {
                    (Value::String(text), Some(pattern)) => {
                        Ok(Value::Bool(pattern.is_match(text.as_bytes())))
                    }
                    (_, Some(_)) => Err(EvalError::NoSuchOverload),
                    (_, None) => Err(EvalError::Broken("a pattern is missing")),
                }
            }
            Node::Member(inner, member) => {
                let inner = self.value(*inner)?;
                self.reading.member(&inner, *member).ok_or(EvalError::NoSuchOverload)
            }
            Node::HasKey(map, key) => {
                let Value::Map(entries) = self.value(*map)? else { return Err(EvalError::NoSuchOverload) };
                let key = Value::String(Cow::Borrowed(graph.text_of(*key)));
                Ok(Value::Bool(find_key(&entries, &key).is_some()))
            }
            Node::Comprehension(comprehension) => self.comprehension(comprehension),
            Node::Constant(_)
            | Node::Not(_)
            | Node::All(_)
            | Node::Any(_)
            | Node::Select(..)
            | Node::Truth(_)
            | Node::TextIs(..)
            | Node::TextIn(..)
            | Node::TextTest(..)
            | Node::TextMatches(..)
            | Node::Holds(..)
            | Node::Count(..) => Err(EvalError::Broken("a predicate is no value")),
        }
    }

    fn map(&mut self, entries: &[(NodeId, NodeId)]) -> Outcome<'a> {
        let mut map: Vec<(Value<'a>, Value<'a>)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let (key, value) = (self.value(*key)?, self.value(*value)?);
            if !matches!(key, Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::String(_)) {
                return Err(EvalError::NoSuchOverload);
            }
            if find_key(&map, &key).is_some() {
                return Err(EvalError::DuplicateKey);
            }
            map.push((key, value));
        }
        Ok(Value::Map(map.into()))
    }

    fn call(&mut self, called: Function, args: &'a [NodeId]) -> Outcome<'a> {
        // A list that can be read is searched and measured where it stands.
        if let (Function::Size, [list]) = (called, args)
            && let Some(elements) = self.readable(*list)
        {
            return Ok(Value::Int(i64::try_from(elements.len()).unwrap_or(i64::MAX)));
        }
        if let (Function::In, [element, list]) = (called, args)
            && let Some(elements) = self.readable(*list)
        {
            let element = self.value(*element)?;
            let mut known = (0..elements.len()).filter_map(|index| elements.get(index));
            return Ok(Value::Bool(known.any(|known| known.equals(&element))));
        }
        let mut values: SmallVec<[Value<'a>; 3]> = SmallVec::new();
        for arg in args {
            values.push(self.value(*arg)?);
        }
        function::apply(called, &values)
    }

    /// The list that a node reads, if it does nothing else.
    fn readable(&self, id: NodeId) -> Option<Elements<'a>> {
        let Node::Fact(fact) = self.code.graph.get(id)? else { return None };
        self.reading.elements(self.fact(*fact)?)
    }

    fn comprehension(&mut self, one: &'a Comprehension) -> Outcome<'a> {
        let elements = match self.readable(one.range) {
            Some(elements) => elements,
            None => match self.value(one.range)? {
                Value::List(list) => Elements::Values(list),
                Value::Map(entries) => Elements::Keys(entries),
                _ => return Err(EvalError::NoSuchOverload),
            },
        };
        match one.kind {
            ComprehensionKind::All => self.quantified(false, one, &elements),
            ComprehensionKind::Exists => self.quantified(true, one, &elements),
            ComprehensionKind::ExistsOne => {
                let mut count = 0usize;
                for index in 0..elements.len() {
                    let holds = self.element_holds(one, &elements, index)?;
                    count = count.saturating_add(usize::from(holds));
                }
                Ok(Value::Bool(count == 1))
            }
            ComprehensionKind::Filter | ComprehensionKind::Map => {
                let mut kept = Vec::new();
                for index in 0..elements.len() {
                    if self.element_holds(one, &elements, index)? {
                        kept.push(self.made(one, &elements, index)?);
                    }
                }
                Ok(Value::List(kept.into()))
            }
        }
    }

    fn quantified(&mut self, decisive: bool, one: &'a Comprehension, elements: &Elements<'a>) -> Outcome<'a> {
        let mut failed = None;
        for index in 0..elements.len() {
            match self.element_holds(one, elements, index) {
                Ok(holds) if holds == decisive => return Ok(Value::Bool(decisive)),
                Ok(_) => {}
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(Value::Bool(!decisive)), Err)
    }

    /// Whether the condition holds for an element; it does where there is none.
    fn element_holds(
        &mut self,
        one: &'a Comprehension,
        elements: &Elements<'a>,
        index: usize,
    ) -> Result<bool, EvalError> {
        let Some(condition) = one.condition else { return Ok(true) };
        self.bind(elements, index)?;
        let truth = self.truth(condition);
        self.variables.pop();
        match truth {
            Truth::False => Ok(false),
            Truth::True => Ok(true),
            Truth::Error => Err(EvalError::NoSuchOverload),
        }
    }

    /// What `map` makes of an element; itself for `filter`.
    fn made(&mut self, one: &'a Comprehension, elements: &Elements<'a>, index: usize) -> Outcome<'a> {
        let Some(made) = one.element else {
            return elements.get(index).ok_or(EvalError::IndexOutOfRange);
        };
        self.bind(elements, index)?;
        let value = self.value(made);
        self.variables.pop();
        value
    }

    fn bind(&mut self, elements: &Elements<'a>, index: usize) -> Result<(), EvalError> {
        self.variables.push(elements.get(index).ok_or(EvalError::IndexOutOfRange)?);
        Ok(())
    }
}
