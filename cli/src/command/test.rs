//! `policy test`: the suites of packages, run by the harness.

mod broken;
mod coverage;
mod fuzz;
mod mutation;
mod review;
mod watch;

use super::Outcome;
use crate::args::{Test, TestFormat};
use crate::clock;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::package;
use crate::relative::Relative;
use coverage::Counting;
use engine::Cache;
use engine::guard::Guard;
use engine::scan::TokenKey;
use jiff::Timestamp;
use lang::Day;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use testsuite::mutate::Mutation;
use testsuite::suite::Suite;
use testsuite::{Options, Report, Watch, library, report, snapshot};

/// Keys the tokens of redacted values in tests: the same in every run, so that snapshots keep.
const TEST_TOKEN_KEY: [u8; 32] = [7; 32];

/// Runs the suites, and says what came of them.
pub(super) fn run(args: &Test, output: &mut Output) -> Outcome {
    if args.schema {
        output.result(&testsuite::suite::schema::text());
        return Ok(Exit::Well);
    }
    if args.snapshots.review {
        review::check_terminal()?;
    }
    if args.watch {
        return watch::run(args, output);
    }
    let mut told = Told {
        all: Report::default(),
        counting: Counting::new(&args.coverage),
        mutations: vec![],
        trials: vec![],
    };
    // Packages that are tested together mostly share the library's detectors.
    let mut cache = Cache::new();
    let parts = parts(&args.paths)?;
    fuzz::check(&args.fuzzing, &parts.iter().map(|part| &*part.root).collect::<Vec<_>>())?;
    for part in parts {
        let mut suites = suites(&part.root, &part.wanted)?;
        if part.is_library && suites.is_empty() {
            return Err(in_no_package(args));
        }
        if part.is_library {
            library::fill(&mut suites);
        }
        let guard = Arc::new(guard(&part, args, &mut cache, &mut Vec::new(), output)?);
        told.run(args, &part, (&guard, &suites), output)?;
    }
    told.counting.write()?;
    told.say(args, output);
    fuzz::write(&args.fuzzing, &told.trials, output)?;
    let is_covered = told.counting.is_enough(output);
    let is_enough = args.mutation.mutate_min.is_none_or(|percent| mutation::reach(&told.mutations, percent));
    Ok(if told.all.is_good() && is_covered && is_enough { Exit::Well } else { Exit::No })
}

/// What is known of the packages that have been run.
struct Told<'a> {
    all: Report,
    counting: Counting<'a>,
    mutations: Vec<Mutation>,
    trials: Vec<fuzz::Trial>,
}

impl Told<'_> {
    /// Runs the suites of one part, and whatever else is asked of them.
    fn run(
        &mut self,
        args: &Test,
        part: &Part,
        (guard, suites): (&Arc<Guard>, &[Suite]),
        output: &mut Output,
    ) -> Result<(), Failure> {
        let options = options(args, part.root.clone());
        output.detail(&format!("suites of {}: {}", options.root.display(), suites.len()));
        let counted =
            if part.is_library { None } else { self.counting.open(guard.model(), &options.root)? };
        let progress = output.progress("cases");
        let watch = Watch {
            exchange: &|outcome| counted.iter().for_each(|counted| counted.watch(outcome)),
            case: &|done, total| progress.tell(done, total),
        };
        let mut report = testsuite::run_package_watched(guard, suites, &options, watch);
        progress.finish();
        self.counting.close(counted);
        if args.mutation.mutate && !part.is_library && report.is_good() {
            let day = clock::day(args.at.at);
            self.mutations.push(mutation::run(&options, guard, suites, day, output)?);
        }
        if let Some(requests) = args.fuzzing.fuzz.filter(|_| !part.is_library) {
            let trial =
                fuzz::run(&args.fuzzing, (requests, clock::noon(args.at.at)), &options, guard, output)?;
            report.cases.extend(testsuite::fuzz::cases(&trial.fuzzed));
            self.trials.push(trial);
        }
        if args.snapshots.review {
            review::run(&mut report, &options.root, output)?;
        }
        // What a part of the suites does not have, the others may.
        let is_narrowed = args.filter.is_some() || !args.tags.is_empty() || !args.skip_tags.is_empty();
        if !is_narrowed && part.wanted.contains(&part.root) {
            report.unreferenced = leftovers(args, &part.root, suites, output)?;
        }
        let relative = Relative::to(&part.root);
        report.rename(|file| relative.name(file), |file| relative.name_of_source(file));
        self.all.cases.extend(report.cases);
        self.all.unreferenced.extend(report.unreferenced);
        Ok(())
    }

    /// Says all of it.
    fn say(&self, args: &Test, output: &mut Output) {
        if args.mutation.mutate && self.mutations.is_empty() {
            output.note("no mutant was made: mutation needs a package with tests, all of which pass");
        }
        let text = match args.format {
            TestFormat::Json => {
                let json = report::to_json_with(&self.all, self.counting.json().as_deref());
                fuzz::into_json(&mutation::into_json(&json, &self.mutations), &self.trials) + "\n"
            }
            TestFormat::Text => {
                let mutations: String = self.mutations.iter().map(mutation::to_text).collect();
                let fuzzed: String = self.trials.iter().map(fuzz::to_text).collect();
                render(args.format, &self.all, output) + &self.counting.text() + &mutations + &fuzzed
            }
            TestFormat::Junit | TestFormat::Tap | TestFormat::Github => {
                render(args.format, &self.all, output)
            }
        };
        output.result(&text);
        if args.fuzzing.fuzz.is_some() && self.trials.is_empty() {
            output.note("no request was tried: fuzzing needs a package");
        }
        if self.all.cases.is_empty() {
            output.note(match args.filter {
                Some(_) => "no case has the filter's text in its name",
                None if !(args.tags.is_empty() && args.skip_tags.is_empty()) => "the tags leave no case",
                None => "there is no case: tests are in `*.test.yaml` files below the package",
            });
        }
    }
}

