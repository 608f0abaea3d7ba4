//! The parts of timestamps and durations.

use crate::value::{EvalError, Outcome, Value};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use lang::condition::{Function, time};

/// An accessor over a time, perhaps in a zone.
pub(super) fn accessor<'a>(function: Function, args: &[Value<'a>]) -> Outcome<'a> {
    match args {
        [Value::Duration(duration)] => of_duration(function, *duration),
        [Value::Timestamp(timestamp)] => of_timestamp(function, *timestamp, TimeZone::UTC),
        [Value::Timestamp(timestamp), Value::String(zone)] => {
            // The checker has looked it up; a zone that is gone since is a defect of the build.
            let zone = time::parse_zone(zone).ok_or(EvalError::Broken("a time zone is unknown"))?;
            of_timestamp(function, *timestamp, zone)
        }
        _ => Err(EvalError::NoSuchOverload),
    }
}

/// A duration as a whole number of a unit; of `getMilliseconds` the part below a second.
fn of_duration<'a>(function: Function, duration: SignedDuration) -> Outcome<'a> {
    let value = match function {
        Function::GetHours => duration.as_hours(),
        Function::GetMinutes => duration.as_mins(),
        Function::GetSeconds => duration.as_secs(),
        Function::GetMilliseconds => i64::from(duration.subsec_millis()),
        _ => return Err(EvalError::NoSuchOverload),
    };
    Ok(Value::Int(value))
}

fn of_timestamp<'a>(function: Function, timestamp: Timestamp, zone: TimeZone) -> Outcome<'a> {
    let civil = timestamp.to_zoned(zone).datetime();
    let value = match function {
        Function::GetFullYear => i64::from(civil.year()),
        Function::GetMonth => i64::from(civil.month()).saturating_sub(1),
        Function::GetDayOfYear => i64::from(civil.day_of_year()).saturating_sub(1),
        Function::GetDayOfMonth => i64::from(civil.day()).saturating_sub(1),
        Function::GetDate => i64::from(civil.day()),
        Function::GetDayOfWeek => i64::from(civil.weekday().to_sunday_zero_offset()),
        Function::GetHours => i64::from(civil.hour()),
        Function::GetMinutes => i64::from(civil.minute()),
        Function::GetSeconds => i64::from(civil.second()),
        Function::GetMilliseconds => i64::from(civil.millisecond()),
        _ => return Err(EvalError::NoSuchOverload),
    };
    Ok(Value::Int(value))
}
