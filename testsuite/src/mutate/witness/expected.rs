//! In what two outcomes differ, as lines of an `expect` that the first of them meets.

use crate::draft::{list, map, text};
use crate::observed::Observed;
use engine::Verdict;
use std::collections::BTreeMap;

/// Expectations that `one` meets and `other` does not; `None` when a case cannot tell them apart.
pub(super) fn difference(one: &Observed, other: &Observed) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    let mut add = |key: &str, differs: bool, value: Option<String>| {
        if let (true, Some(value)) = (differs, value) {
            lines.push(format!("{key}: {value}"));
        }
    };
    let said = |value: &Option<String>| value.as_deref().map(text);
    add("reason", one.reason_in_full != other.reason_in_full, said(&one.reason_in_full));
    add("message", one.message != other.message, said(&one.message));
    add("rules", one.rules != other.rules, Some(list(&one.rules)));
    add("flags", one.flags != other.flags, Some(list(&one.flags)));
    add("shadowed", one.shadowed != other.shadowed, Some(list(&one.shadowed)));
    add("route", one.route != other.route, Some(list(&one.route)));
    let dropped = one.dropped.iter().map(|it| (it.endpoint.clone(), text(&it.in_full)));
    let dropped: BTreeMap<String, String> = dropped.collect();
    add("dropped", one.dropped != other.dropped && !dropped.is_empty(), Some(map(&dropped)));
    add("served_by", one.served_by != other.served_by, said(&one.served_by));
    add("attempts", one.attempts != other.attempts, Some(list(&one.attempts)));
    let redacted = (&one.redacted_input, &one.redacted_output);
    add("redacted", redacted != (&other.redacted_input, &other.redacted_output), Some(surfaces(redacted)));
    let found = (&one.found_input, &one.found_output);
    add("findings", found != (&other.found_input, &other.found_output), Some(surfaces(found)));
    add("cap", one.cap != other.cap, one.cap.map(|cap| cap.to_string()));
    add(
        "retry_after",
        one.retry_after != other.retry_after,
        one.retry_after.map(|it| format!("{}ms", it.as_millis())),
    );
    if lines.is_empty() && one.verdict == other.verdict && one.charges != other.charges {
        // Nearly every difference is one of charges too, and hardly any is about them.
        lines.push(format!("charges: {}", map(&one.charges)));
    }
    if lines.is_empty() {
        // Where all else is equal, what each side saw is not.
        let mut add = |key: &str, ours: Option<&str>, theirs: Option<&str>| {
            if let Some(ours) = ours.filter(|ours| Some(*ours) != theirs) {
                lines.push(format!("{key}: {{ equals: {} }}", exact(ours)));
            }
        };
        add("upstream", one.upstream(), other.upstream());
        add("client", Some(&one.text), Some(&other.text));
    }
    let verdict = one.verdict.map(|verdict| format!("verdict: {}", Verdict::as_str(verdict)));
    if one.verdict == other.verdict && lines.is_empty() {
        return None;
    }
    Some(verdict.into_iter().chain(lines).collect())
}

/// A body as JSON where it is, else as text.
fn exact(body: &str) -> String {
    let is_object = body.starts_with('{') && serde_json::from_str::<serde_json::Value>(body).is_ok();
    if is_object { body.to_owned() } else { text(body) }
}

fn surfaces((input, output): (&BTreeMap<String, u32>, &BTreeMap<String, u32>)) -> String {
    format!("{{ input: {}, output: {} }}", map(input), map(output))
}
