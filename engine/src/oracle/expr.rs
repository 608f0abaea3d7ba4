//! Walks a condition over what it reads.

use crate::function::{apply, pattern};
use crate::value::{EvalError, Outcome, Value, find_key};
use lang::condition::{Comprehension, ComprehensionKind, Expr, ExprKind, Fact, Member, Type};
use std::borrow::Cow;

/// What a condition can read, wherever it comes from.
pub trait Read {
    /// The value of a fact.
    fn fact(&self, fact: &Fact) -> Value<'_>;

    /// A member of a finding, tool call or route; `None` when the value is none of them.
    fn member<'a>(&'a self, value: &Value<'a>, member: Member) -> Option<Value<'a>>;
}

/// What a condition comes to.
///
/// # Errors
///
/// As its operators and functions fail; `&&`, `||`, `all` and `exists` absorb
/// errors as CEL does.
pub fn evaluate<'a>(expr: &'a Expr, facts: &'a dyn Read) -> Outcome<'a> {
    Walk { facts, variables: Vec::new(), seen: None }.expr(expr)
}

/// The same of a condition; each part that is asked for a truth goes into `seen`, and the whole last.
pub(super) fn evaluate_seeing<'a>(
    condition: &'a Expr,
    facts: &'a dyn Read,
    seen: &mut Vec<(&'a Expr, bool)>,
) -> Result<bool, EvalError> {
    let mut walk = Walk { facts, variables: Vec::new(), seen: Some(Vec::new()) };
    let truth = walk.bool(condition);
    seen.extend(walk.seen.unwrap_or_default());
    truth
}

struct Walk<'a> {
    facts: &'a dyn Read,
    /// What each part came to, for whoever wants to know.
    seen: Option<Vec<(&'a Expr, bool)>>,
    /// The variables of the enclosing comprehensions, from the outermost.
    variables: Vec<Value<'a>>,
}

impl<'a> Walk<'a> {
    fn expr(&mut self, expr: &'a Expr) -> Outcome<'a> {
        match &expr.kind {
            ExprKind::Literal(literal) => Ok(Value::literal(literal)),
            ExprKind::Fact(fact) => Ok(self.facts.fact(fact)),
            ExprKind::Variable(number) => {
                let index = usize::try_from(*number).unwrap_or(usize::MAX);
                self.variables.get(index).cloned().ok_or(EvalError::Broken("a variable is not bound"))
            }
            ExprKind::List(elements) => {
                let elements: Result<Vec<_>, _> = elements.iter().map(|element| self.expr(element)).collect();
                Ok(Value::List(elements?.into()))
            }
            ExprKind::Map(entries) => self.map(entries),
            ExprKind::Not(inner) => Ok(Value::Bool(!self.bool(inner)?)),
            ExprKind::And(left, right) => self.decided_by(false, left, right),
            ExprKind::Or(left, right) => self.decided_by(true, left, right),
            ExprKind::Conditional(condition, then, otherwise) => {
                let chosen = if self.bool(condition)? { then } else { otherwise };
                if chosen.ty == Type::Bool { self.bool(chosen).map(Value::Bool) } else { self.expr(chosen) }
            }
            ExprKind::Call(function, operands) => {
                let operands: Result<Vec<_>, _> = operands.iter().map(|operand| self.expr(operand)).collect();
                apply(*function, &operands?)
            }
            ExprKind::Matches(text, regex) => match self.expr(text)? {
                Value::String(text) => Ok(Value::Bool(pattern(regex)?.is_match(text.as_bytes()))),
                _ => Err(EvalError::NoSuchOverload),
            },
            ExprKind::Member(operand, member) => {
                let operand = self.expr(operand)?;
                self.facts.member(&operand, *member).ok_or(EvalError::NoSuchOverload)
            }
            ExprKind::HasKey(map, key) => match self.expr(map)? {
                Value::Map(entries) => {
                    Ok(Value::Bool(find_key(&entries, &Value::String(Cow::Borrowed(key))).is_some()))
                }
                _ => Err(EvalError::NoSuchOverload),
            },
            ExprKind::Comprehension(comprehension) => self.comprehension(comprehension),
        }
    }

    fn bool(&mut self, expr: &'a Expr) -> Result<bool, EvalError> {
        let truth = self.expr(expr)?.as_bool()?;
        if let Some(seen) = &mut self.seen {
            seen.push((expr, truth));
        }
        Ok(truth)
    }

    fn map(&mut self, entries: &'a [(Expr, Expr)]) -> Outcome<'a> {
        let mut map: Vec<(Value<'a>, Value<'a>)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let (key, value) = (self.expr(key)?, self.expr(value)?);
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

    /// `&&` (decided by `false`) and `||` (decided by `true`): either side decides, whatever the other does.
    fn decided_by(&mut self, decisive: bool, left: &'a Expr, right: &'a Expr) -> Outcome<'a> {
        let left = self.bool(left);
        if left == Ok(decisive) {
            return Ok(Value::Bool(decisive));
        }
        if self.bool(right)? == decisive {
            return Ok(Value::Bool(decisive));
        }
        left.map(Value::Bool)
    }

    fn comprehension(&mut self, comprehension: &'a Comprehension) -> Outcome<'a> {
        let elements: Vec<Value<'a>> = match self.expr(&comprehension.range)? {
            Value::List(elements) => elements.to_vec(),
            Value::Map(entries) => entries.iter().map(|(key, _)| key.clone()).collect(),
            _ => return Err(EvalError::NoSuchOverload),
        };
        match comprehension.kind {
            ComprehensionKind::All => self.quantified(false, comprehension, elements),
            ComprehensionKind::Exists => self.quantified(true, comprehension, elements),
            ComprehensionKind::ExistsOne => {
                let mut count: usize = 0;
                for element in elements {
                    count = count.saturating_add(usize::from(self.holds(comprehension, element)?));
                }
                Ok(Value::Bool(count == 1))
            }
            ComprehensionKind::Filter | ComprehensionKind::Map => {
                let mut kept = Vec::new();
                for element in elements {
                    if self.holds(comprehension, element.clone())? {
                        kept.push(self.made(comprehension, element)?);
                    }
                }
                Ok(Value::List(kept.into()))
            }
        }
    }

    /// `all` (decided by `false`) and `exists` (decided by `true`).
    fn quantified(
        &mut self,
        decisive: bool,
        comprehension: &'a Comprehension,
        elements: Vec<Value<'a>>,
    ) -> Outcome<'a> {
        let mut failed = None;
        for element in elements {
            match self.holds(comprehension, element) {
                Ok(holds) if holds == decisive => return Ok(Value::Bool(decisive)),
                Ok(_) => {}
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(Value::Bool(!decisive)), Err)
    }

    /// Whether the condition holds for an element; it does where there is none.
    fn holds(&mut self, comprehension: &'a Comprehension, element: Value<'a>) -> Result<bool, EvalError> {
        match &comprehension.condition {
            Some(condition) => self.with(element, |walk| walk.bool(condition)),
            None => Ok(true),
        }
    }

    /// What `map` makes of an element; itself for `filter`.
    fn made(&mut self, comprehension: &'a Comprehension, element: Value<'a>) -> Outcome<'a> {
        match &comprehension.element {
            Some(made) => self.with(element, |walk| walk.expr(made)),
            None => Ok(element),
        }
    }

    fn with<T>(&mut self, element: Value<'a>, body: impl FnOnce(&mut Self) -> T) -> T {
        self.variables.push(element);
        let result = body(self);
        self.variables.pop();
        result
    }
}
