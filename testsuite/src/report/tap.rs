//! The report in version 14 of the Test Anything Protocol.

use super::{CaseOutcome, CaseReport, Failure, Report};
use crate::names::Location;
use serde_json::json;
use std::fmt::Write as _;

/// A plan, a line for each case in their order, and why under each that failed.
pub fn render(report: &Report) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", report.cases.len());
    for (number, case) in (1_usize..).zip(&report.cases) {
        let name = described(&format!("{}: {}", case.suite, case.name));
        // Writing to a string cannot fail.
        let _ = match &case.outcome {
            CaseOutcome::Passed | CaseOutcome::Accepted => writeln!(text, "ok {number} - {name}"),
            CaseOutcome::Skipped(why) => writeln!(text, "ok {number} - {name} # SKIP {}", described(why)),
            CaseOutcome::Failed(_) => writeln!(text, "not ok {number} - {name}"),
        };
        if let CaseOutcome::Failed(failures) = &case.outcome {
            diagnosis(&mut text, case, failures);
        }
    }
    for file in &report.unreferenced {
        let _ = writeln!(text, "# unreferenced snapshot: {}", described(file));
    }
    text
}

/// A text in one line; what begins a directive is escaped.
fn described(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '#' => line.extend(['\\', letter]),
            letter if letter.is_control() => line.push(' '),
            letter => line.push(letter),
        }
    }
    line
}

/// The YAML block under a case that failed; its values are JSON, which is YAML.
fn diagnosis(text: &mut String, case: &CaseReport, failures: &[Failure]) {
    let Some(first) = failures.first() else { return };
    let mut line = |key: &str, value: String| {
        let _ = writeln!(text, "  {key}{}{value}", if value.is_empty() { "" } else { ": " });
    };
    line("---", String::new());
    line("message", json!(first.headline()).to_string());
    line("severity", "fail".into());
    line("at", place(&Location { file: case.file.clone(), line: first.line }));
    for (key, value) in [("which", &first.which), ("asked", &first.asked)] {
        if !value.is_empty() {
            line(key, json!(value).to_string());
        }
    }
    if !first.field.is_empty() {
        line("expected", first.expected.to_string());
        line("actual", first.actual.to_string());
    }
    if let Some(decided) = &first.decided_by {
        line("decided_by", place(decided));
    }
    if let Some(said) = &first.would_pass {
        line("would_pass", json!(said).to_string());
    }
    let also: Vec<String> = failures.iter().skip(1).map(Failure::headline).collect();
    if !also.is_empty() {
        line("also", json!(also).to_string());
    }
    line("...", String::new());
}

fn place(place: &Location) -> String {
    format!("{{ file: {}, line: {} }}", json!(place.file), place.line)
}
