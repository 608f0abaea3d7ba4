//! `policy test --fuzz`: random requests, and what must hold of each.

use super::mutation::with_field;
use crate::args::Fuzzing;
use crate::exit::Failure;
use crate::file;
use crate::output::Output;
use engine::guard::Guard;
use jiff::Timestamp;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use testsuite::Options;
use testsuite::fuzz::{self, Fuzzed, Kept, SEED, Settings};
use testsuite::yaml::SUITE_BYTES_MAX;

/// What became of one package, and what it takes to run a case of it again.
pub(super) struct Trial {
    pub(super) fuzzed: Fuzzed,
    guard: Arc<Guard>,
    options: Options,
}

/// Tries one package with so many requests, the first of which come at `now`.
///
/// # Errors
///
/// The package cannot be tried.
pub(super) fn run(
    args: &Fuzzing,
    (requests, now): (NonZeroUsize, Timestamp),
    options: &Options,
    guard: &Arc<Guard>,
    output: &mut Output,
) -> Result<Trial, Failure> {
    let seed = args.seed.unwrap_or(SEED);
    let settings = Settings { requests: requests.get(), seed, jobs: options.jobs, now };
    let progress = output.progress("requests");
    let fuzzed = fuzz::run(guard, &settings, &|done, of| progress.tell(done, of));
    progress.finish();
    let fuzzed = fuzzed.map_err(|error| Failure::compile(format!("error: {error}")))?;
    for warning in fuzzed.warnings() {
        output.note(&format!("warning: {warning}"));
    }
    Ok(Trial { fuzzed, guard: Arc::clone(guard), options: options.clone() })
}

/// Refuses a file that `policy test` would not run for this package.
///
/// # Errors
///
/// It is named otherwise than suites, or lies beside the package.
pub(super) fn check(args: &Fuzzing, roots: &[&Path]) -> Result<(), Failure> {
    let Some(path) = &args.fuzz_write else { return Ok(()) };
    let ending = ::package::Kind::Suite.ending();
    if !path.to_string_lossy().ends_with(ending) {
        let message = format!("`{}` is not named as a suite", path.display());
        return Err(Failure::usage(message).help(format!("end its name in `{ending}`")));
    }
    let [root] = roots else {
        let message = "cases of several packages cannot be written to one file";
        return Err(Failure::usage(message).help("name one package"));
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = folder.canonicalize().map_err(|error| Failure::reading(folder, &error))?;
    if real.starts_with(root) {
        return Ok(());
    }
    let message = format!("`{}` lies outside the package, which would not run it", path.display());
    Err(Failure::usage(message).help("name a file below the package's directory"))
}

/// Adds the cases of what was found to a suite, where one is named.
///
/// # Errors
///
/// The file is no suite, or cannot be written.
pub(super) fn write(args: &Fuzzing, trials: &[Trial], output: &mut Output) -> Result<(), Failure> {
    let Some(path) = &args.fuzz_write else { return Ok(()) };
    let name = path.display();
    for trial in trials {
        let found = trial.fuzzed.properties.iter().filter_map(|one| Some((&one.name, one.failure.as_ref()?)));
        for (property, found) in found {
            if !found.is_telling {
                output.note(&format!(
                    "no case can say what `{property}` asks, so none was written to `{name}`"
                ));
                continue;
            }
            let text = if path.exists() { Some(file::read_text(path, SUITE_BYTES_MAX)?) } else { None };
            match fuzz::append(&trial.guard, text.as_deref(), &found.case, &trial.options) {
                Ok(Kept::Added(new)) => {
                    match text {
                        Some(_) => file::replace(path, &new)?,
                        None => file::create(path, &new)?,
                    }
                    output.note(&format!("wrote the case of `{property}` to `{name}`"));
                }
                Ok(Kept::Known) => {
                    output.note(&format!("the case of `{property}` stands in `{name}` already"));
                }
                Err(error) => {
                    let message = format!("the case of `{property}` was not written to `{name}`: {error}");
                    return Err(
                        Failure::usage(message).help("name another file; one that is not there is made")
                    );
                }
            }
        }
    }
    Ok(())
}

/// What requests came to, for people.
pub(super) fn to_text(trial: &Trial) -> String {
    format!("\n{}", fuzz::to_text(&trial.fuzzed))
}

/// The report of a run with `"fuzz"` in it: an object, or a list where several packages were tried.
pub(super) fn into_json(report: &str, all: &[Trial]) -> String {
    with_field(report, "fuzz", all.iter().map(|one| fuzz::to_json(&one.fuzzed).to_string()).collect())
}
