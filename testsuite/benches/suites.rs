//! How long cases take: a suite should be over before its author looks up.

use engine::guard::Guard;
use engine::scan::TokenKey;
use lang::{Compiled, Day};
use package::Package;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use testsuite::Options;
use testsuite::suite::Suite;

const DAY: &str = "2026-11-20";

fn main() {
    divan::main();
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/fintech")
}

fn compile() -> Option<Compiled> {
    Some(Package::open(root(), Day::Check(DAY.parse().ok()?)).ok()?.compiled)
}

fn guard() -> Option<Arc<Guard>> {
    Guard::new(&compile()?.model?, TokenKey::new([7; 32])).ok().map(Arc::new)
}

fn options() -> Option<Options> {
    Some(Options::at(format!("{DAY}T12:00:00Z").parse().ok()?))
}

/// Text to model to guard.
#[divan::bench]
fn compile_fintech() -> Option<Arc<Guard>> {
    guard()
}

/// YAML to cases.
#[divan::bench]
fn read_fintech() -> Option<Vec<Suite>> {
    Suite::read_all(&root()).ok()
}

/// All cases of fintech but those that send hundreds of requests; an item is a case.
#[divan::bench]
fn run_fintech(bencher: divan::Bencher<'_, '_>) {
    let (Some(guard), Ok(mut suites), Some(options)) = (guard(), Suite::read_all(&root()), options()) else {
        return;
    };
    for suite in &mut suites {
        suite.entries.retain(|entry| entry.case.as_ref().is_ok_and(is_small));
    }
    let cases: usize = suites.iter().map(|suite| suite.entries.len()).sum();
    bencher
        .counter(divan::counter::ItemsCount::new(cases))
        .bench_local(|| testsuite::run_package(&guard, &suites, &options));
}

/// All of them; an item is a request.
#[divan::bench]
fn run_fintech_requests(bencher: divan::Bencher<'_, '_>) {
    let (Some(guard), Ok(suites), Some(options)) = (guard(), Suite::read_all(&root()), options()) else {
        return;
    };
    let cases = suites.iter().flat_map(|suite| &suite.entries).filter_map(|entry| entry.case.as_ref().ok());
    let requests: u32 = cases.flat_map(|case| &case.steps).map(|step| times(step.times)).sum();
    bencher
        .counter(divan::counter::ItemsCount::new(requests))
        .bench_local(|| testsuite::run_package(&guard, &suites, &options));
}

/// Two thousand cases, two hundred of which take limits and budgets through months of virtual time.
const TWO_THOUSAND: &str = include_str!("two_thousand.test.yaml");

/// What a company's packages have together, in one run on two threads; an item is a case.
#[divan::bench]
fn run_two_thousand(bencher: divan::Bencher<'_, '_>) {
    let (Some(guard), Some(options)) = (guard(), options()) else { return };
    let options = Options { jobs: std::num::NonZeroUsize::MIN.saturating_add(1), ..options };
    let suites = [Suite::read("two_thousand.test.yaml", TWO_THOUSAND)];
    let report = testsuite::run_package(&guard, &suites, &options);
    assert_eq!((report.passed(), report.failed()), (2_000, 0), "{}", testsuite::report::to_text(&report));
    bencher
        .counter(divan::counter::ItemsCount::new(report.cases.len()))
        .bench_local(|| testsuite::run_package(&guard, &suites, &options));
}

fn is_small(case: &testsuite::suite::Case) -> bool {
    case.steps.iter().all(|step| times(step.times) == 1)
}

fn times(times: testsuite::suite::Times) -> u32 {
    match times {
        testsuite::suite::Times::Repeat(times) | testsuite::suite::Times::Concurrent(times) => times,
    }
}
