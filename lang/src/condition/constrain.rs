//! What a condition needs of single facts, to tell that two can never hold together.
//!
//! Only necessary conditions are kept: a fact that is not mentioned may have
//! any value. So `excludes` is never wrong when it says yes, and may say no
//! where a proof would say yes.

use super::{Expr, ExprKind, Fact, Function, Literal};
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// The values that some facts must have for a condition to be true.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constraints {
    facts: BTreeMap<Fact, Allowed>,
}

/// The values of one fact.
#[derive(Clone, Debug, PartialEq)]
enum Allowed {
    /// One of these texts.
    Texts(BTreeSet<Box<str>>),
    /// This truth value.
    Truth(Option<bool>),
    /// A whole number between these, both included.
    Range(i64, i64),
}

impl Constraints {
    /// What `expr` needs to be true.
    pub fn of(expr: &Expr) -> Self {
        let mut constraints = Self::default();
        constraints.take(expr, true);
        constraints
    }

    /// Whether no value of some fact would do.
    pub fn is_impossible(&self) -> bool {
        self.facts.values().any(Allowed::is_empty)
    }

    /// Whether both can never be true of one request.
    pub fn excludes(&self, other: &Self) -> bool {
        self.facts
            .iter()
            .any(|(fact, allowed)| other.facts.get(fact).is_some_and(|other| allowed.meet(other).is_empty()))
    }

    fn take(&mut self, expr: &Expr, wanted: bool) {
        match (&expr.kind, wanted) {
            (ExprKind::And(left, right), true) | (ExprKind::Or(left, right), false) => {
                self.take(left, wanted);
                self.take(right, wanted);
            }
            (ExprKind::Not(inner), _) => self.take(inner, !wanted),
            (ExprKind::Fact(fact), _) => self.narrow(fact, Allowed::Truth(Some(wanted))),
            (ExprKind::Call(function, operands), _) => self.take_call(*function, operands, wanted),
            _ => {}
        }
    }

    fn take_call(&mut self, function: Function, operands: &[Expr], wanted: bool) {
        let [left, right] = operands else { return };
        if let (ExprKind::Fact(fact), ExprKind::List(elements), Function::In, true) =
            (&left.kind, &right.kind, function, wanted)
        {
            let texts: Option<BTreeSet<Box<str>>> = elements.iter().map(text_of).collect();
            if let Some(texts) = texts {
                self.narrow(fact, Allowed::Texts(texts));
            }
            return;
        }
        let (fact, literal, function) = match (&left.kind, &right.kind) {
            (ExprKind::Fact(fact), ExprKind::Literal(literal)) => (fact, literal, function),
            (ExprKind::Literal(literal), ExprKind::Fact(fact)) => (fact, literal, mirrored(function)),
            _ => return,
        };
        match literal {
            Literal::String(text) if (function == Function::Equal) == wanted && is_equality(function) => {
                self.narrow(fact, Allowed::Texts(BTreeSet::from([text.clone()])));
            }
            Literal::Int(number) => {
                if let Some((low, high)) = range(function, *number, wanted) {
                    self.narrow(fact, Allowed::Range(low, high));
                }
            }
            _ => {}
        }
    }

    fn narrow(&mut self, fact: &Fact, allowed: Allowed) {
        match self.facts.get_mut(fact) {
            Some(known) => *known = known.meet(&allowed),
            None => {
                self.facts.insert(fact.clone(), allowed);
            }
        }
    }
}

impl Allowed {
    fn is_empty(&self) -> bool {
        match self {
            Self::Texts(texts) => texts.is_empty(),
            Self::Truth(truth) => truth.is_none(),
            Self::Range(low, high) => low > high,
        }
    }

