//! Compares what came with what was expected, and says the smallest difference.
//!
//! Of differences that follow from each other the earliest is told ([`cause`]),
//! with the nearest thing that would have passed ([`nearest`]).

mod cause;
mod compare;
mod nearest;
mod place;
mod text;

use crate::names::Location;
use crate::observed::Observed;
use crate::suite::{Expect, Word};
use compare::{Differences, json_list};
use engine::record::EndKind;
pub use place::place;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use text::Seen;

/// One way in which a request came out otherwise than expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Which expectation, as its key is written: `verdict`, `upstream.lacks`.
    pub field: String,
    /// In one line, what differs.
    pub message: String,
    /// What was expected.
    pub expected: Value,
    /// What came.
    pub actual: Value,
    /// The policy text that decided, where one did.
    pub decided_by: Option<Location>,
    /// What would have passed, as a suite writes it, where something is near.
    pub would_pass: Option<String>,
}

impl Difference {
    /// The run itself went wrong.
    pub fn defect(message: &str) -> Self {
        Self {
            field: "run".into(),
            message: message.into(),
            expected: Value::Null,
            actual: Value::Null,
            decided_by: None,
            would_pass: None,
        }
    }
}

/// The differences that have a cause of their own, in the order in which an exchange makes them.
///
/// `locate` finds the place of a rule that should have fired.
pub fn compare(
    expect: &Expect,
    observed: &Observed,
    locate: &dyn Fn(&str) -> Option<Location>,
) -> Vec<Difference> {
    let mut differences = Differences::new(observed.decided_by.clone());
    verdict(expect, observed, locate, &mut differences);
    lists(expect, observed, &mut differences);
    endpoints(expect, observed, &mut differences);
    counts(expect, observed, &mut differences);
    sides(expect, observed, &mut differences);
    numbers(expect, observed, &mut differences);
    let mut differences = cause::earliest(differences.into_list());
    for difference in &mut differences {
        difference.would_pass = nearest::would_pass(difference, observed);
    }
    differences
}

/// What each side saw.
fn sides(expect: &Expect, observed: &Observed, differences: &mut Differences) {
    if let Some(text) = &expect.upstream {
        if let Some(body) = observed.upstream() {
            let all: Vec<&str> = observed.sent.iter().map(String::as_str).collect();
            let value = || serde_json::from_str(body).ok();
            text::compare("upstream", text, &Seen { body, all: &all, value: &value }, differences);
        } else {
            let message = "no upstream was called, so there is nothing to look at";
            differences.push("upstream", message.into(), json!("a call"), Value::Null);
        }
    }
    if let Some(text) = &expect.client {
        let all = [observed.text.as_str(), observed.body.as_str()];
        let seen = Seen { body: &observed.text, all: &all, value: &|| observed.client_json() };
        text::compare("client", text, &seen, differences);
    }
    if let Some(text) = &expect.record {
        let body = observed.record.to_string();
        let seen = Seen { body: &body, all: &[&body], value: &|| Some(observed.record.clone()) };
        text::compare("record", text, &seen, differences);
    }
}

fn verdict(
    expect: &Expect,
    observed: &Observed,
    locate: &dyn Fn(&str) -> Option<Location>,
    differences: &mut Differences,
) {
    if expect.verdict.is_some() && expect.verdict != observed.verdict {
        let expected = expect.verdict.map_or("", engine::Verdict::as_str);
        let actual = observed.verdict.map_or("none", engine::Verdict::as_str);
        let with =
            |reason: Option<&String>| reason.map(|reason| format!(" with `{reason}`")).unwrap_or_default();
        let came = with(observed.reason_in_full.as_ref().or(observed.reason.as_ref()));
        let message = format!("expected `{expected}`{}, came `{actual}`{came}", with(expect.reason.as_ref()));
        differences.push("verdict", message, json!(expected), json!(actual));
        // The rule that should have refused is where one looks first.
        if let Some(place) = expect.reason.as_deref().and_then(|reason| rule_place(reason, locate)) {
            differences.decided_by_maybe(place);
        }
    }
    if let Some(expected) = &expect.reason {
        let is_it = |actual: &String| is_said(expected, actual);
        if ![&observed.reason, &observed.reason_in_full].into_iter().flatten().any(is_it) {
            let actual = observed.reason.as_deref();
            let shown = observed.reason_in_full.as_deref().or(actual);
            let other = observed.reasons.iter().skip(1).any(is_it);
            let note = if other { "; the expected one also holds, but does not decide" } else { "" };
            let message = format!("expected `{expected}`, came {}{note}", ticked(shown, "none"));
            differences.push("reason", message, json!(expected), json!(actual));
            if let Some(place) = rule_place(expected, locate) {
                differences.decided_by_maybe(place);
            }
        }
    }
    if let Some(expected) = &expect.reasons {
        let is_it = |(expected, actual): (&String, &String)| is_said(expected, actual);
        let is_same = expected.len() == observed.reasons.len();
        if !is_same || !expected.iter().zip(&observed.reasons).all(is_it) {
            differences.list("reasons", Some(expected), &observed.reasons);
        }
    }
    if let Some(expected) = &expect.message {
        let actual =
            observed.message.clone().or_else(|| observed.reason.is_some().then(|| observed.text.clone()));
        if !actual.as_ref().is_some_and(|actual| actual.contains(expected.as_str())) {
            let message = format!("`{expected}` is not in {}", ticked(actual.as_deref(), "no message"));
            differences.push("message", message, json!(expected), json!(actual));
        }
    }
}

