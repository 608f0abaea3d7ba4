//! Values of fields: text, numbers, times, lists, and YAML as JSON.

use super::{Word, fields::listing, is_nothing, near};
use crate::yaml::{Entry, Fault, Node, Scalar, Value};
use jiff::Timestamp;
use std::time::Duration;

fn expected(node: &Node, what: &str) -> Fault {
    match &node.value {
        Value::Broken(why) => Fault::new(node.place, why.clone()),
        Value::Scalar(_) if is_nothing(node) => {
            Fault::new(node.place, format!("nothing is written here; {what} is needed"))
        }
        Value::Scalar(scalar) => {
            let shown: String = scalar.text.chars().take(40).collect();
            Fault::new(node.place, format!("`{}` is not {what}", shown.escape_debug()))
        }
        Value::Sequence(_) => Fault::new(node.place, format!("a list stands where {what} is needed")),
        Value::Mapping(_) => Fault::new(node.place, format!("a mapping stands where {what} is needed")),
    }
}

pub(super) fn scalar<'a>(node: &'a Node, what: &str) -> Result<&'a Scalar, Fault> {
    match &node.value {
        Value::Scalar(scalar) if !is_nothing(node) => Ok(scalar),
        _ => Err(expected(node, what)),
    }
}

/// A text; numbers and names stand for themselves.
pub(super) fn text(node: &Node) -> Result<String, Fault> {
    scalar(node, "a text").map(|scalar| scalar.text.clone())
}

/// A text that is not empty: every text holds the empty one.
pub(super) fn full_text(node: &Node) -> Result<String, Fault> {
    let text = text(node)?;
    if text.is_empty() { Err(Fault::new(node.place, "an empty text is in every text")) } else { Ok(text) }
}

/// A word by which cases are chosen, as flags of commands can say it.
pub(super) fn tag(node: &Node) -> Result<String, Fault> {
    let text = text(node)?;
    let is_letter = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '/' | ':');
    if !text.is_empty() && text.chars().all(is_letter) {
        return Ok(text);
    }
    let message = format!("`{}` is no tag: letters, digits and `_-./:` alone", text.escape_debug());
    Err(Fault::new(node.place, message))
}

/// Bytes in hexadecimal digits, two a byte.
pub(super) fn hex(node: &Node) -> Result<Vec<u8>, Fault> {
    const WHAT: &str = "bytes in hexadecimal digits, as in `ff 00 7b`";
    let digits: Vec<u8> =
        scalar(node, WHAT)?.text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let byte = |pair: &[u8]| {
        let text = std::str::from_utf8(pair).ok().filter(|text| text.len() == 2 && !text.contains('+'))?;
        u8::from_str_radix(text, 16).ok()
    };
    digits.chunks(2).map(byte).collect::<Option<Vec<u8>>>().ok_or_else(|| expected(node, WHAT))
}

/// A name that the package must know.
pub(super) fn word(node: &Node) -> Result<Word, Fault> {
    scalar(node, "a name").map(|scalar| Word { text: scalar.text.clone(), place: node.place })
}

/// `true` or `false`.
pub(super) fn boolean(node: &Node) -> Result<bool, Fault> {
    match &*scalar(node, "`true` or `false`")?.text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(expected(node, "`true` or `false`")),
    }
}

/// A whole number; `_` between digits, and `k`, `M`, `B` as in policies.
pub(super) fn count(node: &Node) -> Result<u64, Fault> {
    const WHAT: &str = "a whole number, as in `600` or `2M`";
    let digits = scalar(node, WHAT)?.text.replace('_', "");
    let (digits, factor) = match digits.strip_suffix(['k', 'M', 'B']) {
        None => (digits.as_str(), 1),
        Some(rest) if digits.ends_with('k') => (rest, 1_000),
        Some(rest) if digits.ends_with('M') => (rest, 1_000_000),
        Some(rest) => (rest, 1_000_000_000),
    };
    let is_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_digits.then(|| digits.parse::<u64>().ok()?.checked_mul(factor)).flatten();
    number.ok_or_else(|| expected(node, WHAT))
}

/// A whole number from 1 to `most`.
pub(super) fn count_within(node: &Node, most: u32) -> Result<u32, Fault> {
    let number = count(node)?;
    match u32::try_from(number) {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        _ => Err(Fault::new(node.place, format!("{number} is not between 1 and {most}"))),
    }
}

