//! What can be said of a condition before any request: conversions of literals, constant answers.
//!
//! This is not an evaluator. It folds what people write by mistake; what it
//! leaves open, the proof engine decides.

use super::{Expr, ExprKind, Fact, Function, Literal, time};
use std::cmp::Ordering;

/// What a conversion makes of a literal.
#[derive(Debug)]
pub(super) enum Converted {
    /// A timestamp or a duration, kept as a literal.
    Time(Literal),
    /// A value that is converted at run time.
    Later,
    /// Nothing, ever; with what to write instead.
    Never(&'static str),
}

/// Converts a literal to a time, or says that a conversion can never succeed.
pub(super) fn convert(function: Function, literal: &Literal) -> Converted {
    let never = |fits: bool, help| if fits { Converted::Later } else { Converted::Never(help) };
    match (function, literal) {
        (Function::ToTimestamp, Literal::String(text)) => match time::parse_timestamp(text) {
            Some(timestamp) => Converted::Time(Literal::Timestamp(timestamp)),
            None => Converted::Never("write it as in `\"2027-01-31T00:00:00Z\"`"),
        },
        (Function::ToTimestamp, Literal::Int(seconds)) => match time::timestamp_from_seconds(*seconds) {
            Some(timestamp) => Converted::Time(Literal::Timestamp(timestamp)),
            None => Converted::Never("a timestamp lies between the years 1 and 9999"),
        },
        (Function::ToDuration, Literal::String(text)) => match time::parse_duration(text) {
            Some(duration) => Converted::Time(Literal::Duration(duration)),
            None => Converted::Never("write it as in `\"1h30m\"`; the units are h, m, s, ms, us and ns"),
        },
        (Function::ToInt, Literal::String(text)) => {
            never(text.parse::<i64>().is_ok(), "write a whole number")
        }
        (Function::ToUint, Literal::String(text)) => {
            never(text.parse::<u64>().is_ok(), "write a whole number that is not negative")
        }
        (Function::ToUint, Literal::Int(value)) => never(*value >= 0, "a `uint` is not negative"),
        (Function::ToInt, Literal::Uint(value)) => never(i64::try_from(*value).is_ok(), "it is too large"),
        (Function::ToBool, Literal::String(text)) => {
            never(parse_bool(text).is_some(), "write `\"true\"` or `\"false\"`")
        }
        (_, _) => Converted::Later,
    }
}

/// The texts that `bool(…)` reads.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// The answer of a condition, when no request can change it.
pub(super) fn constant(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Literal(Literal::Bool(value)) => Some(*value),
        ExprKind::Not(inner) => constant(inner).map(|value| !value),
        // One side decides, also when the other fails.
        ExprKind::And(left, right) => match (constant(left), constant(right)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), other) | (other, Some(true)) => other,
            (None, None) => None,
        },
        ExprKind::Or(left, right) => match (constant(left), constant(right)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), other) | (other, Some(false)) => other,
            (None, None) => None,
        },
        ExprKind::Conditional(condition, then, otherwise) => match constant(condition) {
            Some(true) => constant(then),
            Some(false) => constant(otherwise),
            None => None,
        },
        ExprKind::Call(function, operands) => match operands.as_slice() {
            [left, right] => compare(*function, left, right),
            _ => None,
        },
        ExprKind::Fact(_)
        | ExprKind::Literal(_)
        | ExprKind::Variable(_)
        | ExprKind::List(_)
        | ExprKind::Map(_)
        | ExprKind::Matches(..)
        | ExprKind::Member(..)
        | ExprKind::HasKey(..)
        | ExprKind::Comprehension(_) => None,
    }
}

/// A comparison whose answer does not depend on the request.
fn compare(function: Function, left: &Expr, right: &Expr) -> Option<bool> {
    match (&left.kind, &right.kind) {
        (ExprKind::Literal(a), ExprKind::Literal(b)) => {
            let ordering = order(a, b)?;
            match function {
                Function::Equal => Some(ordering.is_eq()),
                Function::NotEqual => Some(ordering.is_ne()),
                Function::Less => Some(ordering.is_lt()),
                Function::LessEqual => Some(ordering.is_le()),
                Function::Greater => Some(ordering.is_gt()),
                Function::GreaterEqual => Some(ordering.is_ge()),
                _ => None,
            }
        }
        (_, ExprKind::List(elements)) if function == Function::In && elements.is_empty() => Some(false),
        (ExprKind::Fact(fact), ExprKind::Literal(literal)) if is_count(fact) => {
            count_against(function, literal)
        }
        (ExprKind::Literal(literal), ExprKind::Fact(fact)) if is_count(fact) => {
            count_against(mirrored(function)?, literal)
        }
        // What can be read has no error, and equals itself.
        (ExprKind::Fact(a), ExprKind::Fact(b)) if a == b => match function {
            Function::Equal | Function::LessEqual | Function::GreaterEqual => Some(true),
            Function::NotEqual | Function::Less | Function::Greater => Some(false),
            _ => None,
        },
        (_, _) => None,
    }
}

fn order(left: &Literal, right: &Literal) -> Option<Ordering> {
    match (left, right) {
        (Literal::Bool(a), Literal::Bool(b)) => Some(a.cmp(b)),
        (Literal::Int(a), Literal::Int(b)) => Some(a.cmp(b)),
        (Literal::Uint(a), Literal::Uint(b)) => Some(a.cmp(b)),
        (Literal::Double(a), Literal::Double(b)) => a.partial_cmp(b),
        (Literal::String(a), Literal::String(b)) => Some(a.cmp(b)),
        (Literal::Timestamp(a), Literal::Timestamp(b)) => Some(a.cmp(b)),
        (Literal::Duration(a), Literal::Duration(b)) => Some(a.cmp(b)),
        (_, _) => None,
    }
}

/// Whether a fact is an `int` that is never negative.
const fn is_count(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::RequestTokens
            | Fact::RequestMaxTokens
            | Fact::RequestBytes
            | Fact::InputCount(_)
            | Fact::OutputCount(_)
            | Fact::OutputTokens
            | Fact::UsageRequests(_)
            | Fact::UsageTokens(_)
            | Fact::UsageSpend(_)
    )
}

/// A count compared with a literal that lies at or below zero.
fn count_against(function: Function, literal: &Literal) -> Option<bool> {
    let Literal::Int(value) = literal else { return None };
    match function {
        Function::GreaterEqual if *value <= 0 => Some(true),
        Function::Greater | Function::NotEqual if *value < 0 => Some(true),
        Function::Less if *value <= 0 => Some(false),
        Function::LessEqual | Function::Equal if *value < 0 => Some(false),
        _ => None,
    }
}

/// The comparison with its sides swapped.
const fn mirrored(function: Function) -> Option<Function> {
    match function {
        Function::Less => Some(Function::Greater),
        Function::LessEqual => Some(Function::GreaterEqual),
        Function::Greater => Some(Function::Less),
        Function::GreaterEqual => Some(Function::LessEqual),
        Function::Equal | Function::NotEqual => Some(function),
        _ => None,
    }
}
