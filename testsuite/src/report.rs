//! What a run has to say, as values; its forms for people and programs below.

mod github;
mod json;
mod junit;
mod tap;
mod text;

pub use github::render as to_github;
pub(crate) use json::object;
pub use json::{render as to_json, with as to_json_with};
pub use junit::render as to_junit;
pub use tap::render as to_tap;
pub use text::{render as to_text, render_in as to_text_in};

use crate::names::Location;
use serde_json::Value;

/// The outcome of every case, in the order of files and text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Each case.
    pub cases: Vec<CaseReport>,
    /// Kept snapshots that no case refers to any more, by file.
    pub unreferenced: Vec<String>,
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
    /// What would have passed, as a suite writes it.
    pub would_pass: Option<String>,
}

/// A failure that is not about one expectation.
pub fn plain(line: u32, message: String) -> Failure {
    Failure {
        line,
        which: String::new(),
        asked: String::new(),
        field: String::new(),
        message,
        expected: Value::Null,
        actual: Value::Null,
        decided_by: None,
        would_pass: None,
    }
}

impl Failure {
    /// Which expectation, and what differs.
    pub fn headline(&self) -> String {
        if self.field.is_empty() {
            return self.message.clone();
        }
        format!("{}: {}", self.field, self.message)
    }
}

impl Report {
    /// Calls files by other names, such as those that they have where the command runs.
    ///
    /// The first function names suites and snapshots, the second the files of the policy.
    pub fn rename(&mut self, suite: impl Fn(&str) -> String, policy: impl Fn(&str) -> String) {
        self.unreferenced.iter_mut().for_each(|file| *file = suite(file));
        for case in &mut self.cases {
            case.file = suite(&case.file);
            if let CaseOutcome::Failed(failures) = &mut case.outcome {
                let places = failures.iter_mut().filter_map(|failure| failure.decided_by.as_mut());
                places.for_each(|place| place.file = policy(&place.file));
            }
        }
    }

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
            would_pass: Some("served_by: azure/eastus".into()),
        };
        Report {
            cases: vec![
                case("a", 4, CaseOutcome::Passed),
                case("b", 9, CaseOutcome::Skipped("later".into())),
                case("c", 18, CaseOutcome::Failed(vec![failure])),
            ],
            unreferenced: vec!["snapshots/retail__d.snap".into()],
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
             decided by rules.ascp:41\n  \
             would pass: served_by: azure/eastus\n\n\
             skipped Retail banking: b (later)\n\n\
             unreferenced snapshots/retail__d.snap: no case has this snapshot; `--update` removes it\n\n\
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
    fn files_are_called_as_they_are_where_the_command_runs() {
        let mut report = report();
        report.rename(|suite| format!("p/{suite}"), |policy| format!("q/{policy}"));
        let text = to_text(&report);
        for part in ["at p/retail.test.yaml:21", "decided by q/rules.ascp:41", "unreferenced p/snapshots/"] {
            assert!(text.contains(part), "{text}");
        }
    }

    /// A suite and a case with every letter that some form gives a meaning.
    fn hostile() -> Report {
        let text = "a\u{1b}[31m%\n::error::,:<&\"'#\\]]>\u{0}b";
        let failure = Failure { field: "client.has".into(), ..plain(3, text.into()) };
        let case = CaseReport {
            suite: text.into(),
            name: text.into(),
            file: text.into(),
            line: 2,
            outcome: CaseOutcome::Failed(vec![failure]),
        };
        let skipped = CaseReport { outcome: CaseOutcome::Skipped(text.into()), ..case.clone() };
        Report { cases: vec![case, skipped], unreferenced: vec![text.into()] }
    }

    #[test]
    fn no_name_breaks_out_of_its_place() {
        let report = hostile();
        let text = to_text(&report);
        assert!(!text.contains(['\u{1b}', '\u{0}']), "{text}");
        let tap = to_tap(&report);
        assert_eq!(tap.lines().filter(|line| line.starts_with("not ok ")).count(), 1, "{tap}");
        assert_eq!(tap.lines().filter(|line| line.contains(" # SKIP ")).count(), 1, "{tap}");
        let github = to_github(&report);
        assert_eq!(github.lines().filter(|line| line.starts_with("::")).count(), 3, "{github}");
        assert_eq!(github.lines().count(), 4, "{github}");
        let junit = to_junit(&report);
        assert!(!junit.contains(['\u{1b}', '\u{0}']) && junit.contains("&lt;&amp;"), "{junit}");
        let json: Value = serde_json::from_str(&to_json(&report)).unwrap();
        assert_eq!(json["cases"][0]["name"], report.cases[0].name);
    }

    #[test]
    fn tap_has_a_plan_and_a_line_for_each_case() {
        assert_eq!(
            to_tap(&report()),
            "TAP version 14\n\
             1..3\n\
             ok 1 - Retail banking: a\n\
             ok 2 - Retail banking: b # SKIP later\n\
             not ok 3 - Retail banking: c\n  \
             ---\n  \
             message: \"served_by: expected `mistral/eu`, came `azure/eastus`\"\n  \
             severity: fail\n  \
             at: { file: \"retail.test.yaml\", line: 21 }\n  \
             which: \"step 2, request 3 of 5\"\n  \
             asked: \"retail, chat, gpt-4o: \\\"hello\\\"\"\n  \
             expected: \"mistral/eu\"\n  \
             actual: \"azure/eastus\"\n  \
             decided_by: { file: \"rules.ascp\", line: 41 }\n  \
             would_pass: \"served_by: azure/eastus\"\n  \
             ...\n\
             # unreferenced snapshot: snapshots/retail__d.snap\n"
        );
        assert_eq!(to_tap(&Report::default()), "TAP version 14\n1..0\n");
    }

    #[test]
    fn annotations_name_file_and_line() {
        assert_eq!(
            to_github(&report()),
            "::notice file=retail.test.yaml,line=9,title=skipped%3A Retail banking%3A b::later\n\
             ::error file=retail.test.yaml,line=21,title=Retail banking%3A c::served_by: expected `mistral/eu`, \
             came `azure/eastus`%0Aat retail.test.yaml:21, step 2, request 3 of 5%0A\
             asked: retail, chat, gpt-4o: \"hello\"%0Adecided by rules.ascp:41%0A\
             would pass: served_by: azure/eastus\n\
             ::warning file=snapshots/retail__d.snap,title=unreferenced snapshot::no case has this snapshot; \
             `--update` removes it\n\
             1 passed, 1 failed, 1 skipped\n"
        );
    }

    #[test]
    fn an_empty_run_is_no_success() {
        assert!(!Report::default().is_good());
        assert!(!report().is_good());
    }
}
