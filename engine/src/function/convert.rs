//! Conversions between types.

use crate::value::{EvalError, Outcome, Value};
use lang::condition::{parse_bool, time};
use std::borrow::Cow;

const NEVER: EvalError = EvalError::Conversion;
const MISMATCH: EvalError = EvalError::NoSuchOverload;

/// One past the largest `int`, exact as a double.
const INT_END: f64 = 9_223_372_036_854_775_808.0;

/// One past the largest `uint`, exact as a double.
const UINT_END: f64 = 18_446_744_073_709_551_616.0;

pub(super) fn to_bool<'a>(value: &Value<'a>) -> Outcome<'a> {
    match value {
        Value::Bool(value) => Ok(Value::Bool(*value)),
        Value::String(text) => parse_bool(text).map(Value::Bool).ok_or(NEVER),
        _ => Err(MISMATCH),
    }
}

pub(super) fn to_int<'a>(value: &Value<'a>) -> Outcome<'a> {
    let int = match value {
        Value::Int(value) => Some(*value),
        Value::Uint(value) => i64::try_from(*value).ok(),
        Value::Double(value) => double_to_int(*value),
        Value::String(text) => text.parse().ok(),
        Value::Timestamp(time) => Some(seconds(*time)),
        _ => return Err(MISMATCH),
    };
    int.map(Value::Int).ok_or(NEVER)
}

/// Whole seconds since 1970, rounded down also before it.
fn seconds(time: jiff::Timestamp) -> i64 {
    i64::try_from(time.as_nanosecond().div_euclid(1_000_000_000)).unwrap_or(i64::MAX)
}

/// Towards zero. Both ends are left out: which `int` a double that large means is anyone's guess.
fn double_to_int(value: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
    (-INT_END < value && value < INT_END).then_some(value as i64)
}

pub(super) fn to_uint<'a>(value: &Value<'a>) -> Outcome<'a> {
    let uint = match value {
        Value::Int(value) => u64::try_from(*value).ok(),
        Value::Uint(value) => Some(*value),
        Value::Double(value) => double_to_uint(*value),
        Value::String(text) => text.parse().ok(),
        _ => return Err(MISMATCH),
    };
    uint.map(Value::Uint).ok_or(NEVER)
}

fn double_to_uint(value: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked first")]
    (0.0..UINT_END).contains(&value).then_some(value as u64)
}

/// The whole number that a value of any number type is.
pub(super) fn whole(value: &Value<'_>) -> Option<i128> {
    match value {
        Value::Int(value) => Some(i128::from(*value)),
        Value::Uint(value) => Some(i128::from(*value)),
        Value::Double(value) if value.fract().abs() < f64::MIN_POSITIVE => {
            double_to_int(*value).map(i128::from)
        }
        _ => None,
    }
}

pub(super) fn to_double<'a>(value: &Value<'a>) -> Outcome<'a> {
    let double = match value {
        #[expect(clippy::cast_precision_loss, reason = "the nearest double is what CEL asks for")]
        Value::Int(value) => *value as f64,
        #[expect(clippy::cast_precision_loss, reason = "the nearest double is what CEL asks for")]
        Value::Uint(value) => *value as f64,
        Value::Double(value) => *value,
        Value::String(text) => parse_double(text).ok_or(NEVER)?,
        _ => return Err(MISMATCH),
    };
    Ok(Value::Double(double))
}

/// A number too large is an error, unless infinity is what the text says.
fn parse_double(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    let says_infinity = text.contains(['i', 'I']);
    (value.is_finite() || value.is_nan() || says_infinity).then_some(value)
}

pub(super) fn to_string<'a>(value: &Value<'a>) -> Outcome<'a> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        Value::Int(value) => Cow::Owned(value.to_string()),
        Value::Uint(value) => Cow::Owned(value.to_string()),
        Value::Double(value) => Cow::Owned(format_double(*value)),
        Value::Bytes(Cow::Borrowed(bytes)) => Cow::Borrowed(std::str::from_utf8(bytes).map_err(|_| NEVER)?),
        Value::Bytes(Cow::Owned(bytes)) => Cow::Owned(String::from_utf8(bytes.clone()).map_err(|_| NEVER)?),
        Value::Timestamp(value) => Cow::Owned(time::format_timestamp(*value)),
        Value::Duration(value) => Cow::Owned(time::format_duration(*value)),
        _ => return Err(MISMATCH),
    };
    Ok(Value::String(text))
}

/// The shortest decimal that reads back as the same double, never with an exponent.
fn format_double(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    value.to_string()
}

pub(super) fn to_bytes<'a>(value: &Value<'a>) -> Outcome<'a> {
    match value {
        Value::Bytes(bytes) => Ok(Value::Bytes(bytes.clone())),
        Value::String(Cow::Borrowed(text)) => Ok(Value::Bytes(Cow::Borrowed(text.as_bytes()))),
        Value::String(Cow::Owned(text)) => Ok(Value::Bytes(Cow::Owned(text.clone().into_bytes()))),
        _ => Err(MISMATCH),
    }
}

pub(super) fn to_timestamp<'a>(value: &Value<'a>) -> Outcome<'a> {
    let timestamp = match value {
        Value::Timestamp(value) => Some(*value),
        Value::String(text) => time::parse_timestamp(text),
        Value::Int(seconds) => time::timestamp_from_seconds(*seconds),
        _ => return Err(MISMATCH),
    };
    timestamp.map(Value::Timestamp).ok_or(NEVER)
}

pub(super) fn to_duration<'a>(value: &Value<'a>) -> Outcome<'a> {
    let duration = match value {
        Value::Duration(value) => Some(*value),
        Value::String(text) => time::parse_duration(text),
        _ => return Err(MISMATCH),
    };
    duration.map(Value::Duration).ok_or(NEVER)
}
