//! What a run has to say: a case for each property, then what the requests came to.

use super::{Checked, Found, Fuzzed};
use crate::names::Location;
use crate::report::{CaseOutcome, CaseReport, Failure, plain};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The suite in which properties stand in reports.
const SUITE: &str = "fuzz";

/// A case for each property, as reports of suites have them.
pub fn cases(fuzzed: &Fuzzed) -> Vec<CaseReport> {
    let case = |checked: &Checked| {
        let place = checked.place.clone().unwrap_or(Location { file: String::new(), line: 1 });
        let outcome = match &checked.failure {
            None => CaseOutcome::Passed,
            Some(found) => CaseOutcome::Failed(vec![failure(fuzzed, checked, found, place.line)]),
        };
        CaseReport {
            suite: SUITE.to_owned(),
            name: checked.name.clone(),
            file: place.file,
            line: place.line,
            outcome,
        }
    };
    fuzzed.properties.iter().map(case).collect()
}

fn failure(fuzzed: &Fuzzed, checked: &Checked, found: &Found, line: u32) -> Failure {
    let what = if found.is_telling {
        "this case fails for as long as it does:"
    } else {
        "no case can say what ought to hold; this one makes the request:"
    };
    let mut message = format!("{}\ncame: {}\n{what}\n", found.message, found.came);
    for line in found.case.lines() {
        let _ = writeln!(message, "  {line}");
    }
    Failure {
        which: format!("seed {}, request {}", fuzzed.seed, found.request),
        asked: found.asked.clone(),
        field: checked.name.clone(),
        actual: json!(found.came),
        decided_by: found.decided_by.clone(),
        ..plain(line, message.trim_end().to_owned())
    }
}

/// A line for the requests, then a line for each property.
pub fn to_text(fuzzed: &Fuzzed) -> String {
    let (tally, of) = (&fuzzed.tally, fuzzed.of);
    let mut text = format!(
        "fuzz: {}, seed {}: {} allowed, {} denied, {} sent; {} of {} tenants, {} of {} rules fired, values of {} of {} detectors\n",
        requests(fuzzed.requests),
        fuzzed.seed,
        grouped(tally.allowed),
        grouped(tally.denied),
        grouped(tally.sent),
        tally.tenants.len(),
        of.tenants,
        tally.rules.len(),
        of.rules,
        of.sampled,
        of.detectors,
    );
    for checked in &fuzzed.properties {
        let verdict = if checked.failure.is_some() { "broken" } else { "held" };
        let count = requests(usize::try_from(checked.exercised).unwrap_or(usize::MAX));
        let _ = writeln!(text, "fuzz: {}: {verdict}, {count}{}", checked.name, checked.property.about());
    }
    text
}

fn requests(count: usize) -> String {
    let word = if count == 1 { "request" } else { "requests" };
    format!("{} {word}", grouped(u64::try_from(count).unwrap_or(u64::MAX)))
}

/// A number as people read it: `1,000`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len().saturating_sub(at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The same for programs, as one JSON object.
pub fn to_json(fuzzed: &Fuzzed) -> Value {
    let (tally, of) = (&fuzzed.tally, fuzzed.of);
    let property = |checked: &Checked| {
        json!({
            "property": checked.name,
            "outcome": if checked.failure.is_some() { "failed" } else { "passed" },
            "exercised": checked.exercised,
            "failure": checked.failure.as_ref().map(failed),
        })
    };
    json!({
        "seed": fuzzed.seed,
        "requests": fuzzed.requests,
        "allowed": tally.allowed,
        "denied": tally.denied,
        "sent": tally.sent,
        "tenants": { "reached": tally.tenants.len(), "of": of.tenants },
        "rules": { "fired": tally.rules.len(), "of": of.rules },
        "detectors": { "planted": of.sampled, "of": of.detectors },
        "properties": fuzzed.properties.iter().map(property).collect::<Vec<_>>(),
        "warnings": fuzzed.warnings(),
    })
}

fn failed(found: &Found) -> Value {
    json!({
        "request": found.request,
        "message": found.message,
        "asked": found.asked,
        "came": found.came,
        "case": found.case,
        "case_fails": found.is_telling,
    })
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn numbers_are_grouped_by_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