/// Money or a plain count, in millionths: `0.15 USD`, or a whole number of them.
pub(super) fn millionths(node: &Node) -> Result<u64, Fault> {
    const WHAT: &str = "money, as in `0.15 USD`";
    let text = &scalar(node, WHAT)?.text;
    let Some((number, currency)) = text.trim().split_once(' ') else { return count(node) };
    let is_currency = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
    let number = number.replace('_', "");
    let (whole, part) = number.split_once('.').unwrap_or((&number, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_currency || !is_digits(whole) || !is_digits(part) || part.len() > 6 {
        return Err(expected(node, WHAT));
    }
    let whole = whole.parse::<u64>().ok().and_then(|whole| whole.checked_mul(1_000_000));
    let part = format!("{part:0<6}").parse::<u64>().ok();
    whole.zip(part).and_then(|(whole, part)| whole.checked_add(part)).ok_or_else(|| expected(node, WHAT))
}

/// A duration, as in `250ms` or `1m 30s`.
pub(super) fn duration(node: &Node) -> Result<Duration, Fault> {
    const WHAT: &str = "a duration, as in `250ms`, `30s`, `5m` or `24h`";
    let text = &scalar(node, WHAT)?.text;
    parse_duration(text).ok_or_else(|| expected(node, WHAT))
}

fn parse_duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let end = tail.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(end)?;
        let nanos: u64 = match unit {
            "us" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "d" => 86_400_000_000_000,
            _ => return None,
        };
        total = total.checked_add(Duration::from_nanos(number.parse::<u64>().ok()?.checked_mul(nanos)?))?;
        rest = tail.trim_start();
    }
    (total <= DURATION_MAX).then_some(total)
}

/// Longest jump of the virtual clock: a century, so that sums stay far from the end of time.
const DURATION_MAX: Duration = Duration::from_hours(100 * 366 * 24);

/// An instant: a timestamp, or a day's first moment in UTC.
pub(super) fn instant(node: &Node) -> Result<Timestamp, Fault> {
    const WHAT: &str = "an instant, as in `2026-11-20T09:00:00Z` or `2026-11-20`";
    let text = &scalar(node, WHAT)?.text;
    let of_day = || {
        let day: jiff::civil::Date = text.parse().ok()?;
        day.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    };
    let is_day = text.len() == "2026-11-20".len();
    let instant = if is_day { of_day() } else { text.parse().ok() };
    let is_near = |instant: &Timestamp| (0..=SECOND_MAX).contains(&instant.as_second());
    instant.filter(is_near).ok_or_else(|| expected(node, WHAT))
}

/// A day, as in `2027-01-31`.
pub(super) fn day(node: &Node) -> Result<jiff::civil::Date, Fault> {
    const WHAT: &str = "a day, as in `2027-01-31`";
    let text = &scalar(node, WHAT)?.text;
    let is_day = text.len() == "2027-01-31".len();
    is_day.then(|| text.parse().ok()).flatten().ok_or_else(|| expected(node, WHAT))
}

/// Last instant that suites may name: the year 2200, so that adding durations stays in range.
const SECOND_MAX: i64 = 7_258_118_400;

/// One of a few words.
pub(super) fn choice<T: Copy>(node: &Node, choices: &[(&str, T)]) -> Result<T, Fault> {
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    let what = format!("one of {}", listing(&names));
    let text = &scalar(node, &what)?.text;
    let found = choices.iter().find(|(name, _)| name == text);
    found
        .map(|(_, value)| *value)
        .ok_or_else(|| expected(node, &what).help_maybe(near(text, names.iter().copied())))
}

/// A regular expression that can be searched for.
pub(super) fn pattern(node: &Node) -> Result<regex_automata::meta::Regex, Fault> {
    let text = &scalar(node, "a regular expression")?.text;
    let config = regex_automata::meta::Regex::config().nfa_size_limit(Some(PATTERN_BYTES_MAX));
    let built = regex_automata::meta::Regex::builder().configure(config).build(text);
    let pattern = built.map_err(|error| {
        Fault::new(node.place, format!("this is no regular expression: {}", first_line(&error)))
    })?;
    // No text that anybody expects looks like these; what matches them all asks nothing.
    if ["", "\u{1}", &"\u{1}\n".repeat(4_096)].iter().all(|odd| pattern.is_match(*odd)) {
        return Err(Fault::new(node.place, format!("`{text}` matches every text")));
    }
    Ok(pattern)
}

/// Largest compiled `matches`; a test needs kilobytes.
const PATTERN_BYTES_MAX: usize = 1 << 20;

fn first_line(error: &dyn std::error::Error) -> String {
    error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string)
        .lines()
        .last()
        .unwrap_or_default()
        .into()
}

/// The entries of a mapping; `what` is what it describes.
pub(super) fn mapping<'a>(node: &'a Node, what: &str) -> Result<&'a [Entry], Fault> {
    match &node.value {
        Value::Mapping(entries) => Ok(entries),
        Value::Scalar(_) | Value::Sequence(_) | Value::Broken(_) => {
            Err(expected(node, &format!("the mapping of {what}")))
        }
    }
}

/// The items of a list.
pub(super) fn items(node: &Node) -> Result<&[Node], Fault> {
    match &node.value {
        Value::Sequence(items) => Ok(items),
        Value::Scalar(_) | Value::Mapping(_) | Value::Broken(_) => Err(expected(node, "a list")),
    }
}

