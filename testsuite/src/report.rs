//! What a run has to say, as values; its forms for people and programs below.

mod json;
mod text;

pub(crate) use json::object;
pub use json::{render as to_json, with as to_json_with};
pub use text::render as to_text;

use crate::names::Location;
use serde_json::Value;

/// The outcome of every case, in the order of files and text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Each case.
    pub cases: Vec<CaseReport>,
}

/// One case and its outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseReport {
    /// The suite's name.
    pub suite: String,
    /// The case's name.
    pub name: String,
    /// The suite's file.
    pub file: String,
    /// The line of the case.
    pub line: u32,
    /// How it went.
    pub outcome: CaseOutcome,
}

/// How a case went.
#[derive(Clone, Debug, PartialEq)]
pub enum CaseOutcome {
    /// As expected.
    Passed,
    /// Its snapshot was accepted in this run.
    Accepted,
    /// Not run, and why.
    Skipped(String),
    /// Otherwise than expected, or not to be run at all.
    Failed(Vec<Failure>),
}

/// One way in which a case failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Where it stands in the suite.
    pub line: u32,
    /// Which request of which step, when there are several; empty otherwise.
    pub which: String,
    /// What was asked, in one line; empty when nothing was.
    pub asked: String,
    /// Which expectation; empty when the case itself is wrong.
    pub field: String,
    /// In one line, what differs.
    pub message: String,
    /// What was expected.
    pub expected: Value,
    /// What came.
    pub actual: Value,
    /// The policy text that decided.
    pub decided_by: Option<Location>,
}

impl Report {
    /// How many cases came out as expected.
    pub fn passed(&self) -> usize {
        self.count(|outcome| matches!(outcome, CaseOutcome::Passed | CaseOutcome::Accepted))
    }

    /// How many did not.
    pub fn failed(&self) -> usize {
        self.count(|outcome| matches!(outcome, CaseOutcome::Failed(_)))
    }

    /// How many were not run.
    pub fn skipped(&self) -> usize {
        self.count(|outcome| matches!(outcome, CaseOutcome::Skipped(_)))
    }

    fn count(&self, is_it: impl Fn(&CaseOutcome) -> bool) -> usize {
        self.cases.iter().filter(|case| is_it(&case.outcome)).count()
    }

    /// Whether the run is a success: something ran, and nothing failed.
    pub fn is_good(&self) -> bool {
        self.failed() == 0 && self.passed() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report() -> Report {
        let case = |name: &str, line, outcome| CaseReport {
            suite: "Retail banking".into(),
            name: name.into(),
            file: "retail.test.yaml".into(),
            line,
            outcome,
        };
        let failure = Failure {
            line: 21,
            which: "step 2, request 3 of 5".into(),
            asked: "retail, chat, gpt-4o: \"hello\"".into(),
            field: "served_by".into(),
            message: "expected `mistral/eu`, came `azure/eastus`".into(),
            expected: json!("mistral/eu"),
            actual: json!("azure/eastus"),
            decided_by: Some(Location { file: "rules.ascp".into(), line: 41 }),
        };
        Report {
            cases: vec![
                case("a", 4, CaseOutcome::Passed),
                case("b", 9, CaseOutcome::Skipped("later".into())),
                case("c", 18, CaseOutcome::Failed(vec![failure])),
            ],
        }
    }

    #[test]
    fn text_tells_people_why() {
        assert_eq!(
            to_text(&report()),
            "FAILED Retail banking: c\n  \
             at retail.test.yaml:21, step 2, request 3 of 5\n  \
             asked: retail, chat, gpt-4o: \"hello\"\n  \
             served_by: expected `mistral/eu`, came `azure/eastus`\n  \
             decided by rules.ascp:41\n\n\
             skipped Retail banking: b (later)\n\n\
             1 passed, 1 failed, 1 skipped\n"
        );
    }

    #[test]
    fn json_has_its_documented_form() {
        let text = to_json(&report());
        assert!(
            text.starts_with(
                r#"{"schema":"ascp.test/1","passed":1,"failed":1,"skipped":1,"cases":[{"suite":"#
            )
        );
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["cases"][0]["outcome"], "passed");
        assert_eq!(value["cases"][1]["message"], "later");
        let failed = &value["cases"][2];
        assert_eq!(failed["line"], 18);
        assert_eq!(failed["message"], "served_by: expected `mistral/eu`, came `azure/eastus`");
        assert_eq!(failed["expected"], "mistral/eu");
        assert_eq!(failed["decided_by"], json!({ "file": "rules.ascp", "line": 41 }));
    }

    #[test]
    fn an_empty_run_is_no_success() {
        assert!(!Report::default().is_good());
        assert!(!report().is_good());
    }
}
