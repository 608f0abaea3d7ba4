//! Literals of the policy language that stand in a condition, where CEL has its own.
//!
//! `60k`, `50%` and `5 USD` are what the rest of a policy writes, so people
//! write them here. They are found in the text, reported with the spelling
//! of CEL, and replaced by a number of the same width, so that the rest of
//! the condition is checked in the same run.

use super::token::place;
use crate::{Code, Diagnostic, Diagnostics, Span};

/// A condition without literals of the policy language.
#[derive(Debug)]
pub(super) struct Replaced {
    /// The text, as long as it was.
    pub(super) text: String,
    /// The bytes at which such literals stood.
    pub(super) places: Vec<usize>,
}

/// What is written, and what CEL writes instead.
struct Found {
    length: usize,
    what: &'static str,
    help: String,
}

/// Reports literals of the policy language and replaces them.
pub(super) fn replace(text: &str, span: Span, diagnostics: &mut Diagnostics) -> Replaced {
    let mut replaced = Replaced { text: text.to_owned(), places: Vec::new() };
    let mut at = 0;
    let mut operand_before = false;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let skipped = skip(rest);
        if skipped.length > 0 {
            operand_before = if skipped.is_space { operand_before } else { skipped.is_operand };
            at += skipped.length;
            continue;
        }
        let first = rest.chars().next().unwrap_or_default();
        if let Some(found) = find(rest, operand_before) {
            let at_span = place(span, at, at + found.length);
            let written = rest.get(..found.length).unwrap_or_default();
            let message = format!("`{}` is not a literal of CEL", written.escape_debug());
            let problem = Diagnostic::new(Code::PolicyLiteralInCondition, at_span, message);
            diagnostics.push(problem.found(found.what).help(found.help));
            let filler = format!("{:<width$}", 0, width = found.length);
            replaced.text.replace_range(at..at + found.length, &filler);
            replaced.places.push(at);
            at += found.length;
            operand_before = true;
            continue;
        }
        let number = split_number(rest).0.len();
        operand_before = number > 0 || matches!(first, ')' | ']' | '}');
        at += number.max(first.len_utf8());
    }
    replaced
}

/// What can be stepped over whole.
struct Skipped {
    length: usize,
    is_space: bool,
    is_operand: bool,
}

/// Strings, comments, white space, and names; and numbers that are CEL's.
fn skip(rest: &str) -> Skipped {
    let space = rest.len() - rest.trim_start().len();
    if space > 0 {
        return Skipped { length: space, is_space: true, is_operand: false };
    }
    if rest.starts_with("//") {
        let length = rest.find('\n').unwrap_or(rest.len());
        return Skipped { length, is_space: true, is_operand: false };
    }
    let word = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let (prefix, after) = rest.split_at_checked(word).unwrap_or((rest, ""));
    if matches!(prefix.to_ascii_lowercase().as_str(), "" | "r" | "b" | "rb" | "br")
        && after.starts_with(['"', '\''])
    {
        let is_raw = prefix.contains(['r', 'R']);
        return Skipped { length: word + string_length(after, is_raw), is_space: false, is_operand: true };
    }
    if word > 0 && !rest.starts_with(|c: char| c.is_ascii_digit()) {
        // After `in` an operand follows.
        return Skipped { length: word, is_space: false, is_operand: prefix != "in" };
    }
    Skipped { length: 0, is_space: false, is_operand: false }
}

/// The length of a string with its quotes; to the end of the text when it is not closed.
fn string_length(text: &str, is_raw: bool) -> usize {
    let quote = if text.starts_with('"') { "\"" } else { "'" };
    let triple = quote.repeat(3);
    let quote = if text.starts_with(&triple) { triple.as_str() } else { quote };
    let mut at = quote.len();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(quote) {
            return at + quote.len();
        }
        let mut chars = rest.chars();
        let first = chars.next().map_or(1, char::len_utf8);
        let escaped =
            if rest.starts_with('\\') && !is_raw { chars.next().map_or(0, char::len_utf8) } else { 0 };
        at += first + escaped;
    }
    text.len()
}

/// A literal of the policy language at the start of `rest`.
fn find(rest: &str, operand_before: bool) -> Option<Found> {
    if rest.starts_with('/') && !operand_before {
        return regex(rest);
    }
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if let Some(found) = date(rest) {
        return Some(found);
    }
    let (run, number, unit) = split_number(rest);
    let after = rest.get(run.len()..).unwrap_or_default();
    let plain = number.replace('_', "");
    if is_cel_number(run) || number.is_empty() {
        return percent(after, run.len(), &plain).or_else(|| spaced_unit(after, run.len(), &plain));
    }
    if unit.is_empty() {
        let length = run.len();
        return percent(after, length, &plain).or_else(|| spaced_unit(after, length, &plain)).or_else(|| {
            Some(Found { length, what: "CEL writes digits alone", help: format!("write `{plain}`") })
        });
    }
    with_unit(run.len(), &plain, unit)
}

