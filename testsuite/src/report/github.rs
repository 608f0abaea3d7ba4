//! The report as workflow commands, which GitHub shows beside the lines that they speak of.

use super::{CaseOutcome, CaseReport, Report, text};
use std::fmt::Write as _;

/// Annotations of what failed, was skipped or is left over, then the line of sums.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    for case in &report.cases {
        annotate(&mut out, case);
    }
    for file in &report.unreferenced {
        let (file, what) = (property(file), data(text::UNREFERENCED));
        let _ = writeln!(out, "::warning file={file},title=unreferenced snapshot::{what}");
    }
    let _ = writeln!(out, "{}", text::sums(report));
    out
}

fn annotate(out: &mut String, case: &CaseReport) {
    let name = format!("{}: {}", case.suite, case.name);
    let file = property(&case.file);
    match &case.outcome {
        CaseOutcome::Passed | CaseOutcome::Accepted => {}
        CaseOutcome::Skipped(why) => {
            let title = property(&format!("skipped: {name}"));
            // Writing to a string cannot fail.
            let _ = writeln!(out, "::notice file={file},line={},title={title}::{}", case.line, data(why));
        }
        CaseOutcome::Failed(failures) => {
            for failure in failures {
                let headline = failure.headline();
                // The headline first, since lists of annotations show one line.
                let rest = text::lines(case, failure, None);
                let rest = rest.iter().filter(|line| !headline.contains(line.trim_start()));
                let message: Vec<&str> =
                    [headline.as_str()].into_iter().chain(rest.map(String::as_str)).collect();
                let (title, message) = (property(&name), data(&message.join("\n")));
                let _ = writeln!(out, "::error file={file},line={},title={title}::{message}", failure.line);
            }
        }
    }
}

/// What follows the last `::`, on one line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What stands between commas.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