/// A report in the form that was asked for.
fn render(format: TestFormat, report: &Report, output: &Output) -> String {
    match format {
        TestFormat::Text => report::to_text_in(report, output.style()),
        TestFormat::Json => report::to_json(report).trim_end().to_owned() + "\n",
        TestFormat::Junit => report::to_junit(report),
        TestFormat::Tap => report::to_tap(report),
        TestFormat::Github => report::to_github(report),
    }
}

fn options(args: &Test, root: PathBuf) -> Options {
    Options {
        now: now(args),
        filter: args.filter.clone(),
        tags: args.tags.clone(),
        skip_tags: args.skip_tags.clone(),
        jobs: args.jobs.unwrap_or_else(processors),
        update: args.snapshots.update,
        root,
    }
}

/// Compiles the policy of a part; what keeps it from compiling is told in the form of the report too.
///
/// `sources` becomes what the policy was made from, also when it does not compile.
fn guard(
    part: &Part,
    args: &Test,
    cache: &mut Cache,
    sources: &mut Vec<PathBuf>,
    output: &mut Output,
) -> Result<Guard, Failure> {
    let model = if part.is_library {
        library::compile().model.ok_or_else(|| Failure::compile("error: the library does not compile"))?
    } else {
        let package = package::open(Some(&part.root), Day::Check(clock::day(args.at.at)))?;
        sources.clone_from(&package.watched);
        if package.compiled.model.is_none() && args.format != TestFormat::Text {
            let report = broken::report(&package.compiled, &Relative::to(&part.root));
            output.result(&render(args.format, &report, output));
        }
        package::into_model(package, output.error_style())?
    };
    Guard::with_cache(&model, TokenKey::new(TEST_TOKEN_KEY), cache)
        .map_err(|error| Failure::compile(format!("error: {error}")))
}

/// Snapshots that no case has any more; with `--update` they are removed.
fn leftovers(
    args: &Test,
    root: &Path,
    suites: &[Suite],
    output: &mut Output,
) -> Result<Vec<String>, Failure> {
    let left = match snapshot::unreferenced(root, suites) {
        Ok(left) => left,
        Err(error) => {
            output.note(&format!("snapshots that no case has were not looked for: {error}"));
            return Ok(Vec::new());
        }
    };
    if !args.snapshots.update {
        return Ok(left);
    }
    for name in left {
        let path = root.join(&name);
        std::fs::remove_file(&path).map_err(|error| Failure::writing(&path, &error))?;
        output.note(&format!("removed `{name}`, which no case has"));
    }
    Ok(Vec::new())
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
    if args.at.at.is_some() { clock::noon(args.at.at) } else { clock::now() }
}

fn processors() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}