    fn meet(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Texts(one), Self::Texts(other)) => Self::Texts(one.intersection(other).cloned().collect()),
            (Self::Truth(one), Self::Truth(other)) if one == other => Self::Truth(*one),
            (Self::Truth(_), Self::Truth(_)) => Self::Truth(None),
            (Self::Range(a, b), Self::Range(c, d)) => Self::Range(*a.max(c), *b.min(d)),
            // A fact has one type, so two kinds never meet; keeping one is right.
            (one, _) => one.clone(),
        }
    }
}

fn text_of(expr: &Expr) -> Option<Box<str>> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => Some(text.clone()),
        _ => None,
    }
}

fn is_equality(function: Function) -> bool {
    matches!(function, Function::Equal | Function::NotEqual)
}

/// The comparison with its sides changed.
fn mirrored(function: Function) -> Function {
    match function {
        Function::Less => Function::Greater,
        Function::LessEqual => Function::GreaterEqual,
        Function::Greater => Function::Less,
        Function::GreaterEqual => Function::LessEqual,
        other => other,
    }
}

/// The whole numbers for which `fact OP number` is `wanted`.
fn range(function: Function, number: i64, wanted: bool) -> Option<(i64, i64)> {
    let below = (i64::MIN, number.checked_sub(1)?);
    let above = (number.checked_add(1)?, i64::MAX);
    Some(match (function, wanted) {
        (Function::Equal, true) | (Function::NotEqual, false) => (number, number),
        (Function::Less, true) | (Function::GreaterEqual, false) => below,
        (Function::LessEqual, true) | (Function::Greater, false) => (i64::MIN, number),
        (Function::Greater, true) | (Function::LessEqual, false) => above,
        (Function::GreaterEqual, true) | (Function::Less, false) => (number, i64::MAX),
        _ => return None,
    })
}

/// Whether a denial by this condition can only be known when the answer is whole.
///
/// What an answer *has* (a finding, a tool call) is known when it comes, and
/// stays. What it lacks, how long it is and why it ended is known at the end.
pub fn needs_whole_answer(expr: &Expr) -> bool {
    !grows(expr, true)
}

/// Whether `expr` only ever turns from not-`wanted` to `wanted` while an answer comes in.
fn grows(expr: &Expr, wanted: bool) -> bool {
    if !reads(expr) {
        return true;
    }
    match &expr.kind {
        ExprKind::And(left, right) | ExprKind::Or(left, right) => grows(left, wanted) && grows(right, wanted),
        ExprKind::Not(inner) => grows(inner, !wanted),
        ExprKind::Fact(Fact::OutputHas(_)) => wanted,
        ExprKind::Comprehension(inner) => {
            let is_calls = matches!(inner.range.kind, ExprKind::Fact(Fact::OutputToolCalls));
            let is_plain = inner.condition.as_ref().is_none_or(|condition| !reads(condition));
            match inner.kind {
                super::ComprehensionKind::Exists => is_calls && is_plain && wanted,
                super::ComprehensionKind::All => is_calls && is_plain && !wanted,
                _ => false,
            }
        }
        ExprKind::Call(function, operands) => {
            let [left, right] = operands.as_slice() else { return false };
            let is_count = |expr: &Expr| match &expr.kind {
                ExprKind::Fact(Fact::OutputCount(_)) => true,
                ExprKind::Call(Function::Size, inner) => {
                    matches!(inner.first().map(|it| &it.kind), Some(ExprKind::Fact(Fact::OutputToolCalls)))
                }
                _ => false,
            };
            let function = match (is_count(left) && !reads(right), is_count(right) && !reads(left)) {
                (true, _) => *function,
                (_, true) => mirrored(*function),
                _ => return false,
            };
            match function {
                Function::Greater | Function::GreaterEqual => wanted,
                Function::Less | Function::LessEqual => !wanted,
                _ => false,
            }
        }
        _ => false,
    }
}

fn reads(expr: &Expr) -> bool {
    super::facts_read(expr).any(is_output)
}

fn is_output(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::OutputHas(_)
            | Fact::OutputCount(_)
            | Fact::OutputToolCalls
            | Fact::OutputTokens
            | Fact::OutputFinishReason
    )
}
