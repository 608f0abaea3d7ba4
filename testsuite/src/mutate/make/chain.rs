//! Chains: steps, endpoints, failures, patience.

use super::list::elements;
use super::number::tenfold;
use super::{Maker, inner};
use crate::mutate::operator::Operator;
use lang::syntax::{Statement, Token, TokenKind};

impl Maker<'_> {
    /// A chain.
    pub(super) fn chain(&mut self, statement: &Statement) {
        let from = self.made.len();
        let statements = inner(statement);
        let steps: Vec<&Statement> =
            statements.iter().copied().filter(|inner| matches!(self.head(inner), "try" | "then")).collect();
        for pair in steps.windows(2) {
            if let [one, two] = pair {
                self.swap(statement, one, two);
            }
        }
        if let [first, second, ..] = steps.as_slice() {
            // The step after the first is the first then.
            let range = first.span.head().to(second.head).range();
            self.add(Operator::DropStep, first, range, "try");
            for step in steps.iter().skip(1) {
                self.drop(Operator::DropStep, step);
            }
        }
        for step in steps {
            self.step(step);
        }
        for inner in statements {
            match self.head(inner) {
                "on" => {
                    let failures = elements(inner, 0);
                    if failures.len() > 1 {
                        self.drop_elements(Operator::DropFailure, inner, &failures);
                    }
                }
                "breaker" => self.drop(Operator::DropBreaker, inner),
                _ => {}
            }
        }
        self.name(from, statement);
    }

    /// What follows `try` and `then` changes places; the words themselves stay.
    fn swap(&mut self, chain: &Statement, one: &Statement, two: &Statement) {
        let after = |step: &Statement| step.head.range().end..step.span.range().end;
        let (first, second) = (after(one), after(two));
        let cut = |from: usize, to: usize| self.text.get(from..to).unwrap_or_default();
        let between = cut(first.end, second.start);
        let new = format!("{}{between}{}", cut(second.start, second.end), cut(first.start, first.end));
        let shown = Statement { span: one.span.to(two.span), ..chain.clone() };
        self.add(Operator::SwapSteps, &shown, first.start..second.end, &new);
    }

    fn step(&mut self, step: &Statement) {
        if let Some(at) = self.find(step, "at") {
            let endpoints = elements(step, at.saturating_add(1));
            if endpoints.len() > 1 {
                self.drop_elements(Operator::DropStep, step, &endpoints);
            }
            for pair in endpoints.windows(2) {
                if let [one, two] = pair {
                    let between = self.text.get(one.range().end..two.range().start).unwrap_or_default();
                    let new = format!("{}{between}{}", self.slice(*two), self.slice(*one));
                    self.add(Operator::SwapSteps, step, one.to(*two).range(), &new);
                }
            }
        }
        for word in ["timeout", "idle", "total"] {
            self.setting(step, word, Operator::ChangeTimeout, tenfold);
        }
        self.setting(step, "retry", Operator::ChangeRetry, |word| {
            let retries: u32 = word.parse().ok()?;
            Some(retries.checked_add(1)?.to_string())
        });
    }

    /// `timeout 20s` or the like: another value, and left out with one comma beside it.
    fn setting(
        &mut self,
        step: &Statement,
        word: &str,
        operator: Operator,
        larger: fn(&str) -> Option<String>,
    ) {
        let Some(at) = self.find(step, word) else { return };
        let token = |at: Option<usize>| at.and_then(|at| step.tokens.get(at));
        let (Some(name), Some(value)) = (token(Some(at)), token(at.checked_add(1))) else { return };
        self.with_number(operator, step, value.span, larger);
        let is_comma = |token: &&Token| token.kind == TokenKind::Comma;
        let before = token(at.checked_sub(1)).filter(is_comma);
        let after = token(at.checked_add(2)).filter(is_comma);
        let whole = match (before, after) {
            (Some(comma), _) => comma.span.to(value.span),
            (None, Some(comma)) => name.span.to(comma.span),
            (None, None) => name.span.to(value.span),
        };
        self.add(operator, step, whole.range(), "");
    }
}