/// Where the rule of a reason stands.
fn rule_place(reason: &str, locate: &dyn Fn(&str) -> Option<Location>) -> Option<Location> {
    reason.strip_prefix("rule:").and_then(locate)
}

/// Whether an expected reason is the actual one, or its code without what it speaks of.
fn is_said(expected: &str, actual: &str) -> bool {
    actual == expected || actual.split_once(':').is_some_and(|(code, _)| code == expected)
}

fn ticked(text: Option<&str>, none: &str) -> String {
    text.map_or_else(|| none.to_owned(), |text| format!("`{text}`"))
}

fn sorted(words: &[Word]) -> Vec<String> {
    let mut texts: Vec<String> = words.iter().map(|word| word.text.clone()).collect();
    texts.sort();
    texts
}

fn in_order(words: &[Word]) -> Vec<String> {
    words.iter().map(|word| word.text.clone()).collect()
}

fn lists(expect: &Expect, observed: &Observed, differences: &mut Differences) {
    let rules = expect.rules.as_deref().map(sorted);
    differences.list("rules", rules.as_deref(), &observed.rules);
    differences.list("flags", expect.flags.as_deref(), &observed.flags);
    differences.list("shadowed", expect.shadowed.as_deref(), &observed.shadowed);
    let route = expect.route.as_deref().map(in_order);
    differences.list("route", route.as_deref(), &observed.route);
    let exceptions = expect.exceptions.as_deref().map(sorted);
    differences.list("exceptions", exceptions.as_deref(), &observed.exceptions);
    let attempts = expect.attempts.as_deref().map(in_order);
    differences.list("attempts", attempts.as_deref(), &observed.attempts);
}

fn endpoints(expect: &Expect, observed: &Observed, differences: &mut Differences) {
    for (endpoint, expected) in &expect.dropped {
        let fallen = observed.dropped.iter().filter(|fallen| fallen.endpoint == endpoint.text);
        let reasons: Vec<&String> = fallen.map(|fallen| &fallen.in_full).collect();
        if !reasons.iter().any(|actual| is_said(expected, actual)) {
            let came = match reasons.first() {
                Some(reason) => format!("it fell out for `{reason}`"),
                None if observed.route.contains(&endpoint.text) => "it is on the route".into(),
                None => "it was no candidate".into(),
            };
            let message = format!("expected `{}` to fall out for `{expected}`; {came}", endpoint.text);
            differences.push("dropped", message, json!(expected), json!(reasons));
        }
    }
    if let Some(expected) = &expect.served_by
        && observed.served_by.as_ref() != Some(&expected.text)
    {
        let came = ticked(observed.served_by.as_deref(), "no endpoint");
        let tried = if observed.attempts.is_empty() {
            String::from("; none was called")
        } else {
            format!("; called: {}", observed.attempts.join(", "))
        };
        let message = format!("expected `{}`, came {came}{tried}", expected.text);
        differences.push("served_by", message, json!(expected.text), json!(observed.served_by));
    }
    for never in expect.never.iter().filter(|never| observed.attempts.contains(&never.text)) {
        let message = format!("`{}` was called, and must never be", never.text);
        differences.push("never", message, json!(never.text), json_list(&observed.attempts));
    }
}

fn counts(expect: &Expect, observed: &Observed, differences: &mut Differences) {
    let surfaces = [
        ("redacted.input", &expect.redacted.input, &observed.redacted_input),
        ("redacted.output", &expect.redacted.output, &observed.redacted_output),
        ("findings.input", &expect.findings.input, &observed.found_input),
        ("findings.output", &expect.findings.output, &observed.found_output),
    ];
    for (field, expected, actual) in surfaces {
        if let Some(expected) = expected {
            differences.map(field, expected, actual);
        }
    }
}

fn numbers(expect: &Expect, observed: &Observed, differences: &mut Differences) {
    if let Some(expected) = expect.status {
        differences.value("status", expected, observed.status);
    }
    if let Some(expected) = expect.end
        && observed.end != Some(expected)
    {
        let actual = observed.end.map_or("none", EndKind::as_str);
        let message = format!("expected `{}`, came `{actual}`", expected.as_str());
        differences.push("end", message, json!(expected.as_str()), json!(actual));
    }
    if expect.retry_after.is_some() && expect.retry_after != observed.retry_after {
        let shown =
            |time: Option<std::time::Duration>| time.map_or("none".into(), |time| format!("{time:?}"));
        let (expected, actual) = (shown(expect.retry_after), shown(observed.retry_after));
        let message = format!("expected `{expected}`, came `{actual}`");
        differences.push("retry_after", message, json!(expected), json!(actual));
    }
    if let Some(expected) = &expect.charges {
        let actual: BTreeMap<String, u64> = observed.charges.clone();
        differences.map("charges", expected, &actual);
    }
    differences.list("alerts", expect.alerts.as_deref(), &observed.alerts);
    let (input, output) = expect.tokens;
    let tokens = [("tokens.input", input, observed.tokens.0), ("tokens.output", output, observed.tokens.1)];
    for (field, expected, actual) in tokens {
        differences.value(field, expected.unwrap_or(actual), actual);
    }
    if let Some(expected) = expect.cost {
        differences.value("cost", expected, observed.cost);
    }
    if expect.cap.is_some() && expect.cap != observed.cap {
        let came = observed.cap.map_or("no cap".into(), |cap| format!("`{cap}`"));
        let message = format!("expected `{}`, came {came}", expect.cap.unwrap_or_default());
        differences.push("cap", message, json!(expect.cap), json!(observed.cap));
    }
}

#[cfg(test)]
mod tests;
