//! The report for people: what failed and why, then one line of sums.

use super::{CaseOutcome, CaseReport, Failure, Report};
use std::fmt::Write as _;

/// The report as text, without colour.
pub fn render(report: &Report) -> String {
    let mut text = String::new();
    for case in &report.cases {
        if let CaseOutcome::Failed(failures) = &case.outcome {
            failed(&mut text, case, failures);
        }
    }
    let mut skipped = false;
    for case in &report.cases {
        if let CaseOutcome::Skipped(why) = &case.outcome {
            skipped = true;
            let _ = writeln!(text, "skipped {}: {} ({why})", case.suite, case.name);
        }
    }
    if skipped {
        text.push('\n');
    }
    let _ = write!(text, "{} passed, {} failed", report.passed(), report.failed());
    if report.skipped() > 0 {
        let _ = write!(text, ", {} skipped", report.skipped());
    }
    text.push('\n');
    text
}

/// One failing case; what several failures share is said once.
fn failed(text: &mut String, case: &CaseReport, failures: &[Failure]) {
    let _ = writeln!(text, "FAILED {}: {}", case.suite, case.name);
    let mut before: Option<&Failure> = None;
    for failure in failures {
        let is_other =
            before.is_none_or(|before| (before.line, &before.which) != (failure.line, &failure.which));
        if is_other {
            let which = if failure.which.is_empty() { String::new() } else { format!(", {}", failure.which) };
            let _ = writeln!(text, "  at {}:{}{which}", case.file, failure.line);
            if !failure.asked.is_empty() {
                let _ = writeln!(text, "  asked: {}", failure.asked);
            }
        }
        let field = if failure.field.is_empty() { String::new() } else { format!("{}: ", failure.field) };
        let _ = writeln!(text, "  {field}{}", failure.message.replace('\n', "\n    "));
        if let Some(place) = &failure.decided_by
            && before.and_then(|before| before.decided_by.as_ref()) != Some(place)
        {
            let _ = writeln!(text, "  decided by {place}");
        }
        before = Some(failure);
    }
    text.push('\n');
}
