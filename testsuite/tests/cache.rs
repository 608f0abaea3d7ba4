//! Random packages, edited at random: compiled with what the version before left, and from nothing.
//!
//! ```text
//! cargo test -p testsuite --test cache                                       60 packages
//! ASCP_CASES=3000 cargo test -p testsuite --test cache --release -- --nocapture
//! ```

use engine::guard::Guard;
use engine::scan::{Finding, Scanner, TokenKey};
use engine::{Budget, Cache, Scratch};
use lang::model::Model;
use std::error::Error;
use std::sync::Arc;
use testsuite::arbitrary::Random;
use testsuite::arbitrary::facts::facts;
use testsuite::arbitrary::model::model;

/// Packages in an ordinary run.
const CASES: u64 = 60;

/// Edits of each package, one after the other.
const EDITS: usize = 5;

/// Requests that each version is asked.
const REQUESTS: usize = 12;

/// What some of the detectors find something in.
const TEXTS: &[&str] = &[
    "pan and iban and advice, github, aws",
    "my card x-1234 or X-1234, 4111111111111111",
    "card 4111111111111112 x-99999",
];

#[expect(clippy::disallowed_methods, reason = "the size of a test run is a setting of the run")]
fn cases() -> u64 {
    std::env::var("ASCP_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(CASES)
}

fn found(scanner: &Scanner) -> Result<Vec<Vec<Finding>>, Box<dyn Error>> {
    let find = |text: &&str| {
        let mut findings = Vec::new();
        scanner.find(text, &scanner.detectors(), &mut findings)?;
        Ok(findings)
    };
    TEXTS.iter().map(find).collect()
}

/// Compares the two ways, and returns how many requests passed.
fn compare(model: &Model, warm: &mut Cache, random: &mut Random) -> Result<usize, Box<dyn Error>> {
    let key = || TokenKey::new([7; 32]);
    let (mut cold, mut allowed) = (Cache::new(), 0);
    let cached = Guard::with_cache(model, key(), warm)?;
    let plain = Guard::with_cache(model, key(), &mut cold)?;
    assert_eq!(cached.program().listing(), plain.program().listing());
    assert_eq!(found(&*warm.scanner(model)?)?, found(&*cold.scanner(model)?)?);
    let (mut left, mut right) = (Scratch::new(), Scratch::new());
    for _ in 0..REQUESTS {
        let facts = facts(random, model);
        let outcome = cached.program().decide(&facts, &mut Budget::ample(), &mut left);
        let decision = cached.program().explain(&facts, &outcome);
        let expected = plain.program().decide(&facts, &mut Budget::ample(), &mut right);
        assert_eq!(decision, plain.program().explain(&facts, &expected), "{facts:?}");
        allowed += usize::from(!outcome.is_denied());
    }
    Ok(allowed)
}

#[test]
#[expect(clippy::print_stdout, reason = "a run tells what it has seen")]
fn a_warm_cache_changes_nothing() -> Result<(), Box<dyn Error>> {
    let (mut packages, mut versions, mut kept, mut allowed) = (0_usize, 0_usize, 0_usize, 0_usize);
    // One cache goes through everything, so that what an earlier package left is there to mislead.
    let mut cache = Cache::new();
    for seed in 0..cases() {
        let mut random = Random::new(seed);
        let Some(mut made) = model(&mut random) else { continue };
        packages += 1;
        allowed += compare(&made.model, &mut cache, &mut random)?;
        for _ in 0..EDITS {
            let Some(edited) = made.edited(&mut random) else { continue };
            let before = cache.scanner(&made.model)?;
            allowed += compare(&edited.model, &mut cache, &mut random)
                .map_err(|error| format!("seed {seed}: {error}\n{}\n\n{}", made.text, edited.text))?;
            kept += usize::from(Arc::ptr_eq(&before, &cache.scanner(&edited.model)?));
            versions += 1;
            made = edited;
        }
    }
    println!(
        "{packages} packages, {versions} edits, {kept} with the scanner of before, {allowed} requests passed"
    );
    assert!(kept > versions / 10 && kept < versions, "{kept} of {versions} scanners were kept");
    assert!(allowed > 0, "nothing passes");
    Ok(())
}

#[test]
fn what_a_compilation_does_not_use_is_gone() -> Result<(), Box<dyn Error>> {
    let mut random = Random::new(3);
    let mut cache = Cache::new();
    let first = model(&mut random).ok_or("no package")?;
    let scanner = cache.scanner(&first.model)?;
    assert!(Arc::ptr_eq(&scanner, &cache.scanner(&first.model)?), "the same detectors make the same scanner");
    let other = lang::compile(
        lang::PackageFiles {
            path: "other".into(),
            files: vec![(
                "policy.ascp".into(),
                b"policy p { language 1 }\ndetector d { words \"d\"; category topic }".to_vec(),
            )],
        },
        &lang::NoLoader,
        lang::Day::Unchecked,
    );
    let other: Model = other.model.ok_or("no package")?;
    cache.scanner(&other)?;
    assert_eq!(Arc::strong_count(&scanner), 1, "the cache holds the scanner of a package that is gone");
    Ok(())
}
