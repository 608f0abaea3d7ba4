//! Timestamps, durations and time zones as CEL writes them.
//!
//! Literals are checked here at compile time and strings converted here at
//! run time, so both read and print the same forms.

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// The first instant of CEL: `0001-01-01T00:00:00Z`, in seconds.
const TIMESTAMP_SECONDS_MIN: i64 = -62_135_596_800;

/// The same instant when CEL has it: from year 1 on.
///
/// The other end is where [`Timestamp`] ends, 26 hours before that of CEL, so
/// that an instant has a civil date in every time zone.
pub fn in_range(timestamp: Timestamp) -> Option<Timestamp> {
    let first = i128::from(TIMESTAMP_SECONDS_MIN) * 1_000_000_000;
    (timestamp.as_nanosecond() >= first).then_some(timestamp)
}

/// The same duration when CEL has it: what 64 bits of nanoseconds hold, 292 years either way.
pub fn duration_in_range(duration: SignedDuration) -> Option<SignedDuration> {
    i64::try_from(duration.as_nanos()).is_ok().then_some(duration)
}

/// The instant that many seconds after 1970, when CEL has it.
pub fn timestamp_from_seconds(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok().and_then(in_range)
}

/// Reads an RFC 3339 date and time, as in `2027-01-31T00:00:00Z`.
///
/// # Examples
///
/// ```
/// # use lang::condition::time::parse_timestamp;
/// assert!(parse_timestamp("2027-01-31T00:00:00.5+01:00").is_some());
/// assert!(parse_timestamp("2027-01-31").is_none());
/// assert!(parse_timestamp("2027-01-31 00:00:00Z").is_none());
/// ```
pub fn parse_timestamp(text: &str) -> Option<Timestamp> {
    // jiff reads more forms than RFC 3339; the shape is checked first.
    let bytes = text.as_bytes();
    let shape = b"dddd-dd-ddTdd:dd:dd";
    let (head, tail) = bytes.split_at_checked(shape.len())?;
    let fits = |(byte, shape): (&u8, &u8)| match shape {
        b'd' => byte.is_ascii_digit(),
        b'T' => byte.eq_ignore_ascii_case(&b'T'),
        other => byte == other,
    };
    if !head.iter().zip(shape).all(fits) {
        return None;
    }
    let zone = match tail.split_first() {
        Some((b'.', rest)) => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return None;
            }
            rest.get(digits..)?
        }
        Some(_) => tail,
        None => return None,
    };
    let is_zone = match zone {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => [h1, h2, m1, m2].iter().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    // A 60th second would be moved to the 59th by jiff; CEL has no leap seconds.
    if !is_zone || text.get(17..19) == Some("60") {
        return None;
    }
    text.to_ascii_uppercase().parse().ok().and_then(in_range)
}

/// Writes an instant as RFC 3339 in UTC, with as many fractional digits as it needs.
pub fn format_timestamp(timestamp: Timestamp) -> String {
    timestamp.to_string()
}

/// Reads a duration: decimal numbers, each with `h`, `m`, `s`, `ms`, `us` or `ns`, and one sign before all.
///
/// # Examples
///
/// ```
/// # use lang::condition::time::parse_duration;
/// # use jiff::SignedDuration;
/// assert_eq!(parse_duration("-1h1.5s"), Some(SignedDuration::new(-3601, -500_000_000)));
/// assert_eq!(parse_duration("0"), Some(SignedDuration::ZERO));
/// assert_eq!(parse_duration("1d"), None);
/// ```
pub fn parse_duration(text: &str) -> Option<SignedDuration> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    let mut nanoseconds: i128 = 0;
    while !rest.is_empty() {
        let (part, after) = take_component(rest)?;
        nanoseconds = nanoseconds.checked_add(part)?;
        rest = after;
    }
    let signed = if negative { -nanoseconds } else { nanoseconds };
    duration_from_nanoseconds(signed)
}

/// The duration of so many nanoseconds, when CEL has it.
pub fn duration_from_nanoseconds(nanoseconds: i128) -> Option<SignedDuration> {
    let seconds = i64::try_from(nanoseconds / 1_000_000_000).ok()?;
    let rest = i32::try_from(nanoseconds % 1_000_000_000).ok()?;
    duration_in_range(SignedDuration::new(seconds, rest))
}

