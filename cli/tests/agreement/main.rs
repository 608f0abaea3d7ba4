//! What the harness says is what the sidecar does: every case of every package, both ways.
//!
//! Each case runs with the runner of `policy test`, and over real sockets: a
//! client sends its requests to a [`server::Server`], which calls upstreams over
//! TLS. All that can be observed of both has to be the same, field by field.
//!
//! What is set on both sides is what a case sets: the instant, who calls, how
//! upstreams answer, what was used before, what is known to be down. Time is in
//! the test's hands ([`world`]), so a month passes in an instant here too.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test and its helpers fail by panicking")]

mod client;
mod compare;
mod keys;
mod observer;
mod package;
mod said;
mod upstream;
mod world;

use compare::Disagreement;
use package::Package;
use std::fmt::Write as _;
use std::sync::Mutex;
use testsuite::names::Names;
use testsuite::observed::Observed;
use testsuite::report::CaseOutcome;
use testsuite::run::Outcome;
use testsuite::suite::{Entry, Suite};
use testsuite::{Options, Watch};
use world::World;

/// The instant of cases that say none.
const NOW: &str = "2026-11-20T12:00:00Z";

/// Most disagreements that are told; they mostly have few causes.
const TOLD_MAX: usize = 12;

/// What one exchange came to.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) observed: Observed,
    /// Headers of the client's answer, sorted; those that frame it aside.
    pub(crate) headers: Vec<(String, String)>,
}

#[test]
fn fintech_agrees() {
    agrees("policies/fintech", 150);
}

#[test]
fn healthcare_agrees() {
    agrees("policies/healthcare", 200);
}

#[test]
fn eu_saas_agrees() {
    agrees("policies/eu_saas", 250);
}

/// A package of this test's own, for what the others never meet: broken streams, breakers among
/// requests at once, an endpoint asked again.
#[test]
fn the_corners_agree() {
    agrees("cli/tests/agreement/corners", 80);
}

/// Runs every case of a package both ways; there are at least so many.
fn agrees(path: &str, cases_min: usize) {
    open_many_files();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut package = Package::open(path);
    let suites = std::mem::take(&mut package.suites);
    let world = runtime.block_on(async { World::new(package) });
    let options = Options { root: world.package.root.clone(), ..Options::at(NOW.parse().unwrap()) };
    let (mut cases, mut told) = (0_usize, Vec::new());
    for suite in suites {
        assert!(suite.faults.is_empty(), "{path}/{}: {:?}", suite.file, suite.faults);
        for entry in suite.entries {
            let place = format!("{path}/{}:{}: {}", suite.file, entry.place.line, entry.name);
            let one = Suite {
                name: suite.name.clone(),
                file: suite.file.clone(),
                entries: vec![entry],
                faults: Vec::new(),
                includes: Vec::new(),
            };
            let Some(expected) = run(&world.package, &one, &options) else { continue };
            let [Entry { case: Ok(case), .. }] = one.entries.as_slice() else { panic!("{place}") };
            cases += 1;
            let came = runtime.block_on(world.run(case, options.now));
            if let Err(disagreement) = compare::all(&world.package, case, &expected, &came) {
                told.push((place, disagreement));
            }
        }
    }
    assert!(cases >= cases_min, "{path} has {cases} cases");
    assert!(told.is_empty(), "{}", report(path, cases, &told));
}

/// What the runner makes of a case; `None` when the case says that it is not run.
fn run(package: &Package, suite: &Suite, options: &Options) -> Option<Vec<Seen>> {
    let seen = Mutex::new(Vec::new());
    let names = Names::new(package.guard.model());
    let exchange = |outcome: &Outcome| {
        let headers = outcome.head.iter().flat_map(|head| &head.headers);
        let headers = headers.map(|(name, value)| ((*name).to_owned(), value.clone()));
        let observed = Observed::of(names, outcome);
        seen.lock().unwrap().push(Seen { observed, headers: client::telling(headers) });
    };
    let watch = Watch { exchange: &exchange, case: &|_, _| {} };
    let report = testsuite::run_package_watched(&package.guard, std::slice::from_ref(suite), options, watch);
    if let [one] = report.cases.as_slice()
        && matches!(one.outcome, CaseOutcome::Skipped(_))
    {
        return None;
    }
    assert!(report.is_good(), "{}", testsuite::report::to_text(&report));
    Some(seen.into_inner().unwrap())
}

fn report(path: &str, cases: usize, told: &[(String, Disagreement)]) -> String {
    let mut text = format!("{} of {cases} cases of {path} differ\n", told.len());
    for (place, disagreement) in told.iter().take(TOLD_MAX) {
        writeln!(text, "\n{place}\n{disagreement}").unwrap();
    }
    text
}

/// Lets this process open as many files as the system lets it.
///
/// Some cases hold 250 requests open at once, of four sockets each, and the
/// usual limit of a shell is 1024.
fn open_many_files() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).ok();
    }
}
