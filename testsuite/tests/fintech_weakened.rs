//! Weakened on purpose: whoever loosens a line of the fintech package breaks one of its cases.

use engine::guard::Guard;
use engine::scan::TokenKey;
use lang::Day;
use package::Directories;
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use testsuite::Options;
use testsuite::mutate::{self, Subject};
use testsuite::suite::Suite;

/// The day on which the package is checked.
const DAY: &str = "2026-11-20";

/// Fewer than these, and the operators have lost their way in the text.
const MUTANTS_MIN: usize = 250;

/// What a package that others start from must reach, in tenths of a percent.
const SCORE_MIN: usize = 950;

#[test]
fn most_weakenings_break_a_case() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/fintech").canonicalize()?;
    let loader = Directories::default();
    let (files, suites, day) = (loader.open(&root)?, Suite::read_all(&root)?, DAY.parse()?);
    let model = lang::compile(files.clone(), &loader, Day::Check(day)).model.ok_or("it compiles")?;
    let key = TokenKey::new([7; 32]);
    let guard = Arc::new(Guard::new(&model, key.clone())?);
    let jobs = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let options = Options { jobs, root, ..Options::at(format!("{DAY}T12:00:00Z").parse()?) };
    let subject = Subject { files: &files, loader: &loader, day, guard: &guard, key: &key, suites: &suites };
    let mutation = mutate::run(subject, &options, &|_, _| ())?;
    let tally = mutation.tally();
    assert!(tally.made >= MUTANTS_MIN, "{tally:?}");
    let score = tally.score_permille().ok_or("no mutant could be noticed")?;
    assert!(score >= SCORE_MIN, "{}", mutate::to_text(&mutation));
    Ok(())
}
