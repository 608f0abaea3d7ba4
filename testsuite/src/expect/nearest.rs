//! The nearest thing that would have passed, in the words of suites, ready to paste.

use super::Difference;
use crate::observed::Observed;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

/// Longest text that is offered; a longer one is for a snapshot.
const OFFERED_LETTERS_MAX: usize = 200;

/// Most letters of a body, and of what is looked for, that are compared: the work is their product.
const BODY_LETTERS_MAX: usize = 20_000;
const PART_LETTERS_MAX: usize = 200;

/// What a case would have to expect of this outcome; `None` where no value is near.
pub(super) fn would_pass(difference: &Difference, observed: &Observed) -> Option<String> {
    let said = match difference.field.as_str() {
        "verdict" => verdict(observed),
        "reason" => match observed.reason_in_full.as_ref().or(observed.reason.as_ref()) {
            Some(reason) => format!("reason: {}", scalar(reason)),
            None => verdict(observed),
        },
        "message" => format!("message: {}", scalar(observed.message.as_ref()?)),
        "rules" => format!("rules: {}", list(&observed.rules)),
        "flags" => format!("flags: {}", list(&observed.flags)),
        "shadowed" => format!("shadowed: {}", list(&observed.shadowed)),
        "route" => format!("route: {}", list(&observed.route)),
        "attempts" => format!("attempts: {}", list(&observed.attempts)),
        "served_by" => format!("served_by: {}", observed.served_by.as_ref()?),
        "dropped" => {
            let fallen = observed.dropped.iter().map(|it| (it.endpoint.clone(), scalar(&it.in_full)));
            let fallen: BTreeMap<String, String> = fallen.collect();
            if fallen.is_empty() {
                format!("route: {}", list(&observed.route))
            } else {
                format!("dropped: {}", map(&fallen))
            }
        }
        "redacted.input" => format!("redacted: {{ input: {} }}", map(&observed.redacted_input)),
        "redacted.output" => format!("redacted: {{ output: {} }}", map(&observed.redacted_output)),
        "findings.input" => format!("findings: {{ input: {} }}", map(&observed.found_input)),
        "findings.output" => format!("findings: {{ output: {} }}", map(&observed.found_output)),
        "charges" => format!("charges: {}", map(&observed.charges)),
        "alerts" => format!("alerts: {}", list(&observed.alerts)),
        "status" => format!("status: {}", observed.status),
        "retry_after" => format!("retry_after: {}", duration(observed.retry_after?)?),
        "cost" => format!("cost: {}", observed.cost),
        "cap" => format!("cap: {}", observed.cap?),
        "upstream.has" => format!("upstream: {{ has: {} }}", passage(difference, observed.upstream()?)?),
        "client.has" => format!("client: {{ has: {} }}", passage(difference, &observed.text)?),
        "client.equals" => format!("client: {{ equals: {} }}", scalar(&observed.text)),
        _ => return None,
    };
    (said.chars().count() <= OFFERED_LETTERS_MAX).then_some(said)
}

fn verdict(observed: &Observed) -> String {
    let verdict = observed.verdict.map_or("deny", engine::Verdict::as_str);
    match observed.reason_in_full.as_ref().or(observed.reason.as_ref()) {
        Some(reason) => format!("verdict: {verdict}, reason: {}", scalar(reason)),
        None => format!("verdict: {verdict}"),
    }
}

fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| scalar(name)).collect();
    format!("[{}]", names.join(", "))
}

fn map<T: Display>(entries: &BTreeMap<String, T>) -> String {
    if entries.is_empty() {
        return "{}".into();
    }
    let entries: Vec<String> =
        entries.iter().map(|(key, value)| format!("{}: {value}", scalar(key))).collect();
    format!("{{ {} }}", entries.join(", "))
}

/// A text as a suite writes it: plain where YAML reads it back as it is, else in quotes.
fn scalar(text: &str) -> String {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || "_-./:* ".contains(letter);
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic() || first.is_ascii_digit())
        && text.contains(|letter: char| letter.is_ascii_alphabetic())
        && text.chars().all(is_word)
        && !text.contains(": ")
        && !text.ends_with([':', ' ']);
    // A JSON string is a YAML string.
    if is_plain { text.to_owned() } else { json!(text).to_string() }
}

