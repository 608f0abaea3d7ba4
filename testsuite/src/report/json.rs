//! The report for programs: the schema `ascp.test/1`.

use super::{CaseOutcome, CaseReport, Failure, Report};
use serde_json::{Value, json};

/// The report as one line of JSON; keys stand in the documented order.
pub fn render(report: &Report) -> String {
    with(report, None)
}

/// The same, with the coverage of the run as JSON.
pub fn with(report: &Report, coverage: Option<&str>) -> String {
    let cases: Vec<String> = report.cases.iter().map(case).collect();
    let mut fields = vec![
        ("schema", "\"ascp.test/1\"".into()),
        ("passed", report.passed().to_string()),
        ("failed", report.failed().to_string()),
        ("skipped", report.skipped().to_string()),
        ("cases", format!("[{}]", cases.join(","))),
        ("unreferenced", json!(report.unreferenced).to_string()),
    ];
    fields.extend(coverage.map(|coverage| ("coverage", coverage.to_owned())));
    object(&fields)
}

fn case(case: &CaseReport) -> String {
    let mut fields = vec![
        ("suite", json!(case.suite).to_string()),
        ("name", json!(case.name).to_string()),
        ("file", json!(case.file).to_string()),
        ("line", case.line.to_string()),
    ];
    let mut add = |name, value: Value| fields.push((name, value.to_string()));
    match &case.outcome {
        CaseOutcome::Passed => add("outcome", json!("passed")),
        CaseOutcome::Accepted => {
            add("outcome", json!("passed"));
            add("message", json!("the snapshot was accepted"));
        }
        CaseOutcome::Skipped(why) => {
            add("outcome", json!("skipped"));
            add("message", json!(why));
        }
        CaseOutcome::Failed(failures) => {
            add("outcome", json!("failed"));
            // The first failure is the case's; the others stand under `also`.
            if let Some(first) = failures.first() {
                add("message", json!(first.headline()));
                add("expected", first.expected.clone());
                add("actual", first.actual.clone());
                let place = first.decided_by.as_ref();
                add(
                    "decided_by",
                    place.map_or(Value::Null, |at| json!({ "file": at.file, "line": at.line })),
                );
                add("asked", json!(first.asked));
                add("would_pass", json!(first.would_pass));
            }
            let also: Vec<String> = failures.iter().skip(1).map(Failure::headline).collect();
            if !also.is_empty() {
                add("also", json!(also));
            }
        }
    }
    object(&fields)
}

/// An object whose keys stand in the order in which they are given; values are JSON.
pub(crate) fn object(fields: &[(&str, String)]) -> String {
    let parts: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", parts.join(","))
}
