//! Packages of cases whose suites say what users meet: limits and budgets, embeddings.

use engine::guard::Guard;
use engine::scan::TokenKey;
use lang::{Code, Day, NoLoader, PackageFiles};
use package::Kind;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use testsuite::Options;
use testsuite::suite::Suite;

/// Runs the suites of a package, all of which pass, and at least so many cases of them.
fn run(name: &str, least: usize) -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(name);
    let package = PackageFiles { path: name.into(), files: package::read(&root, Kind::Policy)? };
    let compiled = lang::compile(package, &NoLoader, Day::Check("2026-11-20".parse()?));
    let told = |code: &Code| matches!(code, Code::NotSpoken | Code::UnservedModel);
    assert!(compiled.diagnostics.iter().all(|one| told(&one.code)), "{name} does not compile as it should");
    let model = compiled.model.ok_or("the package does not compile")?;
    let guard = Arc::new(Guard::new(&model, TokenKey::new([7; 32]))?);
    let mut suites = Vec::new();
    for (name, bytes) in package::read(&root, Kind::Suite)? {
        suites.push(Suite::read(&name, &String::from_utf8(bytes)?));
    }
    let report = testsuite::run_package(&guard, &suites, &Options::at("2026-11-20T12:00:00Z".parse()?));
    assert!(report.is_good(), "{}", testsuite::report::to_text(&report));
    assert!(report.passed() >= least, "{} cases", report.passed());
    Ok(())
}

#[test]
fn limits_budgets_retries_and_breakers() -> Result<(), Box<dyn Error>> {
    run("meters", 24)
}

#[test]
fn embeddings() -> Result<(), Box<dyn Error>> {
    run("embeddings", 16)
}
