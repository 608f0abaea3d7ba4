//! Broken on purpose: whoever loosens a line of the fintech package breaks one of its cases, and whoever
//! mistypes a rule reads in the failure where it stands.

use engine::Cache;
use engine::guard::Guard;
use engine::scan::TokenKey;
use lang::Day;
use package::Directories;
use std::collections::BTreeSet;
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use testsuite::mutate::{self, Subject};
use testsuite::report::CaseOutcome;
use testsuite::suite::Suite;
use testsuite::{Options, run_package};

/// The day on which the package is checked.
const DAY: &str = "2026-11-20";

/// Fewer than these, and the operators have lost their way in the text.
const MUTANTS_MIN: usize = 250;

/// What a package that others start from must reach, in tenths of a percent.
const SCORE_MIN: usize = 950;

/// Mistakes as people make them, one or two in each rule: the rule, its file, what stood there, what stands there now.
const MISTAKES: [(&str, &str, &str, &str); 14] = [
    ("no_autonomous_credit_decisions", "rules.ascp", ", \"decline_transaction\"]", "]"),
    ("board_papers_stay_home", "rules.ascp", "== \"board\"", "== \"Board\""),
    ("deals_stay_home", "rules.ascp", "(deal_name) && !(\"self_hosted\"", "(deal_name) && !(\"soc2_report\""),
    ("long_prompts_go_local", "rules.ascp", "> 60000", "> 600000"),
    ("long_prompts_go_local", "rules.ascp", "> 60000", ">= 60000"),
    ("batches_go_local", "rules.ascp", "\n  prefer  vault_llm", "\n  prefer  mistral"),
    ("batches_are_brief", "rules.ascp", "max_tokens 1k", "max_tokens 10k"),
    ("no_injection", "rules.ascp", "\"prompt_attack\"", "\"prompt_atack\""),
    ("name_the_person", "rules.ascp", "request.user == \"\"", "request.user != \"\""),
    ("pci_no_card_lists", "profiles.ascp", "> 5", "> 6"),
    (
        "treasury_rests_at_weekends",
        "tenants/treasury.ascp",
        "(\"Europe/Berlin\") == 6",
        "(\"Europe/Berlin\") == 5",
    ),
    ("treasury_rests_at_weekends", "tenants/treasury.ascp", "(\"Europe/Berlin\") == 0", "(\"UTC\") == 0"),
    ("fraud_large_models_are_for_analysts", "tenants/fraud.ascp", "!(\"analyst\" in", "(\"analyst\" in"),
    ("retail_gives_no_investment_advice", "tenants/retail.ascp", "deny  \"Ask a", "flag  \"Ask a"),
];

#[test]
fn a_mistake_in_a_rule_is_found_by_the_message_alone() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/fintech").canonicalize()?;
    let (loader, suites) = (Directories::default(), Suite::read_all(&root)?);
    let (files, day) = (loader.open(&root)?, Day::Check(DAY.parse()?));
    let options = Options { root, ..Options::at(format!("{DAY}T12:00:00Z").parse()?) };
    let rules = lang::compile(files.clone(), &loader, day).model.ok_or("it compiles")?;
    let (key, mut cache) = (TokenKey::new([7; 32]), Cache::new());
    let named: BTreeSet<&str> = MISTAKES.iter().map(|(rule, ..)| *rule).collect();
    assert_eq!(named, rules.rules.iter().map(|rule| &*rule.name).collect(), "each rule has its mistake");
    for (rule, file, right, wrong) in MISTAKES {
        let mut broken = files.clone();
        let (_, text) = broken.files.iter_mut().find(|(name, _)| **name == *file).ok_or(file)?;
        let said = String::from_utf8(text.clone())?;
        assert_eq!(said.matches(right).count(), 1, "{rule}: {right}");
        let line = said.lines().position(|line| line.contains(&format!("rule {rule} "))).ok_or(rule)? + 1;
        *text = said.replace(right, wrong).into_bytes();
        let model = lang::compile(broken, &loader, day).model.ok_or(rule)?;
        let guard = Arc::new(Guard::with_cache(&model, key.clone(), &mut cache)?);
        let report = run_package(&guard, &suites, &options);
        let failures = report.cases.iter().flat_map(|case| match &case.outcome {
            CaseOutcome::Failed(failures) => failures.as_slice(),
            CaseOutcome::Passed | CaseOutcome::Accepted | CaseOutcome::Skipped(_) => &[],
        });
        let places: Vec<String> =
            failures.filter_map(|failure| Some(failure.decided_by.as_ref()?.to_string())).collect();
        assert!(places.contains(&format!("{file}:{line}")), "{rule}: no case leads to it, but to {places:?}");
    }
    Ok(())
}

#[test]
fn most_weakenings_break_a_case() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/fintech").canonicalize()?;
    let loader = Directories::default();
    let (files, suites, day) = (loader.open(&root)?, Suite::read_all(&root)?, DAY.parse()?);
    let model = lang::compile(files.clone(), &loader, Day::Check(day)).model.ok_or("it compiles")?;
    let key = TokenKey::new([7; 32]);
    let guard = Arc::new(Guard::new(&model, key.clone())?);
    let jobs = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let options = Options { jobs, root, ..Options::at(format!("{DAY}T12:00:00Z").parse()?) };
    let subject = Subject { files: &files, loader: &loader, day, guard: &guard, key: &key, suites: &suites };
    let mutation = mutate::run(subject, &options, &|_, _| ())?;
    let tally = mutation.tally();
    assert!(tally.made >= MUTANTS_MIN, "{tally:?}");
    let score = tally.score_permille().ok_or("no mutant could be noticed")?;
    assert!(score >= SCORE_MIN, "{}", mutate::to_text(&mutation));
    Ok(())
}