/// One value, or a list of them.
pub(super) fn one_or_many<T>(node: &Node, read: impl Fn(&Node) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
    match &node.value {
        Value::Sequence(items) => items.iter().map(read).collect(),
        Value::Scalar(_) | Value::Mapping(_) | Value::Broken(_) => Ok(vec![read(node)?]),
    }
}

/// One value, or a list of at least one: an empty list asks nothing.
pub(super) fn one_or_more<T>(node: &Node, read: impl Fn(&Node) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
    let values = one_or_many(node, read)?;
    if values.is_empty() { Err(Fault::new(node.place, "an empty list asks nothing")) } else { Ok(values) }
}

/// Names and texts, sorted by name.
pub(super) fn pairs(node: &Node, what: &str) -> Result<Vec<(String, String)>, Fault> {
    let entries = mapping(node, what)?;
    let mut pairs = entries
        .iter()
        .map(|entry| Ok((entry.key.clone(), text(&entry.value)?)))
        .collect::<Result<Vec<_>, Fault>>()?;
    pairs.sort();
    Ok(pairs)
}

/// Headers, names in lower case.
pub(super) fn headers(node: &Node) -> Result<Vec<(String, String)>, Fault> {
    let mut headers = pairs(node, "headers")?;
    for (name, _) in &mut headers {
        name.make_ascii_lowercase();
    }
    Ok(headers)
}

/// A list, each of its items read.
pub(super) fn list<T>(node: &Node, read: impl Fn(&Node) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
    items(node)?.iter().map(read).collect()
}

/// The value as JSON; plain scalars follow the JSON schema of YAML 1.2.
pub(super) fn json(node: &Node) -> Result<serde_json::Value, Fault> {
    use serde_json::Value as Json;
    Ok(match &node.value {
        Value::Broken(why) => return Err(Fault::new(node.place, why.clone())),
        Value::Scalar(scalar) => plain(scalar),
        Value::Sequence(items) => Json::Array(items.iter().map(json).collect::<Result<_, _>>()?),
        Value::Mapping(entries) => {
            let field = |entry: &Entry| Ok((entry.key.clone(), json(&entry.value)?));
            Json::Object(entries.iter().map(field).collect::<Result<_, Fault>>()?)
        }
    })
}

/// A scalar as JSON reads it: without quotes, what looks like JSON is JSON.
fn plain(scalar: &Scalar) -> serde_json::Value {
    use serde_json::Value as Json;
    let text = scalar.text.as_str();
    match text {
        _ if !scalar.is_plain => Json::String(text.into()),
        "" | "~" | "null" => Json::Null,
        "true" => Json::Bool(true),
        "false" => Json::Bool(false),
        _ if text.starts_with(['-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']) => {
            serde_json::from_str::<serde_json::Number>(text)
                .map_or_else(|_| Json::String(text.into()), Json::Number)
        }
        _ => Json::String(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn durations_and_money_and_counts() {
        for (text, expected) in [
            ("100ms", Some(Duration::from_millis(100))),
            ("1m 30s", Some(Duration::from_secs(90))),
            ("24h", Some(Duration::from_hours(24))),
            ("5", None),
            ("s", None),
            ("", None),
            ("99999999999999999999h", None),
            ("400000d", None),
        ] {
            assert_eq!(parse_duration(text), expected, "{text}");
        }
        let tree = |text| yaml::parse(text).unwrap();
        for (text, expected) in [
            ("0.15 USD", Some(150_000)),
            ("5_000 EUR", Some(5_000_000_000)),
            ("12", Some(12)),
            ("0.1234567 USD", None),
        ] {
            assert_eq!(millionths(&tree(text)).ok(), expected, "{text}");
        }
        for (text, expected) in [
            ("600", Some(600)),
            ("2M", Some(2_000_000)),
            ("60_000", Some(60_000)),
            ("-1", None),
            ("99999999999B", None),
        ] {
            assert_eq!(count(&tree(text)).ok(), expected, "{text}");
        }
    }

    #[test]
    fn instants_are_days_or_timestamps() {
        let read = |text| instant(&yaml::parse(text).unwrap()).map(|at| at.to_string()).ok();
        assert_eq!(read("2026-11-20").as_deref(), Some("2026-11-20T00:00:00Z"));
        assert_eq!(read("2026-11-20T09:00:00Z").as_deref(), Some("2026-11-20T09:00:00Z"));
        assert_eq!(read("2026-13-20"), None);
        assert_eq!(read("9999-01-01"), None);
    }

    #[test]
    fn yaml_becomes_json_as_written() {
        let tree =
            yaml::parse("{a: 1, b: \"1\", c: [true, null, 1.5, 0x1, -2, 2026-11-20], d: yes}").unwrap();
        let text = json(&tree).unwrap().to_string();
        assert_eq!(text, r#"{"a":1,"b":"1","c":[true,null,1.5,"0x1",-2,"2026-11-20"],"d":"yes"}"#);
    }
}