/// A duration as suites write it.
fn duration(time: Duration) -> Option<String> {
    let nanos = time.as_nanos();
    let units: [(u128, &str); 3] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    let (unit, name) = units.into_iter().find(|(unit, _)| nanos.is_multiple_of(*unit))?;
    Some(format!("{}{name}", nanos.checked_div(unit)?))
}

/// The passage of a text that is nearest to what was looked for, if half of it is the same.
fn passage(difference: &Difference, text: &str) -> Option<String> {
    let wanted = match &difference.expected {
        Value::Array(parts) => parts.first()?.as_str()?,
        whole => whole.as_str()?,
    };
    nearest_passage(wanted, text).map(|passage| scalar(&passage))
}

/// The passage that becomes `wanted` by the fewest letters put in, left out or replaced.
fn nearest_passage(wanted: &str, text: &str) -> Option<String> {
    let wanted: Vec<char> = wanted.chars().take(PART_LETTERS_MAX.saturating_add(1)).collect();
    if wanted.len() > PART_LETTERS_MAX {
        return None;
    }
    let letters: Vec<char> = text.chars().take(BODY_LETTERS_MAX).collect();
    // One column a letter of the text: for each length of `wanted`, the fewest edits of any passage
    // that ends here, and where that passage begins.
    let mut column: Vec<(usize, usize)> = (0..=wanted.len()).map(|edits| (edits, 0)).collect();
    // Of passages that are equally near, the one as long as what was looked for.
    let how_far = |(edits, begin, end): (usize, usize, usize)| {
        (edits, wanted.len().abs_diff(end.saturating_sub(begin)))
    };
    let mut best = (wanted.len(), 0, 0);
    for (end, letter) in letters.iter().enumerate() {
        let mut diagonal: (usize, usize) = (0, end);
        let mut above: (usize, usize) = (0, end.saturating_add(1));
        if let Some(first) = column.first_mut() {
            *first = above;
        }
        for (facing, cell) in wanted.iter().zip(column.iter_mut().skip(1)) {
            let replaced = (diagonal.0.saturating_add(usize::from(facing != letter)), diagonal.1);
            let more = |(edits, begin): (usize, usize)| (edits.saturating_add(1), begin);
            let least = [replaced, more(*cell), more(above)].into_iter().min_by_key(|(edits, _)| *edits);
            diagonal = std::mem::replace(cell, least.unwrap_or(replaced));
            above = *cell;
        }
        let here = (above.0, above.1, end.saturating_add(1));
        if how_far(here) < how_far(best) {
            best = here;
        }
    }
    let (edits, begin, end) = best;
    let is_near = edits.saturating_mul(2) <= wanted.len() && begin < end;
    is_near.then(|| letters.get(begin..end).unwrap_or_default().iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_passage_is_the_one_with_the_fewest_edits() {
        for (wanted, text, expected) in [
            ("4111 1111 1111 1111", "card 4111 1111 1111 1112 was lost", Some("4111 1111 1111 1112")),
            ("hello", "say hallo to hxllx", Some("hallo")),
            ("colour", "the color red", Some("color")),
            ("abc", "xyz", None),
            ("abc", "", None),
            ("é1é2", "…é1e2…", Some("é1e2")),
        ] {
            assert_eq!(nearest_passage(wanted, text).as_deref(), expected, "{wanted} in {text}");
        }
        let long = "y".repeat(PART_LETTERS_MAX + 1);
        assert_eq!(nearest_passage(&long, &long), None, "work is bounded");
    }

    #[test]
    fn scalars_are_read_back_as_they_were() {
        for text in [
            "rule:no_advice",
            "600 requests / minute",
            "a: b",
            "4111",
            "",
            "x:",
            "{a}",
            "é",
            "- x",
            "azure/westeurope",
        ] {
            let suite = format!("cases:\n- {{ name: {}, expect: {{ verdict: allow }} }}\n", scalar(text));
            let suite = crate::suite::Suite::read("a", &suite);
            assert_eq!(suite.entries[0].name, text, "{}", scalar(text));
        }
        assert_eq!(scalar("rule:no_advice"), "rule:no_advice");
        assert_eq!(scalar("4111"), "\"4111\"");
    }

    #[test]
    fn durations_are_those_of_suites() {
        for (time, expected) in [
            (Duration::from_secs(20), Some("20s")),
            (Duration::from_millis(1_500), Some("1500ms")),
            (Duration::from_micros(7), Some("7us")),
            (Duration::from_nanos(7), None),
        ] {
            assert_eq!(duration(time).as_deref(), expected);
        }
    }
}
