//! A package that does not compile, in the formats of test reports: CI shows the lines that are wrong.

use crate::relative::Relative;
use lang::{Compiled, Severity};
use testsuite::Report;
use testsuite::report::{self, CaseOutcome, CaseReport};

/// The errors as one case each; none of the package's own cases ran.
pub(super) fn report(compiled: &Compiled, relative: &Relative) -> Report {
    let errors = compiled.diagnostics.iter().filter(|it| it.code.severity() == Severity::Error);
    let case = |diagnostic: &lang::Diagnostic| {
        let (file, line) = match compiled.sources.locate(diagnostic.span) {
            Some((file, start, _)) => (relative.name_of_source(file), start.line),
            None => (relative.name(""), 1),
        };
        let help = diagnostic.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        let message = format!("{}: {}{help}", diagnostic.code.as_str(), diagnostic.message);
        let failure = report::plain(line, message);
        CaseReport {
            suite: "the package".into(),
            name: format!("compiles at {file}:{line}"),
            file,
            line,
            outcome: CaseOutcome::Failed(vec![failure]),
        }
    };
    Report { cases: errors.map(case).collect(), ..Report::default() }
}
