//! Random requests against the packages of this repository: whatever is asked, what must hold does.

use engine::guard::Guard;
use engine::scan::TokenKey;
use lang::Day;
use package::Package;
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use testsuite::Report;
use testsuite::fuzz::{self, Settings};

/// How many requests each package is tried with.
const REQUESTS: usize = 300;

#[test]
fn the_packages_hold_whatever_is_asked() -> Result<(), Box<dyn Error>> {
    let requests = match std::env::var_os("ASCP_CASES") {
        Some(number) => number.to_string_lossy().parse()?,
        None => REQUESTS,
    };
    for name in ["fintech", "healthcare", "eu_saas"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies").join(name);
        let compiled = Package::open(&root, Day::Check("2026-11-20".parse()?))?.compiled;
        let model = compiled.model.ok_or("the package does not compile")?;
        let guard = Arc::new(Guard::new(&model, TokenKey::new([7; 32]))?);
        let settings = Settings {
            requests,
            seed: fuzz::SEED,
            jobs: NonZeroUsize::MIN,
            now: "2026-11-20T12:00:00Z".parse()?,
        };
        let fuzzed = fuzz::run(&guard, &settings, &|_, _| {})?;
        let report = Report { cases: fuzz::cases(&fuzzed), ..Report::default() };
        let text = testsuite::report::to_text(&report) + &fuzz::to_text(&fuzzed);
        assert!(fuzzed.is_good(), "{name}: {text}");
        assert_eq!(fuzzed.tally.unwritten, 0, "{name}: {text}");
        assert!(fuzzed.tally.allowed > 0 && fuzzed.tally.sent > 0, "{name}: {text}");
        assert!(fuzzed.tally.tenants.len() * 2 > fuzzed.of.tenants, "{name}: {text}");
        assert!(fuzzed.tally.rules.len() * 2 > fuzzed.of.rules, "{name}: {text}");
    }
    Ok(())
}
