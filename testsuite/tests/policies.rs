//! The packages of this repository: they compile, and their suites read without a fault.

use engine::guard::Guard;
use engine::oracle;
use engine::scan::TokenKey;
use lang::{Compiled, Day};
use package::Package;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use testsuite::coverage::{Coverage, Kind};
use testsuite::run::Outcome;
use testsuite::suite::Suite;
use testsuite::{Options, Watch};

/// The day on which all of them are checked.
const DAY: &str = "2026-11-20";

fn packages() -> [PathBuf; 4] {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    [
        here.join("../policies/fintech"),
        here.join("../policies/healthcare"),
        here.join("../policies/eu_saas"),
        here.join("cases/language/acme"),
    ]
}

fn compile(root: &Path) -> Result<Compiled, Box<dyn Error>> {
    Ok(Package::open(root, Day::Check(DAY.parse()?))?.compiled)
}

#[test]
fn every_package_compiles() -> Result<(), Box<dyn Error>> {
    for root in packages() {
        let compiled = compile(&root)?;
        let said: Vec<String> = compiled
            .diagnostics
            .iter()
            .map(|it| {
                let place = compiled.sources.locate(it.span);
                let place = place.map(|(file, at, _)| format!("{file}:{}:{}", at.line, at.column));
                format!("{} {:?} {} {:?}", place.unwrap_or_default(), it.code, it.message, it.help)
            })
            .collect();
        assert_eq!(said, [""; 0], "{}", root.display());
        assert!(compiled.model.is_some());
    }
    Ok(())
}

#[test]
fn every_suite_reads() -> Result<(), Box<dyn Error>> {
    for root in packages() {
        let suites = Suite::read_all(&root)?;
        assert!(!suites.is_empty(), "{}", root.display());
        for suite in suites {
            let broken = suite.entries.iter().filter_map(|entry| entry.case.as_ref().err());
            let faults: Vec<String> = suite
                .faults
                .iter()
                .chain(broken)
                .map(|fault| format!("{}:{}: {fault}", suite.file, fault.place.line))
                .collect();
            assert_eq!(faults, [""; 0]);
        }
    }
    Ok(())
}

/// Whatever a case names is declared in its package.
#[test]
fn every_name_is_declared() -> Result<(), Box<dyn Error>> {
    for root in packages() {
        let compiled = compile(&root)?;
        let model = compiled.model.ok_or("the package does not compile")?;
        let names = testsuite::names::Names::new(&model);
        for suite in Suite::read_all(&root)? {
            for entry in &suite.entries {
                let Ok(case) = &entry.case else { continue };
                if let Err(fault) = testsuite::resolve::check(case, names) {
                    return Err(format!("{}:{}: {fault}", suite.file, fault.place.line).into());
                }
            }
        }
    }
    Ok(())
}

/// Every case of every package passes, through the exchange that the proxy drives.
#[test]
fn every_case_passes() -> Result<(), Box<dyn Error>> {
    for root in packages() {
        let model = compile(&root)?.model.ok_or("the package does not compile")?;
        let guard = Arc::new(Guard::new(&model, TokenKey::new([7; 32]))?);
        // Accepts new and changed snapshots, to be read in the diff before they are committed.
        let update = std::env::var_os("ASCP_BLESS").is_some();
        let options =
            Options { root: root.clone(), update, ..Options::at(format!("{DAY}T12:00:00Z").parse()?) };
        let report = testsuite::run_package(&guard, &Suite::read_all(&root)?, &options);
        assert!(report.is_good(), "{}", testsuite::report::to_text(&report));
    }
    Ok(())
}

/// The suites of each package pass all of its rules, both ways, and most of the rest.
///
/// Whatever an exchange of theirs decided, the slow evaluator that coverage asks decides too.
#[test]
fn the_packages_are_covered() -> Result<(), Box<dyn Error>> {
    let [packages @ .., _] = packages();
    for root in packages {
        is_covered(&root)?;
    }
    Ok(())
}

fn is_covered(root: &Path) -> Result<(), Box<dyn Error>> {
    let model = compile(root)?.model.ok_or("the package does not compile")?;
    let guard = Arc::new(Guard::new(&model, TokenKey::new([7; 32]))?);
    let coverage = Coverage::of(&model);
    let exchange = |outcome: &Outcome| {
        coverage.watch(outcome);
        let Some(record) = &outcome.record else { return };
        let Some((decision, facts)) = record.decision.as_ref().zip(outcome.facts.as_deref()) else { return };
        if record.reason.as_ref() != decision.reasons.first() {
            return; // A limit, an upstream or a block in the answer ended it, and not its decision.
        }
        let slow = oracle::observe(&model, facts).decision;
        assert_eq!((&slow.reasons, &slow.fired), (&decision.reasons, &decision.fired), "{facts:?}");
        assert_eq!(slow.dropped, decision.dropped, "{facts:?}");
    };
    let options = Options { root: root.to_owned(), ..Options::at(format!("{DAY}T12:00:00Z").parse()?) };
    let watch = Watch { exchange: &exchange, case: &|_, _| {} };
    testsuite::run_package_watched(&guard, &Suite::read_all(root)?, &options, watch);
    let summary = coverage.summary(None);
    let text = testsuite::coverage::to_text(&summary, None);
    assert!(summary.missing().all(|one| one.unit.kind != Kind::Rule), "{text}");
    assert!(summary.tally().is_at_least(80), "{text}");
    Ok(())
}

/// Every case of the standard library passes, against the package that is made for them.
#[test]
fn every_case_of_the_library_passes() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../stdlib");
    let mut suites = Suite::read_all(&root)?;
    testsuite::library::fill(&mut suites);
    let model = testsuite::library::compile().model.ok_or("the library's package does not compile")?;
    let detectors: Vec<String> = model.detectors.iter().map(|detector| detector.name.to_string()).collect();
    let guard = Arc::new(Guard::new(&model, TokenKey::new([7; 32]))?);
    let report = testsuite::run_package(&guard, &suites, &Options::at(format!("{DAY}T12:00:00Z").parse()?));
    assert!(report.is_good(), "{}", testsuite::report::to_text(&report));
    // Whatever the library can find, a suite beside it shows it being found.
    for detector in detectors {
        let file = detector.replace('.', "/") + ".test.yaml";
        assert!(suites.iter().any(|suite| suite.file == file), "{detector} has no suite {file}");
    }
    Ok(())
}