/// One number with its unit, in nanoseconds, and what follows it.
fn take_component(text: &str) -> Option<(i128, &str)> {
    let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, rest) = text.split_at_checked(number_end)?;
    let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
    let (unit, after) = rest.split_at_checked(unit_end)?;
    let scale: i128 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    // Digits past the eighteenth are below a nanosecond of any unit.
    let (mut part, mut weight) = (0_i128, 1_i128);
    for digit in fraction.bytes().take(18) {
        part = part * 10 + i128::from(digit - b'0');
        weight *= 10;
    }
    Some((whole.checked_mul(scale)?.checked_add(part * scale / weight)?, after))
}

/// Writes a duration in seconds, as in `90s`, `-0.5s`.
pub fn format_duration(duration: SignedDuration) -> String {
    let sign = if duration.is_negative() { "-" } else { "" };
    let (seconds, fraction) = (duration.as_secs().unsigned_abs(), duration.subsec_nanos().unsigned_abs());
    if fraction == 0 {
        return format!("{sign}{seconds}s");
    }
    let fraction = format!("{fraction:09}");
    format!("{sign}{seconds}.{}s", fraction.trim_end_matches('0'))
}

/// The time zone that an accessor names: an IANA name, or `+hh:mm`, `-hh:mm`, `hh:mm`.
///
/// # Examples
///
/// ```
/// # use lang::condition::time::parse_zone;
/// assert!(parse_zone("Europe/Berlin").is_some());
/// assert!(parse_zone("-02:30").is_some());
/// assert!(parse_zone("Europe/Atlantis").is_none());
/// ```
pub fn parse_zone(text: &str) -> Option<TimeZone> {
    if text.is_empty() {
        return None;
    }
    let (sign, digits) = match text.as_bytes() {
        [b'-', ..] => (-1, text.get(1..)?),
        [b'+', ..] => (1, text.get(1..)?),
        _ => (1, text),
    };
    if let [h1, h2, b':', m1, m2] = digits.as_bytes() {
        let digit = |byte: &u8| byte.is_ascii_digit().then(|| i32::from(byte - b'0'));
        let (hours, minutes) = (digit(h1)? * 10 + digit(h2)?, digit(m1)? * 10 + digit(m2)?);
        if hours > 23 || minutes > 59 {
            return None;
        }
        return Some(TimeZone::fixed(Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()?));
    }
    jiff::tz::db().get(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps() {
        let rows = [
            ("2027-01-31T00:00:00Z", Some("2027-01-31T00:00:00Z")),
            ("2027-01-31T01:00:00+01:00", Some("2027-01-31T00:00:00Z")),
            ("2027-01-31t00:00:00.120z", Some("2027-01-31T00:00:00.12Z")),
            ("9999-12-30T22:00:00.999999999Z", Some("9999-12-30T22:00:00.999999999Z")),
            ("9999-12-30T22:00:01Z", None),
            ("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00Z")),
            ("0001-01-01T00:00:00+01:00", None),
            ("2027-02-30T00:00:00Z", None),
            ("2027-01-31T24:00:00Z", None),
            ("2027-01-31T00:00:60Z", None),
            ("2027-01-31T00:00:00", None),
            ("2027-01-31T00:00:00.Z", None),
            ("2027-01-31T00:00:00Z[UTC]", None),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(parse_timestamp(text).map(format_timestamp).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn durations() {
        let rows = [
            ("1000000s", Some("1000000s")),
            ("1h1m1s", Some("3661s")),
            ("1.5h", Some("5400s")),
            (".5s", Some("0.5s")),
            ("-1ms", Some("-0.001s")),
            ("1us", Some("0.000001s")),
            ("+3ns", Some("0.000000003s")),
            ("9223372036.854775807s", Some("9223372036.854775807s")),
            ("-9223372036.854775808s", Some("-9223372036.854775808s")),
            ("9223372036.854775808s", None),
            ("320000000000s", None),
            ("1", None),
            ("s", None),
            ("-", None),
            ("1.2.3s", None),
            ("1 s", None),
            (".s", None),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(parse_duration(text).map(format_duration).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn zones() {
        for good in ["UTC", "America/New_York", "+00:00", "02:00", "-23:59"] {
            assert!(parse_zone(good).is_some(), "{good}");
        }
        for bad in ["", "Mars", "24:00", "+1:00", "00:60"] {
            assert!(parse_zone(bad).is_none(), "{bad}");
        }
    }
}
