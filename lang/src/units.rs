//! Quantities with units: parse, print, compare.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::time::Duration;

/// A calendar span, as in `90d`, `12mo`, `7y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CalendarSpan {
    /// In days; a month counts 30 and a year 365, so that spans have one order.
    pub days: u32,
}

/// Millionths of a unit of money in one unit.
pub const MICROS: u64 = 1_000_000;

/// The digits of a whole number, underscores between them left out.
fn digits(text: &str) -> Option<u64> {
    let is_shaped = text.starts_with(|c: char| c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_digit())
        && !text.contains("__")
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    if !is_shaped {
        return None;
    }
    text.bytes()
        .filter(u8::is_ascii_digit)
        .try_fold(0u64, |sum, byte| sum.checked_mul(10)?.checked_add(u64::from(byte - b'0')))
}

/// A count such as `5_000`, `128k`, `2M`, `1B`.
///
/// # Examples
///
/// ```
/// # use lang::units::parse_count;
/// assert_eq!(parse_count("5_000"), Some(5_000));
/// assert_eq!(parse_count("2M"), Some(2_000_000));
/// assert_eq!(parse_count("k"), None);
/// assert_eq!(parse_count("99999999999999999999"), None);
/// ```
pub fn parse_count(text: &str) -> Option<u64> {
    let (number, factor) = match text.as_bytes().last()? {
        b'k' => (text.strip_suffix('k')?, 1_000),
        b'M' => (text.strip_suffix('M')?, 1_000_000),
        b'B' => (text.strip_suffix('B')?, 1_000_000_000),
        _ => (text, 1),
    };
    digits(number)?.checked_mul(factor)
}

/// An amount of money in millionths: `5_000`, `0.15`; at most six digits after the point.
///
/// # Examples
///
/// ```
/// # use lang::units::parse_money;
/// assert_eq!(parse_money("0.15"), Some(150_000));
/// assert_eq!(parse_money("2k"), Some(2_000_000_000));
/// assert_eq!(parse_money("0.1234567"), None);
/// ```
pub fn parse_money(text: &str) -> Option<u64> {
    let Some((whole, fraction)) = text.split_once('.') else {
        return parse_count(text)?.checked_mul(MICROS);
    };
    let is_short = !fraction.is_empty() && fraction.len() <= 6;
    if !is_short || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let scale = 10u64.checked_pow(u32::try_from(6 - fraction.len()).ok()?)?;
    let fraction = fraction.parse::<u64>().ok()?.checked_mul(scale)?;
    digits(whole)?.checked_mul(MICROS)?.checked_add(fraction)
}

/// A duration such as `250ms`, `30s`, `5m`, `24h`; a year at most.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at_checked(split)?;
    let number = digits(number)?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let duration = Duration::from_millis(number.checked_mul(millis)?);
    (duration <= Duration::from_hours(24 * 366)).then_some(duration)
}

/// A calendar span such as `90d`, `12mo`, `7y`; a thousand years at most.
pub fn parse_span(text: &str) -> Option<CalendarSpan> {
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at_checked(split)?;
    let factor = match unit {
        "d" => 1,
        "mo" => 30,
        "y" => 365,
        _ => return None,
    };
    let days = u32::try_from(digits(number)?.checked_mul(factor)?).ok()?;
    (days <= 365_000).then_some(CalendarSpan { days })
}

/// A date such as `2027-01-31`.
pub fn parse_date(text: &str) -> Option<Date> {
    let is_shaped = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_shaped { text.parse().ok() } else { None }
}

/// The instant at which a date has ended: 24:00 UTC.
///
/// The last date that can be written ends at the last instant that can be told.
pub fn end_of(date: Date) -> Timestamp {
    let next = date.tomorrow().ok().and_then(|next| next.to_zoned(TimeZone::UTC).ok());
    next.map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// A percentage such as `50%`, of 100 at most.
pub fn parse_percent(text: &str) -> Option<u8> {
    let number = u8::try_from(digits(text.strip_suffix('%')?)?).ok()?;
    (number <= 100).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_one_unit() {
        assert_eq!(parse_duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(parse_duration("24h"), Some(Duration::from_hours(24)));
        for wrong in ["", "5", "s", "5 s", "5d", "1h30m", "-5s", "9999999h"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn spans_count_months_as_thirty_days() {
        assert_eq!(parse_span("7y"), Some(CalendarSpan { days: 2_555 }));
        assert_eq!(parse_span("12mo"), Some(CalendarSpan { days: 360 }));
        assert_eq!(parse_span("9m"), None);
    }

    #[test]
    fn a_date_ends_at_midnight_utc() {
        let date = parse_date("2027-01-31").expect("a date");
        assert_eq!(end_of(date).to_string(), "2027-02-01T00:00:00Z");
        assert_eq!(end_of(Date::MAX), Timestamp::MAX);
        assert_eq!(parse_date("2027-02-30"), None);
    }

    #[test]
    fn percentages_stop_at_a_hundred() {
        assert_eq!(parse_percent("100%"), Some(100));
        assert_eq!(parse_percent("101%"), None);
    }
}
