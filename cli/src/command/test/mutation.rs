//! `policy test --mutate`: would the tests notice a weaker policy?

use super::TEST_TOKEN_KEY;
use crate::exit::Failure;
use crate::output::Output;
use crate::package::unreadable;
use engine::guard::Guard;
use engine::scan::TokenKey;
use jiff::civil::Date;
use package::Directories;
use std::sync::Arc;
use testsuite::Options;
use testsuite::mutate::{self, Mutation, Subject};
use testsuite::suite::Suite;

/// Makes the mutants of one package, whose cases all pass.
///
/// # Errors
///
/// The package cannot be read again.
pub(super) fn run(
    options: &Options,
    guard: &Arc<Guard>,
    suites: &[Suite],
    day: Date,
    output: &Output,
) -> Result<Mutation, Failure> {
    let loader = Directories::default();
    let files = loader.open(&options.root).map_err(|error| unreadable(&options.root, &error))?;
    let key = TokenKey::new(TEST_TOKEN_KEY);
    let subject = Subject { files: &files, loader: &loader, day, guard, key: &key, suites };
    let progress = output.progress("mutants");
    let mutation = mutate::run(subject, options, &|done, of| progress.tell(done, of));
    progress.finish();
    mutation.map_err(|error| Failure::compile(format!("error: {error}")))
}

/// What became of the mutants, for people.
pub(super) fn to_text(mutation: &Mutation) -> String {
    format!("\n{}", mutate::to_text(mutation))
}

/// The report of a run with `"mutation"` in it: an object, or a list where several packages were tested.
pub(super) fn into_json(report: &str, mutations: &[Mutation]) -> String {
    with_field(report, "mutation", mutations.iter().map(|one| mutate::to_json(one).to_string()).collect())
}

/// A report with one field more: the only value, or a list of several; without any, the report as it is.
pub(super) fn with_field(report: &str, field: &str, mut all: Vec<String>) -> String {
    let report = report.trim_end();
    let value = match (all.pop(), all.is_empty()) {
        (None, _) => return report.to_owned(),
        (Some(only), true) => only,
        (Some(last), false) => {
            all.push(last);
            format!("[{}]", all.join(","))
        }
    };
    let open = report.strip_suffix('}').unwrap_or(report);
    format!("{open},\"{field}\":{value}}}")
}

/// Whether each package's score is at least so many percent; one without a mutant to notice has none to reach.
pub(super) fn reach(mutations: &[Mutation], percent: u8) -> bool {
    let is_enough = |mutation: &Mutation| {
        mutation.tally().score_permille().is_none_or(|score| score >= usize::from(percent) * 10)
    };
    !mutations.is_empty() && mutations.iter().all(is_enough)
}
