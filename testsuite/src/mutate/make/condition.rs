//! Conditions: comparisons, logic, numbers and texts, one at a time.

use super::Maker;
use crate::mutate::operator::Operator;
use lang::Span;
use lang::condition::{Expr, ExprKind, Function, Literal, Type};
use lang::syntax::Statement;
use std::ops::Range;

impl Maker<'_> {
    /// The condition of a `when`, as the checker read it.
    pub(super) fn condition(&mut self, statement: &Statement) {
        let model = self.model;
        let stands_here = |span: Span| {
            span.source == statement.span.source
                && statement.span.start <= span.start
                && span.end <= statement.span.end
        };
        if let Some(rule) = model.rules.iter().find(|rule| stands_here(rule.condition.span)) {
            self.node(statement, &rule.condition.expr, false);
        }
    }

    fn node(&mut self, of: &Statement, node: &Expr, is_negated: bool) {
        match &node.kind {
            ExprKind::Not(inner) => self.without_not(of, node, inner),
            ExprKind::And(left, right) => self.logic(of, node, (left, right), ("&&", "||")),
            ExprKind::Or(left, right) => self.logic(of, node, (left, right), ("||", "&&")),
            ExprKind::Call(function, operands) => {
                if let [left, right] = operands.as_slice()
                    && let Some((old, new, operator)) = flipped(*function)
                {
                    let between = left.span.range().end..right.span.range().start;
                    if let Some(place) = self.symbol(between, old) {
                        self.add(operator, of, place, new);
                    }
                } else {
                    self.negated(of, node, is_negated);
                }
            }
            ExprKind::Literal(literal) => self.literal(of, node, literal),
            ExprKind::Fact(_)
            | ExprKind::Variable(_)
            | ExprKind::List(_)
            | ExprKind::Map(_)
            | ExprKind::Conditional(..)
            | ExprKind::Matches(..)
            | ExprKind::Member(..)
            | ExprKind::HasKey(..)
            | ExprKind::Comprehension(_) => self.negated(of, node, is_negated),
        }
        let negates = matches!(node.kind, ExprKind::Not(_));
        for child in node.children() {
            self.node(of, child, negates);
        }
    }

    /// `!a` without its `!`.
    fn without_not(&mut self, of: &Statement, node: &Expr, inner: &Expr) {
        if let Some(place) = self.symbol(node.span.range().start..inner.span.range().start, "!") {
            self.add(Operator::Negate, of, place, "");
        }
    }

    /// A `bool` as its opposite.
    fn negated(&mut self, of: &Statement, node: &Expr, is_negated: bool) {
        if node.ty == Type::Bool && !is_negated {
            let old = self.slice(node.span);
            self.add(Operator::Negate, of, node.span.range(), &format!("!({old})"));
        }
    }

    /// The other operator; and each side alone.
    fn logic(
        &mut self,
        of: &Statement,
        node: &Expr,
        (left, right): (&Expr, &Expr),
        (old, new): (&str, &str),
    ) {
        let whole = node.span.range();
        let Some(place) = self.symbol(left.span.range().end..right.span.range().start, old) else { return };
        let text = self.text;
        let left = text.get(whole.start..place.start).unwrap_or_default().trim_end();
        let right = text.get(place.end..whole.end).unwrap_or_default().trim_start();
        self.add(Operator::DropOperand, of, whole.clone(), left);
        self.add(Operator::DropOperand, of, whole, right);
        self.add(Operator::SwapLogic, of, place, new);
    }

    fn literal(&mut self, of: &Statement, node: &Expr, literal: &Literal) {
        let (text, range) = (self.slice(node.span), node.span.range());
        if let Literal::Int(number) = literal {
            // What was folded from something else is not written as this number.
            if text.parse() == Ok(*number) {
                for new in [number.checked_sub(1), number.checked_add(1)].into_iter().flatten() {
                    self.add(Operator::OffByOne, of, range.clone(), &new.to_string());
                }
            }
        } else if let Literal::String(_) = literal
            && let Some(quote) = text.chars().last().filter(|last| matches!(last, '"' | '\''))
        {
            let end = range.end.saturating_sub(quote.len_utf8());
            self.add(Operator::ChangeText, of, end..end, "_");
        }
    }

    /// Where an operator stands in a stretch of text that else holds brackets, space and comments.
    fn symbol(&self, within: Range<usize>, symbol: &str) -> Option<Range<usize>> {
        let text = self.text.get(within.clone())?;
        let mut line_start = within.start;
        for line in text.split_inclusive('\n') {
            let code = line.split_once("//").map_or(line, |(code, _)| code);
            if let Some(at) = code.find(symbol) {
                let start = line_start.saturating_add(at);
                return Some(start..start.saturating_add(symbol.len()));
            }
            line_start = line_start.saturating_add(line.len());
        }
        None
    }
}

/// How a comparison is written, the one beside it, and what that change is called.
fn flipped(function: Function) -> Option<(&'static str, &'static str, Operator)> {
    let rows = [
        (Function::Equal, "==", "!=", Operator::Negate),
        (Function::NotEqual, "!=", "==", Operator::Negate),
        (Function::Less, "<", "<=", Operator::FlipComparison),
        (Function::LessEqual, "<=", "<", Operator::FlipComparison),
        (Function::Greater, ">", ">=", Operator::FlipComparison),
        (Function::GreaterEqual, ">=", ">", Operator::FlipComparison),
    ];
    let row = rows.into_iter().find(|(known, ..)| *known == function);
    row.map(|(_, old, new, operator)| (old, new, operator))
}
