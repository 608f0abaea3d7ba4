//! `policy test`: the suites of packages, run by the harness.

mod mutation;

use super::Outcome;
use crate::args::{Format, Test};
use crate::clock;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::package;
use engine::Cache;
use engine::guard::Guard;
use engine::scan::TokenKey;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lang::Day;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use testsuite::suite::Suite;
use testsuite::{Options, Report, library, report};

/// Keys the tokens of redacted values in tests: the same in every run, so that snapshots keep.
const TEST_TOKEN_KEY: [u8; 32] = [7; 32];

/// Runs the suites, and says what came of them.
pub(super) fn run(args: &Test, output: &mut Output) -> Outcome {
    let (mut all, mut mutations) = (Report::default(), Vec::new());
    // Packages that are tested together mostly share the library's detectors.
    let mut cache = Cache::new();
    for Part { root, wanted, is_library } in parts(&args.paths)? {
        let mut suites = suites(&root, &wanted)?;
        let model = if is_library {
            if suites.is_empty() {
                return Err(in_no_package(args));
            }
            library::fill(&mut suites);
            library::compile().model.ok_or_else(|| Failure::compile("error: the library does not compile"))?
        } else {
            let package = package::open(Some(&root), Day::Check(clock::day(args.at.at)))?;
            package::into_model(package, output.error_style())?
        };
        let guard = Guard::with_cache(&model, TokenKey::new(TEST_TOKEN_KEY), &mut cache)
            .map_err(|error| Failure::compile(format!("error: {error}")))?;
        let options = Options {
            now: now(args),
            filter: args.filter.clone(),
            jobs: args.jobs.unwrap_or_else(processors),
            update: args.update,
            root,
        };
        output.detail(&format!("suites of {}: {}", options.root.display(), suites.len()));
        let guard = Arc::new(guard);
        let report = testsuite::run_package(&guard, &suites, &options);
        if args.mutate && !is_library && report.is_good() {
            let day = clock::day(args.at.at);
            mutations.push(mutation::run(&options, &guard, &suites, day, output)?);
        }
        all.cases.extend(report.cases);
    }
    match args.format.format {
        Format::Json => output.result(&(mutation::into_json(&report::to_json(&all), &mutations) + "\n")),
        Format::Text => {
            output.result(&report::to_text(&all));
            for mutation in &mutations {
                output.result(&mutation::to_text(mutation));
            }
        }
    }
    if args.mutate && mutations.is_empty() {
        output.note("no mutant was made: mutation needs a package with tests, all of which pass");
    }
    if all.cases.is_empty() {
        output.note(match args.filter {
            Some(_) => "no case has the filter's text in its name",
            None => "there is no case: tests are in `*.test.yaml` files below the package",
        });
    }
    let is_enough = args.mutate_min.is_none_or(|percent| mutation::reach(&mutations, percent));
    Ok(if all.is_good() && is_enough { Exit::Well } else { Exit::No })
}

/// Suites that are run together: those of one package, or those beside the library.
struct Part {
    /// The package's directory, or the folder that was named.
    root: PathBuf,
    /// What of it is wanted.
    wanted: Vec<PathBuf>,
    /// Whether the suites lie in no package, and so speak of all of the library.
    is_library: bool,
}

/// The packages that the paths lie in; a path in no package is the library's.
fn parts(paths: &[PathBuf]) -> Result<Vec<Part>, Failure> {
    if paths.is_empty() {
        let root = package::root(None)?;
        return Ok(vec![Part { root: root.clone(), wanted: vec![root], is_library: false }]);
    }
    let mut parts: Vec<Part> = Vec::new();
    for path in paths {
        let real = path.canonicalize().map_err(|error| Failure::reading(path, &error))?;
        let package = ::package::nearest(&real);
        let is_library = package.is_none();
        let folder = if real.is_dir() { Some(&*real) } else { real.parent() };
        let root = package.or_else(|| folder.map(Path::to_path_buf)).unwrap_or_else(|| real.clone());
        match parts.iter_mut().find(|part| part.root == root) {
            Some(part) => part.wanted.push(real),
            None => parts.push(Part { root, wanted: vec![real], is_library }),
        }
    }
    Ok(parts)
}

fn in_no_package(args: &Test) -> Failure {
    let paths: Vec<String> = args.paths.iter().map(|path| format!("`{}`", path.display())).collect();
    let message = format!("no package is at {}, and no test", paths.join(", "));
    Failure::usage(message).help("name the package's directory, or a file or folder below it")
}

fn suites(root: &Path, wanted: &[PathBuf]) -> Result<Vec<Suite>, Failure> {
    let mut suites = Suite::read_all(root).map_err(|error| package::unreadable(root, &error))?;
    suites.retain(|suite| {
        let path = root.join(&suite.file);
        wanted.iter().any(|wanted| path.starts_with(wanted))
    });
    Ok(suites)
}

/// The instant of cases that say none: noon of the day that was said, else now.
fn now(args: &Test) -> Timestamp {
    let noon = args.at.at.and_then(|date| date.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).ok());
    noon.map_or_else(clock::now, |noon| noon.timestamp())
}

fn processors() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}
