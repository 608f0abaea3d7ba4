//! Arithmetic: checked, on operands of one type, and on times.

use crate::value::{EvalError, Outcome, Value};
use jiff::{SignedDuration, Timestamp};
use lang::condition::time::{duration_in_range, in_range};
use std::borrow::Cow;

const MISMATCH: EvalError = EvalError::NoSuchOverload;

pub(super) fn add<'a>(a: &Value<'a>, b: &Value<'a>) -> Outcome<'a> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => int(a.checked_add(*b)),
        (Value::Uint(a), Value::Uint(b)) => uint(a.checked_add(*b)),
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a + b)),
        (Value::String(a), Value::String(b)) => {
            let mut joined = String::with_capacity(a.len().saturating_add(b.len()));
            joined.push_str(a);
            joined.push_str(b);
            Ok(Value::String(Cow::Owned(joined)))
        }
        (Value::Bytes(a), Value::Bytes(b)) => Ok(Value::Bytes(Cow::Owned([&**a, &**b].concat()))),
        (Value::List(a), Value::List(b)) => Ok(Value::List(a.iter().chain(b.iter()).cloned().collect())),
        (Value::Timestamp(time), Value::Duration(span)) | (Value::Duration(span), Value::Timestamp(time)) => {
            timestamp(time.checked_add(*span).ok())
        }
        (Value::Duration(a), Value::Duration(b)) => duration(a.checked_add(*b)),
        _ => Err(MISMATCH),
    }
}

pub(super) fn subtract<'a>(a: &Value<'a>, b: &Value<'a>) -> Outcome<'a> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => int(a.checked_sub(*b)),
        (Value::Uint(a), Value::Uint(b)) => uint(a.checked_sub(*b)),
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a - b)),
        (Value::Timestamp(a), Value::Timestamp(b)) => duration(Some(a.duration_since(*b))),
        (Value::Timestamp(time), Value::Duration(span)) => timestamp(time.checked_sub(*span).ok()),
        (Value::Duration(a), Value::Duration(b)) => duration(a.checked_sub(*b)),
        _ => Err(MISMATCH),
    }
}

pub(super) fn multiply<'a>(a: &Value<'a>, b: &Value<'a>) -> Outcome<'a> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => int(a.checked_mul(*b)),
        (Value::Uint(a), Value::Uint(b)) => uint(a.checked_mul(*b)),
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a * b)),
        _ => Err(MISMATCH),
    }
}

pub(super) fn divide<'a>(a: &Value<'a>, b: &Value<'a>) -> Outcome<'a> {
    match (a, b) {
        (Value::Int(_), Value::Int(0)) | (Value::Uint(_), Value::Uint(0)) => Err(EvalError::DivisionByZero),
        (Value::Int(a), Value::Int(b)) => int(a.checked_div(*b)),
        (Value::Uint(a), Value::Uint(b)) => uint(a.checked_div(*b)),
        // IEEE 754: infinite, or not a number.
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a / b)),
        _ => Err(MISMATCH),
    }
}

pub(super) fn modulo<'a>(a: &Value<'a>, b: &Value<'a>) -> Outcome<'a> {
    match (a, b) {
        (Value::Int(_), Value::Int(0)) | (Value::Uint(_), Value::Uint(0)) => Err(EvalError::DivisionByZero),
        (Value::Int(a), Value::Int(b)) => int(a.checked_rem(*b)),
        (Value::Uint(a), Value::Uint(b)) => uint(a.checked_rem(*b)),
        _ => Err(MISMATCH),
    }
}

pub(super) fn negate<'a>(a: &Value<'a>) -> Outcome<'a> {
    match a {
        Value::Int(a) => int(a.checked_neg()),
        Value::Double(a) => Ok(Value::Double(-a)),
        _ => Err(MISMATCH),
    }
}

fn int<'a>(result: Option<i64>) -> Outcome<'a> {
    result.map(Value::Int).ok_or(EvalError::Overflow)
}

fn uint<'a>(result: Option<u64>) -> Outcome<'a> {
    result.map(Value::Uint).ok_or(EvalError::Overflow)
}

fn timestamp<'a>(result: Option<Timestamp>) -> Outcome<'a> {
    result.and_then(in_range).map(Value::Timestamp).ok_or(EvalError::Overflow)
}

fn duration<'a>(result: Option<SignedDuration>) -> Outcome<'a> {
    result.and_then(duration_in_range).map(Value::Duration).ok_or(EvalError::Overflow)
}
