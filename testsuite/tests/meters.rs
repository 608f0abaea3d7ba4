//! Limits, budgets, retries and breakers, as the suites of `cases/meters` meet them.

use engine::guard::Guard;
use engine::scan::TokenKey;
use lang::{Day, NoLoader, PackageFiles};
use package::Kind;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use testsuite::Options;
use testsuite::suite::Suite;

#[test]
fn the_suites_of_the_meters_pass() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/meters");
    let files = package::read(&root, Kind::Policy)?;
    let compiled = lang::compile(
        PackageFiles { path: "meters".into(), files },
        &NoLoader,
        Day::Check("2026-11-20".parse()?),
    );
    assert_eq!(compiled.diagnostics, []);
    let model = compiled.model.ok_or("the package does not compile")?;
    let guard = Arc::new(Guard::new(&model, TokenKey::new([7; 32]))?);
    let mut suites = Vec::new();
    for (name, bytes) in package::read(&root, Kind::Suite)? {
        suites.push(Suite::read(&name, &String::from_utf8(bytes)?));
    }
    let report = testsuite::run_package(&guard, &suites, &Options::at("2026-11-20T12:00:00Z".parse()?));
    assert!(report.is_good(), "{}", testsuite::report::to_text(&report));
    assert!(report.passed() >= 24, "{} cases", report.passed());
    Ok(())
}
