//! The report as JUnit XML, which most CI systems draw.

use super::{CaseOutcome, CaseReport, Failure, Report, text};
use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

/// The report, suites and cases in their order; nothing in it depends on when it was made.
pub fn render(report: &Report) -> String {
    let mut suites: Vec<(&str, TestSuite)> = Vec::new();
    for case in &report.cases {
        let is_it =
            |(file, suite): &(&str, TestSuite)| *file == case.file && suite.name.as_str() == case.suite;
        if !suites.last().is_some_and(is_it) {
            let mut suite = TestSuite::new(case.suite.as_str());
            suite.add_property(Property::new("file", case.file.as_str()));
            suites.push((&case.file, suite));
        }
        if let Some((_, suite)) = suites.last_mut() {
            suite.add_test_case(test_case(case));
        }
    }
    let mut junit = quick_junit::Report::new("policy test");
    junit.add_test_suites(suites.into_iter().map(|(_, suite)| suite));
    // It is written to memory, and its texts were cleaned when they were taken in.
    junit.to_string().unwrap_or_default()
}

fn test_case(case: &CaseReport) -> TestCase {
    let status = match &case.outcome {
        CaseOutcome::Passed | CaseOutcome::Accepted => TestCaseStatus::success(),
        CaseOutcome::Skipped(why) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why.as_str());
            status
        }
        CaseOutcome::Failed(failures) => failed(case, failures),
    };
    let mut test_case = TestCase::new(case.name.as_str(), status);
    test_case.set_classname(case.suite.as_str());
    test_case.extra.insert("file".into(), case.file.as_str().into());
    test_case.extra.insert("line".into(), case.line.to_string().as_str().into());
    test_case
}

/// What came otherwise is a failure, what could not be run an error.
fn failed(case: &CaseReport, failures: &[Failure]) -> TestCaseStatus {
    let first = failures.first();
    let field = first.map_or("", |failure| failure.field.as_str());
    let kind = if field.is_empty() { NonSuccessKind::Error } else { NonSuccessKind::Failure };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(if field.is_empty() { "suite" } else { field });
    status.set_message(first.map(Failure::headline).unwrap_or_default());
    let mut description = Vec::new();
    let mut before = None;
    for failure in failures {
        description.extend(text::lines(case, failure, before));
        before = Some(failure);
    }
    status.set_description(description.join("\n"));
    status
}