/// Digits, letters and dots that stand together; of them, the number and the rest.
fn split_number(rest: &str) -> (&str, &str, &str) {
    let mut end = 0;
    let bytes = rest.as_bytes();
    while let Some(byte) = bytes.get(end) {
        let is_fraction = *byte == b'.' && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        // The sign of an exponent, as in `1e-9`.
        let is_sign = matches!(byte, b'+' | b'-')
            && end > 0
            && bytes.get(end - 1).is_some_and(|before| before.eq_ignore_ascii_case(&b'e'))
            && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        if !(byte.is_ascii_alphanumeric() || *byte == b'_' || is_fraction || is_sign) {
            break;
        }
        end += 1;
    }
    let run = rest.get(..end).unwrap_or_default();
    let digits = run.bytes().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'_' | b'.')).count();
    let (number, unit) = run.split_at_checked(digits).unwrap_or((run, ""));
    (run, number, unit)
}

/// Whether CEL reads the whole run as one number.
fn is_cel_number(run: &str) -> bool {
    let body = run.strip_suffix(['u', 'U']).unwrap_or(run);
    if let Some(hex) = body.strip_prefix("0x").or_else(|| body.strip_prefix("0X")) {
        return !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    if body.bytes().all(|byte| byte.is_ascii_digit()) {
        return !body.is_empty();
    }
    body.len() == run.len() && !run.contains('_') && run.parse::<f64>().is_ok()
}

fn percent(after: &str, number: usize, plain: &str) -> Option<Found> {
    let rest = after.strip_prefix('%')?;
    // `7%2` is a remainder; `50%` ends an operand.
    let next = rest.trim_start().chars().next();
    if next.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '(' | '"' | '\'' | '-' | '[' | '.')) {
        return None;
    }
    let value: f64 = plain.parse().ok()?;
    let help = format!("write a fraction: `{:?}`", value / 100.0);
    Some(Found { length: number + 1, what: "CEL has no percentages", help })
}

/// `5 USD`, `10 MiB`
fn spaced_unit(after: &str, number: usize, plain: &str) -> Option<Found> {
    let word = after.trim_start_matches([' ', '\t']);
    let space = after.len() - word.len();
    let end = word.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let unit = word.get(..end)?;
    if space == 0 || unit.is_empty() {
        return None;
    }
    with_unit(number + space + end, plain, unit).filter(|_| unit != "in")
}

/// A number with a unit of the policy language.
fn with_unit(length: usize, plain: &str, unit: &str) -> Option<Found> {
    let times = |factor: f64| plain.parse::<f64>().ok().map(|value| format!("write `{:.0}`", value * factor));
    let (what, help) = match unit {
        "k" => ("CEL has no `k`", times(1e3)?),
        "M" => ("CEL has no `M`", times(1e6)?),
        "B" => ("CEL has no `B`", times(1e9)?),
        "ms" | "s" | "m" | "h" => {
            ("CEL has no duration literals", format!("write `duration(\"{plain}{unit}\")`"))
        }
        "d" => {
            let hours = plain.parse::<f64>().ok()? * 24.0;
            ("CEL has no days", format!("write `duration(\"{hours}h\")`"))
        }
        "mo" | "y" => ("CEL has no calendar spans", "compare with a `timestamp(\"…\")`".to_owned()),
        "KiB" => ("CEL has no sizes", times(1024.0)?),
        "MiB" => ("CEL has no sizes", times(1_048_576.0)?),
        "GiB" => ("CEL has no sizes", times(1_073_741_824.0)?),
        unit if unit.len() == 3 && unit.bytes().all(|byte| byte.is_ascii_uppercase()) => {
            ("CEL has no money; spend is an `int` in millionths", times(1e6)?)
        }
        _ => return None,
    };
    Some(Found { length, what, help })
}

/// `2027-01-31`, which CEL would read as a subtraction.
fn date(rest: &str) -> Option<Found> {
    let text = rest.get(..10)?;
    let is_date = text.bytes().zip(b"dddd-dd-dd").all(|(byte, shape)| match shape {
        b'd' => byte.is_ascii_digit(),
        other => byte == *other,
    });
    let goes_on = rest.get(10..)?.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    (is_date && !goes_on).then(|| Found {
        length: 10,
        what: "CEL has no date literals",
        help: format!("write `timestamp(\"{text}T00:00:00Z\")`"),
    })
}

/// `/…/i` where an operand must stand.
fn regex(rest: &str) -> Option<Found> {
    let line = rest.lines().next()?;
    let mut escaped = false;
    let closing = line.char_indices().skip(1).find(|&(_, c)| {
        let closes = c == '/' && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    });
    let body_end = closing?.0;
    let flags = line.get(body_end + 1..)?.bytes().take_while(u8::is_ascii_lowercase).count();
    let body = line.get(1..body_end)?;
    let flag = if line.get(body_end + 1..body_end + 1 + flags)?.contains('i') { "(?i)" } else { "" };
    Some(Found {
        length: body_end + 1 + flags,
        what: "CEL has no regex literals",
        help: format!("write `text.matches(r\"{flag}{}\")`", body.replace("\\/", "/")),
    })
}
