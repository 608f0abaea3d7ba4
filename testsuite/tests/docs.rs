//! The examples of the documentation do what it says.

use engine::guard::Guard;
use engine::scan::TokenKey;
use lang::{Day, NoLoader, PackageFiles};
use std::error::Error;
use std::sync::Arc;
use testsuite::Options;
use testsuite::markdown::{Block, Page};
use testsuite::suite::Suite;

const TESTING: &str = include_str!("../../docs/testing.md");

fn blocks(kind: &str) -> Vec<Block> {
    let sections = Page::read(TESTING).sections;
    sections.iter().flat_map(|section| section.of_kind(kind)).cloned().collect()
}

#[test]
fn the_suites_of_the_page_pass() -> Result<(), Box<dyn Error>> {
    let files = blocks("ascp").into_iter().map(|block| ("testing.ascp".into(), block.text.into_bytes()));
    let package = PackageFiles { path: "docs".into(), files: files.collect() };
    let compiled = lang::compile(package, &NoLoader, Day::Check("2026-11-20".parse()?));
    assert_eq!(compiled.diagnostics, []);
    let model = compiled.model.ok_or("the page's package does not compile")?;
    let guard = Arc::new(Guard::new(&model, TokenKey::new([7; 32]))?);
    let (fixtures, suites): (Vec<Block>, Vec<Block>) =
        blocks("yaml").into_iter().partition(|block| block.attribute("file").is_some());
    let fetch = |name: &str| {
        let named = fixtures.iter().find(|block| block.attribute("file") == Some(name));
        named.map(|block| block.text.clone()).ok_or_else(|| "the page has no such file".to_owned())
    };
    let read = |block: &Block| Suite::read_with("testing.md", &block.text, &fetch);
    let suites: Vec<Suite> = suites.iter().map(read).collect();
    let report = testsuite::run_package(&guard, &suites, &Options::at("2026-11-20T12:00:00Z".parse()?));
    assert!(report.is_good(), "{}", testsuite::report::to_text(&report));
    assert!(report.passed() >= 16, "{} cases", report.passed());
    Ok(())
}
