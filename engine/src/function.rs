//! The functions of CEL over values, total: each answers with a value or an error.
//!
//! They follow the CEL specification. Where the `cel` crate, which tests
//! compare with, does otherwise, `docs/decisions/0002` says so.

mod arithmetic;
mod convert;
mod text;
mod time;

use crate::value::{EvalError, Outcome, Value, decides, find_key};
use lang::condition::Function;

pub use text::pattern;

/// Applies an operator or function; the receiver stands first.
///
/// # Errors
///
/// As the function fails; [`EvalError::NoSuchOverload`] for operands that it does not take.
pub fn apply<'a>(function: Function, args: &[Value<'a>]) -> Outcome<'a> {
    match (function, args) {
        (Function::Equal, [a, b]) => Ok(Value::Bool(a.equals(b))),
        (Function::NotEqual, [a, b]) => Ok(Value::Bool(!a.equals(b))),
        (Function::Less | Function::LessEqual | Function::Greater | Function::GreaterEqual, [a, b]) => {
            ordered(function, a, b)
        }
        (Function::Add, [a, b]) => arithmetic::add(a, b),
        (Function::Subtract, [a, b]) => arithmetic::subtract(a, b),
        (Function::Multiply, [a, b]) => arithmetic::multiply(a, b),
        (Function::Divide, [a, b]) => arithmetic::divide(a, b),
        (Function::Modulo, [a, b]) => arithmetic::modulo(a, b),
        (Function::Negate, [a]) => arithmetic::negate(a),
        (Function::In, [a, b]) => contained(a, b),
        (Function::Index, [a, b]) => index(a, b),
        (Function::Size, [a]) => size(a),
        (Function::Contains, [a, b]) => text::compare(a, b, |a, b| a.contains(b)),
        (Function::StartsWith, [a, b]) => text::compare(a, b, |a, b| a.starts_with(b)),
        (Function::EndsWith, [a, b]) => text::compare(a, b, |a, b| a.ends_with(b)),
        (Function::ToBool, [a]) => convert::to_bool(a),
        (Function::ToInt, [a]) => convert::to_int(a),
        (Function::ToUint, [a]) => convert::to_uint(a),
        (Function::ToDouble, [a]) => convert::to_double(a),
        (Function::ToString, [a]) => convert::to_string(a),
        (Function::ToBytes, [a]) => convert::to_bytes(a),
        (Function::ToTimestamp, [a]) => convert::to_timestamp(a),
        (Function::ToDuration, [a]) => convert::to_duration(a),
        (Function::ToDyn, [a]) => Ok(a.clone()),
        (Function::TypeOf, [a]) => a.type_name().map(Value::Type).ok_or(EvalError::NoSuchOverload),
        (
            Function::GetFullYear
            | Function::GetMonth
            | Function::GetDayOfYear
            | Function::GetDayOfMonth
            | Function::GetDate
            | Function::GetDayOfWeek
            | Function::GetHours
            | Function::GetMinutes
            | Function::GetSeconds
            | Function::GetMilliseconds,
            args,
        ) => time::accessor(function, args),
        (_, _) => Err(EvalError::Broken("a function has the wrong number of operands")),
    }
}

/// An order; NaN has none, so a comparison with it fails rather than deciding anything.
fn ordered<'a>(function: Function, a: &Value<'a>, b: &Value<'a>) -> Outcome<'a> {
    let holds = a.compare(b).and_then(|ordering| decides(function, ordering));
    holds.map(Value::Bool).ok_or(EvalError::NoSuchOverload)
}

fn contained<'a>(element: &Value<'a>, container: &Value<'a>) -> Outcome<'a> {
    match container {
        Value::List(elements) => Ok(Value::Bool(elements.iter().any(|known| known.equals(element)))),
        Value::Map(entries) => Ok(Value::Bool(find_key(entries, element).is_some())),
        _ => Err(EvalError::NoSuchOverload),
    }
}

fn index<'a>(container: &Value<'a>, key: &Value<'a>) -> Outcome<'a> {
    match container {
        Value::List(elements) => {
            // With `dyn` any number that is whole is an index.
            let at = convert::whole(key).ok_or(EvalError::NoSuchOverload)?;
            let at = usize::try_from(at).map_err(|_| EvalError::IndexOutOfRange)?;
            elements.get(at).cloned().ok_or(EvalError::IndexOutOfRange)
        }
        Value::Map(entries) => find_key(entries, key).cloned().ok_or(EvalError::MissingKey),
        _ => Err(EvalError::NoSuchOverload),
    }
}

fn size<'a>(value: &Value<'a>) -> Outcome<'a> {
    let size = match value {
        Value::String(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(elements) => elements.len(),
        Value::Map(entries) => entries.len(),
        _ => return Err(EvalError::NoSuchOverload),
    };
    Ok(Value::Int(i64::try_from(size).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests;
