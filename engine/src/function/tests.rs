//! Corner cases of the functions, one a row.

use super::*;
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;

use Function as F;

fn text(text: &'static str) -> Value<'static> {
    Value::text(text)
}

fn time(text: &str) -> Value<'static> {
    Value::Timestamp(text.parse().unwrap())
}

fn span(seconds: i64, nanoseconds: i32) -> Value<'static> {
    Value::Duration(SignedDuration::new(seconds, nanoseconds))
}

fn list(elements: &[Value<'static>]) -> Value<'static> {
    Value::List(elements.into())
}

type Row = (F, Vec<Value<'static>>, Outcome<'static>);

fn agree(rows: Vec<Row>) {
    for (function, args, expected) in rows {
        assert_eq!(apply(function, &args), expected, "{function:?} {args:?}");
    }
}

#[test]
fn arithmetic_is_checked() {
    use EvalError::{DivisionByZero, NoSuchOverload, Overflow};
    use Value::{Double, Int, Uint};
    agree(vec![
        (F::Add, vec![Int(i64::MAX), Int(1)], Err(Overflow)),
        (F::Add, vec![Int(1), Uint(1)], Err(NoSuchOverload)),
        (F::Subtract, vec![Uint(0), Uint(1)], Err(Overflow)),
        (F::Multiply, vec![Int(i64::MIN), Int(-1)], Err(Overflow)),
        (F::Divide, vec![Int(i64::MIN), Int(-1)], Err(Overflow)),
        (F::Divide, vec![Int(-7), Int(2)], Ok(Int(-3))),
        (F::Divide, vec![Int(1), Int(0)], Err(DivisionByZero)),
        (F::Divide, vec![Double(1.0), Double(0.0)], Ok(Double(f64::INFINITY))),
        (F::Modulo, vec![Int(-7), Int(2)], Ok(Int(-1))),
        (F::Modulo, vec![Uint(7), Uint(0)], Err(DivisionByZero)),
        (F::Modulo, vec![Int(i64::MIN), Int(-1)], Err(Overflow)),
        (F::Negate, vec![Int(i64::MIN)], Err(Overflow)),
        (F::Add, vec![text("é"), text("b")], Ok(text("éb"))),
        (F::Add, vec![list(&[Int(1)]), list(&[text("a")])], Ok(list(&[Int(1), text("a")]))),
        (F::Add, vec![span(1, 0), time("2026-01-01T00:00:00Z")], Ok(time("2026-01-01T00:00:01Z"))),
        (F::Subtract, vec![time("2026-01-02T00:00:00Z"), time("2026-01-01T00:00:00Z")], Ok(span(86_400, 0))),
        (F::Subtract, vec![time("0001-01-01T00:00:00Z"), span(1, 0)], Err(Overflow)),
        (F::Add, vec![span(9_223_372_036, 854_775_807), span(0, 1)], Err(Overflow)),
        (F::Subtract, vec![time("9999-12-30T00:00:00Z"), time("0001-01-01T00:00:00Z")], Err(Overflow)),
    ]);
}

#[test]
fn comparisons_and_containers() {
    use EvalError::{IndexOutOfRange, MissingKey, NoSuchOverload};
    use Value::{Bool, Double, Int, Null, Uint};
    let map = || Value::Map([(Int(1), text("a")), (text("k"), Null)].into());
    agree(vec![
        (F::Equal, vec![Int(1), Double(1.0)], Ok(Bool(true))),
        (F::Equal, vec![Double(f64::NAN), Double(f64::NAN)], Ok(Bool(false))),
        (F::NotEqual, vec![Double(f64::NAN), Double(f64::NAN)], Ok(Bool(true))),
        (F::Less, vec![Double(f64::NAN), Int(1)], Err(NoSuchOverload)),
        (F::Equal, vec![text("1"), Int(1)], Ok(Bool(false))),
        (F::Less, vec![text("1"), Int(1)], Err(NoSuchOverload)),
        (F::Less, vec![Null, Null], Err(NoSuchOverload)),
        (F::Less, vec![Bool(false), Bool(true)], Ok(Bool(true))),
        (F::Less, vec![text("Z"), text("a")], Ok(Bool(true))),
        (F::In, vec![Uint(1), list(&[Int(1)])], Ok(Bool(true))),
        (F::In, vec![Double(1.0), map()], Ok(Bool(true))),
        (F::In, vec![Int(2), map()], Ok(Bool(false))),
        (F::In, vec![Int(2), Int(2)], Err(NoSuchOverload)),
        (F::Index, vec![list(&[Int(7)]), Double(0.0)], Ok(Int(7))),
        (F::Index, vec![list(&[Int(7)]), Double(0.5)], Err(NoSuchOverload)),
        (F::Index, vec![list(&[Int(7)]), Int(-1)], Err(IndexOutOfRange)),
        (F::Index, vec![map(), Uint(1)], Ok(text("a"))),
        (F::Index, vec![map(), text("x")], Err(MissingKey)),
        (F::Size, vec![text("πέντε")], Ok(Int(5))),
        (F::Size, vec![Value::Bytes(Cow::Borrowed("πέντε".as_bytes()))], Ok(Int(10))),
        (F::Size, vec![map()], Ok(Int(2))),
        (F::Contains, vec![text("abc"), text("")], Ok(Bool(true))),
        (F::StartsWith, vec![text("abc"), Int(1)], Err(NoSuchOverload)),
    ]);
}

#[test]
fn conversions() {
    use EvalError::Conversion;
    use Value::{Bool, Bytes, Double, Int, Uint};
    agree(vec![
        (F::ToInt, vec![Double(-1.9)], Ok(Int(-1))),
        (F::ToInt, vec![Double(9_223_372_036_854_775_808.0)], Err(Conversion)),
        (F::ToInt, vec![Double(-9_223_372_036_854_775_808.0)], Err(Conversion)),
        (F::ToInt, vec![Double(f64::NAN)], Err(Conversion)),
        (F::ToInt, vec![Uint(u64::MAX)], Err(Conversion)),
        (F::ToInt, vec![text("-12")], Ok(Int(-12))),
        (F::ToInt, vec![text("1.5")], Err(Conversion)),
        (F::ToInt, vec![time("1969-12-31T23:59:59.5Z")], Ok(Int(-1))),
        (F::ToUint, vec![Double(1.9)], Ok(Uint(1))),
        (F::ToUint, vec![Double(-0.5)], Err(Conversion)),
        (F::ToUint, vec![Int(-1)], Err(Conversion)),
        (F::ToUint, vec![Double(18_446_744_073_709_551_616.0)], Err(Conversion)),
        (F::ToDouble, vec![text("1e400")], Err(Conversion)),
        (F::ToDouble, vec![text("-inf")], Ok(Double(f64::NEG_INFINITY))),
        (F::ToBool, vec![text("T")], Ok(Bool(true))),
        (F::ToBool, vec![text("yes")], Err(Conversion)),
        (F::ToString, vec![Double(1_000_000.0)], Ok(text("1000000"))),
        (F::ToString, vec![Double(-0.0045)], Ok(text("-0.0045"))),
        (F::ToString, vec![Double(f64::INFINITY)], Ok(text("+Inf"))),
        (F::ToString, vec![Bytes(Cow::Borrowed(b"\xff"))], Err(Conversion)),
        (F::ToString, vec![span(-1, -500_000_000)], Ok(text("-1.5s"))),
        (F::ToTimestamp, vec![Int(0)], Ok(Value::Timestamp(Timestamp::UNIX_EPOCH))),
        (F::ToTimestamp, vec![Int(i64::MAX)], Err(Conversion)),
        (F::ToDuration, vec![text("1h1ns")], Ok(span(3600, 1))),
        (F::TypeOf, vec![Uint(1)], Ok(Value::Type(lang::condition::TypeName::Uint))),
    ]);
}

#[test]
fn parts_of_times() {
    use Value::Int;
    let instant = || time("2009-02-13T23:31:30.123Z");
    agree(vec![
        (F::GetFullYear, vec![instant()], Ok(Int(2009))),
        (F::GetMonth, vec![instant()], Ok(Int(1))),
        (F::GetDayOfYear, vec![instant()], Ok(Int(43))),
        (F::GetDayOfMonth, vec![instant()], Ok(Int(12))),
        (F::GetDate, vec![instant()], Ok(Int(13))),
        (F::GetDate, vec![instant(), text("Australia/Sydney")], Ok(Int(14))),
        (F::GetDayOfWeek, vec![instant()], Ok(Int(5))),
        (F::GetHours, vec![instant(), text("02:00")], Ok(Int(1))),
        (F::GetMinutes, vec![instant(), text("Asia/Kathmandu")], Ok(Int(16))),
        (F::GetMinutes, vec![instant(), text("-02:30")], Ok(Int(1))),
        (F::GetMilliseconds, vec![instant()], Ok(Int(123))),
        (F::GetHours, vec![span(10_000, 0)], Ok(Int(2))),
        (F::GetMinutes, vec![span(-90, 0)], Ok(Int(-1))),
        (F::GetMilliseconds, vec![span(123, 321_456_789)], Ok(Int(321))),
        (F::GetFullYear, vec![span(1, 0)], Err(EvalError::NoSuchOverload)),
    ]);
}

#[test]
fn patterns_are_those_of_re2() {
    let rows = [
        (r"^\d+$", "123", true),
        (r"^\d+$", "١٢٣", false),
        (r"\bcat\b", "écaté", true),
        (r"\bcat\b", "a cat.", true),
        ("(?i)É", "é", true),
        ("^.$", "é", true),
        (r"\Bt\b", "cat", true),
    ];
    for (pattern_text, subject, expected) in rows {
        let found = pattern(pattern_text).map(|pattern| pattern.is_match(subject.as_bytes()));
        assert_eq!(found, Ok(expected), "{pattern_text} on {subject}");
    }
}
