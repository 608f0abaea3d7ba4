//! Values that conditions compute with, and how a computation fails.
//!
//! What a value borrows lives as long as the facts and the program; memory is
//! taken only where a function makes something new.

use crate::decision::Candidate;
use crate::facts::FoundFact;
use jiff::{SignedDuration, Timestamp};
use lang::condition::{Function, Literal, TypeName};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

/// A value at run time.
///
/// `==` on values is Rust's, member for member; the equality of CEL is
/// [`equals`](Value::equals).
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i64),
    /// `uint`
    Uint(u64),
    /// `double`
    Double(f64),
    /// `string`
    String(Cow<'a, str>),
    /// `bytes`
    Bytes(Cow<'a, [u8]>),
    /// `timestamp`
    Timestamp(Timestamp),
    /// `duration`
    Duration(SignedDuration),
    /// `null`
    Null,
    /// `list`
    List(Arc<[Value<'a>]>),
    /// `map`: distinct keys, in the order in which they were written.
    Map(Arc<[(Value<'a>, Value<'a>)]>),
    /// A type.
    Type(TypeName),
    /// One of `input.findings`.
    Finding(FoundFact),
    /// One of `output.tool_calls`, by its tool.
    ToolCall(&'a str),
    /// One of `decision.routes`.
    Route(Candidate),
}

/// Why a condition has no answer. The decision denies.
///
/// Closed, so that a new way to fail stops every caller from compiling until
/// it is handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum EvalError {
    /// A map was asked for a key that it does not have.
    #[error("map has no such key")]
    MissingKey,
    /// A list was asked for an element that it does not have.
    #[error("index is outside the list")]
    IndexOutOfRange,
    /// A result does not fit its type.
    #[error("result does not fit its type")]
    Overflow,
    /// A division or remainder by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A value that the target type does not have.
    #[error("value cannot be converted")]
    Conversion,
    /// Operands whose types are known only now, and are wrong.
    #[error("no overload for these operands")]
    NoSuchOverload,
    /// A map was built with the same key twice.
    #[error("map has the same key twice")]
    DuplicateKey,
    /// The work of a decision has no end within its budget.
    #[error("budget is spent")]
    BudgetSpent,
    /// A promise of the compiler does not hold: a defect of ours.
    #[error("compiled condition is broken: {0}")]
    Broken(&'static str),
}

/// What a computation comes to.
pub type Outcome<'a> = Result<Value<'a>, EvalError>;

impl<'a> Value<'a> {
    /// A borrowed text.
    pub const fn text(text: &'a str) -> Self {
        Self::String(Cow::Borrowed(text))
    }

    /// A list of borrowed texts.
    pub fn texts<S: AsRef<str> + ?Sized + 'a>(texts: impl IntoIterator<Item = &'a S>) -> Self {
        Self::List(texts.into_iter().map(|text| Self::text(text.as_ref())).collect())
    }

    /// A count; what is beyond an `int` is its largest.
    pub fn count(count: u64) -> Self {
        Self::Int(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// The value of a constant.
    pub fn literal(literal: &'a Literal) -> Self {
        match literal {
            Literal::Bool(value) => Self::Bool(*value),
            Literal::Int(value) => Self::Int(*value),
            Literal::Uint(value) => Self::Uint(*value),
            Literal::Double(value) => Self::Double(*value),
            Literal::String(value) => Self::text(value),
            Literal::Bytes(value) => Self::Bytes(Cow::Borrowed(value)),
            Literal::Null => Self::Null,
            Literal::Timestamp(value) => Self::Timestamp(*value),
            Literal::Duration(value) => Self::Duration(*value),
            Literal::Type(value) => Self::Type(*value),
        }
    }

    /// The `bool` that it must be.
    ///
    /// # Errors
    ///
    /// [`EvalError::NoSuchOverload`] when it is something else.
    pub const fn as_bool(&self) -> Result<bool, EvalError> {
        if let Self::Bool(value) = self { Ok(*value) } else { Err(EvalError::NoSuchOverload) }
    }

    /// Its type, as far as CEL has a name for it.
    pub const fn type_name(&self) -> Option<TypeName> {
        match self {
            Self::Bool(_) => Some(TypeName::Bool),
            Self::Int(_) => Some(TypeName::Int),
            Self::Uint(_) => Some(TypeName::Uint),
            Self::Double(_) => Some(TypeName::Double),
            Self::String(_) => Some(TypeName::String),
            Self::Bytes(_) => Some(TypeName::Bytes),
            Self::Timestamp(_) => Some(TypeName::Timestamp),
            Self::Duration(_) => Some(TypeName::Duration),
            Self::Null => Some(TypeName::Null),
            Self::List(_) => Some(TypeName::List),
            Self::Map(_) => Some(TypeName::Map),
            Self::Type(_) => Some(TypeName::Type),
            Self::Finding(_) | Self::ToolCall(_) | Self::Route(_) => None,
        }
    }

    /// The equality of CEL: numbers by their value whatever their type, lists
    /// by element, maps by entry; values of unlike types are not equal.
    pub fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.equals(b))
            }
            (Self::Map(a), Self::Map(b)) => {
                a.len() == b.len()
                    && a.iter().all(|(key, value)| find_key(b, key).is_some_and(|found| found.equals(value)))
            }
            (Self::Null, Self::Null) => true,
            (Self::Type(a), Self::Type(b)) => a == b,
            (Self::Finding(a), Self::Finding(b)) => a == b,
            (Self::ToolCall(a), Self::ToolCall(b)) => a == b,
            (Self::Route(a), Self::Route(b)) => a == b,
            (a, b) => a.compare(b) == Some(Ordering::Equal),
        }
    }

    /// The order of CEL; `None` for types without one, unlike types, and NaN.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::String(a), Self::String(b)) => Some(a.cmp(b)),
            (Self::Bytes(a), Self::Bytes(b)) => Some(a.cmp(b)),
            (Self::Timestamp(a), Self::Timestamp(b)) => Some(a.cmp(b)),
            (Self::Duration(a), Self::Duration(b)) => Some(a.cmp(b)),
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Uint(a), Self::Uint(b)) => Some(a.cmp(b)),
            (Self::Int(a), Self::Uint(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
            (Self::Uint(a), Self::Int(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
            (Self::Double(a), Self::Double(b)) => a.partial_cmp(b),
            (Self::Int(a), Self::Double(b)) => compare_int(*a, *b),
            (Self::Uint(a), Self::Double(b)) => compare_uint(*a, *b),
            (Self::Double(a), Self::Int(b)) => compare_int(*b, *a).map(Ordering::reverse),
            (Self::Double(a), Self::Uint(b)) => compare_uint(*b, *a).map(Ordering::reverse),
            _ => None,
        }
    }
}

/// The value of a key; keys are equal across the number types.
pub(crate) fn find_key<'m, 'a>(
    entries: &'m [(Value<'a>, Value<'a>)],
    key: &Value<'a>,
) -> Option<&'m Value<'a>> {
    entries.iter().find(|(known, _)| known.equals(key)).map(|(_, value)| value)
}

/// One past the largest `int`, exact as a double.
const INT_END: f64 = 9_223_372_036_854_775_808.0;

/// One past the largest `uint`, exact as a double.
const UINT_END: f64 = 18_446_744_073_709_551_616.0;

/// An `int` against a double: a double beyond all of them decides by itself, within
/// the `int` is rounded to a double, as the specification's tests ask.
fn compare_int(int: i64, double: f64) -> Option<Ordering> {
    #[expect(clippy::cast_precision_loss, reason = "CEL compares the rounded value")]
    compare_rounded(int as f64, double, -INT_END, INT_END)
}

/// A `uint` against a double, as for an `int`.
fn compare_uint(uint: u64, double: f64) -> Option<Ordering> {
    #[expect(clippy::cast_precision_loss, reason = "CEL compares the rounded value")]
    compare_rounded(uint as f64, double, 0.0, UINT_END)
}

fn compare_rounded(rounded: f64, double: f64, least: f64, end: f64) -> Option<Ordering> {
    if double > end {
        Some(Ordering::Less)
    } else if double < least {
        Some(Ordering::Greater)
    } else {
        rounded.partial_cmp(&double)
    }
}

/// Whether a function is a comparison by order, and what it makes of one.
pub(crate) const fn decides(function: Function, ordering: Ordering) -> Option<bool> {
    match function {
        Function::Less => Some(ordering.is_lt()),
        Function::LessEqual => Some(ordering.is_le()),
        Function::Greater => Some(ordering.is_gt()),
        Function::GreaterEqual => Some(ordering.is_ge()),
        Function::Equal
        | Function::NotEqual
        | Function::Add
        | Function::Subtract
        | Function::Multiply
        | Function::Divide
        | Function::Modulo
        | Function::Negate
        | Function::In
        | Function::Index
        | Function::Size
        | Function::Contains
        | Function::StartsWith
        | Function::EndsWith
        | Function::ToBool
        | Function::ToInt
        | Function::ToUint
        | Function::ToDouble
        | Function::ToString
        | Function::ToBytes
        | Function::ToTimestamp
        | Function::ToDuration
        | Function::ToDyn
        | Function::TypeOf
        | Function::GetFullYear
        | Function::GetMonth
        | Function::GetDayOfYear
        | Function::GetDayOfMonth
        | Function::GetDate
        | Function::GetDayOfWeek
        | Function::GetHours
        | Function::GetMinutes
        | Function::GetSeconds
        | Function::GetMilliseconds => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lie_on_one_line() {
        use Value::{Double, Int, Uint};
        let rows = [
            (Int(1), Double(1.0), Some(Ordering::Equal)),
            (Int(1), Double(1.5), Some(Ordering::Less)),
            (Int(-1), Double(-1.5), Some(Ordering::Greater)),
            (Int(-1), Uint(0), Some(Ordering::Less)),
            (Uint(u64::MAX), Int(-1), Some(Ordering::Greater)),
            // Rounded first, as the specification's own tests have it.
            (Int(9_007_199_254_740_993), Double(9_007_199_254_740_992.0), Some(Ordering::Equal)),
            (Int(i64::MAX), Double(9_223_372_036_854_775_808.0), Some(Ordering::Equal)),
            (Int(i64::MAX), Double(9_223_372_036_854_777_856.0), Some(Ordering::Less)),
            (Uint(u64::MAX), Double(18_446_744_073_709_551_616.0), Some(Ordering::Equal)),
            (Uint(0), Double(-1e-9), Some(Ordering::Greater)),
            (Int(0), Double(f64::INFINITY), Some(Ordering::Less)),
            (Int(0), Double(f64::NEG_INFINITY), Some(Ordering::Greater)),
            (Int(0), Double(-0.0), Some(Ordering::Equal)),
            (Int(0), Double(f64::NAN), None),
            (Value::text("a"), Int(1), None),
        ];
        for (a, b, expected) in rows {
            assert_eq!(a.compare(&b), expected, "{a:?} {b:?}");
            assert_eq!(b.compare(&a), expected.map(Ordering::reverse), "{b:?} {a:?}");
        }
    }

    #[test]
    fn maps_are_equal_whatever_their_order() {
        let map = |entries: &[(i64, u64)]| {
            Value::Map(entries.iter().map(|&(key, value)| (Value::Int(key), Value::Uint(value))).collect())
        };
        assert!(map(&[(1, 2), (3, 4)]).equals(&map(&[(3, 4), (1, 2)])));
        assert!(!map(&[(1, 2)]).equals(&map(&[(1, 3)])));
        assert!(!map(&[(1, 2)]).equals(&map(&[(1, 2), (3, 4)])));
        let crossed = Value::Map([(Value::Uint(1), Value::Double(2.0))].into());
        assert!(map(&[(1, 2)]).equals(&crossed));
    }
}
